/* SPDX-License-Identifier: ISC */
/* Runs in: engine.  The commands of POP3. */

#ifndef POP3D_POP3D_COMMAND_H
#define POP3D_POP3D_COMMAND_H

#include <stddef.h>
#include <stdint.h>

struct session;

/* RFC 2449, section 4: a command line with its CRLF, octets. */
#define COMMAND_LINE_MAX	255

/* The first octet of a TLS handshake; no command begins with it. */
#define COMMAND_TLS	0x16

/* Bad commands in a row before the session is ended. */
#define COMMAND_BAD_MAX		20

/*
 * Carry out the command in a line of len octets of any value, without its line
 * end.  If whole is 0, the line is too long and this is only its beginning.
 * Returns 0 if it has to wait until storaged has answered earlier commands:
 * pass the same line again then.
 */
int	 command_do(struct session *, const char *line, size_t len, int whole);

/*
 * Parse a number: digits only, no sign, at least min, at most 2^32-1.  Returns
 * 1 and *n, or 0.  Messages count from 1, lines from 0.
 */
int	 command_number(const char *, uint32_t min, uint32_t *n);

#endif
