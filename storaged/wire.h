/* SPDX-License-Identifier: ISC */
/* Runs in: storaged, as the user.  A stored message made fit for the wire. */

#ifndef POP3D_STORAGED_WIRE_H
#define POP3D_STORAGED_WIRE_H

#include <stddef.h>
#include <stdint.h>

/*
 * RFC 1939, section 3: every line ends in CRLF, and one that begins with "."
 * gets a second one in front.  An LF becomes CRLF, a CRLF stays, a CR alone and
 * every other octet passes; a missing last line end is added.  No message and
 * no cut of one into blocks can so produce CRLF "." CRLF.
 */
struct wire {
	uint64_t	 left;		/* octets of the message to come */
	uint64_t	 hdr;		/* of these, header and blank line */
	uint32_t	 lines;		/* of the body still wanted */
	int		 all;		/* do not count lines */
	int		 bol;		/* the next octet begins a line */
	int		 cr;		/* the last one was a CR */
};

/* Room that wire_put() must find to get on, in octets. */
#define WIRE_ROOM_MIN	4

/*
 * Begin with a message of len octets in the file, hdr of them header and blank
 * line, and all of it (lines UINT32_MAX) or the header and so many lines of the
 * body (TOP).
 */
void	 wire_begin(struct wire *, uint64_t len, uint64_t hdr, uint32_t lines);

/*
 * Convert the next n octets of the message, as many of them as fit into the
 * room octets of dst; *used says how many were taken.  Returns the octets
 * written.  Stops early too when no more is wanted: see wire_done().
 */
size_t	 wire_put(struct wire *, const unsigned char *src, size_t n,
	    size_t *used, unsigned char *dst, size_t room);

/* Whether all that is wanted has been converted; wire_left() is 0 then. */
int	 wire_done(const struct wire *);

/* Octets of the message that may still be asked for. */
uint64_t wire_left(const struct wire *);

#endif
