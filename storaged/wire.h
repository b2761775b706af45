/* SPDX-License-Identifier: ISC */
/* Runs in: storaged, as the user.  Converts stored messages to wire form. */

#ifndef POP3D_STORAGED_WIRE_H
#define POP3D_STORAGED_WIRE_H

#include <stddef.h>
#include <stdint.h>

/*
 * RFC 1939, section 3: every line ends in CRLF, and a line that begins with "."
 * gets a second "." in front.  LF becomes CRLF; CRLF, a lone CR and every other
 * octet pass unchanged; a missing final line end is added.  Thus no message,
 * however it is cut into blocks, can produce CRLF "." CRLF.
 */
struct wire {
	uint64_t	 left;		/* bytes of the message to come */
	uint64_t	 hdr;		/* of these, header and blank line */
	uint32_t	 lines;		/* of the body still wanted */
	int		 all;		/* do not count lines */
	int		 bol;		/* the next byte begins a line */
	int		 cr;		/* the last byte was a CR */
};

/* wire_put() needs this many bytes of room to make progress. */
#define WIRE_ROOM_MIN	4

/*
 * Begin a message of len bytes in the file; the first hdr of them are the
 * header and the blank line.  lines is UINT32_MAX for the whole message;
 * otherwise convert the header and that many lines of the body (TOP).
 */
void	 wire_begin(struct wire *, uint64_t len, uint64_t hdr, uint32_t lines);

/*
 * Convert as many of the next n bytes of the message as fit into dst, which has
 * room bytes.  Sets *used to the number of bytes taken and returns the number
 * written.  Also stops early when no more is wanted: see wire_done().
 */
size_t	 wire_put(struct wire *, const unsigned char *src, size_t n,
	    size_t *used, unsigned char *dst, size_t room);

/* Returns whether all that is wanted was converted; wire_left() is 0 then. */
int	 wire_done(const struct wire *);

/* Returns how many bytes of the message may still be needed. */
uint64_t wire_left(const struct wire *);

#endif
