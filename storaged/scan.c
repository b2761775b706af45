/* SPDX-License-Identifier: ISC */
/* Runs in: storaged, as the user.  Trusts: nothing in the mailbox. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "io.h"
#include "scan.h"
#include "sums.h"

/* Octets before the place where a scan goes on that it looks back at. */
#define BACK		3
/* Of these, octets that may turn out to be a blank line after the message. */
#define SEP_MAX		2
/* Most octets that a step leaves: these, an LF, an unfinished From_ line. */
#if SCAN_ROOM < BACK + 1 + FROM_LINE_MAX
#error "no room"
#endif

#define LANES		16	/* octets in a vector */
#define STRIDE		(4 * LANES)
#define STRIDES_MAX	63	/* before a lane's count of 4 each overflows */

/* gcc and clang turn these into what the machine has; scalar code at worst. */
typedef unsigned char	 vec __attribute__((vector_size(LANES)));

enum scan_state {
	AT_START,		/* before the first From_ line */
	IN_HEADER,		/* at a line end; looking for a blank line */
	IN_BODY			/* at a line end; looking for a From_ line */
};

struct scan {
	struct msgs	*msgs;
	uint32_t	 max;
	enum scan_state	 state;
	uint64_t	 base;		/* where the buffer stands in the file*/
	uint64_t	 bare;		/* LFs without CR in this message */
	const struct sums *sums;	/* NULL: no hash wanted */
	uint64_t	 summed;	/* where the hash goes on in the file */
	struct sum	 sum;
};

static vec
load(const unsigned char *p)
{
	vec	 v;

	memcpy(&v, p, sizeof(v));
	return v;
}

static int
any(vec v)
{
	uint64_t	 w[LANES / 8];

	memcpy(w, &v, sizeof(w));
	return (w[0] | w[1]) != 0;
}

static uint64_t
sum(vec v)
{
	uint64_t	 n = 0;
	int		 i;

	for (i = 0; i < LANES; i++)
		n += v[i];
	return n;
}

/*
 * The first LF in p, e (exclusive) that a or b follows, or the last octet if
 * that is an LF, or else e.  Adds the LFs before it that stand without CR to
 * *bare.  p[-1] can be read.
 */
static inline __attribute__((always_inline)) const unsigned char *
sweep(const unsigned char *p, const unsigned char *e, unsigned char a,
    unsigned char b, uint64_t *bare)
{
	const vec	 zero = { 0 };
	const vec	 lf = zero + '\n', cr = zero + '\r';
	const vec	 va = zero + a, vb = zero + b;
	vec		 count, here, hit, is, next;
	int		 i, n, found = 0;

	while (!found && e - p > STRIDE) {
		count = zero;
		for (n = 0; n < STRIDES_MAX && e - p > STRIDE; n++) {
			here = hit = zero;
			for (i = 0; i < STRIDE; i += LANES) {
				is = (vec)(load(p + i) == lf);
				next = load(p + i + 1);
				here -= is & (vec)(load(p + i - 1) != cr);
				hit |= is & ((vec)(next == va) |
				    (vec)(next == vb));
			}
			if ((found = any(hit)))
				break;
			count += here;
			p += STRIDE;
		}
		*bare += sum(count);
	}
	for (; p < e; p++) {
		if (*p != '\n')
			continue;
		if (p + 1 == e || p[1] == a || p[1] == b)
			return p;
		*bare += p[-1] != '\r';
	}
	return e;
}

static const unsigned char *
sweep_header(const unsigned char *p, const unsigned char *e, uint64_t *bare)
{
	return sweep(p, e, '\n', '\r', bare);
}

static const unsigned char *
sweep_body(const unsigned char *p, const unsigned char *e, uint64_t *bare)
{
	return sweep(p, e, 'F', 'F', bare);
}

/* Take in the octets of the message up to an offset in the file. */
static void
sum_to(struct scan *sc, const unsigned char *buf, uint64_t off)
{
	if (sc->sums == NULL || off <= sc->summed)
		return;
	sum_add(sc->sums, &sc->sum, buf + (sc->summed - sc->base),
	    off - sc->summed);
	sc->summed = off;
}

/* The last message has ended at off in the file, with sep octets of blank. */
static void
message_end(struct scan *sc, const unsigned char *buf, uint64_t off,
    uint8_t sep)
{
	struct msg	*m;
	uint64_t	 len;

	sc->msgs->end = off;
	if (sc->msgs->n == 0)
		return;
	m = &sc->msgs->v[sc->msgs->n - 1];
	len = off - sep - msg_content(m);
	m->sep = sep;
	m->wire = len + sc->bare;
	if (sc->state == IN_HEADER || m->hdr > len)
		m->hdr = len < UINT32_MAX ? len : UINT32_MAX;
	sum_to(sc, buf, off - sep);
	if (sc->sums != NULL)
		m->sum = sum_end(sc->sums, &sc->sum);
}

/*
 * A message begins at p with len octets of From_ line.  Returns where to go on:
 * at the LF of that line, whose count is taken back here, so that a blank line
 * right after it is found like any other.
 */
static const unsigned char *
message_begin(struct scan *sc, const unsigned char *buf,
    const unsigned char *p, size_t len)
{
	struct msgs	*ms = sc->msgs;
	struct msg	*m;
	uint32_t	 size;

	if (ms->n == ms->size) {
		size = ms->size == 0 ? 32 : 2 * ms->size;
		m = recallocarray(ms->v, ms->size, size, sizeof(*m));
		if (m == NULL)
			return NULL;
		ms->v = m;
		ms->size = size;
	}
	m = &ms->v[ms->n++];
	m->off = sc->base + (p - buf);
	m->from = len;
	sum_begin(&sc->sum);
	sc->summed = m->off;
	sc->state = IN_HEADER;
	p += len;
	sc->bare = 0;
	if (p[-1] != '\n')
		return p;
	p--;
	sc->bare -= p[-1] != '\r';
	return p;
}

/*
 * At an LF that something of interest may follow: whether it does.  1: yes, and
 * *len octets of From_ line in the body; 0: no; -1: more must be read first.
 */
static int
at_mark(struct scan *sc, const unsigned char *p, const unsigned char *e,
    int eof, int *len)
{
	if (e - p < 3 && !eof)
		return -1;
	if (sc->state == IN_HEADER) {
		*len = e - p > 1 && p[1] == '\n' ? 2 : 3;
		return *len == 2 || (e - p > 2 && p[1] == '\r' && p[2] == '\n');
	}
	if (p[-1] != '\n' && (p[-1] != '\r' || p[-2] != '\n'))
		return 0;
	*len = from_line(p + 1, e - p - 1, eof);
	return *len > 0 ? 1 : *len;
}

/* Header and body: go on at p, as far as the n octets of buf allow. */
static const unsigned char *
step(struct scan *sc, const unsigned char *buf, const unsigned char *p,
    const unsigned char *e, int eof, enum scan_result *res)
{
	struct msg	*m;
	int		 found, len;

	while (p < e) {
		if (sc->state == IN_HEADER)
			p = sweep_header(p, e, &sc->bare);
		else
			p = sweep_body(p, e, &sc->bare);
		if (p == e)
			break;
		if ((found = at_mark(sc, p, e, eof, &len)) == -1)
			break;
		if (!found) {
			sc->bare += p[-1] != '\r';
			p++;
		} else if (sc->state == IN_HEADER) {
			m = &sc->msgs->v[sc->msgs->n - 1];
			m->hdr = UINT32_MAX;
			if (sc->base + (p + len - buf) - msg_content(m) <
			    UINT32_MAX)
				m->hdr = sc->base + (p + len - buf) -
				    msg_content(m);
			sc->state = IN_BODY;
		} else {
			message_end(sc, buf, sc->base + (p + 1 - buf),
			    p[-1] == '\n' ? 1 : 2);
			if (sc->msgs->n >= sc->max) {
				*res = SCAN_TOOMANY;
				return p;
			}
			p = message_begin(sc, buf, p + 1, len);
			if (p == NULL) {
				*res = SCAN_ERROR;
				return e;
			}
		}
	}
	return p;
}

/* Blank lines, then a From_ line, or it is no mbox. */
static const unsigned char *
start(struct scan *sc, const unsigned char *buf, const unsigned char *p,
    const unsigned char *e, int eof, enum scan_result *res)
{
	int	 len;

	for (; p < e && (*p == '\n' || *p == '\r'); p++) {
		if (*p == '\n')
			continue;
		if (p + 1 == e && !eof)
			return p;
		if (p + 1 == e || p[1] != '\n') {
			*res = SCAN_NOTMBOX;
			return p;
		}
	}
	if (p == e || (len = from_line(p, e - p, eof)) == -1)
		return p;
	if (len == 0)
		*res = SCAN_NOTMBOX;
	else if (sc->max == 0)
		*res = SCAN_TOOMANY;
	else if ((p = message_begin(sc, buf, p, len)) == NULL) {
		*res = SCAN_ERROR;
		return e;
	}
	return p;
}

/* The file ends at e: so does the last message, and perhaps in a blank line. */
static void
finish(struct scan *sc, const unsigned char *buf, const unsigned char *e)
{
	struct msg	*m;
	uint64_t	 end = sc->base + (e - buf), len;
	uint8_t		 sep = 0;

	if (sc->msgs->n == 0) {
		sc->msgs->end = end;
		return;
	}
	m = &sc->msgs->v[sc->msgs->n - 1];
	len = end - msg_content(m);
	if (len >= 1 && e[-1] == '\n' && e[-2] == '\n') {
		sep = 1;
		sc->bare--;
	} else if (len >= 2 && e[-1] == '\n' && e[-2] == '\r' && e[-3] == '\n')
		sep = 2;
	if (len > 0 && e[-1] != '\n')
		sc->bare += 2;
	message_end(sc, buf, end, sep);
}

enum scan_result
scan_within(struct msgs *ms, const struct sums *sums, int fd, uint64_t from,
    uint64_t to, unsigned char *buf, size_t block, uint32_t max)
{
	struct scan		 sc;
	enum scan_result	 res = SCAN_OK;
	const unsigned char	*p;
	size_t			 have = 0, drop, want;
	ssize_t			 n;

	sc.msgs = ms;
	sc.max = max;
	sc.state = AT_START;
	sc.base = from;
	sc.bare = 0;
	sc.sums = sums;
	p = buf;
	while (res == SCAN_OK && from < to) {
		want = to - from < block ? to - from : block;
		if ((n = io_pread(fd, buf + have, want, from)) == -1 ||
		    (size_t)n < want) {
			res = n == -1 ? SCAN_ERROR : SCAN_SHORT;
			break;
		}
		from += n;
		have += n;
		if (sc.state == AT_START)
			p = start(&sc, buf, p, buf + have, from == to, &res);
		if (sc.state != AT_START && res == SCAN_OK)
			p = step(&sc, buf, p, buf + have, from == to, &res);
		if (from == to || res != SCAN_OK)
			break;
		if (sc.state != AT_START && p - buf > SEP_MAX)
			sum_to(&sc, buf, sc.base + (p - buf) - SEP_MAX);
		drop = p - buf > BACK ? p - buf - BACK : 0;
		memmove(buf, buf + drop, have - drop);
		have -= drop;
		p = buf + (p - buf - drop);
		sc.base += drop;
	}
	if (res == SCAN_OK)
		finish(&sc, buf, buf + have);
	return res;
}

enum scan_result
scan_file(struct msgs *ms, const struct sums *sums, int fd, uint64_t from,
    uint64_t to, size_t block, uint32_t max)
{
	enum scan_result	 res;
	unsigned char		*buf;

	if ((buf = malloc(SCAN_ROOM + block)) == NULL)
		return SCAN_ERROR;
	res = scan_within(ms, sums, fd, from, to, buf, block, max);
	free(buf);
	return res;
}

void
msgs_free(struct msgs *ms)
{
	free(ms->v);
	memset(ms, 0, sizeof(*ms));
}

uint64_t
msg_content(const struct msg *m)
{
	return m->off + m->from;
}

uint64_t
msgs_end(const struct msgs *ms, uint32_t i)
{
	return i + 1 < ms->n ? ms->v[i + 1].off : ms->end;
}

uint64_t
msgs_length(const struct msgs *ms, uint32_t i)
{
	return msgs_end(ms, i) - ms->v[i].sep - msg_content(&ms->v[i]);
}
