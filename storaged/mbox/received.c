/* SPDX-License-Identifier: ISC */
/* Runs in: storaged, as the user.  Trusts: nothing in the mailbox. */

#include <string.h>
#include <strings.h>

#include "io.h"
#include "received.h"

/* Bytes of a header to examine, and names in a field. */
#define ROOM		8192
#define NAMES_MAX	8

/* The words after "by" in the topmost Received field. */
struct names {
	char		 text[ROOM];	/* of the header */
	const char	*v[NAMES_MAX];
	size_t		 len[NAMES_MAX];
	int		 n;
};

/* Return whether c separates words. */
static int
received_gap(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == ';';
}

/* Return the end of the field at p, where a line does not continue it. */
static const char *
received_end(const char *p, const char *e)
{
	while (p < e && (p = memchr(p, '\n', e - p)) != NULL) {
		p++;
		if (p == e || (*p != ' ' && *p != '\t'))
			return p;
	}
	return e;
}

/*
 * Take the word after each "by".  The name that a client gave for itself is in
 * the same field and may be "by" as well, so there may be several.
 */
static void
received_names(struct names *names, const char *p, const char *e)
{
	const char	*w;
	int		 by = 0;

	for (; p < e && names->n < NAMES_MAX; p++) {
		if (received_gap(*p))
			continue;
		for (w = p; p < e && !received_gap(*p); p++)
			continue;
		if (by) {
			names->v[names->n] = w;
			names->len[names->n++] = p - w;
		}
		by = p - w == 2 && strncasecmp(w, "by", 2) == 0;
	}
}

/* Read a header; skip qmail's Received "(qmail ...", which has no host. */
static int
received_read(struct names *names, int fd, uint64_t off, uint64_t size)
{
	static const char	 field[] = "received:";
	const size_t		 len = sizeof(field) - 1;
	const char		*p, *e, *next;
	ssize_t			 n;

	names->n = 0;
	n = io_pread(fd, names->text, size - off < ROOM ? size - off : ROOM,
	    off);
	if (n == -1)
		return -1;
	e = names->text + n;
	for (p = names->text; p < e && *p != '\n' && *p != '\r'; p = next) {
		next = received_end(p, e);
		if ((size_t)(next - p) <= len ||
		    strncasecmp(p, field, len) != 0)
			continue;
		for (p += len; p < next && received_gap(*p); p++)
			continue;
		if (p < next && *p == '(')
			continue;
		received_names(names, p, next);
		break;
	}
	return 0;
}

int
received_same(int fd, uint64_t a, uint64_t b, uint64_t size)
{
	struct names	 x, y;
	int		 i, k;

	if (received_read(&x, fd, a, size) == -1 ||
	    received_read(&y, fd, b, size) == -1)
		return -1;
	for (i = 0; i < x.n; i++)
		for (k = 0; k < y.n; k++)
			if (x.len[i] == y.len[k] &&
			    strncasecmp(x.v[i], y.v[k], x.len[i]) == 0)
				return 1;
	return 0;
}
