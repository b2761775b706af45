/* SPDX-License-Identifier: ISC */
/*
 * Runs in: backends.  OpenSSL 3 has MD4 in its provider "legacy", a separate
 * file that need not be installed.  It gets its own library context: loaded
 * into the default context it would hide the default provider.
 */

#include <sys/types.h>

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/provider.h>

#include "password_digest.h"

static EVP_MD	*md4;
static EVP_MD	*rmd160;

void
password_md_init(void)
{
	OSSL_LIB_CTX	*ctx;

	if (md4 != NULL || (ctx = OSSL_LIB_CTX_new()) == NULL)
		return;
	if (OSSL_PROVIDER_load(ctx, "legacy") != NULL) {
		md4 = EVP_MD_fetch(ctx, "MD4", NULL);
		rmd160 = EVP_MD_fetch(ctx, "RIPEMD160", NULL);
	}
	/* A missing provider must not show up as a later error. */
	ERR_clear_error();
}

const EVP_MD *
password_md4(void)
{
	return md4;
}

const EVP_MD *
password_rmd160(void)
{
	return rmd160;
}
