/* SPDX-License-Identifier: ISC */
/* Runs in: backends.  crypt(3), one file per system. */

#ifndef POP3D_AUTHD_BACKENDS_PASSWORD_CRYPT_H
#define POP3D_AUTHD_BACKENDS_PASSWORD_CRYPT_H

#include <stddef.h>

#include "password_kind.h"

/*
 * As password_kind and password_verify of password.h, for stored forms without
 * braces.
 */
enum password_kind	 password_crypt_kind(const char *stored);
int	 password_crypt_verify(const char *stored, const char *pass);

/* As password_new, with the prefix ("$6$") of a method; NULL: the best. */
int	 password_crypt_new(const char *prefix, const char *pass, char *stored,
	    size_t size);

#endif
