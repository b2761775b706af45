/* SPDX-License-Identifier: ISC */
/*
 * Runs in: backends.  Trusts: the store for its data, but not for their form;
 * no password.  Argon2 (RFC 9106) in its usual text form:
 * "$argon2id$v=19$m=KIBIBYTES,t=PASSES,p=LANES$SALT$HASH".
 */

#include <sys/types.h>

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <argon2.h>
#include <openssl/crypto.h>

#include "backend_value.h"
#include "nitems.h"
#include "password_cost.h"
#include "password_encoding.h"
#include "password_scheme.h"

/* Of a new one: the second choice of RFC 9106, section 4, with one lane. */
#define PASSES		3
#define MEMORY		65536		/* kibibytes */
#define SALT_LEN	16
#define HASH_LEN	32

/* Limits on stored hashes: a line must not take all memory. */
#define PASSES_MAX	1000
#define MEMORY_MAX	(1024 * 1024)	/* kibibytes */
#define WORK_MAX	(4 * MEMORY_MAX) /* written, unless the limit is
					 * raised */
#define LANES_MAX	64
#define RAW_MAX		64		/* bytes of salt, of hash */
#define SALT_MIN	((int)ARGON2_MIN_SALT_LENGTH)	/* unsigned there */
#define HASH_MIN	((int)ARGON2_MIN_OUTLEN)

struct form {
	argon2_type	 type;
	uint64_t	 memory;
	uint64_t	 passes;
	uint64_t	 lanes;
	int		 saltlen;
	int		 hashlen;
	unsigned char	 salt[RAW_MAX + 3];
	unsigned char	 hash[RAW_MAX + 3];
};

/* "name=number" and the character after it. */
static int
form_number(const char **data, const char *name, char after, uint64_t max,
    uint64_t *n)
{
	size_t	 len = strlen(name);

	if (strncmp(*data, name, len) != 0)
		return -1;
	*data += len;
	len = strspn(*data, "0123456789");
	if ((*data)[len] != after ||
	    backend_number(*data, len, 1, max, n) == -1)
		return -1;
	*data += len + 1;
	return 0;
}

/* Decode unpadded base64 up to after; *data is set to what follows. */
static int
form_base64(const char **data, char after, unsigned char raw[RAW_MAX + 3])
{
	char	 text[(RAW_MAX + 2) / 3 * 4 + 4];
	size_t	 len = strcspn(*data, "$=");

	if ((*data)[len] != after || len % 4 == 1 || len > sizeof(text) - 4)
		return -1;
	memcpy(text, *data, len);
	*data += len + (after != '\0');
	while (len % 4 != 0)
		text[len++] = '=';
	return password_base64_decode(text, len, raw, RAW_MAX + 3);
}

static int
form_parse(const char *data, struct form *f)
{
	static const struct {
		const char	*name;
		argon2_type	 type;
	} types[] = {
		{ "$argon2id$v=19$", Argon2_id },
		{ "$argon2i$v=19$", Argon2_i },
		{ "$argon2d$v=19$", Argon2_d }
	};
	size_t	 i, len, ntypes = NITEMS(types);

	for (i = 0; i < ntypes; i++) {
		len = strlen(types[i].name);
		if (strncmp(data, types[i].name, len) == 0)
			break;
	}
	if (i == ntypes)
		return -1;
	f->type = types[i].type;
	data += len;
	if (form_number(&data, "m=", ',', MEMORY_MAX, &f->memory) == -1 ||
	    form_number(&data, "t=", ',', PASSES_MAX, &f->passes) == -1 ||
	    form_number(&data, "p=", '$', LANES_MAX, &f->lanes) == -1)
		return -1;
	f->saltlen = form_base64(&data, '$', f->salt);
	if (f->saltlen < SALT_MIN || f->saltlen > RAW_MAX)
		return -1;
	f->hashlen = form_base64(&data, '\0', f->hash);
	if (f->hashlen < HASH_MIN || f->hashlen > RAW_MAX)
		return -1;
	return 0;
}

enum password_kind
password_argon2_kind(const char *data)
{
	struct form	 f;

	if (form_parse(data, &f) == -1)
		return PASSWORD_UNKNOWN;
	return password_costly(f.memory * f.passes, WORK_MAX) ?
	    PASSWORD_COSTLY : PASSWORD_GOOD;
}

/*
 * The library's verifier would start a thread for each lane, which the sandbox
 * forbids; one thread does them all.
 */
int
password_argon2_verify(const char *data, const char *pass)
{
	argon2_context	 ctx;
	struct form	 f;
	unsigned char	 out[RAW_MAX];
	char		 copy[PASSWORD_STORED_MAX + 1];
	void		*in = copy;
	size_t		 len = strlcpy(copy, pass, sizeof(copy));
	int		 rv = -1;

	if (form_parse(data, &f) == -1)
		return -1;
	if (len >= sizeof(copy)) {
		explicit_bzero(copy, sizeof(copy));
		return 0;
	}
	memset(&ctx, 0, sizeof(ctx));
	ctx.out = out;
	ctx.outlen = (uint32_t)f.hashlen;
	ctx.pwd = in;
	ctx.pwdlen = (uint32_t)len;
	ctx.salt = f.salt;
	ctx.saltlen = (uint32_t)f.saltlen;
	ctx.t_cost = (uint32_t)f.passes;
	ctx.m_cost = (uint32_t)f.memory;
	ctx.lanes = (uint32_t)f.lanes;
	ctx.threads = 1;
	ctx.version = ARGON2_VERSION_13;
	ctx.flags = ARGON2_DEFAULT_FLAGS;
	if (argon2_ctx(&ctx, f.type) == ARGON2_OK)
		rv = CRYPTO_memcmp(out, f.hash, (size_t)f.hashlen) == 0;
	explicit_bzero(copy, sizeof(copy));
	explicit_bzero(out, sizeof(out));
	explicit_bzero(&f, sizeof(f));
	return rv;
}

int
password_argon2_new(const char *pass, char *data, size_t size)
{
	static const char	 name[] = "{ARGON2ID}";
	unsigned char		 salt[SALT_LEN];

	arc4random_buf(salt, sizeof(salt));
	errno = ERANGE;
	if (strlcpy(data, name, size) >= size)
		return -1;
	if (argon2id_hash_encoded(PASSES, MEMORY, 1, pass, strlen(pass), salt,
	    sizeof(salt), HASH_LEN, data + sizeof(name) - 1,
	    size - (sizeof(name) - 1)) != ARGON2_OK) {
		explicit_bzero(data, size);
		errno = ENOMEM;
		return -1;
	}
	return 0;
}
