/* SPDX-License-Identifier: ISC */
/* Runs in: auth_file.  The file of users in memory. */

#ifndef POP3D_AUTHD_BACKENDS_AUTH_FILE_TABLE_H
#define POP3D_AUTHD_BACKENDS_AUTH_FILE_TABLE_H

#include <sys/types.h>
#include <sys/stat.h>

#include <stddef.h>
#include <stdint.h>

#include "auth_file_line.h"
#include "sealed.h"

/* Identifies a file and its state. */
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
	int			 settled;	/* it was not being written */
	const char		*text;		/* the file, byte by byte */
	size_t			 size;		/* bytes */
	const uint64_t		*slots;		/* of the good lines */
	uint64_t		 nslots;
	size_t			 count;		/* good lines */
	unsigned char		 key[USERS_KEY_LEN];
};

void	 users_stamp(const struct stat *, struct users_stamp *);

/*
 * The name of this process's group, for hints in messages.  Call it first
 * before the sandbox, while the group database can be read.
 */
const char	*users_group(void);

/*
 * Open a file of users that may be trusted: a regular file that only its owner
 * can write.  The descriptor, or -1 and a reason in err (BACKEND_ERR_LEN).
 */
int	 users_open(const char *path, struct stat *, char *err);

/*
 * Read the file.  Lines that are broken or name a user again are logged (the
 * first ten, unless quiet) and left out.  Returns NULL with a reason in err if
 * the file cannot be used at all: it is empty, has no good line, does not fit
 * into memory or changed meanwhile.  A file with only comments is valid: it has
 * no users.
 */
struct users	*users_read(int fd, const struct stat *, const char *path,
		    int quiet, char *err);

/*
 * Map the table that another worker shared from its snap.fd; takes fd.  NULL if
 * it is not a table.
 */
struct users	*users_take(int fd);

void		 users_free(struct users *);

/* Find the line of a user; 1 if there is one, else 0. */
int	 users_find(const struct users *, const char *name,
	    struct user_line *);

/* Call fn for each user, in the order of the file. */
void	 users_each(const struct users *, void (*fn)(const struct user_line *));

/*
 * Find a line whose hash stands in for that of an unknown user, so that its
 * cost is distributed like real users' costs.  A name always gets the same
 * line, in every worker; only a reader of the file can tell which.  0 if no
 * line has a usable hash.
 */
int	 users_example(const struct users *, const char *name,
	    struct user_line *);

#endif
