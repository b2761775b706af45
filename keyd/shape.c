/* SPDX-License-Identifier: ISC */
/*
 * Runs in: keyd.  Trusts: no data that an engine wants signed.
 */

#define OPENSSL_SUPPRESS_DEPRECATED

#include <sys/types.h>

#include <string.h>

#include <openssl/evp.h>
#include <openssl/rsa.h>

#include "keyreq.h"
#include "proto.h"
#include "shape.h"

/* DigestInfo up to the digest; only the OID's last byte and lengths differ. */
#define PREFIX_LEN	19
#define PREFIX(oid, len) \
	{ 0x30, 0x11 + (len), 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, \
	    0x65, 0x03, 0x04, 0x02, (oid), 0x05, 0x00, 0x04, (len) }

static const struct {
	size_t		 len;		/* of the digest, bytes */
	uint8_t		 prefix[PREFIX_LEN];
	const EVP_MD	*(*md)(void);
} digests[] = {
	{ 32, PREFIX(1, 32), EVP_sha256 },
	{ 48, PREFIX(2, 48), EVP_sha384 },
	{ 64, PREFIX(3, 64), EVP_sha512 },
};

int
shape_digestinfo(const uint8_t *data, size_t len)
{
	size_t	 i;

	for (i = 0; i < NITEMS(digests); i++) {
		if (len == PREFIX_LEN + digests[i].len &&
		    memcmp(data, digests[i].prefix, PREFIX_LEN) == 0)
			return 1;
	}
	return 0;
}

/*
 * RFC 8017, section 9.1.2, steps 4 to 10: em is maskedDB, H, 0xbc; DB is zeros,
 * 0x01, salt.  unused: leftmost bits that must be 0.
 */
static int
shape_pss_with(const uint8_t *em, size_t len, int unused, const EVP_MD *md,
    size_t hlen)
{
	uint8_t	 mask[KEY_DATA_MAX];
	size_t	 dblen, i;

	if (len < 2 * hlen + 2 || len > sizeof(mask) || em[len - 1] != 0xbc ||
	    em[0] >> (8 - unused) != 0)
		return 0;
	dblen = len - hlen - 1;
	if (PKCS1_MGF1(mask, (long)dblen, em + dblen, (long)hlen, md) != 0)
		return 0;
	for (i = 0; i < dblen; i++)
		mask[i] ^= em[i];
	mask[0] &= 0xff >> unused;
	for (i = 0; i < dblen - hlen - 1; i++) {
		if (mask[i] != 0)
			return 0;
	}
	return mask[i] == 0x01;
}

int
shape_pss(const uint8_t *data, size_t len, int bits)
{
	size_t	 i;
	int	 unused;

	/* The encoded message has one bit less than the modulus. */
	if (bits < 16 || len != ((size_t)bits + 7) / 8)
		return 0;
	unused = 8 - (bits - 1) % 8;
	if (unused == 8) {
		if (*data++ != 0)
			return 0;
		len--;
		unused = 0;
	}
	for (i = 0; i < NITEMS(digests); i++) {
		if (shape_pss_with(data, len, unused, digests[i].md(),
		    digests[i].len))
			return 1;
	}
	return 0;
}
