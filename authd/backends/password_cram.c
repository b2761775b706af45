/* SPDX-License-Identifier: ISC */
/*
 * Runs in: backends.  Trusts: the store for its data, but not for their form;
 * no password.  Dovecot's {CRAM-MD5} and {HMAC-MD5}: the two states of HMAC-MD5
 * (RFC 2104) after the block with the key, outer and inner. libcrypto has no
 * interface to a state, so one block of MD5 (RFC 1321) is computed here.
 */

#include <sys/types.h>

#include <stdint.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "password_scheme.h"

#define BLOCK_LEN	64	/* bytes */
#define STATE_LEN	16
#define OUTER		0x5c
#define INNER		0x36

static uint32_t
word_get(const unsigned char *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
	    (uint32_t)p[3] << 24;
}

static void
word_put(unsigned char *p, uint32_t w)
{
	int	 i;

	for (i = 0; i < 4; i++)
		p[i] = (unsigned char)(w >> 8 * i);
}

/* The function of a step, and the word of the block that it takes. */
static uint32_t
step(int i, const uint32_t v[4], int *word)
{
	switch (i / 16) {
	case 0:
		*word = i;
		return (v[1] & v[2]) | (~v[1] & v[3]);
	case 1:
		*word = (5 * i + 1) % 16;
		return (v[3] & v[1]) | (~v[3] & v[2]);
	case 2:
		*word = (3 * i + 5) % 16;
		return v[1] ^ v[2] ^ v[3];
	default:
		*word = 7 * i % 16;
		return v[2] ^ (v[1] | ~v[3]);
	}
}

/* The state after the first block. */
static void
md5_block(const unsigned char block[BLOCK_LEN], unsigned char state[STATE_LEN])
{
	static const uint32_t	 sines[64] = {
		0xd76aa478, 0xe8c7b756, 0x242070db, 0xc1bdceee,
		0xf57c0faf, 0x4787c62a, 0xa8304613, 0xfd469501,
		0x698098d8, 0x8b44f7af, 0xffff5bb1, 0x895cd7be,
		0x6b901122, 0xfd987193, 0xa679438e, 0x49b40821,
		0xf61e2562, 0xc040b340, 0x265e5a51, 0xe9b6c7aa,
		0xd62f105d, 0x02441453, 0xd8a1e681, 0xe7d3fbc8,
		0x21e1cde6, 0xc33707d6, 0xf4d50d87, 0x455a14ed,
		0xa9e3e905, 0xfcefa3f8, 0x676f02d9, 0x8d2a4c8a,
		0xfffa3942, 0x8771f681, 0x6d9d6122, 0xfde5380c,
		0xa4beea44, 0x4bdecfa9, 0xf6bb4b60, 0xbebfbc70,
		0x289b7ec6, 0xeaa127fa, 0xd4ef3085, 0x04881d05,
		0xd9d4d039, 0xe6db99e5, 0x1fa27cf8, 0xc4ac5665,
		0xf4292244, 0x432aff97, 0xab9423a7, 0xfc93a039,
		0x655b59c3, 0x8f0ccc92, 0xffeff47d, 0x85845dd1,
		0x6fa87e4f, 0xfe2ce6e0, 0xa3014314, 0x4e0811a1,
		0xf7537e82, 0xbd3af235, 0x2ad7d2bb, 0xeb86d391
	};
	static const int	 shifts[4][4] = {
		{ 7, 12, 17, 22 }, { 5, 9, 14, 20 },
		{ 4, 11, 16, 23 }, { 6, 10, 15, 21 }
	};
	static const uint32_t	 first[4] = {
		0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476
	};
	uint32_t		 v[4], sum;
	int			 i, s, word;

	memcpy(v, first, sizeof(v));
	for (i = 0; i < 64; i++) {
		sum = step(i, v, &word);
		sum += v[0] + sines[i] + word_get(block + 4 * word);
		s = shifts[i / 16][i % 4];
		v[0] = v[3];
		v[3] = v[2];
		v[2] = v[1];
		v[1] += sum << s | sum >> (32 - s);
	}
	for (i = 0; i < 4; i++)
		word_put(state + 4 * i, v[i] + first[i]);
	explicit_bzero(v, sizeof(v));
}

static void
cram_state(const unsigned char key[BLOCK_LEN], unsigned char pad,
    unsigned char state[STATE_LEN])
{
	unsigned char	 block[BLOCK_LEN];
	int		 i;

	for (i = 0; i < BLOCK_LEN; i++)
		block[i] = key[i] ^ pad;
	md5_block(block, state);
	explicit_bzero(block, sizeof(block));
}

enum password_kind
password_cram_kind(enum password_encoding encoding, const char *data)
{
	unsigned char	 raw[2 * STATE_LEN + 3];

	if (encoding == PASSWORD_ENCODING_NONE)
		encoding = PASSWORD_ENCODING_HEX;
	return password_decode(encoding, data, raw, sizeof(raw)) ==
	    2 * STATE_LEN ? PASSWORD_WEAK : PASSWORD_UNKNOWN;
}

int
password_cram_verify(enum password_encoding encoding, const char *data,
    const char *pass)
{
	unsigned char	 key[EVP_MAX_MD_SIZE + BLOCK_LEN] = { 0 };
	unsigned char	 raw[2 * STATE_LEN + 3], state[2 * STATE_LEN];
	size_t		 len = strlen(pass);
	int		 rv = -1;

	if (password_cram_kind(encoding, data) == PASSWORD_UNKNOWN)
		return -1;
	if (encoding == PASSWORD_ENCODING_NONE)
		encoding = PASSWORD_ENCODING_HEX;
	if (len <= BLOCK_LEN)
		memcpy(key, pass, len);
	else if (EVP_Digest(pass, len, key, NULL, EVP_md5(), NULL) != 1)
		return -1;
	cram_state(key, OUTER, state);
	cram_state(key, INNER, state + STATE_LEN);
	if (password_decode(encoding, data, raw, sizeof(raw)) ==
	    2 * STATE_LEN)
		rv = CRYPTO_memcmp(raw, state, sizeof(state)) == 0;
	explicit_bzero(key, sizeof(key));
	explicit_bzero(state, sizeof(state));
	return rv;
}
