/* SPDX-License-Identifier: ISC */
/* Runs in: storaged, as the user.  Trusts: nothing in the mailbox. */

#include <string.h>

#include "random.h"
#include "sums.h"

/* The key processes this many bytes per step. */
#define STEP		16

void
sums_seed(struct sums *s, const unsigned char seed[SUMS_SEED])
{
	if (seed == NULL)
		random_fill(s->seed, sizeof(s->seed));
	else
		memcpy(s->seed, seed, sizeof(s->seed));
	s->mix = 0;
}

/*
 * The key is the output of SplitMix64 with a secret start and a secret step.
 * Hashes are not visible to others, so the key need only protect against
 * chance.
 */
void
sums_grow(struct sums *s)
{
	uint64_t	 x, step, z;
	size_t		 i;

	if (s->mix != 0)
		return;
	memcpy(&x, s->seed, sizeof(x));
	memcpy(&step, s->seed + sizeof(x), sizeof(step));
	step |= 1;
	for (i = 0; i <= SUMS_WORDS; i += 2) {
		z = x += step;
		z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
		z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
		z ^= z >> 31;
		if (i < SUMS_WORDS)
			memcpy(&s->key[i], &z, sizeof(z));
		else
			s->mix = z | 1;
	}
}

/*
 * The sum of products of neighbouring words, each with its part of the key
 * added (NH, of RFC 4418): two texts of the same length collide for one key in
 * 2^32.
 */
static uint64_t
sums_span(const uint32_t *key, const unsigned char *p, size_t len)
{
	uint64_t	 a = 0, b = 0;
	uint32_t	 w[4];
	size_t		 i;

	for (i = 0; i < len / sizeof(*w); i += 4) {
		memcpy(w, p + i * sizeof(*w), sizeof(w));
		a += (uint64_t)(w[0] + key[i]) * (w[1] + key[i + 1]);
		b += (uint64_t)(w[2] + key[i + 2]) * (w[3] + key[i + 3]);
	}
	return a + b;
}

static void
sums_take(const struct sums *s, struct sum *c, uint64_t h)
{
	c->hash = (c->hash ^ c->hash >> 32) * s->mix + h;
}

void
sum_begin(struct sum *c)
{
	c->hash = c->len = c->have = 0;
	fields_begin(&c->fields);
}

void
sum_add(const struct sums *s, struct sum *c, const unsigned char *p,
    size_t len)
{
	size_t	 n;

	c->len += len;
	if (c->have > 0) {
		n = len < SUMS_SPAN - c->have ? len : SUMS_SPAN - c->have;
		memcpy(c->rest + c->have, p, n);
		c->have += n;
		p += n;
		len -= n;
		if (c->have < SUMS_SPAN)
			return;
		sums_take(s, c, sums_span(s->key, c->rest, SUMS_SPAN));
		c->have = 0;
	}
	for (; len >= SUMS_SPAN; p += SUMS_SPAN, len -= SUMS_SPAN)
		sums_take(s, c, sums_span(s->key, p, SUMS_SPAN));
	memcpy(c->rest, p, len);
	c->have = len;
}

void
sum_header(const struct sums *s, struct sum *c, const unsigned char *p,
    size_t len)
{
	size_t	 used;

	for (; len > 0; p += used, len -= used) {
		switch (fields_next(&c->fields, p, len, &used)) {
		case FIELDS_NONE:
			break;
		case FIELDS_HERE:
			sum_add(s, c, p, used);
			break;
		case FIELDS_NAME:
			sum_add(s, c, c->fields.name, c->fields.namelen);
		}
	}
}

void
sum_header_end(const struct sums *s, struct sum *c)
{
	sum_add(s, c, c->fields.name, fields_end(&c->fields));
}

/* The hash includes the length, so padding with zeros is safe. */
uint64_t
sum_end(const struct sums *s, struct sum *c)
{
	size_t	 len = (c->have + STEP - 1) / STEP * STEP;

	if (len > 0) {
		memset(c->rest + c->have, 0, len - c->have);
		sums_take(s, c, sums_span(s->key, c->rest, len));
	}
	sums_take(s, c, c->len);
	return c->hash ^ c->hash >> 32;
}
