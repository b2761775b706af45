/* SPDX-License-Identifier: ISC */
/*
 * Runs in: tests and fuzzers.  What an mbox means, the slow and simple way:
 * line by line, one octet after another.  The store must agree with it.
 */

#ifndef POP3D_MBOX_REF_H
#define POP3D_MBOX_REF_H

#include <sys/types.h>

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "scan.h"

#define REF_MAX		512	/* messages */

struct ref_msg {
	size_t	 off;		/* of the From_ line */
	size_t	 content;
	size_t	 len;
	size_t	 hdr;
	size_t	 next;		/* off of the next, or the size */
};

struct buf {
	unsigned char	*p;
	size_t		 n;
};

static inline size_t
ref_line(const unsigned char *p, size_t n)
{
	size_t	 i;

	for (i = 0; i < n && p[i] != '\n'; i++)
		continue;
	return i < n ? i + 1 : n;
}

static inline int
ref_blank(const unsigned char *p, size_t len)
{
	return (len == 1 && p[0] == '\n') ||
	    (len == 2 && p[0] == '\r' && p[1] == '\n');
}

/* How long the header of a message is, blank line included. */
static inline size_t
ref_header(const unsigned char *p, size_t len)
{
	size_t	 i, l;

	for (i = 0; i < len; i += l) {
		l = ref_line(p + i, len - i);
		if (ref_blank(p + i, l))
			return i + l;
	}
	return len;
}

static inline void
ref_close(struct ref_msg *m, const unsigned char *p, size_t end)
{
	size_t	 i, len, last = m->content;

	m->next = end;
	m->hdr = 0;
	for (i = m->content; i < end; i += len) {
		len = ref_line(p + i, end - i);
		last = i;
		if (m->hdr == 0 && ref_blank(p + i, len))
			m->hdr = i + len - m->content;
	}
	m->len = end - m->content;
	if (m->len > 0 && ref_blank(p + last, end - last))
		m->len = last - m->content;
	if (m->hdr == 0 || m->hdr > m->len)
		m->hdr = m->len;
}

/*
 * Whether a message ends at end by its Content-Length: blank lines, then the
 * end of the file or what begins a message after a blank line.
 */
static inline int
ref_ends(const unsigned char *p, size_t n, size_t end)
{
	size_t	 i;

	if (end > n)
		return 0;
	for (i = end; i < n && i < end + 64 && (p[i] == '\n' || p[i] == '\r');
	    i++)
		continue;
	if (i == n)
		return 1;
	return p[i - 1] == '\n' && (p[i - 2] == '\n' || (p[i - 2] == '\r' &&
	    p[i - 3] == '\n')) && from_line(p + i, n - i, 1) > 0;
}

/* Where a message whose header begins at p ends by its Content-Length, or 0. */
static inline size_t
ref_length(const unsigned char *p, size_t n, size_t content)
{
	static const char	 name[] = "content-length:";
	size_t			 i, len, k, v, found = 0, fields = 0, bad = 0;

	for (i = content; i < n; i += len) {
		len = ref_line(p + i, n - i);
		if (ref_blank(p + i, len))
			return fields == 1 && !bad ? i + len + found : 0;
		if (len < sizeof(name) - 1 || strncasecmp((const char *)p + i,
		    name, sizeof(name) - 1) != 0)
			continue;
		fields++;
		k = i + sizeof(name) - 1;
		while (k < i + len && (p[k] == ' ' || p[k] == '\t'))
			k++;
		for (v = found = 0; k < i + len && p[k] >= '0' && p[k] <= '9';
		    k++, v++)
			found = found * 10 + p[k] - '0';
		while (k < i + len && (p[k] == ' ' || p[k] == '\t' ||
		    p[k] == '\r'))
			k++;
		if (v == 0 || v > 18 || len >= 64 || k + 1 != i + len ||
		    p[k] != '\n' || (k + 1 < n && (p[k + 1] == ' ' ||
		    p[k + 1] == '\t')))
			bad = 1;
	}
	return 0;
}

/* The topmost Received field of a header that is looked at, as one string. */
static inline char *
ref_received(const unsigned char *p, size_t n)
{
	static const char	 name[] = "received:";
	const size_t		 l = sizeof(name) - 1;
	char			*s;
	size_t			 i, len, k, end;

	n = n < 8192 ? n : 8192;
	for (i = 0; i < n && p[i] != '\n' && p[i] != '\r'; i += len) {
		for (len = ref_line(p + i, n - i); i + len < n &&
		    (p[i + len] == ' ' || p[i + len] == '\t'); )
			len += ref_line(p + i + len, n - i - len);
		if (len <= l || strncasecmp((const char *)p + i, name, l) != 0)
			continue;
		for (k = i + l, end = i + len; k < end &&
		    memchr(" \t\r\n;", p[k], 5) != NULL; )
			k++;
		if (k < end && p[k] == '(')
			continue;
		if ((s = calloc(1, end - k + 1)) == NULL)
			abort();
		for (len = 0; k < end; k++)
			s[len++] = p[k] == '\0' ? '\1' : p[k];
		return s;
	}
	return strdup("");
}

/* Whether two fields have a word after "by", of eight, in common. */
static inline int
ref_same(char *a, char *b)
{
	static const char	 sep[] = " \t\r\n;";
	char			*w, *last, *word[8];
	int			 i, n = 0, m = 0, by = 0, same = 0;

	for (w = strtok_r(a, sep, &last); w != NULL && n < 8;
	    w = strtok_r(NULL, sep, &last)) {
		if (by)
			word[n++] = w;
		by = strcasecmp(w, "by") == 0;
	}
	by = 0;
	for (w = strtok_r(b, sep, &last); w != NULL && m < 8;
	    w = strtok_r(NULL, sep, &last)) {
		for (i = 0; by && i < n; i++)
			same |= strcasecmp(w, word[i]) == 0;
		m += by;
		by = strcasecmp(w, "by") == 0;
	}
	free(a);
	free(b);
	return same;
}

/* Where the first From_ line is looked for; n: nothing but junk. */
static inline size_t
ref_start(const unsigned char *p, size_t n)
{
	size_t	 i = n >= 3 && memcmp(p, "\357\273\277", 3) == 0 ? 3 : 0;

	while (i < n && memchr("\0\n\r \t", p[i], 5) != NULL)
		i++;
	return i;
}

/* The messages of an mbox; -1 if it is none, REF_MAX + 1 if too many. */
static inline int
ref_parse(const unsigned char *p, size_t n, struct ref_msg m[REF_MAX])
{
	size_t	 i = ref_start(p, n), len, until = 0;
	int	 count = 0, blank = 1, proved = 0;

	if (i == n)
		return 0;
	if ((n >= 4 && memcmp(p, "\1\1\1\1", 4) == 0) ||
	    (n >= 5 && memcmp(p, "*mbx*", 5) == 0) ||
	    (n >= 13 && memcmp(p, "BABYL OPTIONS", 13) == 0))
		return -1;
	for (; i < n; i += len) {
		len = ref_line(p + i, n - i);
		if (!blank || from_line(p + i, n - i, 1) <= 0) {
			blank = ref_blank(p + i, len);
			continue;
		}
		if (i < until && !proved && ref_ends(p, n, until) && !ref_same(
		    ref_received(p + m[count - 1].content,
		    n - m[count - 1].content),
		    ref_received(p + i + len, n - i - len)))
			proved = 1;
		else if (!proved)
			until = 0;
		if (i < until) {
			blank = 0;
			continue;
		}
		if (count > 0)
			ref_close(&m[count - 1], p, i);
		if (count == REF_MAX)
			return REF_MAX + 1;
		m[count].off = i;
		m[count++].content = i + len;
		until = ref_length(p, n, i + len);
		blank = proved = 0;
	}
	if (count > 0)
		ref_close(&m[count - 1], p, n);
	return count > 0 ? count : -1;
}

static inline void
buf_add(struct buf *b, const void *p, size_t n)
{
	if ((b->p = realloc(b->p, b->n + n + 1)) == NULL)
		abort();
	memcpy(b->p + b->n, p, n);
	b->n += n;
	b->p[b->n] = '\0';
}

/* What RETR, or TOP, sends; not dot-stuffed if raw. */
static inline void
ref_wire(struct buf *out, const unsigned char *p, size_t len, size_t hdr,
    uint32_t lines, int raw)
{
	size_t		 i, l, end;
	uint32_t	 body = 0;

	for (i = 0; i < len; i += l) {
		if (i >= hdr && lines != UINT32_MAX && body++ == lines)
			break;
		l = ref_line(p + i, len - i);
		end = i + l;
		if (p[i] == '.' && !raw)
			buf_add(out, ".", 1);
		if (p[end - 1] == '\n')
			end--;
		if (end > i && end < len && p[end - 1] == '\r')
			end--;
		buf_add(out, p + i, end - i);
		buf_add(out, "\r\n", 2);
	}
}

/* Random numbers that are the same in every run. */
static inline uint32_t
rnd(uint64_t *seed)
{
	*seed = *seed * 6364136223846793005ULL + 1442695040888963407ULL;
	return *seed >> 33;
}

/* Something like an mbox, made of what is hard about them. */
static inline void
rnd_mbox(struct buf *b, uint64_t *seed, int parts)
{
	static const char *const	 part[] = {
		"From a@b Mon Jan  1 10:00:00 2024\n", "\nFrom x\n", "From \n",
		"\nFrom c@d Tue, 2 Feb 2024 11:22 +0100\r\n", "From here on\n",
		"\n\nFrom e Jan 3 9:01 1999\n", "\n", "\n\n", "\r\n", "\r",
		"F", "Fro", "From ", "\nF", ".", "..", "\n.", "\n.\n", ".\r\n",
		"Status: RO\n", "sTATUS: O\r\n", " more\n", "X-UID: 7\n",
		"Subject: x\n", "Content-Length: 5\n", "\tmore\r\n", "Lines:",
		"Content-Length: 40\n", "content-length:\t62 \r\n\r\n",
		"Content-Length: 110\n\n", "c", "Received: by x by y;z\n",
		"received: from by x\n", "Received: (by x)\n by\n",
		"Content-Length", "a: b\n\n",
		"\n\nFrom h@i\nSubject: x\n\n", "Content-Length: 99\n\n",
		"text text text text text text text text text text text text\n",
		"a line that goes on for quite a while and ends in CRLF\r\n",
		"\r\n\r\nFrom f@g Wed Mar  3 10:00:00 2021\r\n", "x", "xy",
	};
	unsigned char			 c;
	uint32_t			 k;
	int				 i;

	if (rnd(seed) % 8 != 0)
		buf_add(b, part[0], strlen(part[0]));
	for (i = 0; i < parts; i++) {
		k = rnd(seed) % (sizeof(part) / sizeof(*part) + 1);
		c = rnd(seed) % 256;
		if (k < sizeof(part) / sizeof(*part))
			buf_add(b, part[k], strlen(part[k]));
		else
			buf_add(b, &c, 1);
	}
}

/* A file without a name that holds n octets; the caller closes it. */
static inline int
tmp_file(const void *p, size_t n)
{
	char	 name[] = "/tmp/pop3d_test.XXXXXXXXXX";
	int	 fd;

	if ((fd = mkstemp(name)) == -1 || unlink(name) == -1 ||
	    write(fd, p, n) != (ssize_t)n)
		abort();
	return fd;
}

#endif
