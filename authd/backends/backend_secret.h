/* SPDX-License-Identifier: ISC */
/* Runs in: backends.  The password of a backend itself, for its server. */

#ifndef POP3D_AUTHD_BACKENDS_BACKEND_SECRET_H
#define POP3D_AUTHD_BACKENDS_BACKEND_SECRET_H

/* The longest one, in bytes, without a terminating NUL. */
#define BACKEND_SECRET_MAX	1023

/*
 * Read the first line of a file, without its end, into secret, of
 * BACKEND_SECRET_MAX + 1 bytes, which the caller wipes; it may be empty.  Only
 * the user of this process may have rights on the file.  Returns 0, or -1 and
 * the reason in *why.
 */
int	 backend_secret(const char *path, char *secret, const char **why);

#endif
