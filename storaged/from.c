/* SPDX-License-Identifier: ISC */
/* Runs in: storaged, as the user.  Trusts: nothing in the mailbox. */

#include <string.h>

#include "scan.h"

static int
is_digit(unsigned char c)
{
	return c >= '0' && c <= '9';
}

/* Whether a word begins with a time of day, h:mm. */
static int
is_time(const unsigned char *w, size_t n)
{
	size_t	 i;

	i = n > 1 && is_digit(w[1]) ? 2 : 1;
	return n >= i + 3 && is_digit(w[0]) && w[i] == ':' &&
	    is_digit(w[i + 1]) && is_digit(w[i + 2]);
}

/* Whether a word begins with a year, or is the name of a month. */
static int
is_date(const unsigned char *w, size_t n)
{
	static const char	*months = "jan feb mar apr may jun "
				    "jul aug sep oct nov dec ";
	const char		*m;
	size_t			 i;

	if (n >= 4 && is_digit(w[0]) && is_digit(w[1]) && is_digit(w[2]) &&
	    is_digit(w[3]))
		return n == 4 || !is_digit(w[4]);
	if (n > 0 && w[n - 1] == ',')
		n--;
	if (n != 3)
		return 0;
	for (m = months; *m != '\0'; m += 4) {
		for (i = 0; i < n && (w[i] | 0x20) == m[i]; i++)
			continue;
		if (i == n)
			return 1;
	}
	return 0;
}

/* Whether what follows "From " on a line makes it a From_ line; see scan.h. */
static int
is_plausible(const unsigned char *p, size_t n)
{
	size_t	 i, len;
	int	 words = 0, date = 0, clock = 0;

	for (i = 0; i < n; i += len) {
		if (p[i] == ' ' || p[i] == '\t' || p[i] == '\r') {
			len = 1;
			continue;
		}
		for (len = 1; i + len < n && p[i + len] != ' ' &&
		    p[i + len] != '\t' && p[i + len] != '\r'; len++)
			continue;
		words++;
		date |= is_date(p + i, len);
		clock |= is_time(p + i, len);
	}
	return words <= 1 || (date && clock);
}

int
from_line(const unsigned char *p, size_t n, int eof)
{
	const unsigned char	*lf;
	size_t			 len;

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
	if (!is_plausible(p + 5, len - 5 - (lf != NULL)))
		return 0;
	return len;
}
