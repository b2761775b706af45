/* SPDX-License-Identifier: ISC */
/* Runs in: storaged, as the user.  Trusts: nothing in the mailbox. */

#include <string.h>

#include "from.h"
#include "io.h"
#include "length.h"
#include "received.h"

static const char	 length_name[] = "content-length:";
#define NAME_LEN	(sizeof(length_name) - 1)

/* No file has 10^18 bytes. */
#define DIGITS_MAX	18

/* Bytes of blank lines after a body; bytes before that to tell a blank line. */
#define BLANKS_MAX	64
#define BACK		3

/* Return the number on a line that ends at lf, or LENGTH_BAD. */
static uint64_t
length_number(const unsigned char *p, const unsigned char *lf)
{
	uint64_t	 v = 0;
	int		 digits = 0;

	while (p < lf && (*p == ' ' || *p == '\t'))
		p++;
	for (; p < lf && *p >= '0' && *p <= '9'; p++) {
		if (++digits > DIGITS_MAX)
			return LENGTH_BAD;
		v = v * 10 + (*p - '0');
	}
	while (p < lf && (*p == ' ' || *p == '\t' || *p == '\r'))
		p++;
	return p == lf && digits > 0 ? v : LENGTH_BAD;
}

int
length_field(struct length *l, const unsigned char *p, size_t n, int eof)
{
	const unsigned char	*lf;
	size_t			 i;

	for (i = 0; i < NAME_LEN && i < n; i++)
		if (p[i] != length_name[i] && (p[i] | 0x20) != length_name[i])
			return 0;
	if (i < NAME_LEN)
		return eof ? 0 : -1;
	if (n > LENGTH_ROOM)
		n = LENGTH_ROOM;
	lf = memchr(p, '\n', n);
	if (n < LENGTH_ROOM && !eof && (lf == NULL || lf + 1 == p + n))
		return -1;
	l->fields++;
	/* No writer continues the field on the next line. */
	if (lf == NULL || lf + 1 == p + n || lf[1] == ' ' || lf[1] == '\t')
		l->value = LENGTH_BAD;
	else
		l->value = length_number(p + NAME_LEN, lf);
	return 0;
}

uint64_t
length_end(const struct length *l, uint64_t off)
{
	return l->fields == 1 && l->value != LENGTH_BAD ? off + l->value : 0;
}

/* Whether the file or a message ends at end, ignoring blank lines. */
static int
length_boundary(int fd, uint64_t end, uint64_t size)
{
	unsigned char	 buf[BACK + BLANKS_MAX + FROM_ROOM];
	const uint64_t	 off = end > BACK ? end - BACK : 0;
	const size_t	 want = size - off < sizeof(buf) ? size - off :
			    sizeof(buf);
	size_t		 i = end - off;
	ssize_t		 n;

	if ((n = io_pread(fd, buf, want, off)) == -1)
		return -1;
	if ((size_t)n < want)
		return 0;
	for (; i < want && i < BACK + BLANKS_MAX &&
	    (buf[i] == '\n' || buf[i] == '\r'); i++)
		continue;
	if (off + i == size)
		return 1;
	return i >= BACK && buf[i - 1] == '\n' && (buf[i - 2] == '\n' ||
	    (buf[i - 2] == '\r' && buf[i - 3] == '\n')) &&
	    from_line(buf + i, want - i, off + want == size) > 0;
}

/* Find the end of the line at off, LF included. */
static int
length_line(int fd, uint64_t off, uint64_t size, uint64_t *next)
{
	unsigned char	 buf[FROM_LINE_MAX], *lf;
	ssize_t		 n;

	n = io_pread(fd, buf, size - off < sizeof(buf) ? size - off :
	    sizeof(buf), off);
	if (n == -1)
		return -1;
	lf = memchr(buf, '\n', n);
	*next = off + (lf != NULL ? lf + 1 - buf : n);
	return 0;
}

int
length_proved(int fd, uint64_t header, uint64_t from, uint64_t end,
    uint64_t size)
{
	uint64_t	 next;
	int		 r;

	if (end > size)
		return 0;
	if ((r = length_boundary(fd, end, size)) != 1)
		return r;
	if (length_line(fd, from, size, &next) == -1 ||
	    (r = received_same(fd, header, next, size)) == -1)
		return -1;
	return !r;
}
