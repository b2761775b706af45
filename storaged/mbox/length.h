/* SPDX-License-Identifier: ISC */
/*
 * Runs in: storaged, as the user.  Content-Length, and when to believe it.
 *
 * Some writers of an mbox do not quote From_ lines in a body ("mboxcl2"):
 * procmail if the mail has a Content-Length, which it corrects; Dovecot's LDA,
 * mail.local of Solaris and mutt, which always write one.  Ignoring the field
 * there would let a sender turn the end of one message into a second message.
 * Other writers quote and leave the header alone, so the field is the sender's.
 * Believing it there would let a sender hide the next message in the body of
 * their own, to be removed with it.  Both kinds of writers can leave the same
 * bytes.  So a length never creates a message boundary; it only makes a From_
 * line before its end text, and only if
 *
 *  - the message has one such field, of one line, and is not cut short;
 *  - the end that it gives is followed, blank lines aside, by what would begin
 *    a message anyway, or by the end of the file;
 *  - no client has seen the message end earlier;
 *  - this host did not receive what the first From_ line inside begins: agents
 *    that leave the header alone have quoted all From_ lines but their own, and
 *    mail that this host received has its name in the topmost Received field,
 *    as has the message itself.  Unless both have that field, this proves
 *    nothing.
 *
 * All this is checked at the first From_ line inside, with at most three reads
 * of a few kilobytes, so mail full of such lines does not slow the scan.
 */

#ifndef POP3D_STORAGED_MBOX_LENGTH_H
#define POP3D_STORAGED_MBOX_LENGTH_H

#include <stddef.h>
#include <stdint.h>

/* The Content-Length of a message. */
struct length {
	int		 fields;	/* fields seen */
	uint64_t	 value;		/* of the last; LENGTH_BAD: malformed */
};
#define LENGTH_BAD	UINT64_MAX

/* The most bytes that length_field() examines. */
#define LENGTH_ROOM	64

/*
 * Parse the header line at p if it is a Content-Length.  0, or -1: need more
 * than n bytes, unless eof is set.
 */
int	 length_field(struct length *, const unsigned char *p, size_t n,
	    int eof);

/* Return where the body that begins at off ends by its length; 0: unknown. */
uint64_t length_end(const struct length *, uint64_t off);

/*
 * Whether a message whose header begins at header ends at end, although there
 * is a From_ line at from: 1, 0, or -1 with errno.  size is that of the file.
 */
int	 length_proved(int fd, uint64_t header, uint64_t from, uint64_t end,
	    uint64_t size);

#endif
