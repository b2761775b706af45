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

/* The messages of an mbox; -1 if it is none, REF_MAX + 1 if too many. */
static inline int
ref_parse(const unsigned char *p, size_t n, struct ref_msg m[REF_MAX])
{
	size_t	 i, len;
	int	 count = 0, blank = 1;

	for (i = 0; i < n; i += len) {
		len = ref_line(p + i, n - i);
		if (blank && from_line(p + i, len, 1) > 0) {
			if (count > 0)
				ref_close(&m[count - 1], p, i);
			if (count == REF_MAX)
				return REF_MAX + 1;
			m[count].off = i;
			m[count++].content = i + len;
			blank = 0;
			continue;
		}
		blank = ref_blank(p + i, len);
		if (count == 0 && !blank)
			return -1;
	}
	if (count > 0)
		ref_close(&m[count - 1], p, n);
	return count;
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
