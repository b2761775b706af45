/* SPDX-License-Identifier: ISC */
/*
 * Runs in: storaged, as the user.  Content-Length, and when it is believed.
 *
 * Some writers of an mbox do not quote From_ lines in a body ("mboxcl2"):
 * procmail where the mail has a Content-Length, which it sets right; Dovecot's
 * LDA, mail.local of Solaris and mutt, which always write one.  Without it, who
 * sends mail could have a second message made of the end of the first.  Others
 * quote and leave the header alone: there it is the sender's, who could have
 * the mail that comes next hidden in the body of the first, and removed with
 * it.  Both can leave the same octets.  So it is never believed that a length
 * makes an end, only that a From_ line before that end is text, and that if
 *
 *   - the message has one such field, of one line, and is not cut short;
 *   - at the end that it gives, blank lines left aside, stands what would begin
 *     a message without it as well, or the end of the file;
 *   - no client has seen that the message ends before;
 *   - what the first From_ line inside begins was not received here: agents
 *     that leave the header alone have quoted all but their own, and mail that
 *     this host received has its name in the topmost Received field, as the
 *     message itself has it.  Without such a field in both this says nothing.
 *
 * All of it is found out at the first From_ line inside, with at most three
 * reads of a few kilobytes, so mail that is full of these is scanned as fast.
 */

#ifndef POP3D_STORAGED_MBOX_LENGTH_H
#define POP3D_STORAGED_MBOX_LENGTH_H

#include <stddef.h>
#include <stdint.h>

/* What the header of a message says. */
struct length {
	int		 fields;	/* how many have been seen */
	uint64_t	 value;		/* of the last; LENGTH_BAD: malformed */
};
#define LENGTH_BAD	UINT64_MAX

/* The most octets that length_field() looks at. */
#define LENGTH_ROOM	64

/*
 * Take note of the header line that p begins with, if it is one.  0; or -1:
 * more than n octets must be seen, unless eof says that there are none.
 */
int	 length_field(struct length *, const unsigned char *p, size_t n,
	    int eof);

/* Where the body that begins at off ends by it; 0: it has no say. */
uint64_t length_end(const struct length *, uint64_t off);

/*
 * Whether a message whose header begins at header ends at end, although a From_
 * line stands at from: 1, 0, or -1 with errno.  size is that of the file.
 */
int	 length_proved(int fd, uint64_t header, uint64_t from, uint64_t end,
	    uint64_t size);

#endif
