/* SPDX-License-Identifier: ISC */
/*
 * Runs in: backends.  Trusts: the store for its data, but not for their form;
 * no password.  {SCRAM-SHA-256} and {SCRAM-SHA-1}, the keys of RFC 7677 and
 * 5802 as Dovecot writes them: "iterations,salt,StoredKey,ServerKey", all but
 * the number in base64.
 */

#include <sys/types.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "backend_value.h"
#include "password_cost.h"
#include "password_scheme.h"

#define KEY_MAX		32	/* bytes: SHA-256 */
#define SALT_LEN	16	/* of a new one */
#define SALT_LEN_MAX	64
#define ROUNDS		16384	/* of a new one */
#define ROUNDS_LEAST	4096	/* RFC 7677, section 4 */
#define ROUNDS_MAX	2000000	/* unless the limit is raised */
#define BASE64_LEN(n)	(((n) + 2) / 3 * 4)

struct scram {
	int		 rounds;
	int		 saltlen;
	unsigned char	 salt[SALT_LEN_MAX + 3];
	unsigned char	 stored[KEY_MAX + 3];
	unsigned char	 server[KEY_MAX + 3];
};

static int
scram_parse(const EVP_MD *md, const char *data, struct scram *s)
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
	if (backend_number(part[0], len[0], 1, INT32_MAX, &n) == -1)
		return -1;
	s->rounds = (int)n;
	s->saltlen = password_base64_decode(part[1], len[1], s->salt,
	    sizeof(s->salt));
	if (s->saltlen < 1 || s->saltlen > SALT_LEN_MAX)
		return -1;
	if (password_base64_decode(part[2], len[2], s->stored,
	    sizeof(s->stored)) != EVP_MD_size(md) ||
	    password_base64_decode(part[3], len[3], s->server,
	    sizeof(s->server)) != EVP_MD_size(md))
		return -1;
	return 0;
}

/* Compute StoredKey and ServerKey of a password.  0, or -1. */
static int
scram_keys(const EVP_MD *md, const char *pass, const unsigned char *salt,
    int saltlen, int rounds, unsigned char stored[KEY_MAX],
    unsigned char server[KEY_MAX])
{
	static const unsigned char	 client_key[] = "Client Key";
	static const unsigned char	 server_key[] = "Server Key";
	unsigned char			 salted[KEY_MAX], client[KEY_MAX];
	unsigned int			 len;
	int				 size = EVP_MD_size(md), rv = -1;

	if (PKCS5_PBKDF2_HMAC(pass, (int)strlen(pass), salt, saltlen, rounds,
	    md, size, salted) == 1 &&
	    HMAC(md, salted, size, client_key, sizeof(client_key) - 1, client,
	    &len) != NULL &&
	    EVP_Digest(client, (size_t)size, stored, &len, md, NULL) == 1 &&
	    HMAC(md, salted, size, server_key, sizeof(server_key) - 1, server,
	    &len) != NULL)
		rv = 0;
	explicit_bzero(salted, sizeof(salted));
	explicit_bzero(client, sizeof(client));
	return rv;
}

static enum password_kind
scram_kind(const EVP_MD *md, const char *data)
{
	struct scram	 s;

	if (scram_parse(md, data, &s) == -1)
		return PASSWORD_UNKNOWN;
	if (password_costly((uint64_t)s.rounds, ROUNDS_MAX))
		return PASSWORD_COSTLY;
	return s.rounds < ROUNDS_LEAST ? PASSWORD_WEAK : PASSWORD_GOOD;
}

static int
scram_verify(const EVP_MD *md, const char *data, const char *pass)
{
	struct scram	 s;
	unsigned char	 stored[KEY_MAX], server[KEY_MAX];
	int		 rv = -1;

	if (scram_parse(md, data, &s) == 0 && scram_keys(md, pass, s.salt,
	    s.saltlen, s.rounds, stored, server) == 0)
		rv = CRYPTO_memcmp(stored, s.stored,
		    (size_t)EVP_MD_size(md)) == 0;
	explicit_bzero(&s, sizeof(s));
	explicit_bzero(stored, sizeof(stored));
	explicit_bzero(server, sizeof(server));
	return rv;
}

enum password_kind
password_scram1_kind(const char *data)
{
	return scram_kind(EVP_sha1(), data);
}

int
password_scram1_verify(const char *data, const char *pass)
{
	return scram_verify(EVP_sha1(), data, pass);
}

enum password_kind
password_scram256_kind(const char *data)
{
	return scram_kind(EVP_sha256(), data);
}

int
password_scram256_verify(const char *data, const char *pass)
{
	return scram_verify(EVP_sha256(), data, pass);
}

int
password_scram256_new(const char *pass, char *data, size_t size)
{
	unsigned char	 salt[SALT_LEN], stored[KEY_MAX], server[KEY_MAX];
	unsigned char	 salt64[BASE64_LEN(SALT_LEN) + 1];
	unsigned char	 stored64[BASE64_LEN(KEY_MAX) + 1];
	unsigned char	 server64[BASE64_LEN(KEY_MAX) + 1];
	int		 len, rv = -1;

	arc4random_buf(salt, sizeof(salt));
	errno = ENOMEM;
	if (scram_keys(EVP_sha256(), pass, salt, SALT_LEN, ROUNDS, stored,
	    server) == 0) {
		(void)EVP_EncodeBlock(salt64, salt, SALT_LEN);
		(void)EVP_EncodeBlock(stored64, stored, KEY_MAX);
		(void)EVP_EncodeBlock(server64, server, KEY_MAX);
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
