/* SPDX-License-Identifier: ISC */
/* Runs in: backends.  Schemes of stored passwords with a file of their own. */

#ifndef POP3D_AUTHD_BACKENDS_PASSWORD_SCHEME_H
#define POP3D_AUTHD_BACKENDS_PASSWORD_SCHEME_H

#include <stddef.h>

#include "password_encoding.h"
#include "password_kind.h"

/* For data after the braces: as password_kind, _verify and _new. */
enum password_kind	 password_argon2_kind(const char *data);
int	 password_argon2_verify(const char *data, const char *pass);
int	 password_argon2_new(const char *pass, char *data, size_t size);

enum password_kind	 password_scram1_kind(const char *data);
int	 password_scram1_verify(const char *data, const char *pass);
enum password_kind	 password_scram256_kind(const char *data);
int	 password_scram256_verify(const char *data, const char *pass);
int	 password_scram256_new(const char *pass, char *data, size_t size);

enum password_kind	 password_pbkdf2_kind(const char *data);
int	 password_pbkdf2_verify(const char *data, const char *pass);

enum password_kind	 password_cram_kind(enum password_encoding,
			    const char *data);
int	 password_cram_verify(enum password_encoding, const char *data,
	    const char *pass);

#endif
