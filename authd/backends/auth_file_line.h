/* SPDX-License-Identifier: ISC */
/* Runs in: auth_file.  One line of the file of users. */

#ifndef POP3D_AUTHD_BACKENDS_AUTH_FILE_LINE_H
#define POP3D_AUTHD_BACKENDS_AUTH_FILE_LINE_H

#include <stddef.h>
#include <stdint.h>

#include "password.h"
#include "proto.h"

/* A piece of a line, not NUL-terminated; it lives as long as the line. */
struct text {
	const char	*p;
	size_t		 len;
};

/*
 * One line: user:hash[:uid:gid:gecos:home:mailbox:options], or a line in the
 * format of another system, see auth_file_foreign.h.
 */
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

/*
 * Parse the option "names", which says how the names look that authd asks
 * about: "fold" (to lower case) or "keep", and the domain of all of them, "-"
 * if they have none, "*" if any.  A line with any other name is broken: no
 * login would find it.  Returns 0, or -1 if value is malformed.
 */
int	 user_line_names(const char *value);

/*
 * Parse a line of len bytes without its newline.  Returns 0, or -1 with what is
 * wrong in *why (static text).
 */
int	 user_line_parse(const char *line, size_t len, struct user_line *,
	    const char **why);

/* Copy a text to a buffer of size bytes, truncated if it does not fit. */
void	 text_copy(char *dst, size_t size, struct text);

#endif
