/* SPDX-License-Identifier: ISC */
/*
 * Runs in: backends.  Trusts: the operator's files and directory for what is
 * stored, but not for its form; nothing about the password.
 */

#include <sys/types.h>

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "log.h"
#include "password.h"
#include "password_scheme.h"
#include "proto.h"

#define SALT_MAX	64		/* octets */
#define RAW_MAX		(EVP_MAX_MD_SIZE + SALT_MAX)

struct scheme {
	const char		*name;
	enum password_kind	(*kind)(const struct scheme *, const char *);
	int			(*verify)(const struct scheme *, const char *,
				    const char *);
	const EVP_MD		*(*md)(void);
	int			 salted;
	enum password_kind	 strength;
	/* own_kind, own_verify: */
	enum password_kind	(*data_kind)(const char *);
	int			(*data_verify)(const char *, const char *);
};

static enum password_kind	 crypt_kind(const struct scheme *,
				    const char *);
static enum password_kind	 digest_kind(const struct scheme *,
				    const char *);
static enum password_kind	 plain_kind(const struct scheme *,
				    const char *);
static int	 crypt_verify(const struct scheme *, const char *,
		    const char *);
static int	 digest_verify(const struct scheme *, const char *,
		    const char *);
static int	 plain_verify(const struct scheme *, const char *,
		    const char *);
static enum password_kind	 own_kind(const struct scheme *, const char *);
static int	 own_verify(const struct scheme *, const char *,
		    const char *);

#define CRYPT(name)							\
	{ name, crypt_kind, crypt_verify, NULL, 0, PASSWORD_GOOD,	\
	    NULL, NULL }
#define DIGEST(name, md, salted, strength)				\
	{ name, digest_kind, digest_verify, md, salted, strength, NULL, NULL }
#define OWN(name, kind, verify)						\
	{ name, own_kind, own_verify, NULL, 0, PASSWORD_GOOD, kind, verify }

static const struct scheme	 schemes[] = {
	CRYPT("CRYPT"),
	CRYPT("BLF-CRYPT"),
	CRYPT("SHA512-CRYPT"),
	CRYPT("SHA256-CRYPT"),
	CRYPT("MD5-CRYPT"),
	DIGEST("SSHA512", EVP_sha512, 1, PASSWORD_GOOD),
	DIGEST("SSHA256", EVP_sha256, 1, PASSWORD_GOOD),
	DIGEST("SSHA", EVP_sha1, 1, PASSWORD_WEAK),
	DIGEST("SHA512", EVP_sha512, 0, PASSWORD_WEAK),
	DIGEST("SHA256", EVP_sha256, 0, PASSWORD_WEAK),
	DIGEST("SHA", EVP_sha1, 0, PASSWORD_WEAK),
	DIGEST("SMD5", EVP_md5, 1, PASSWORD_WEAK),
	DIGEST("MD5", EVP_md5, 0, PASSWORD_WEAK),
	OWN("ARGON2", password_argon2_kind, password_argon2_verify),
	OWN("ARGON2ID", password_argon2_kind, password_argon2_verify),
	OWN("ARGON2I", password_argon2_kind, password_argon2_verify),
	OWN("SCRAM-SHA-256", password_scram_kind, password_scram_verify),
	{ "PLAIN", plain_kind, plain_verify, NULL, 0, PASSWORD_WEAK, NULL,
	    NULL }
};

/* How new ones are made; the first is what the system prefers. */
static const struct maker {
	const char	*name;
	int		(*make)(const char *, char *, size_t);
	const char	*crypt;		/* prefix, if make is NULL */
} makers[] = {
	{ "default", NULL, NULL },
	{ "yescrypt", NULL, "$y$" },
	{ "bcrypt", NULL, "$2b$" },
	{ "sha512", NULL, "$6$" },
	{ "argon2id", password_argon2_new, NULL },
	{ "scram-sha-256", password_scram_new, NULL }
};
static const struct maker	*maker = &makers[0];

/* The scheme in braces that stored begins with; *data is what follows it. */
static const struct scheme *
scheme_find(const char *stored, const char **data)
{
	const char	*end;
	size_t		 i, len;

	if ((end = strchr(stored, '}')) == NULL)
		return NULL;
	len = (size_t)(end - stored) - 1;
	for (i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
		if (strlen(schemes[i].name) == len &&
		    strncasecmp(schemes[i].name, stored + 1, len) == 0) {
			*data = end + 1;
			return &schemes[i];
		}
	}
	return NULL;
}

static enum password_kind
crypt_kind(const struct scheme *s, const char *data)
{
	if (data[0] == '*' || data[0] == '!')
		return PASSWORD_LOCKED;
	return password_crypt_kind(data);
}

static int
crypt_verify(const struct scheme *s, const char *data, const char *pass)
{
	return password_crypt_verify(data, pass);
}

/*
 * EVP_DecodeBlock(3) alone skips blanks and does not say how much of its last
 * group is padding.
 */
int
password_base64_decode(const char *data, size_t len, unsigned char *raw,
    size_t size)
{
	static const char	 alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "abcdefghijklmnopqrstuvwxyz0123456789+/";
	size_t			 used, i;
	int			 n;

	if (len == 0 || len % 4 != 0 || len / 4 * 3 > size)
		return -1;
	for (used = 0; used < len && data[used] != '\0' &&
	    strchr(alphabet, data[used]) != NULL; used++)
		continue;
	if (len - used > 2)
		return -1;
	for (i = used; i < len; i++)
		if (data[i] != '=')
			return -1;
	n = EVP_DecodeBlock(raw, (const unsigned char *)data, (int)len);
	return n == -1 ? -1 : n - (int)(len - used);
}

/* Digest and salt as stored; the length of both, or -1. */
static int
digest_decode(const struct scheme *s, const char *data,
    unsigned char raw[RAW_MAX + 2])
{
	int	 len, size = EVP_MD_size(s->md());

	len = password_base64_decode(data, strlen(data), raw, RAW_MAX + 2);
	if (s->salted ? len <= size || len > size + SALT_MAX : len != size)
		return -1;
	return len;
}

static enum password_kind
digest_kind(const struct scheme *s, const char *data)
{
	unsigned char	 raw[RAW_MAX + 2];

	return digest_decode(s, data, raw) == -1 ? PASSWORD_UNKNOWN :
	    s->strength;
}

static int
digest_verify(const struct scheme *s, const char *data, const char *pass)
{
	unsigned char	 raw[RAW_MAX + 2], md[EVP_MAX_MD_SIZE];
	unsigned char	 in[PASS_LEN_MAX + SALT_MAX];
	size_t		 passlen = strlen(pass), saltlen;
	unsigned int	 size;
	int		 len, rv = -1;

	if (passlen > PASS_LEN_MAX)
		return 0;
	if ((len = digest_decode(s, data, raw)) == -1)
		return -1;
	saltlen = (size_t)(len - EVP_MD_size(s->md()));
	memcpy(in, pass, passlen);
	memcpy(in + passlen, raw + EVP_MD_size(s->md()), saltlen);
	if (EVP_Digest(in, passlen + saltlen, md, &size, s->md(), NULL) == 1)
		rv = CRYPTO_memcmp(raw, md, size) == 0;
	explicit_bzero(in, sizeof(in));
	explicit_bzero(md, sizeof(md));
	return rv;
}

static enum password_kind
plain_kind(const struct scheme *s, const char *data)
{
	return data[0] == '\0' ? PASSWORD_UNKNOWN : s->strength;
}

/* Digests are compared, so that the length of the secret is not told. */
static int
plain_verify(const struct scheme *s, const char *data, const char *pass)
{
	unsigned char	 a[EVP_MAX_MD_SIZE], b[EVP_MAX_MD_SIZE];
	unsigned int	 size;
	int		 rv = -1;

	if (data[0] == '\0')
		return -1;
	if (EVP_Digest(data, strlen(data), a, &size, EVP_sha256(), NULL) &&
	    EVP_Digest(pass, strlen(pass), b, &size, EVP_sha256(), NULL))
		rv = CRYPTO_memcmp(a, b, size) == 0;
	explicit_bzero(a, sizeof(a));
	explicit_bzero(b, sizeof(b));
	return rv;
}

static enum password_kind
own_kind(const struct scheme *s, const char *data)
{
	return s->data_kind(data);
}

static int
own_verify(const struct scheme *s, const char *data, const char *pass)
{
	return s->data_verify(data, pass);
}

enum password_kind
password_kind(const char *stored)
{
	const struct scheme	*s;
	const char		*data;

	if (stored[0] != '{')
		return crypt_kind(NULL, stored);
	if ((s = scheme_find(stored, &data)) == NULL)
		return PASSWORD_UNKNOWN;
	return s->kind(s, data);
}

int
password_verify(const char *stored, const char *pass)
{
	const struct scheme	*s;
	const char		*data;

	switch (password_kind(stored)) {
	case PASSWORD_UNKNOWN:
		return -1;
	case PASSWORD_LOCKED:
		return 0;
	case PASSWORD_WEAK:
	case PASSWORD_GOOD:
		break;
	}
	if (stored[0] != '{')
		return password_crypt_verify(stored, pass);
	if ((s = scheme_find(stored, &data)) == NULL)
		return -1;
	return s->verify(s, data, pass);
}

int
password_new(const char *pass, char *stored, size_t size)
{
	if (maker->make != NULL)
		return maker->make(pass, stored, size);
	return password_crypt_new(maker->crypt, pass, stored, size);
}

int
password_scheme(const char *name)
{
	const struct maker	*before = maker;
	char			 stored[PASSWORD_STORED_MAX + 1];
	size_t			 i;

	for (i = 0; i < sizeof(makers) / sizeof(makers[0]); i++) {
		if (strcmp(makers[i].name, name) != 0)
			continue;
		maker = &makers[i];
		if (password_new("try", stored, sizeof(stored)) == 0)
			return 0;
	}
	maker = before;
	return -1;
}

const char *
password_dummy(void)
{
	static char	 stored[PASSWORD_STORED_MAX + 1];
	char		 pass[33];
	size_t		 i;

	if (stored[0] != '\0')
		return stored;
	for (i = 0; i < sizeof(pass) - 1; i++)
		pass[i] = (char)('a' + arc4random_uniform(26));
	pass[i] = '\0';
	if (password_new(pass, stored, sizeof(stored)) == -1)
		fatal("no password can be made");
	explicit_bzero(pass, sizeof(pass));
	return stored;
}
