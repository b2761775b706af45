/* SPDX-License-Identifier: ISC */
/* Runs in: storaged, as the user.  Trusts: nothing in the mailbox. */

#include <stdlib.h>

#include "io.h"
#include "scan.h"
#include "sums.h"
#include "verify.h"

/* Bytes of mail to read at a time. */
#define CHUNK		(64 * 1024)

/* An offset in the file, and data buffered from there. */
struct reader {
	int		 fd;
	uint64_t	 off;
	uint64_t	 end;
	unsigned char	*buf;
	size_t		 at;
	size_t		 have;
};

/* Get up to want of the next bytes: 1, 0 at the end of the file, or -1. */
static int
verify_get(struct reader *r, uint64_t want, const unsigned char **p, size_t *n)
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

/* Hash len bytes of the next message, header or not: 1, 0 or -1. */
static int
verify_part(const struct sums *s, struct reader *r, struct sum *c,
    uint64_t len, int header)
{
	const unsigned char	*p = NULL;
	size_t			 n = 0;
	int			 got;

	for (; len > 0; len -= n) {
		if ((got = verify_get(r, len, &p, &n)) != 1)
			return got;
		if (header)
			sum_header(s, c, p, n);
		else
			sum_add(s, c, p, n);
	}
	return 1;
}

/* Check the blank line after a message: 1, 0 or -1. */
static int
verify_blank(struct reader *r, uint8_t sep)
{
	const unsigned char	*p = NULL;
	size_t			 n = 0, i;
	int			 got;

	for (; sep > 0; sep -= n) {
		if ((got = verify_get(r, sep, &p, &n)) != 1)
			return got;
		for (i = 0; i < n; i++)
			if (p[i] != (sep - i == 1 ? '\n' : '\r'))
				return 0;
	}
	return 1;
}

/* Like verify_msgs(), for the next message. */
static int
verify_one(const struct sums *s, struct reader *r, const struct msg *m,
    uint64_t end)
{
	struct sum	 c;
	uint64_t	 len = end - m->sep - m->off, from, hdr;
	int		 got;

	from = m->from < len ? m->from : len;
	hdr = m->hdr < len - from ? m->hdr : len - from;
	sum_begin(&c);
	if ((got = verify_part(s, r, &c, from, 0)) != 1 ||
	    (got = verify_part(s, r, &c, hdr, 1)) != 1)
		return got;
	sum_header_end(s, &c);
	if ((got = verify_part(s, r, &c, len - from - hdr, 0)) != 1)
		return got;
	return sum_end(s, &c) == m->sum ? verify_blank(r, m->sep) : 0;
}

int
verify_msgs(const struct sums *s, const struct msgs *ms, int fd, uint32_t first,
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
		same = verify_one(s, &r, &ms->v[first],
		    msgs_end(ms, first));
	free(r.buf);
	return same;
}
