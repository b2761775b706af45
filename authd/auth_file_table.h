/* Runs in: auth_file.  The file of users, as it is in memory. */

#ifndef POP3D_AUTH_FILE_TABLE_H
#define POP3D_AUTH_FILE_TABLE_H

#include <sys/types.h>
#include <sys/stat.h>

#include <stddef.h>
#include <stdint.h>

#include "password.h"
#include "proto.h"

/* A piece of a line, not NUL-terminated; it lives as long as the line. */
struct text {
	const char	*p;
	size_t		 len;
};

/* One line: user:hash[:uid:gid:gecos:home:mailbox:options] */
struct user_line {
	struct text	 name;
	struct text	 hash;
	struct text	 gecos;
	struct text	 home;		/* len 0: not given */
	struct text	 mailbox;	/* len 0: not given */
	struct text	 host;		/* len 0: not given */
	enum password_kind kind;
	uint32_t	 uid;		/* 0: not given */
	uint32_t	 gid;		/* 0: not given */
	uint32_t	 status;	/* enum user_status */
	uint32_t	 ngroups;
	uint32_t	 groups[GROUPS_MAX];
	int64_t		 quota_octets;	/* -1: not given */
	int64_t		 quota_messages;/* -1: not given */
};

struct users {
	char			 *text;		/* the file, octet by octet */
	size_t			  size;		/* octets */
	const unsigned char	**lines;	/* the good lines, by name */
	int			  count;
	unsigned char		  key[32];	/* see users_example */
};

/*
 * Take a line of len octets (no newline) apart.  0, or -1 and what is wrong
 * with it in *why (static text).
 */
int	 user_line_parse(const char *line, size_t len, struct user_line *,
	    const char **why);

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
void		 users_free(struct users *);

/* The line of a user; 1 if there is one, else 0. */
int	 users_find(const struct users *, const char *name,
	    struct user_line *);

/*
 * The line whose hash stands in for that of a user who has none: whose cost
 * then is drawn like a real user's.  It is always the same line for the same
 * name, in each worker, but which one only he can tell who has read the file.
 * 0 if there is no line with a hash that works.
 */
int	 users_example(const struct users *, const char *name,
	    struct user_line *);

/* Copy a text to a buffer of size octets; it is cut if it does not fit. */
void	 text_copy(char *dst, size_t size, struct text);

#endif
