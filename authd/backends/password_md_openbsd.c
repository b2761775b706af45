/* SPDX-License-Identifier: ISC */
/* Runs in: backends.  LibreSSL always has both. */

#include <openssl/evp.h>

#include "password_digest.h"

void
password_md_init(void)
{
}

const EVP_MD *
password_md4(void)
{
	return EVP_md4();
}

const EVP_MD *
password_rmd160(void)
{
	return EVP_ripemd160();
}
