/* SPDX-License-Identifier: ISC */
/*
 * Runs in: backends.  Trusts: the store for its data, but not for their form;
 * no password.
 */

#include <sys/types.h>

#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "password_digest.h"
#include "proto.h"

#define SALT_MAX	64		/* bytes */
#define RAW_MAX		(EVP_MAX_MD_SIZE + SALT_MAX)

/* Decode digest and salt; returns the length of both, or -1. */
static int
digest_decode(const struct password_digest *d, enum password_encoding encoding,
    const char *data, unsigned char raw[RAW_MAX + 3])
{
	int	 len, size = EVP_MD_size(d->md());

	/* Without a salt, hexadecimal is longer than base64 can be. */
	if (encoding == PASSWORD_ENCODING_NONE)
		encoding = !d->salted && strlen(data) == (size_t)size * 2 ?
		    PASSWORD_ENCODING_HEX : PASSWORD_ENCODING_BASE64;
	len = password_decode(encoding, data, raw, RAW_MAX + 3);
	if (d->salted ? len <= size || len > size + SALT_MAX : len != size)
		return -1;
	return len;
}

enum password_kind
password_digest_kind(const struct password_digest *d,
    enum password_encoding encoding, const char *data)
{
	unsigned char	 raw[RAW_MAX + 3];

	if (d->md() == NULL)
		return PASSWORD_UNAVAILABLE;
	return digest_decode(d, encoding, data, raw) == -1 ?
	    PASSWORD_UNKNOWN : d->strength;
}

int
password_digest_verify(const struct password_digest *d,
    enum password_encoding encoding, const char *data, const char *pass)
{
	unsigned char	 raw[RAW_MAX + 3], md[EVP_MAX_MD_SIZE];
	unsigned char	 in[PASS_LEN_MAX + SALT_MAX];
	size_t		 passlen = strlen(pass), saltlen;
	unsigned int	 size;
	int		 len, rv = -1;

	if (passlen > PASS_LEN_MAX)
		return 0;
	if (d->md() == NULL ||
	    (len = digest_decode(d, encoding, data, raw)) == -1)
		return -1;
	saltlen = (size_t)(len - EVP_MD_size(d->md()));
	memcpy(in, pass, passlen);
	memcpy(in + passlen, raw + EVP_MD_size(d->md()), saltlen);
	if (EVP_Digest(in, passlen + saltlen, md, &size, d->md(), NULL) == 1)
		rv = CRYPTO_memcmp(raw, md, size) == 0;
	explicit_bzero(in, sizeof(in));
	explicit_bzero(md, sizeof(md));
	return rv;
}

#define NSMTA_HEX	32	/* characters of the digest */
#define NSMTA_SALT	32

enum password_kind
password_nsmta_kind(const char *data)
{
	if (strlen(data) != NSMTA_HEX + NSMTA_SALT ||
	    strspn(data, "0123456789abcdefABCDEF") < NSMTA_HEX)
		return PASSWORD_UNKNOWN;
	return PASSWORD_WEAK;
}

/* Netscape's mail server: MD5 of salt, 89, password, 247 and salt. */
int
password_nsmta_verify(const char *data, const char *pass)
{
	const char	*salt = data + NSMTA_HEX;
	unsigned char	 in[PASS_LEN_MAX + 2 * NSMTA_SALT + 2], *p = in;
	unsigned char	 raw[NSMTA_HEX / 2], md[EVP_MAX_MD_SIZE];
	char		 hex[NSMTA_HEX + 1];
	size_t		 len = strlen(pass);
	int		 rv = -1;

	if (len > PASS_LEN_MAX)
		return 0;
	memcpy(hex, data, NSMTA_HEX);
	hex[NSMTA_HEX] = '\0';
	if (password_decode(PASSWORD_ENCODING_HEX, hex, raw, sizeof(raw)) ==
	    -1)
		return -1;
	memcpy(p, salt, NSMTA_SALT);
	p += NSMTA_SALT;
	*p++ = 89;
	memcpy(p, pass, len);
	p += len;
	*p++ = 247;
	memcpy(p, salt, NSMTA_SALT);
	p += NSMTA_SALT;
	if (EVP_Digest(in, (size_t)(p - in), md, NULL, EVP_md5(), NULL) == 1)
		rv = CRYPTO_memcmp(raw, md, sizeof(raw)) == 0;
	explicit_bzero(in, sizeof(in));
	explicit_bzero(md, sizeof(md));
	return rv;
}
