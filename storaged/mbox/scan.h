/* SPDX-License-Identifier: ISC */
/* Runs in: storaged, as the user.  Finds the messages in an mbox. */

#ifndef POP3D_STORAGED_MBOX_SCAN_H
#define POP3D_STORAGED_MBOX_SCAN_H

#include <sys/types.h>

#include <stddef.h>
#include <stdint.h>

#include "from.h"

struct sums;

/*
 * A message begins at a From_ line (see from.h) after a blank line (LF or
 * CRLF).  In doubt the line begins a message: a wrong split shows, but a missed
 * one would delete a message together with the one before it.  Within a proved
 * Content-Length, however, the line is text (see length.h).
 *
 * The first From_ line may also be at the beginning of the file, or after
 * nothing but a byte order mark, blanks, line ends and NULs, which a crash
 * leaves.  Anything before it, and a message in which a mail reader keeps data
 * (see internal.h), is left out and so neither served nor removed.  A file with
 * data but no From_ line is not an mbox, nor is one that begins like other
 * formats.
 *
 * The blank line before a From_ line, or at the end of the file, is a
 * separator; it belongs to no message.
 */

/* A message; it ends where the next begins, less the blank line. */
struct msg {
	uint64_t	 off;	/* of the From_ line, in the file */
	uint64_t	 wire;	/* octets that RETR sends, not dot-stuffed */
	uint64_t	 sum;	/* hash, see sums.h; 0 if not requested */
	uint32_t	 hdr;	/* bytes from the From_ line's end to the body:
				 * header and its blank line; at most UINT32_MAX
				 * is kept */
	uint16_t	 from;	/* bytes of the From_ line, LF included */
	uint8_t		 sep;	/* bytes of the blank line after it: 0 to 2 */
};

/* A decision that could have gone the other way, for the log. */
struct doubt {
	uint64_t	 off;	/* of a line that begins with "From " */
	int		 length; /* 1: it is within a Content-Length that is not
				  * believed, and begins a message; 0: it is no
				  * From_ line, but text */
};
#define DOUBTS_MAX	4	/* kept per scan */

struct msgs {
	struct msg	*v;	/* owned */
	uint32_t	 n;
	uint32_t	 size;	/* entries that v has room for */
	uint64_t	 end;	/* where the last message ends in the file,
				 * its blank line included */
	int		 internal; /* there is a message with internal data */
	uint32_t	 ndoubts;	/* also those not kept */
	struct doubt	 doubts[DOUBTS_MAX];
	/*
	 * Set by the caller: whether a client may have seen that the message
	 * before off ends there: 1, 0, or -1 with errno.  A Content-Length that
	 * contradicts this is not believed.  NULL: nothing was shown.
	 */
	int		(*shown)(void *, uint64_t off);
	void		*arg;
};

enum scan_result {
	SCAN_OK = 0,
	SCAN_NOTMBOX,		/* there is something, but no From_ line */
	SCAN_TOOMANY,		/* more than max messages */
	SCAN_SHORT,		/* the file is shorter than to */
	SCAN_ERROR		/* errno is set */
};

/*
 * Find the messages in bytes from to to (exclusive) of fd, reading block bytes
 * at a time, and append at most max of them to msgs, which the caller has
 * zeroed except for shown.  from is 0 or the beginning of a message.  With
 * sums, whose key has been made, every message gets its sum; with NULL none
 * does.
 */
enum scan_result scan_file(struct msgs *, const struct sums *, int fd,
		    uint64_t from, uint64_t to, size_t block, uint32_t max);

/* The same with a buffer of the caller's, SCAN_ROOM bytes larger than block. */
#define SCAN_ROOM	(4 + FROM_ROOM)
enum scan_result scan_within(struct msgs *, const struct sums *, int fd,
		    uint64_t from, uint64_t to, unsigned char *buf,
		    size_t block, uint32_t max);

/* Release what scan_file() filled, and zero it. */
void		 msgs_free(struct msgs *);

/* Offset of a message's content, its length in the file, and its end there. */
uint64_t	 msg_content(const struct msg *);
uint64_t	 msgs_length(const struct msgs *, uint32_t i);
uint64_t	 msgs_end(const struct msgs *, uint32_t i);

#endif
