/* SPDX-License-Identifier: ISC */
/* Runs in: backends.  Stored digests of passwords, with salt or without. */

#ifndef POP3D_AUTHD_BACKENDS_PASSWORD_DIGEST_H
#define POP3D_AUTHD_BACKENDS_PASSWORD_DIGEST_H

#include <openssl/evp.h>

#include "password_scheme.h"

/*
 * A digest scheme stores the digest of password and salt, followed by the salt.
 * encoding NONE: hexadecimal if it cannot be anything else, otherwise base64.
 */
struct password_digest {
	const EVP_MD		*(*md)(void);	/* NULL: the library lacks it */
	int			 salted;
	enum password_kind	 strength;
};

/* As password_kind and password_verify. */
enum password_kind	 password_digest_kind(const struct password_digest *,
			    enum password_encoding, const char *data);
int	 password_digest_verify(const struct password_digest *,
	    enum password_encoding, const char *data, const char *pass);

/* {NS-MTA-MD5}: 32 hexadecimal digits, and a salt of 32 characters. */
enum password_kind	 password_nsmta_kind(const char *data);
int	 password_nsmta_verify(const char *data, const char *pass);

/*
 * MD4 and RIPEMD-160; NULL if the system's libcrypto lacks them.  Call
 * password_md_init() once, before the sandbox, to find them.
 */
void		 password_md_init(void);
const EVP_MD	*password_md4(void);
const EVP_MD	*password_rmd160(void);

#endif
