/* SPDX-License-Identifier: ISC */
/*
 * Runs in: backends.  Trusts: the store for its data, but neither for their
 * form nor for their cost: one "$6$rounds=999999999$" would hold a worker for a
 * quarter of an hour.
 */

#include <sys/types.h>

#include <string.h>

#include "backend_value.h"
#include "password_cost.h"

#define ROUNDS_MAX	1000000		/* of SHA-crypt and the like */
#define BCRYPT_MAX	14		/* its cost: a power of two */
#define BCRYPT_LEN	60
#define BLOCKS_MAX	4194304		/* of 128 bytes: 512 MiB in one pass */
#define YESCRYPT_RW	2		/* flavors that are not scrypt's */
#define DES_LEN		13		/* and 11 for each 8 characters more */
#define DES_MORE	11
#define DES_LEN_MAX	178

static const char	 itoa64[] = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
			    "abcdefghijklmnopqrstuvwxyz";

static uint64_t		 factor = 1;

void
password_limit(uint64_t n)
{
	factor = n;
}

int
password_costly(uint64_t units, uint64_t allowed)
{
	return units > allowed * factor;
}

/* Whether the last part, after a '$', is a hash of len characters. */
static int
hash_is(const char *stored, size_t len)
{
	const char	*hash = strrchr(stored, '$') + 1;

	return strlen(hash) == len && strspn(hash, itoa64) == len;
}

static enum password_kind
rounds_kind(const char *p, size_t len)
{
	uint64_t	 n;

	if (backend_number(p, len, 1, UINT32_MAX, &n) == -1)
		return PASSWORD_UNKNOWN;
	return password_costly(n, ROUNDS_MAX) ? PASSWORD_COSTLY :
	    PASSWORD_GOOD;
}

/* SHA-crypt, and Sun's MD5 with a comma; "rounds=N$" is optional. */
static enum password_kind
named_kind(const char *stored, const char *data)
{
	static const char	 name[] = "rounds=";

	if (strncmp(data, name, sizeof(name) - 1) != 0)
		return PASSWORD_GOOD;
	data += sizeof(name) - 1;
	return rounds_kind(data, strcspn(data, "$"));
}

static enum password_kind
sha1_kind(const char *stored, const char *data)
{
	return rounds_kind(data, strcspn(data, "$"));
}

static enum password_kind
cheap_kind(const char *stored, const char *data)
{
	return PASSWORD_GOOD;
}

static enum password_kind
bcrypt_kind(const char *stored, const char *data)
{
	uint64_t	 n;

	if (strlen(stored) != BCRYPT_LEN || data[2] != '$' ||
	    backend_number(data, 2, 4, 31, &n) == -1)
		return PASSWORD_UNKNOWN;
	return password_costly((uint64_t)1 << n, (uint64_t)1 << BCRYPT_MAX) ?
	    PASSWORD_COSTLY : PASSWORD_GOOD;
}

/* The value of a base64 character; 64 if it has none. */
static uint32_t
digit(char c)
{
	const char	*p = c == '\0' ? NULL : strchr(itoa64, c);

	return p == NULL ? 64 : (uint32_t)(p - itoa64);
}

/* Decode a yescrypt number of one to five characters.  0, or -1. */
static int
number(const char **data, uint32_t min, uint64_t *n)
{
	uint32_t	 start = 0, end = 47, more = 0, shift = 0, c;

	if ((c = digit(*(*data)++)) > 63)
		return -1;
	for (*n = min; c > end; more++, shift += 6) {
		*n += (uint64_t)(end + 1 - start) << shift;
		start = end + 1;
		end = start + (62 - end) / 2;
	}
	*n += (uint64_t)(c - start) << shift;
	while (more-- > 0) {
		shift -= 6;
		if ((c = digit(*(*data)++)) > 63)
			return -1;
		*n += (uint64_t)c << shift;
	}
	return 0;
}

static enum password_kind
blocks_kind(uint64_t log2n, uint64_t r, uint64_t p, uint64_t passes)
{
	uint64_t	 units = 1;
	const uint64_t	 factors[] = { r, p, passes };
	size_t		 i;

	if (log2n > 40)
		return PASSWORD_COSTLY;
	units <<= log2n;
	for (i = 0; i < NITEMS(factors); i++) {
		if (factors[i] == 0)
			return PASSWORD_UNKNOWN;
		if (factors[i] > ((uint64_t)1 << 62) / units)
			return PASSWORD_COSTLY;
		units *= factors[i];
	}
	return password_costly(units, BLOCKS_MAX) ? PASSWORD_COSTLY :
	    PASSWORD_GOOD;
}

/* "flavor N r [have [p] [t]]": refuse ROM and upgrades. */
static enum password_kind
yescrypt_kind(const char *stored, const char *data)
{
	uint64_t	 flavor, log2n, r, have = 0, p = 1, t = 0;

	if (number(&data, 0, &flavor) == -1 ||
	    number(&data, 1, &log2n) == -1 || number(&data, 1, &r) == -1)
		return PASSWORD_UNKNOWN;
	if (*data != '$' && number(&data, 1, &have) == -1)
		return PASSWORD_UNKNOWN;
	if (have > 3 || ((have & 1) && number(&data, 2, &p) == -1) ||
	    ((have & 2) && number(&data, 1, &t) == -1) || *data != '$')
		return PASSWORD_UNKNOWN;
	/* Lanes share the blocks, except in scrypt. */
	return blocks_kind(log2n, r, flavor >= YESCRYPT_RW ? 1 : p, t + 1);
}

/* Decode 30 bits, the lowest six first. */
static int
number_fixed(const char *data, uint64_t *n)
{
	uint32_t	 c;
	int		 shift;

	for (*n = 0, shift = 0; shift < 30; shift += 6) {
		if ((c = digit(*data++)) > 63)
			return -1;
		*n += (uint64_t)c << shift;
	}
	return 0;
}

static enum password_kind
scrypt_kind(const char *stored, const char *data)
{
	uint64_t	 r, p;
	uint32_t	 log2n;

	if ((log2n = digit(*data)) > 63 ||
	    number_fixed(data + 1, &r) == -1 ||
	    number_fixed(data + 6, &p) == -1)
		return PASSWORD_UNKNOWN;
	return blocks_kind(log2n, r, p, 1);
}

/*
 * The traditional form, and bigcrypt, which slappasswd(8) makes.  The library
 * accepts any two letters as a salt, so check the whole form.
 */
static enum password_kind
des_kind(const char *stored)
{
	size_t	 len = strlen(stored);

	if (len < DES_LEN || len > DES_LEN_MAX ||
	    (len - DES_LEN) % DES_MORE != 0 || strspn(stored, itoa64) != len)
		return PASSWORD_UNKNOWN;
	return PASSWORD_GOOD;
}

enum password_kind
password_cost_crypt(const char *stored)
{
	static const struct {
		const char		*prefix;
		size_t			 hash;	/* characters */
		enum password_kind	(*kind)(const char *, const char *);
	} forms[] = {
		{ "$6$", 86, named_kind },
		{ "$5$", 43, named_kind },
		{ "$1$", 22, cheap_kind },
		{ "$2a$", 53, bcrypt_kind },
		{ "$2b$", 53, bcrypt_kind },
		{ "$2x$", 53, bcrypt_kind },
		{ "$2y$", 53, bcrypt_kind },
		{ "$y$", 43, yescrypt_kind },
		{ "$gy$", 43, yescrypt_kind },
		{ "$7$", 43, scrypt_kind },
		{ "$sha1$", 28, sha1_kind },
		{ "$md5,", 22, named_kind },
		{ "$md5$", 22, cheap_kind },
		{ "$3$$", 32, cheap_kind }
	};
	size_t	 i, len;

	if (stored[0] != '$')
		return des_kind(stored);
	for (i = 0; i < NITEMS(forms); i++) {
		len = strlen(forms[i].prefix);
		if (strncmp(stored, forms[i].prefix, len) == 0)
			return hash_is(stored, forms[i].hash) ?
			    forms[i].kind(stored, stored + len) :
			    PASSWORD_UNKNOWN;
	}
	return PASSWORD_UNKNOWN;
}
