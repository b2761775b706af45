/* SPDX-License-Identifier: ISC */
/* Runs in: storaged, as the user.  Trusts: nothing in the mailbox. */

#include <string.h>

#include "from.h"

/* More words than any sender and date together. */
#define WORDS_MAX	32

/* The classes of a word; it can have more than one. */
#define W_WEEKDAY	0x001	/* Mon, Monday; also with a comma */
#define W_MONTH		0x002
#define W_DAY		0x004	/* 1 to 31 */
#define W_YEAR4		0x008
#define W_YEAR2		0x010
#define W_TIME		0x020	/* h:mm */
#define W_SECONDS	0x040	/* of the day: h:mm:ss */
#define W_ZONE		0x080	/* +0100, CET, (CET), GMT+1, AM, PM */
#define W_DATE		0x100	/* 2026-01-05, 1/5/26, 5-JAN-2026 */
#define W_STAMP		0x200	/* 2026-01-05T10:00:00Z */
#define W_EPOCH		0x400	/* seconds since 1970 */

struct word {
	const unsigned char	*p;
	size_t			 n;
	int			 is;	/* W_*, -1: see from_kind() */
};

struct words {
	struct word	 v[WORDS_MAX];
	int		 n;
};

/*
 * Forms of a date, word by word; a lower-case letter marks an optional word.  W
 * weekday, M month, D day, T time, Y year, Z zone, N date in one word, S date
 * and time in one word.
 */
static const char *const from_forms[] = {
	"wMDTzzYzz", "wDMTzzYzz", "wDMYTzzz", "wMDYTzzz", "wNTzzz", "Szz",
};

static int
from_digit(unsigned char c)
{
	return c >= '0' && c <= '9';
}

static unsigned char
from_lower(unsigned char c)
{
	return c >= 'A' && c <= 'Z' ? c | 0x20 : c;
}

static int
from_letter(unsigned char c)
{
	return from_lower(c) >= 'a' && from_lower(c) <= 'z';
}

/* Count the digits at p, up to max. */
static size_t
from_digits(const unsigned char *p, size_t n, size_t max)
{
	size_t	 i;

	for (i = 0; i < n && i < max && from_digit(p[i]); i++)
		continue;
	return i;
}

/* Match p against names, in full or by their first three letters. */
static int
from_name(const unsigned char *p, size_t n, const char *const *names)
{
	size_t	 i;

	for (; n >= 3 && *names != NULL; names++) {
		for (i = 0; i < n && (*names)[i] != '\0' &&
		    from_lower(p[i]) == (unsigned char)(*names)[i]; i++)
			continue;
		if (i == n && (n == 3 || (*names)[i] == '\0'))
			return 1;
	}
	return 0;
}

static int
from_month(const unsigned char *p, size_t n)
{
	static const char *const	 names[] = {
		"january", "february", "march", "april", "may", "june",
		"july", "august", "september", "october", "november",
		"december", NULL
	};

	return from_name(p, n, names);
}

static int
from_weekday(const unsigned char *p, size_t n)
{
	static const char *const	 names[] = {
		"sunday", "monday", "tuesday", "wednesday", "thursday",
		"friday", "saturday", NULL
	};

	return from_name(p, n, names);
}

/* A word of digits: a day, a year, or seconds. */
static int
from_number(const unsigned char *p, size_t n)
{
	int	 is = 0;

	if (n == 0 || from_digits(p, n, n) != n)
		return 0;
	if (n <= 2 && (n == 1 ? p[0] > '0' : p[0] < '3' ||
	    (p[0] == '3' && p[1] < '2')))
		is |= W_DAY;
	if (n == 2)
		is |= W_YEAR2;
	if (n == 4 && ((p[0] == '1' && p[1] == '9') ||
	    (p[0] == '2' && p[1] < '2')))
		is |= W_YEAR4;
	if (n == 9 || n == 10)
		is |= W_EPOCH;
	return is;
}

/* h:mm, h:mm:ss, h:mm:ss.ff */
static int
from_time(const unsigned char *p, size_t n)
{
	size_t	 i = from_digits(p, n, 3), k;
	int	 is = W_TIME;

	if (i < 1 || i > 2 || n < i + 3 || p[i] != ':' ||
	    from_digits(p + i + 1, n - i - 1, 3) != 2 || p[i + 1] > '5')
		return 0;
	i += 3;
	if (n >= i + 3 && p[i] == ':' &&
	    from_digits(p + i + 1, n - i - 1, 3) == 2 && p[i + 1] <= '6') {
		is |= W_SECONDS;
		i += 3;
		if (n > i + 1 && p[i] == '.' &&
		    (k = from_digits(p + i + 1, n - i - 1, 9)) > 0)
			i += 1 + k;
	}
	return i == n ? is : 0;
}

/* +1, +01, +0100, +01:00 */
static int
from_offset(const unsigned char *p, size_t n)
{
	size_t	 d;

	if (n < 2 || (p[0] != '+' && p[0] != '-'))
		return 0;
	d = from_digits(p + 1, n - 1, 5);
	if (d >= 1 && d <= 4 && d + 1 == n)
		return 1;
	return n == d + 4 && (d == 1 || d == 2) && p[d + 1] == ':' &&
	    from_digits(p + d + 2, 2, 2) == 2;
}

/* A name in capital letters, with or without an offset, or in parentheses. */
static int
from_zone(const unsigned char *p, size_t n)
{
	size_t	 i;

	if (from_offset(p, n))
		return 1;
	if (n > 2 && p[0] == '(' && p[n - 1] == ')') {
		p++;
		n -= 2;
	}
	for (i = 0; i < n && p[i] >= 'A' && p[i] <= 'Z'; i++)
		continue;
	return i >= 1 && i <= 5 && (i == n || from_offset(p + i, n - i));
}

/* Three parts with the same separator; the middle one may be a month. */
static int
from_date(const unsigned char *p, size_t n)
{
	size_t	 a, b, c;
	unsigned char	 sign;

	a = from_digits(p, n, 5);
	if (a < 1 || a > 4 || a + 1 >= n)
		return 0;
	sign = p[a];
	if (sign != '-' && sign != '/' && sign != '.')
		return 0;
	p += a + 1;
	n -= a + 1;
	for (b = 0; b < n && b < 10 && from_letter(p[b]); b++)
		continue;
	if (b > 0 && !from_month(p, b))
		return 0;
	if (b == 0 && ((b = from_digits(p, n, 3)) < 1 || b > 2))
		return 0;
	if (b + 1 >= n || p[b] != sign)
		return 0;
	c = from_digits(p + b + 1, n - b - 1, 5);
	return b + 1 + c == n && c <= 4 && (a == 4 || c == 2 || c == 4);
}

/* ISO 8601: date, T, time and an optional zone; also in digits only. */
static int
from_stamp(const unsigned char *p, size_t n)
{
	size_t	 t, z, d;

	for (t = 0; t < n && p[t] != 'T' && p[t] != 't'; t++)
		continue;
	if (t == n || !((t == 8 && from_digits(p, t, t) == t) ||
	    (t == 10 && p[4] == '-' && from_date(p, t))))
		return 0;
	p += t + 1;
	n -= t + 1;
	for (z = 0; z < n && (from_digit(p[z]) || p[z] == ':' || p[z] == '.' ||
	    p[z] == ','); z++)
		continue;
	if (z < n && !(n - z == 1 && from_lower(p[z]) == 'z') &&
	    !from_offset(p + z, n - z))
		return 0;
	d = from_digits(p, z, z);
	return from_time(p, z) || (d == z && (d == 4 || d == 6));
}

/*
 * Classify a word, without a comma or full stop at its end.  Do so only on
 * demand: most words belong to senders.
 */
static int
from_kind(struct word *w)
{
	const unsigned char	*p = w->p;
	size_t			 n = w->n;

	if (w->is != -1)
		return w->is;
	w->is = 0;
	if (from_digit(*p)) {
		w->is = from_time(p, n);
		if (from_stamp(p, n))
			w->is |= W_STAMP;
		if (n > 1 && p[n - 1] == ',')
			n--;
		w->is |= from_number(p, n);
		if (from_date(p, n))
			w->is |= W_DATE;
		return w->is;
	}
	if (from_zone(p, n))
		w->is |= W_ZONE;
	if (n > 1 && (p[n - 1] == ',' || p[n - 1] == '.'))
		n--;
	if (from_weekday(p, n))
		w->is |= W_WEEKDAY;
	if (from_month(p, n))
		w->is |= W_MONTH;
	return w->is;
}

/* Split the text after "From ".  Return 0 if there are too many words. */
static int
from_split(struct words *w, const unsigned char *p, size_t n)
{
	size_t	 i, k;

	w->n = 0;
	for (i = 0; i < n; i = k) {
		for (k = i; k < n && p[k] != ' ' && p[k] != '\t' &&
		    p[k] != '\r'; k++)
			continue;
		if (k == i) {
			k++;
			continue;
		}
		if (w->n == WORDS_MAX)
			return 0;
		w->v[w->n].p = p + i;
		w->v[w->n].n = k - i;
		w->v[w->n++].is = -1;
	}
	return 1;
}

static int
from_is(const struct word *w, const char *s)
{
	return w->n == strlen(s) && memcmp(w->p, s, w->n) == 0;
}

static int
from_has(const struct word *w, unsigned char c)
{
	return memchr(w->p, c, w->n) != NULL;
}

/* Return whether the first n words can be a sender. */
static int
from_sender(const struct words *w, int n)
{
	const struct word	*last = &w->v[n - 1];

	if (n == 1)
		return 1;
	if (n == 3 && from_is(&w->v[1], "at"))
		return 1;
	if (from_has(last, '@') || last->p[last->n - 1] == ')')
		return 1;
	return w->v[0].p[0] == '"' && from_has(last, '"');
}

/* Return the classes that fit a letter of a form. */
static int
from_letters(char c)
{
	switch (c) {
	case 'W':
	case 'w':
		return W_WEEKDAY;
	case 'M':
		return W_MONTH;
	case 'D':
		return W_DAY;
	case 'T':
		return W_TIME;
	case 'Y':
		return W_YEAR4 | W_YEAR2;
	case 'N':
		return W_DATE;
	case 'S':
		return W_STAMP;
	default:
		return W_ZONE;
	}
}

/*
 * Match the first n words, from right to left, against a sender and a date of
 * that form.  A word that can be part of the date is, and never part of the
 * sender.
 */
static int
from_match(struct words *w, int n, const char *form)
{
	size_t	 i;
	int	 is = 0, c;

	for (i = strlen(form); i > 0; i--) {
		c = form[i - 1];
		if (n > 0 && from_kind(&w->v[n - 1]) & from_letters(c))
			is |= w->v[--n].is;
		else if (c != 'w' && c != 'z')
			return 0;
	}
	if (n == 0)
		return form == from_forms[0] && (is & W_WEEKDAY) &&
		    (is & W_SECONDS) && (is & W_YEAR4);
	return from_sender(w, n);
}

static int
from_dated(struct words *w)
{
	size_t	 i;
	int	 n = w->n;

	while (n >= 3 && from_is(&w->v[n - 3], "remote") &&
	    from_is(&w->v[n - 2], "from"))
		n -= 3;
	for (i = 0; i < sizeof(from_forms) / sizeof(*from_forms); i++)
		if (from_match(w, n, from_forms[i]))
			return 1;
	return 0;
}

/* No sender, or one word that does not end as words in a text do. */
static int
from_dateless(struct words *w)
{
	if (w->n > 1 && !(w->n == 2 && from_kind(&w->v[1]) & W_EPOCH))
		return 0;
	return w->n == 0 ||
	    memchr(".,:;!", w->v[0].p[w->v[0].n - 1], 5) == NULL;
}

/* Return whether p begins with a header field; -1: need more data. */
static int
from_field(const unsigned char *p, size_t n, int eof)
{
	size_t	 i;

	for (i = 0; i < n && i + 1 < FROM_NEXT_MAX && (from_letter(p[i]) ||
	    from_digit(p[i]) || p[i] == '-' || p[i] == '_'); i++)
		continue;
	if (i + 1 >= FROM_NEXT_MAX)
		return 0;
	if (i == n || (p[i] == ':' && i + 1 == n))
		return eof ? 0 : -1;
	return i > 0 && p[i] == ':' && (p[i + 1] == ' ' || p[i + 1] == '\t' ||
	    p[i + 1] == '\r' || p[i + 1] == '\n');
}

int
from_line(const unsigned char *p, size_t n, int eof)
{
	struct words		 w;
	const unsigned char	*lf;
	size_t			 len;
	int			 field;

	if (memcmp(p, "From ", n < 5 ? n : 5) != 0)
		return 0;
	if (n < 5)
		return eof ? 0 : -1;
	len = n < FROM_LINE_MAX ? n : FROM_LINE_MAX;
	lf = memchr(p, '\n', len);
	if (lf == NULL && len == FROM_LINE_MAX)
		return 0;
	if (lf == NULL && !eof)
		return -1;
	if (lf != NULL)
		len = lf + 1 - p;
	if (!from_split(&w, p + 5, len - 5 - (lf != NULL)))
		return 0;
	if (from_dated(&w))
		return len;
	if (!from_dateless(&w))
		return 0;
	field = from_field(p + len, n - len, eof);
	return field == 1 ? (int)len : field;
}

int
from_doubtful(const unsigned char *p, size_t n)
{
	struct words		 w;
	const unsigned char	*lf;
	int			 i, is = 0;

	if (n < 5 || memcmp(p, "From ", 5) != 0)
		return 0;
	if (n > FROM_LINE_MAX)
		n = FROM_LINE_MAX;
	if ((lf = memchr(p, '\n', n)) != NULL)
		n = lf - p;
	if (!from_split(&w, p + 5, n - 5))
		return 0;
	for (i = 0; i < w.n; i++)
		is |= from_kind(&w.v[i]);
	return from_dateless(&w) || is & W_STAMP ||
	    (is & W_TIME && is & (W_MONTH | W_DATE | W_YEAR4));
}
