/* SPDX-License-Identifier: ISC */
/* Runs in: auth_file.  The file of users, as it is in memory. */

#ifndef POP3D_AUTHD_BACKENDS_AUTH_FILE_TABLE_H
#define POP3D_AUTHD_BACKENDS_AUTH_FILE_TABLE_H

#include <sys/types.h>
#include <sys/stat.h>

#include <stddef.h>
#include <stdint.h>

#include "auth_file_line.h"
#include "sealed.h"

/* Which file, and which state of it. */
struct users_stamp {
	uint64_t	 dev;
	uint64_t	 ino;
	int64_t		 size;
	int64_t		 mtime;
	int64_t		 mtime_ns;
	int64_t		 ctime;
	int64_t		 ctime_ns;
};

#define USERS_KEY_LEN	32

struct users {
	struct sealed		 snap;
	struct users_stamp	 stamp;		/* of what was read */
	int			 settled;	/* no longer written then */
	const char		*text;		/* the file, octet by octet */
	size_t			 size;		/* octets */
	const uint64_t		*slots;		/* of the good lines */
	uint64_t		 nslots;
	size_t			 count;		/* good lines */
	unsigned char		 key[USERS_KEY_LEN];
};

void	 users_stamp(const struct stat *, struct users_stamp *);

/*
 * The name of the group that this process is in, for hints; first called at the
 * start, while it can be found.
 */
const char	*users_group(void);

/*
 * Open a file of users that may be trusted: a regular file that only its owner
 * can write.  The descriptor, or -1 and a reason in err (BACKEND_ERR_LEN).
 */
int	 users_open(const char *path, struct stat *, char *err);

/*
 * Read it.  Lines that are broken, or name a user again, are logged (the first
 * ten, unless quiet) and left out.  NULL and a reason in err when it cannot be
 * used at all: it is empty, has not one good line among its lines, does not fit
 * memory, changed meanwhile.  A file of comments alone is good: no users.
 */
struct users	*users_read(int fd, const struct stat *, const char *path,
		    int quiet, char *err);

/*
 * The table that another worker has read, from its snap.fd; takes fd.  NULL: it
 * is none.
 */
struct users	*users_take(int fd);

void		 users_free(struct users *);

/* The line of a user; 1 if there is one, else 0. */
int	 users_find(const struct users *, const char *name,
	    struct user_line *);

/* fn for each user, in the order of the file. */
void	 users_each(const struct users *, void (*fn)(const struct user_line *));

/*
 * The line whose hash stands in for that of a user who has none: whose cost
 * then is drawn like a real user's.  It is always the same line for the same
 * name, in each worker, but which one only he can tell who has read the file.
 * 0 if there is no line with a hash that works.
 */
int	 users_example(const struct users *, const char *name,
	    struct user_line *);

#endif
