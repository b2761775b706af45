/* SPDX-License-Identifier: ISC */
/*
 * Runs in: backends.  Trusts: the operator's files and directory for their
 * data, but not for their form; no password.
 */

#include <sys/types.h>

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "log.h"
#include "password.h"
#include "password_crypt.h"
#include "password_digest.h"
#include "password_encoding.h"
#include "password_scheme.h"
#include "proto.h"

/*
 * Binary schemes accept their data in any encoding; text schemes get them as
 * text.
 */
struct scheme {
	const char		*name;
	enum password_kind	(*kind)(const char *);
	int			(*verify)(const char *, const char *);
	enum password_kind	(*raw_kind)(enum password_encoding,
				    const char *);
	int			(*raw_verify)(enum password_encoding,
				    const char *, const char *);
	struct password_digest	 digest;
};

static enum password_kind	 crypt_kind(const char *);
static enum password_kind	 plain_kind(const char *);
static int	 plain_verify(const char *, const char *);

#define TEXT(name, kind, verify)					\
	{ name, kind, verify, NULL, NULL, { NULL, 0, PASSWORD_UNKNOWN } }
#define RAW(name, kind, verify)						\
	{ name, NULL, NULL, kind, verify, { NULL, 0, PASSWORD_UNKNOWN } }
#define CRYPT(name)	TEXT(name, crypt_kind, password_crypt_verify)
#define PLAIN(name)	TEXT(name, plain_kind, plain_verify)
#define DIGEST(name, md, salted, strength)				\
	{ name, NULL, NULL, NULL, NULL, { md, salted, strength } }

static const struct scheme	 schemes[] = {
	CRYPT("CRYPT"),
	CRYPT("BLF-CRYPT"),
	CRYPT("SHA512-CRYPT"),
	CRYPT("SHA256-CRYPT"),
	CRYPT("MD5-CRYPT"),
	CRYPT("DES-CRYPT"),
	DIGEST("SSHA512", EVP_sha512, 1, PASSWORD_GOOD),
	DIGEST("SSHA256", EVP_sha256, 1, PASSWORD_GOOD),
	DIGEST("SSHA", EVP_sha1, 1, PASSWORD_WEAK),
	DIGEST("SHA512", EVP_sha512, 0, PASSWORD_WEAK),
	DIGEST("SHA256", EVP_sha256, 0, PASSWORD_WEAK),
	DIGEST("SHA", EVP_sha1, 0, PASSWORD_WEAK),
	DIGEST("SHA1", EVP_sha1, 0, PASSWORD_WEAK),
	DIGEST("SMD5", EVP_md5, 1, PASSWORD_WEAK),
	DIGEST("MD5", EVP_md5, 0, PASSWORD_WEAK),
	DIGEST("LDAP-MD5", EVP_md5, 0, PASSWORD_WEAK),
	DIGEST("PLAIN-MD5", EVP_md5, 0, PASSWORD_WEAK),
	DIGEST("MD4", password_md4, 0, PASSWORD_WEAK),
	DIGEST("PLAIN-MD4", password_md4, 0, PASSWORD_WEAK),
	DIGEST("RMD160", password_rmd160, 0, PASSWORD_WEAK),
	TEXT("NS-MTA-MD5", password_nsmta_kind, password_nsmta_verify),
	RAW("CRAM-MD5", password_cram_kind, password_cram_verify),
	RAW("HMAC-MD5", password_cram_kind, password_cram_verify),
	TEXT("ARGON2", password_argon2_kind, password_argon2_verify),
	TEXT("ARGON2ID", password_argon2_kind, password_argon2_verify),
	TEXT("ARGON2I", password_argon2_kind, password_argon2_verify),
	TEXT("PBKDF2", password_pbkdf2_kind, password_pbkdf2_verify),
	TEXT("SCRAM-SHA-1", password_scram1_kind, password_scram1_verify),
	TEXT("SCRAM-SHA-256", password_scram256_kind,
	    password_scram256_verify),
	PLAIN("PLAIN"),
	PLAIN("CLEAR"),
	PLAIN("CLEARTEXT")
};

/* A parsed stored form; text is what follows the braces. */
struct stored {
	const struct scheme	*scheme;
	enum password_encoding	 encoding;
	const char		*data;
	char			 text[PASSWORD_STORED_MAX + 1];
};

/* How new ones are made; the first is the system's preference. */
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
	{ "scram-sha-256", password_scram256_new, NULL }
};
static const struct maker	*maker = &makers[0];

/* Cut the encoding suffix off a name that ends at *len. */
static enum password_encoding
suffix_take(const char *name, size_t *len)
{
	static const struct {
		const char		*text;
		enum password_encoding	 encoding;
	} suffixes[] = {
		{ ".HEX", PASSWORD_ENCODING_HEX },
		{ ".B64", PASSWORD_ENCODING_BASE64 },
		{ ".BASE64", PASSWORD_ENCODING_BASE64 }
	};
	size_t	 i, n;

	for (i = 0; i < NITEMS(suffixes); i++) {
		n = strlen(suffixes[i].text);
		if (*len > n && strncasecmp(name + *len - n,
		    suffixes[i].text, n) == 0) {
			*len -= n;
			return suffixes[i].encoding;
		}
	}
	return PASSWORD_ENCODING_NONE;
}

static const struct scheme *
scheme_find(const char *name, size_t len)
{
	size_t	 i;

	for (i = 0; i < NITEMS(schemes); i++) {
		if (strlen(schemes[i].name) == len &&
		    strncasecmp(schemes[i].name, name, len) == 0)
			return &schemes[i];
	}
	return NULL;
}

/* Decode to text, which must not contain a NUL. */
static int
text_decode(struct stored *st)
{
	int	 len;

	if (st->encoding == PASSWORD_ENCODING_NONE)
		return 0;
	len = password_decode(st->encoding, st->data,
	    (unsigned char *)st->text, sizeof(st->text) - 1);
	if (len == -1 || memchr(st->text, '\0', (size_t)len) != NULL)
		return -1;
	st->text[len] = '\0';
	st->data = st->text;
	return 0;
}

/* 0, or -1 if the form is unknown.  The caller wipes the result. */
static int
stored_parse(const char *stored, struct stored *st)
{
	const char	*end;
	size_t		 len;

	st->text[0] = '\0';
	st->encoding = PASSWORD_ENCODING_NONE;
	st->scheme = &schemes[0];
	st->data = stored;
	if (stored[0] != '{')
		return 0;
	if ((end = strchr(stored, '}')) == NULL)
		return -1;
	st->data = end + 1;
	len = (size_t)(end - stored) - 1;
	st->encoding = suffix_take(stored + 1, &len);
	if ((st->scheme = scheme_find(stored + 1, len)) == NULL)
		return -1;
	/* In Dovecot {MD5} is of crypt(3), in directories a digest. */
	if (st->scheme->digest.md == EVP_md5 && !st->scheme->digest.salted &&
	    strncmp(st->data, "$1$", 3) == 0)
		st->scheme = &schemes[0];
	return st->scheme->kind != NULL ? text_decode(st) : 0;
}

static enum password_kind
crypt_kind(const char *data)
{
	if (data[0] == '*' || data[0] == '!')
		return PASSWORD_LOCKED;
	return password_crypt_kind(data);
}

static enum password_kind
plain_kind(const char *data)
{
	return data[0] == '\0' ? PASSWORD_UNKNOWN : PASSWORD_WEAK;
}

/* Compare digests, so that timing does not reveal the secret's length. */
static int
plain_verify(const char *data, const char *pass)
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
stored_kind(const struct stored *st)
{
	const struct scheme	*s = st->scheme;

	if (s->kind != NULL)
		return s->kind(st->data);
	if (s->raw_kind != NULL)
		return s->raw_kind(st->encoding, st->data);
	return password_digest_kind(&s->digest, st->encoding, st->data);
}

static int
stored_verify(const struct stored *st, const char *pass)
{
	const struct scheme	*s = st->scheme;

	if (s->verify != NULL)
		return s->verify(st->data, pass);
	if (s->raw_verify != NULL)
		return s->raw_verify(st->encoding, st->data, pass);
	return password_digest_verify(&s->digest, st->encoding, st->data,
	    pass);
}

enum password_kind
password_kind(const char *stored)
{
	struct stored		 st;
	enum password_kind	 kind = PASSWORD_UNKNOWN;

	if (stored_parse(stored, &st) == 0)
		kind = stored_kind(&st);
	if (st.encoding != PASSWORD_ENCODING_NONE)
		explicit_bzero(st.text, sizeof(st.text));
	return kind;
}

int
password_works(enum password_kind kind)
{
	return kind == PASSWORD_GOOD || kind == PASSWORD_WEAK;
}

const char *
password_fault(enum password_kind kind)
{
	switch (kind) {
	case PASSWORD_UNKNOWN:
		return "is of a kind that is not known, or damaged";
	case PASSWORD_UNAVAILABLE:
		return "is of a kind that this system's libraries lack";
	case PASSWORD_COSTLY:
		return "would take too long to check; see hash-limit in "
		    "pop3d-auth(5)";
	case PASSWORD_LOCKED:
	case PASSWORD_WEAK:
	case PASSWORD_GOOD:
		break;
	}
	return NULL;
}

int
password_verify(const char *stored, const char *pass)
{
	struct stored		 st;
	enum password_kind	 kind;
	int			 rv = -1;

	if (stored_parse(stored, &st) == 0) {
		kind = stored_kind(&st);
		if (kind == PASSWORD_LOCKED)
			rv = 0;
		else if (password_works(kind))
			rv = stored_verify(&st, pass);
	}
	if (st.encoding != PASSWORD_ENCODING_NONE)
		explicit_bzero(st.text, sizeof(st.text));
	return rv;
}

void
password_init(void)
{
	password_md_init();
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

	for (i = 0; i < NITEMS(makers); i++) {
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
		fatal("cannot make a password hash");
	explicit_bzero(pass, sizeof(pass));
	return stored;
}
