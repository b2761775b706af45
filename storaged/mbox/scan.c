/* SPDX-License-Identifier: ISC */
/* Runs in: storaged, as the user.  Trusts: nothing in the mailbox. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"
#include "io.h"
#include "length.h"
#include "scan.h"
#include "sums.h"

/* Bytes that a scan keeps before the place where it continues. */
#define BACK		3
/* Of these, bytes that may turn out to be a blank line after the message. */
#define SEP_MAX		2
/* A step leaves at most BACK bytes, an LF and an unfinished From_ line. */
#if SCAN_ROOM < BACK + 1 + FROM_ROOM
#error "no room"
#endif

#define LANES		16	/* bytes in a vector */
#define STRIDE		(4 * LANES)
#define STRIDES_MAX	63	/* before a lane's count of 4 each overflows */

/* gcc and clang use the vector unit, or scalar code if there is none. */
typedef unsigned char	 vec __attribute__((vector_size(LANES)));

enum scan_state {
	AT_START,		/* before the first From_ line */
	IN_HEADER,		/* at a line end; looking for a blank line */
	IN_BODY			/* at a line end; looking for a From_ line; or
				 * before the first one */
};

struct scan {
	struct msgs	*msgs;
	int		 fd;
	uint64_t	 size;		/* where the file ends */
	uint32_t	 max;
	enum scan_state	 state;
	uint64_t	 base;		/* offset of the buffer in the file */
	uint64_t	 bare;		/* LFs without CR in this message */
	struct length	 length;	/* of this message */
	uint64_t	 until;		/* its end by length; 0: unknown */
	int		 proved;	/* until is believed */
	int		 internal;	/* it is no mail */
	const struct sums *sums;	/* NULL: no hash wanted */
	uint64_t	 summed;	/* offset up to which sum is done */
	struct sum	 sum;
};

static vec
scan_load(const unsigned char *p)
{
	vec	 v;

	memcpy(&v, p, sizeof(v));
	return v;
}

static int
scan_any(vec v)
{
	uint64_t	 w[LANES / 8];

	memcpy(w, &v, sizeof(w));
	return (w[0] | w[1]) != 0;
}

static uint64_t
scan_sum(vec v)
{
	uint64_t	 n = 0;
	int		 i;

	for (i = 0; i < LANES; i++)
		n += v[i];
	return n;
}

/*
 * Return the first LF in p to e (exclusive) that is followed by a, b, or c in
 * either case (unless it is 0); or the last byte if that is an LF; or else e.
 * Add the LFs before it that lack a CR to *bare.  p[-1] must be readable.
 */
static inline __attribute__((always_inline)) const unsigned char *
scan_sweep(const unsigned char *p, const unsigned char *e, unsigned char a,
    unsigned char b, unsigned char c, uint64_t *bare)
{
	const vec	 zero = { 0 };
	const vec	 lf = zero + '\n', cr = zero + '\r';
	const vec	 bit = zero + 0x20;
	const vec	 va = zero + a, vb = zero + b, vc = zero + c;
	vec		 count, here, hit, is, next;
	int		 i, n, found = 0;

	while (!found && e - p > STRIDE) {
		count = zero;
		for (n = 0; n < STRIDES_MAX && e - p > STRIDE; n++) {
			here = hit = zero;
			for (i = 0; i < STRIDE; i += LANES) {
				is = (vec)(scan_load(p + i) == lf);
				next = scan_load(p + i + 1);
				here -= is & (vec)(scan_load(p + i - 1) != cr);
				hit |= is & ((vec)(next == va) |
				    (vec)(next == vb));
				if (c != 0)
					hit |= is & (vec)((next | bit) == vc);
			}
			if ((found = scan_any(hit)))
				break;
			count += here;
			p += STRIDE;
		}
		*bare += scan_sum(count);
	}
	for (; p < e; p++) {
		if (*p != '\n')
			continue;
		if (p + 1 == e || p[1] == a || p[1] == b ||
		    (c != 0 && (p[1] | 0x20) == c))
			return p;
		*bare += p[-1] != '\r';
	}
	return e;
}

static const unsigned char *
scan_sweep_header(const unsigned char *p, const unsigned char *e,
    uint64_t *bare)
{
	return scan_sweep(p, e, '\n', '\r', 'c', bare);
}

static const unsigned char *
scan_sweep_body(const unsigned char *p, const unsigned char *e, uint64_t *bare)
{
	return scan_sweep(p, e, 'F', 'F', 0, bare);
}

/* Add the bytes of the message up to an offset in the file to its sum. */
static void
scan_sum_to(struct scan *sc, const unsigned char *buf, uint64_t off)
{
	const unsigned char	*p;
	uint64_t		 from;

	if (sc->sums == NULL || sc->msgs->n == 0 || off <= sc->summed)
		return;
	p = buf + (sc->summed - sc->base);
	from = msg_content(&sc->msgs->v[sc->msgs->n - 1]);
	if (sc->summed < from) {
		from = (off < from ? off : from) - sc->summed;
		sum_add(sc->sums, &sc->sum, p, from);
		sc->summed += from;
		p += from;
	}
	if (sc->state == IN_HEADER)
		sum_header(sc->sums, &sc->sum, p, off - sc->summed);
	else
		sum_add(sc->sums, &sc->sum, p, off - sc->summed);
	sc->summed = off;
}

/* End the last message at off in the file, with sep bytes of blank line. */
static void
scan_message_end(struct scan *sc, const unsigned char *buf, uint64_t off,
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
	scan_sum_to(sc, buf, off - sep);
	if (sc->sums == NULL)
		return;
	if (sc->state == IN_HEADER)
		sum_header_end(sc->sums, &sc->sum);
	m->sum = sum_end(sc->sums, &sc->sum);
}

/*
 * Begin a message at p with len bytes of From_ line.  Return where to continue:
 * at the LF of that line, so that a blank line right after it is found like any
 * other; take its count back here.
 */
static const unsigned char *
scan_message_begin(struct scan *sc, const unsigned char *buf,
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
	memset(&sc->length, 0, sizeof(sc->length));
	sc->until = 0;
	sc->proved = 0;
	sc->state = IN_HEADER;
	p += len;
	sc->bare = 0;
	if (p[-1] != '\n')
		return p;
	p--;
	sc->bare -= p[-1] != '\r';
	return p;
}

static void
scan_doubt(struct scan *sc, uint64_t off, int length)
{
	struct msgs	*ms = sc->msgs;

	if (ms->ndoubts < DOUBTS_MAX) {
		ms->doubts[ms->ndoubts].off = off;
		ms->doubts[ms->ndoubts].length = length;
	}
	ms->ndoubts++;
}

/*
 * Return whether the From_ line at off is text by the Content-Length of the
 * message: 1, 0, or -1 with errno.  The first such line decides for all.
 */
static int
scan_is_inside(struct scan *sc, uint64_t off)
{
	int	 r, shown = 0;

	if (off >= sc->until)
		return 0;
	if (sc->proved)
		return 1;
	if (sc->msgs->shown != NULL &&
	    (shown = sc->msgs->shown(sc->msgs->arg, off)) == -1)
		return -1;
	r = shown ? 0 : length_proved(sc->fd,
	    msg_content(&sc->msgs->v[sc->msgs->n - 1]), off, sc->until,
	    sc->size);
	if (r == 0) {
		scan_doubt(sc, off, 1);
		sc->until = 0;
	}
	sc->proved = r == 1;
	return r;
}

/*
 * Handle a header line, or the end of the header, after the LF at p.  Return as
 * scan_at_mark().
 */
static int
scan_in_header(struct scan *sc, const unsigned char *p, const unsigned char *e,
    int eof, int *len)
{
	if (e - p > 1 && (p[1] | 0x20) == 'c')
		return length_field(&sc->length, p + 1, e - p - 1, eof);
	*len = e - p > 1 && p[1] == '\n' ? 2 : 3;
	return *len == 2 || (e - p > 2 && p[1] == '\r' && p[2] == '\n');
}

/*
 * Check what follows an LF that the sweep has found.  1: the end of the header
 * or *len bytes of From_ line in the body; 0: nothing; -1: read more first; -2:
 * errno.
 */
static int
scan_at_mark(struct scan *sc, const unsigned char *buf, const unsigned char *p,
    const unsigned char *e, int eof, int *len)
{
	const uint64_t	 off = sc->base + (p + 1 - buf);
	int		 inside;

	if (e - p < 3 && !eof)
		return -1;
	if (sc->state == IN_HEADER)
		return scan_in_header(sc, p, e, eof, len);
	if (p[-1] != '\n' && (p[-1] != '\r' || p[-2] != '\n'))
		return 0;
	*len = from_line(p + 1, e - p - 1, eof);
	if (*len == 0 && off >= sc->until &&
	    from_doubtful(p + 1, e - p - 1))
		scan_doubt(sc, off, 0);
	if (*len <= 0)
		return *len;
	if ((inside = scan_is_inside(sc, off)) == -1)
		return -2;
	return !inside;
}

/*
 * End the header at p, including its blank line of that many bytes, which may
 * turn out to be the one between messages.
 */
static void
scan_header_end(struct scan *sc, const unsigned char *buf,
    const unsigned char *p, int blank)
{
	struct msg	*m = &sc->msgs->v[sc->msgs->n - 1];
	const uint64_t	 off = sc->base + (p - buf);

	m->hdr = off - msg_content(m) < UINT32_MAX ? off - msg_content(m) :
	    UINT32_MAX;
	if (!sc->internal)
		sc->until = length_end(&sc->length, off);
	scan_sum_to(sc, buf, off - blank);
	if (sc->sums != NULL)
		sum_header_end(sc->sums, &sc->sum);
	sc->state = IN_BODY;
}

/* Begin the next message after the LF at p, with len bytes of From_ line. */
static const unsigned char *
scan_next(struct scan *sc, const unsigned char *buf, const unsigned char *p,
    int len, enum scan_result *res)
{
	scan_message_end(sc, buf, sc->base + (p + 1 - buf), p[-1] == '\n' ? 1 :
	    2);
	if (sc->internal)
		sc->internal = sc->msgs->n = 0;
	if (sc->msgs->n >= sc->max) {
		*res = SCAN_TOOMANY;
		return p;
	}
	if ((p = scan_message_begin(sc, buf, p + 1, len)) == NULL)
		*res = SCAN_ERROR;
	return p;
}

/* Scan header and body from p, as far as the buffer up to e allows. */
static const unsigned char *
scan_step(struct scan *sc, const unsigned char *buf, const unsigned char *p,
    const unsigned char *e, int eof, enum scan_result *res)
{
	int	 found, len = 0;

	while (p < e && *res == SCAN_OK) {
		if (sc->state == IN_HEADER)
			p = scan_sweep_header(p, e, &sc->bare);
		else
			p = scan_sweep_body(p, e, &sc->bare);
		if (p == e)
			break;
		if ((found = scan_at_mark(sc, buf, p, e, eof, &len)) == -1)
			break;
		if (found == -2)
			*res = SCAN_ERROR;
		else if (found == 0) {
			sc->bare += p[-1] != '\r';
			p++;
		} else if (sc->state == IN_HEADER)
			scan_header_end(sc, buf, p + len, len - 1);
		else
			p = scan_next(sc, buf, p, len, res);
	}
	return p;
}

/*
 * Return whether the file is mail in another format, whose messages would be
 * split or merged: MMDF, UW's mbx, Babyl.  -1: need more data.
 */
static int
scan_other_format(const unsigned char *p, size_t n, int eof)
{
	static const char *const	 magic[] = {
		"\1\1\1\1", "*mbx*", "BABYL OPTIONS"
	};
	size_t				 i, len;

	for (i = 0; i < sizeof(magic) / sizeof(*magic); i++) {
		len = strlen(magic[i]);
		if (memcmp(p, magic[i], n < len ? n : len) == 0) {
			if (n >= len)
				return 1;
			if (!eof)
				return -1;
		}
	}
	return 0;
}

/* Skip what may precede the first From_ line without a line end between. */
static const unsigned char *
scan_skip_junk(const struct scan *sc, const unsigned char *buf,
    const unsigned char *p, const unsigned char *e)
{
	if (sc->base == 0 && p == buf && e - p >= 3 &&
	    memcmp(p, "\357\273\277", 3) == 0)
		p += 3;
	while (p < e && (*p == '\0' || *p == '\n' || *p == '\r' ||
	    *p == ' ' || *p == '\t'))
		p++;
	return p;
}

/* Begin the first message at p; it may be internal data. */
static const unsigned char *
scan_first(struct scan *sc, const unsigned char *buf,
    const unsigned char *p, int len, enum scan_result *res)
{
	if (sc->base == 0 && p == buf &&
	    (sc->internal = internal_message(sc->fd, sc->size)) == -1) {
		*res = SCAN_ERROR;
		return p;
	}
	sc->msgs->internal = sc->internal;
	if (sc->max == 0 && !sc->internal)
		*res = SCAN_TOOMANY;
	else if ((p = scan_message_begin(sc, buf, p, len)) == NULL)
		*res = SCAN_ERROR;
	return p;
}

/* Find the first From_ line, or begin to look for it line by line. */
static const unsigned char *
scan_start(struct scan *sc, const unsigned char *buf, const unsigned char *p,
    const unsigned char *e, int eof, enum scan_result *res)
{
	int	 len, other;

	/* Look for a byte order mark only when all of it is there. */
	if (sc->base == 0 && p == buf) {
		if (e - p < 3 && !eof)
			return p;
		if ((other = scan_other_format(p, e - p, eof)) == -1)
			return p;
		if (other == 1) {
			*res = SCAN_NOTMBOX;
			return p;
		}
	}
	p = scan_skip_junk(sc, buf, p, e);
	if (p == e || (len = from_line(p, e - p, eof)) == -1)
		return p;
	if (len > 0)
		return scan_first(sc, buf, p, len, res);
	sc->state = IN_BODY;
	return p + 1;
}

/* The file and its last message end at e, perhaps in a blank line. */
static enum scan_result
scan_finish(struct scan *sc, const unsigned char *buf, const unsigned char *e)
{
	struct msg	*m;
	uint64_t	 end = sc->base + (e - buf), len;
	uint8_t		 sep = 0;

	if (sc->msgs->n == 0) {
		sc->msgs->end = end;
		return sc->state == AT_START ? SCAN_OK : SCAN_NOTMBOX;
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
	scan_message_end(sc, buf, end, sep);
	if (sc->internal)
		sc->msgs->n = 0;
	return SCAN_OK;
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

	memset(&sc, 0, offsetof(struct scan, sum));
	sc.msgs = ms;
	sc.fd = fd;
	sc.size = to;
	sc.max = max;
	sc.state = AT_START;
	sc.base = from;
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
			p = scan_start(&sc, buf, p, buf + have, from == to,
			    &res);
		if (sc.state != AT_START && res == SCAN_OK)
			p = scan_step(&sc, buf, p, buf + have, from == to,
			    &res);
		if (from == to || res != SCAN_OK)
			break;
		if (sc.msgs->n > 0 && p - buf > SEP_MAX)
			scan_sum_to(&sc, buf, sc.base + (p - buf) - SEP_MAX);
		drop = p - buf > BACK ? p - buf - BACK : 0;
		memmove(buf, buf + drop, have - drop);
		have -= drop;
		p = buf + (p - buf - drop);
		sc.base += drop;
	}
	return res == SCAN_OK ? scan_finish(&sc, buf, buf + have) : res;
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
