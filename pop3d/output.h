/* SPDX-License-Identifier: ISC */
/* Runs in: engine.  What goes to the client. */

#ifndef POP3D_POP3D_OUTPUT_H
#define POP3D_POP3D_OUTPUT_H

#include <sys/types.h>

struct imsg;
struct session;

/* Queue a line; CRLF is added.  Lines stay below RFC 1939's 512 octets. */
void	 output_line(struct session *, const char *, ...)
	    __attribute__((format(printf, 2, 3)));

/* Queue octets as they are. */
void	 output_octets(struct session *, const void *, size_t);

/*
 * Queue len octets at data, which lie in imsg, without a copy: the message is
 * taken over (imsg_free(3) on it does nothing any more).
 */
void	 output_imsg(struct session *, struct imsg *, const void *data,
	    size_t len);

/* Octets that wait to be written. */
size_t	 output_waiting(const struct session *);

/* Write when control returns to the event loop, as much as goes. */
void	 output_flush(struct session *);

#endif
