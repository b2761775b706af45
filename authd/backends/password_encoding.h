/* SPDX-License-Identifier: ISC */
/* Runs in: backends.  How the data of stored passwords is encoded. */

#ifndef POP3D_AUTHD_BACKENDS_PASSWORD_ENCODING_H
#define POP3D_AUTHD_BACKENDS_PASSWORD_ENCODING_H

#include <stddef.h>

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

#endif
