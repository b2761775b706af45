/* SPDX-License-Identifier: ISC */
/*
 * Runs in: backends.  Trusts: the store for what it has, but not for its form;
 * nothing about the password.  {SCRAM-SHA-256}, the keys of RFC 5802 and 7677
 * as Dovecot writes them: "iterations,salt,StoredKey,ServerKey", all but the
 * number in base64.
 */

#include <sys/types.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "backend.h"
#include "password_scheme.h"

#define KEY_LEN		32	/* octets, of SHA-256 */
#define SALT_LEN	16	/* of a new one */
#define SALT_LEN_MAX	64
#define ROUNDS		16384	/* of a new one */
#define ROUNDS_LEAST	4096	/* RFC 7677, section 4 */
#define ROUNDS_MAX	10000000
#define BASE64_LEN(n)	(((n) + 2) / 3 * 4)

struct scram {
	int		 rounds;
	int		 saltlen;
	unsigned char	 salt[SALT_LEN_MAX + 3];
	unsigned char	 stored[KEY_LEN + 3];
	unsigned char	 server[KEY_LEN + 3];
};

static int
scram_parse(const char *data, struct scram *s)
{
	const char	*part[4];
	size_t		 len[4];
	uint64_t	 n;
	int		 i;

	for (i = 0; i < 4; i++) {
		part[i] = data;
		len[i] = strcspn(data, ",");
		data += len[i];
		if (*data != (i < 3 ? ',' : '\0'))
			return -1;
		data++;
	}
	if (backend_number(part[0], len[0], 1, ROUNDS_MAX, &n) == -1)
		return -1;
	s->rounds = (int)n;
	s->saltlen = password_base64_decode(part[1], len[1], s->salt,
	    sizeof(s->salt));
	if (s->saltlen < 1 || s->saltlen > SALT_LEN_MAX)
		return -1;
	if (password_base64_decode(part[2], len[2], s->stored,
	    sizeof(s->stored)) != KEY_LEN ||
	    password_base64_decode(part[3], len[3], s->server,
	    sizeof(s->server)) != KEY_LEN)
		return -1;
	return 0;
}

/* StoredKey and ServerKey of a password.  0, or -1. */
static int
scram_keys(const char *pass, const unsigned char *salt, int saltlen,
    int rounds, unsigned char stored[KEY_LEN], unsigned char server[KEY_LEN])
{
	static const unsigned char	 client_key[] = "Client Key";
	static const unsigned char	 server_key[] = "Server Key";
	unsigned char			 salted[KEY_LEN], client[KEY_LEN];
	unsigned int			 len;
	int				 rv = -1;

	if (PKCS5_PBKDF2_HMAC(pass, (int)strlen(pass), salt, saltlen, rounds,
	    EVP_sha256(), KEY_LEN, salted) == 1 &&
	    HMAC(EVP_sha256(), salted, KEY_LEN, client_key,
	    sizeof(client_key) - 1, client, &len) != NULL &&
	    EVP_Digest(client, KEY_LEN, stored, &len, EVP_sha256(),
	    NULL) == 1 &&
	    HMAC(EVP_sha256(), salted, KEY_LEN, server_key,
	    sizeof(server_key) - 1, server, &len) != NULL)
		rv = 0;
	explicit_bzero(salted, sizeof(salted));
	explicit_bzero(client, sizeof(client));
	return rv;
}

enum password_kind
password_scram_kind(const char *data)
{
	struct scram	 s;

	if (scram_parse(data, &s) == -1)
		return PASSWORD_UNKNOWN;
	return s.rounds < ROUNDS_LEAST ? PASSWORD_WEAK : PASSWORD_GOOD;
}

int
password_scram_verify(const char *data, const char *pass)
{
	struct scram	 s;
	unsigned char	 stored[KEY_LEN], server[KEY_LEN];
	int		 rv = -1;

	if (scram_parse(data, &s) == 0 && scram_keys(pass, s.salt, s.saltlen,
	    s.rounds, stored, server) == 0)
		rv = CRYPTO_memcmp(stored, s.stored, KEY_LEN) == 0;
	explicit_bzero(&s, sizeof(s));
	explicit_bzero(stored, sizeof(stored));
	explicit_bzero(server, sizeof(server));
	return rv;
}

int
password_scram_new(const char *pass, char *data, size_t size)
{
	unsigned char	 salt[SALT_LEN], stored[KEY_LEN], server[KEY_LEN];
	unsigned char	 salt64[BASE64_LEN(SALT_LEN) + 1];
	unsigned char	 stored64[BASE64_LEN(KEY_LEN) + 1];
	unsigned char	 server64[BASE64_LEN(KEY_LEN) + 1];
	int		 len, rv = -1;

	arc4random_buf(salt, sizeof(salt));
	errno = ENOMEM;
	if (scram_keys(pass, salt, SALT_LEN, ROUNDS, stored, server) == 0) {
		(void)EVP_EncodeBlock(salt64, salt, SALT_LEN);
		(void)EVP_EncodeBlock(stored64, stored, KEY_LEN);
		(void)EVP_EncodeBlock(server64, server, KEY_LEN);
		len = snprintf(data, size, "{SCRAM-SHA-256}%d,%s,%s,%s",
		    ROUNDS, salt64, stored64, server64);
		errno = ERANGE;
		rv = len >= 0 && (size_t)len < size ? 0 : -1;
	}
	explicit_bzero(stored, sizeof(stored));
	explicit_bzero(server, sizeof(server));
	explicit_bzero(stored64, sizeof(stored64));
	explicit_bzero(server64, sizeof(server64));
	return rv;
}
