/* SPDX-License-Identifier: ISC */
/* Runs in: backends.  Schemes of stored passwords with a file of their own. */

#ifndef POP3D_PASSWORD_SCHEME_H
#define POP3D_PASSWORD_SCHEME_H

#include <stddef.h>

#include "password.h"

/*
 * Decode len octets of base64 with its padding, strictly.  raw has room for
 * size octets, padding included.  The length, or -1.
 */
int	 password_base64_decode(const char *data, size_t len,
	    unsigned char *raw, size_t size);

/* What follows the braces: as password_kind, password_verify, password_new. */
enum password_kind	 password_argon2_kind(const char *data);
int	 password_argon2_verify(const char *data, const char *pass);
int	 password_argon2_new(const char *pass, char *data, size_t size);

enum password_kind	 password_scram_kind(const char *data);
int	 password_scram_verify(const char *data, const char *pass);
int	 password_scram_new(const char *pass, char *data, size_t size);

#endif
