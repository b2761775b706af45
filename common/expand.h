/* SPDX-License-Identifier: ISC */
/*
 * Runs in: authd, backends.  %-sequences in the templates of the configuration:
 * paths, LDAP filters, SQL statements.  How a value is escaped is up to each.
 */

#ifndef POP3D_COMMON_EXPAND_H
#define POP3D_COMMON_EXPAND_H

#include <sys/types.h>

/* The letter of text that stands for itself. */
#define EXPAND_TEXT	'%'

/*
 * Called for each piece of a template: text that stands for itself ("%%" comes
 * as one percent sign), or the sequence "%letter".  A '%' at the end has the
 * letter '\0'.  text is the piece as written, len bytes.  Anything but 0 ends
 * the expansion.
 */
typedef int	 expand_fn(void *arg, char letter, const char *text,
		    size_t len);

/*
 * Go once through a template, from left to right; no value is looked at again.
 * Returns 0, or what fn returned.
 */
int	 expand(const char *template, expand_fn *fn, void *arg);

/*
 * The part of a user's name that a letter stands for: u all of it, n the part
 * before the last '@', d the part after it, which may be empty.  Returns 0, or
 * -1 for any other letter.
 */
int	 expand_user(char letter, const char *user, const char **part,
		    size_t *len);

/* Text under construction: len of the size bytes at dst, a NUL behind them. */
struct expand_buf {
	char	*dst;
	size_t	 size;
	size_t	 len;
};

/* Begin with no text.  Returns 0, or -1 if not even the NUL fits. */
int	 expand_buf_init(struct expand_buf *, char *dst, size_t size);

/* Add len bytes and a NUL.  Returns 0, or -1, nothing added, if not all fit. */
int	 expand_buf_add(struct expand_buf *, const char *text, size_t len);

/*
 * Expand the template of a path: %u, %n and %d as above, %h the home, %% a
 * percent sign; none may be empty.  The result is absolute, has no "." or ".."
 * component and fits dst; so does the home.  Otherwise, or if the user's name
 * is not valid, -1 and a reason in *why (static text).
 */
int	 expand_path(char *dst, size_t size, const char *template,
		    const char *user, const char *home, const char **why);

#endif
