/* SPDX-License-Identifier: ISC */
/* Runs in: backends.  Schemes of stored passwords with a file of their own. */

#ifndef POP3D_AUTHD_BACKENDS_PASSWORD_SCHEME_H
#define POP3D_AUTHD_BACKENDS_PASSWORD_SCHEME_H

#include <stddef.h>

#include "password.h"

/*
 * Strictly decode len bytes of padded base64.  raw has room for size bytes,
 * padding included.  Returns the length, or -1.
 */
int	 password_base64_decode(const char *data, size_t len,
	    unsigned char *raw, size_t size);

/* The encoding of a scheme's data. */
enum password_encoding {
	PASSWORD_ENCODING_NONE,	/* the scheme's own */
	PASSWORD_ENCODING_BASE64,
	PASSWORD_ENCODING_HEX
};

/* Decode data; as above.  Not for NONE. */
int	 password_decode(enum password_encoding, const char *data,
	    unsigned char *raw, size_t size);

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
