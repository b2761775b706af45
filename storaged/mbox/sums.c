/* SPDX-License-Identifier: ISC */
/* Runs in: storaged, as the user.  Trusts: nothing in the mailbox. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "io.h"
#include "random.h"
#include "scan.h"
#include "sums.h"

/* Mail that is read at a time, octets. */
#define CHUNK		(64 * 1024)

/* Octets that the key takes in steps of. */
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
 * The key is the output of SplitMix64, begun at a secret place and with a
 * secret step: nobody sees a hash, so it need not resist more than chance.
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
 * added (NH, of RFC 4418): two texts of one length collide for one key in 2^32.
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

/* The length is part of the hash, so that filling up with zeros is safe. */
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

/* A place in the file, and some of what stands there. */
struct reader {
	int		 fd;
	uint64_t	 off;
	uint64_t	 end;
	unsigned char	*buf;
	size_t		 at;
	size_t		 have;
};

/* Up to want of the next octets: 1, 0 at the end of the file, or -1. */
static int
sums_get(struct reader *r, uint64_t want, const unsigned char **p, size_t *n)
{
	ssize_t	 got;

	if (r->at == r->have) {
		got = io_pread(r->fd, r->buf, r->end - r->off < CHUNK ?
		    r->end - r->off : CHUNK, r->off);
		if (got <= 0)
			return got;
		r->off += got;
		r->at = 0;
		r->have = got;
	}
	*p = r->buf + r->at;
	*n = r->have - r->at < want ? r->have - r->at : want;
	r->at += *n;
	return 1;
}

/* Up to len octets of the next message, header or not: 1, 0 or -1. */
static int
sums_check_part(const struct sums *s, struct reader *r, struct sum *c,
    uint64_t len, int header)
{
	const unsigned char	*p = NULL;
	size_t			 n = 0;
	int			 got;

	for (; len > 0; len -= n) {
		if ((got = sums_get(r, len, &p, &n)) != 1)
			return got;
		if (header)
			sum_header(s, c, p, n);
		else
			sum_add(s, c, p, n);
	}
	return 1;
}

/* The blank line behind a message: 1, 0 or -1. */
static int
sums_check_blank(struct reader *r, uint8_t sep)
{
	const unsigned char	*p = NULL;
	size_t			 n = 0, i;
	int			 got;

	for (; sep > 0; sep -= n) {
		if ((got = sums_get(r, sep, &p, &n)) != 1)
			return got;
		for (i = 0; i < n; i++)
			if (p[i] != (sep - i == 1 ? '\n' : '\r'))
				return 0;
	}
	return 1;
}

/* As sums_check(), of the message that is next. */
static int
sums_check_one(const struct sums *s, struct reader *r, const struct msg *m,
    uint64_t end)
{
	struct sum	 c;
	uint64_t	 len = end - m->sep - m->off, from, hdr;
	int		 got;

	from = m->from < len ? m->from : len;
	hdr = m->hdr < len - from ? m->hdr : len - from;
	sum_begin(&c);
	if ((got = sums_check_part(s, r, &c, from, 0)) != 1 ||
	    (got = sums_check_part(s, r, &c, hdr, 1)) != 1)
		return got;
	sum_header_end(s, &c);
	if ((got = sums_check_part(s, r, &c, len - from - hdr, 0)) != 1)
		return got;
	return sum_end(s, &c) == m->sum ? sums_check_blank(r, m->sep) : 0;
}

int
sums_check(const struct sums *s, const struct msgs *ms, int fd, uint32_t first,
    uint32_t last)
{
	struct reader	 r = { .fd = fd };
	size_t		 size;
	int		 same = 1;

	r.off = ms->v[first].off;
	r.end = msgs_end(ms, last);
	size = r.end - r.off < CHUNK ? r.end - r.off : CHUNK;
	if ((r.buf = malloc(size)) == NULL)
		return -1;
	for (; same == 1 && first <= last; first++)
		same = sums_check_one(s, &r, &ms->v[first],
		    msgs_end(ms, first));
	free(r.buf);
	return same;
}
