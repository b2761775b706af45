/* SPDX-License-Identifier: ISC */
/* Runs in: backends.  crypt(3) as Debian has it: libxcrypt. */

#include <sys/types.h>

#include <crypt.h>
#include <errno.h>
#include <string.h>

#include <openssl/crypto.h>

#include "password_cost.h"
#include "password_crypt.h"

enum password_kind
password_crypt_kind(const char *stored)
{
	enum password_kind	 kind = password_cost_crypt(stored);

	if (kind != PASSWORD_GOOD)
		return kind;
	switch (crypt_checksalt(stored)) {
	case CRYPT_SALT_OK:
		return PASSWORD_GOOD;
	case CRYPT_SALT_METHOD_LEGACY:
	case CRYPT_SALT_TOO_CHEAP:
		return PASSWORD_WEAK;
	default:
		return PASSWORD_UNKNOWN;
	}
}

int
password_crypt_verify(const char *stored, const char *pass)
{
	static struct crypt_data	 cd;	/* 32 KB, wiped each time */
	size_t				 len;
	const char			*hash;
	int				 rv = -1;

	if (strlen(pass) >= CRYPT_MAX_PASSPHRASE_SIZE)
		return 0;
	hash = crypt_rn(pass, stored, &cd, sizeof(cd));
	if (hash != NULL && hash[0] != '*') {
		/* The length of bigcrypt depends on the password's. */
		len = strlen(hash);
		rv = len == strlen(stored) &&
		    CRYPTO_memcmp(hash, stored, len) == 0;
	}
	explicit_bzero(&cd, sizeof(cd));
	return rv;
}

int
password_crypt_new(const char *prefix, const char *pass, char *stored,
    size_t size)
{
	static struct crypt_data	 cd;
	char				 salt[CRYPT_GENSALT_OUTPUT_SIZE];
	const char			*hash;
	int				 rv = -1;

	if (strlen(pass) >= CRYPT_MAX_PASSPHRASE_SIZE) {
		errno = EINVAL;
		return -1;
	}
	/* NULL: the preferred method; 0, NULL: default cost, random salt. */
	if (crypt_gensalt_rn(prefix, 0, NULL, 0, salt, sizeof(salt)) == NULL)
		return -1;
	hash = crypt_rn(pass, salt, &cd, sizeof(cd));
	if (hash == NULL || hash[0] == '*')
		errno = EINVAL;
	else if (strlcpy(stored, hash, size) >= size)
		errno = ERANGE;
	else
		rv = 0;
	explicit_bzero(&cd, sizeof(cd));
	return rv;
}
