/* SPDX-License-Identifier: ISC */
/* Runs in: storaged, as the user.  Finds the messages in an mbox. */

#ifndef POP3D_SCAN_H
#define POP3D_SCAN_H

#include <sys/types.h>

#include <stddef.h>
#include <stdint.h>

struct sums;

/*
 * What begins a message.  A From_ line stands at the beginning of the file,
 * after nothing but blank lines, or after a blank line (LF or CRLF), and is
 *
 *	"From " and at most one more word ("From joe@example.org"), or
 *	"From ", words, a time of day (h:mm) and a year or the name of a month,
 *
 * in any order, in at most FROM_LINE_MAX octets with its LF; the end of the
 * file ends it too.  So the date of every delivery agent passes (ctime(3),
 * RFC 5322, with or without zone and seconds), and a paragraph that happens to
 * begin with "From what I hear," does not tear a message that its agent did not
 * quote.  In doubt the line does begin a message: one split too many shows, one
 * too few would delete a message together with the one before it.
 * Content-Length is never looked at.
 *
 * The blank line before a From_ line, or one at the end of the file, separates;
 * it belongs to no message.
 */
#define FROM_LINE_MAX	1000	/* octets */

/* A message; where it ends is where the next begins, less the blank line. */
struct msg {
	uint64_t	 off;	/* of the From_ line, in the file */
	uint64_t	 wire;	/* octets that RETR sends, not dot-stuffed */
	uint64_t	 sum;	/* hash of it, see sums.h; 0 if not asked for */
	uint32_t	 hdr;	/* octets from the From_ line's end to the body:
				 * header and its blank line; at most
				 * UINT32_MAX is told */
	uint16_t	 from;	/* octets of the From_ line, LF included */
	uint8_t		 sep;	/* octets of the blank line after it: 0 to 2 */
	uint8_t		 flags;	/* MSG_*, for the session */
};
#define MSG_DELETED	0x01

struct msgs {
	struct msg	*v;	/* owned */
	uint32_t	 n;
	uint32_t	 size;	/* entries that v has room for */
	uint64_t	 end;	/* where the last message ends in the file,
				 * its blank line included */
};

enum scan_result {
	SCAN_OK = 0,
	SCAN_NOTMBOX,		/* something stands before any From_ line */
	SCAN_TOOMANY,		/* more than max messages */
	SCAN_SHORT,		/* the file ended before end */
	SCAN_ERROR		/* errno says what */
};

/*
 * Find the messages in the octets from, to (exclusive) of fd, reading block
 * octets at a time, and append at most max of them to msgs, which begins
 * zeroed.  from is 0 or where a message begins.  With sums, whose key has been
 * made, every message gets its sum; without (NULL) none.
 */
enum scan_result scan_file(struct msgs *, const struct sums *, int fd,
		    uint64_t from, uint64_t to, size_t block, uint32_t max);

/* The same with room of the caller's, of SCAN_ROOM octets more than block. */
#define SCAN_ROOM	(4 + FROM_LINE_MAX)
enum scan_result scan_within(struct msgs *, const struct sums *, int fd,
		    uint64_t from, uint64_t to, unsigned char *buf,
		    size_t block, uint32_t max);

/* Release what scan_file() filled, and zero it. */
void		 msgs_free(struct msgs *);

/* Offset of a message's content, its length in the file, its end there. */
uint64_t	 msg_content(const struct msg *);
uint64_t	 msgs_length(const struct msgs *, uint32_t i);
uint64_t	 msgs_end(const struct msgs *, uint32_t i);

/*
 * The length, LF included, of the From_ line that p begins with, 0 if it is
 * none.  eof says that nothing follows the n octets of p; without it -1 asks
 * for more than n octets.
 */
int		 from_line(const unsigned char *p, size_t n, int eof);

#endif
