/* SPDX-License-Identifier: ISC */
/* Runs in: auth_file.  One line of the file of users. */

#ifndef POP3D_AUTHD_BACKENDS_AUTH_FILE_LINE_H
#define POP3D_AUTHD_BACKENDS_AUTH_FILE_LINE_H

#include <stddef.h>

#include "auth_file_user.h"

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
