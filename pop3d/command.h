/* SPDX-License-Identifier: ISC */
/* Runs in: engine.  The commands of POP3. */

#ifndef POP3D_POP3D_COMMAND_H
#define POP3D_POP3D_COMMAND_H

#include <stddef.h>
#include <stdint.h>

struct session;

/* RFC 2449, section 4: a command line with its CRLF, octets. */
#define COMMAND_LINE_MAX	255

/* The first octet of a handshake of TLS; no line of POP3 begins with it. */
#define COMMAND_TLS	0x16

/* Bad commands in a row before the session is ended. */
#define COMMAND_BAD_MAX		20

/*
 * Do what a line (len octets of any value, line end stripped) says.  0 if it
 * has to wait until storaged has answered what went before: the same line is to
 * be given again then.  One of more than COMMAND_LINE_MAX octets is answered
 * as too long.
 */
int	 command_do(struct session *, const char *line, size_t len);

/*
 * A message number: digits only, no sign, at most 2^32-1, not 0.  Returns 1 and
 * *n, or 0.  A count of lines may be 0.
 */
int	 command_number(const char *, uint32_t min, uint32_t *n);

#endif
