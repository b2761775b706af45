/* SPDX-License-Identifier: ISC */
/* Runs in: storaged, as the user.  Recognizing From_ lines. */

#ifndef POP3D_STORAGED_MBOX_FROM_H
#define POP3D_STORAGED_MBOX_FROM_H

#include <stddef.h>

/*
 * A From_ line is "From ", a sender and, at the end of the line, a date in one
 * of the forms that writers use:
 *
 *	Mon Jan  5 10:00:00 2026	ctime(3); with or without seconds, with
 *					zones before or after the year, which
 *					may have two digits
 *	Mon, 5 Jan 2026 10:00:00 +0000	RFC 5322
 *	Jan 5, 2026 10:00 AM		and other orders of the same words
 *	2026-01-05 10:00:00		numeric, with -, / or ., any order
 *	5-JAN-2026 10:00:00.00		VMS
 *	2026-01-05T10:00:00Z		ISO 8601, also without - and :
 *
 * " remote from host" may follow.  The sender is one word; or begins with a
 * quoted string; or ends in a word with an at sign or in a comment; or is
 * "joe at example.org".  It may be missing only before a complete date in
 * ctime(3)'s form.
 *
 * A line of at most one word, or of one word and the seconds since 1970, is a
 * From_ line only if a header field follows.
 */
#define FROM_LINE_MAX	1000	/* bytes, LF included */
#define FROM_NEXT_MAX	80	/* bytes examined after it */
#define FROM_ROOM	(FROM_LINE_MAX + FROM_NEXT_MAX)

/*
 * Return the length, LF included, of the From_ line at p, or 0 if there is
 * none.  eof: nothing follows the n bytes of p; without it -1 asks for more
 * than n bytes, but never for more than FROM_ROOM.
 */
int	 from_line(const unsigned char *p, size_t n, int eof);

/* Whether a line is no From_ line, but enough like one to be logged. */
int	 from_doubtful(const unsigned char *p, size_t n);

#endif
