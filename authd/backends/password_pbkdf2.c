/* SPDX-License-Identifier: ISC */
/*
 * Runs in: backends.  Trusts: the store for its data, but not for their form;
 * no password.  Dovecot's {PBKDF2}: "$1$SALT$ROUNDS$HEX", with HMAC-SHA-1, and
 * the salt taken literally.
 */

#include <sys/types.h>

#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "backend_value.h"
#include "password_cost.h"
#include "password_scheme.h"

#define KEY_LEN		20		/* bytes */
#define SALT_MAX	64		/* characters */
#define ROUNDS_WEAK	100000		/* weak below this */
#define ROUNDS_MAX	2000000		/* unless the limit is raised */

struct pbkdf2 {
	const unsigned char	*salt;
	int			 saltlen;
	int			 rounds;
	unsigned char		 key[KEY_LEN];
};

static int
pbkdf2_parse(const char *data, struct pbkdf2 *p)
{
	uint64_t	 n;
	size_t		 len;

	if (strncmp(data, "$1$", 3) != 0)
		return -1;
	data += 3;
	len = strcspn(data, "$");
	if (data[len] != '$' || len == 0 || len > SALT_MAX)
		return -1;
	p->salt = (const unsigned char *)data;
	p->saltlen = (int)len;
	data += len + 1;
	len = strcspn(data, "$");
	if (data[len] != '$' ||
	    backend_number(data, len, 1, INT32_MAX, &n) == -1)
		return -1;
	p->rounds = (int)n;
	data += len + 1;
	return password_decode(PASSWORD_ENCODING_HEX, data, p->key,
	    KEY_LEN) == KEY_LEN ? 0 : -1;
}

enum password_kind
password_pbkdf2_kind(const char *data)
{
	struct pbkdf2	 p;

	if (pbkdf2_parse(data, &p) == -1)
		return PASSWORD_UNKNOWN;
	if (password_costly((uint64_t)p.rounds, ROUNDS_MAX))
		return PASSWORD_COSTLY;
	return p.rounds < ROUNDS_WEAK ? PASSWORD_WEAK : PASSWORD_GOOD;
}

int
password_pbkdf2_verify(const char *data, const char *pass)
{
	struct pbkdf2	 p;
	unsigned char	 key[KEY_LEN];
	int		 rv = -1;

	if (pbkdf2_parse(data, &p) == 0 && PKCS5_PBKDF2_HMAC(pass,
	    (int)strlen(pass), p.salt, p.saltlen, p.rounds, EVP_sha1(),
	    KEY_LEN, key) == 1)
		rv = CRYPTO_memcmp(key, p.key, KEY_LEN) == 0;
	explicit_bzero(&p, sizeof(p));
	explicit_bzero(key, sizeof(key));
	return rv;
}
