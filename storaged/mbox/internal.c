/* SPDX-License-Identifier: ISC */
/* Runs in: storaged, as the user.  Trusts: nothing in the mailbox. */

#include <string.h>
#include <strings.h>

#include "internal.h"
#include "io.h"

/* The longest header; names of keywords make it grow. */
#define ROOM		4096

#define SENDER		"From MAILER-DAEMON "
#define SUBJECT		"DON'T DELETE THIS MESSAGE -- FOLDER INTERNAL DATA"

/* Fields that such a message must have. */
#define HAS_SUBJECT	0x1
#define HAS_IMAP	0x2

/* Skip digits and following blanks; return whether there were digits. */
static int
internal_number(const char **p, const char *e)
{
	const char	*s = *p;

	while (*p < e && **p >= '0' && **p <= '9')
		(*p)++;
	if (*p == s)
		return 0;
	while (*p < e && **p == ' ')
		(*p)++;
	return 1;
}

/* Classify a header line: HAS_*, 0 for another allowed one, or -1. */
static int
internal_field(const char *p, const char *e)
{
	static const char *const	 others[] = {
		"date:", "from:", "message-id:", "status:", "x-status:",
		"x-keywords:", "x-uid:", "content-length:", "lines:", NULL
	};
	int				 i;

	if (e > p && e[-1] == '\r')
		e--;
	if (e - p > 9 && strncasecmp(p, "subject: ", 9) == 0)
		return (size_t)(e - p - 9) == strlen(SUBJECT) &&
		    memcmp(p + 9, SUBJECT, e - p - 9) == 0 ? HAS_SUBJECT : -1;
	if (e - p > 8 && strncasecmp(p, "x-imap: ", 8) == 0) {
		p += 8;
		return internal_number(&p, e) && internal_number(&p, e) ?
		    HAS_IMAP : -1;
	}
	for (i = 0; others[i] != NULL; i++)
		if ((size_t)(e - p) > strlen(others[i]) &&
		    strncasecmp(p, others[i], strlen(others[i])) == 0)
			return 0;
	return -1;
}

int
internal_message(int fd, uint64_t size)
{
	char		 buf[ROOM];
	const char	*p, *e, *lf;
	ssize_t		 n;
	int		 has = 0, is;

	n = io_pread(fd, buf, size < ROOM ? size : ROOM, 0);
	if (n == -1)
		return -1;
	e = buf + n;
	if ((size_t)n < sizeof(SENDER) ||
	    memcmp(buf, SENDER, sizeof(SENDER) - 1) != 0)
		return 0;
	for (p = buf; (lf = memchr(p, '\n', e - p)) != NULL; p = lf + 1) {
		if (p == buf)
			continue;
		if (lf == p || (lf == p + 1 && *p == '\r'))
			return has == (HAS_SUBJECT | HAS_IMAP);
		if ((is = internal_field(p, lf)) == -1)
			return 0;
		has |= is;
	}
	return 0;
}
