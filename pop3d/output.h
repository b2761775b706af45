/* SPDX-License-Identifier: ISC */
/* Runs in: engine.  The queue of bytes that go to a client. */

#ifndef POP3D_POP3D_OUTPUT_H
#define POP3D_POP3D_OUTPUT_H

#include <sys/types.h>

#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/event_struct.h>

struct imsg;

struct output {
	struct evbuffer	*buf;
	/* Writes the queue to the connection; assigned by the transport. */
	struct event	 ev_write;
	unsigned int	 closed : 1;	/* the connection is: drop it all */
	unsigned int	 mail : 1;	/* some of the queue is mail */
};

/* An empty queue.  0, or -1 if memory is short. */
int	 output_init(struct output *);

/* Drop the queue and whatever is queued later. */
void	 output_close(struct output *);

/* Release the memory. */
void	 output_free(struct output *);

/* Queue a line; CRLF is added.  Lines stay below RFC 1939's 512 octets. */
void	 output_line(struct output *, const char *, ...)
	    __attribute__((format(printf, 2, 3)));

/* Queue a copy of len bytes as they are. */
void	 output_bytes(struct output *, const void *, size_t len);

/*
 * Queue len bytes at data, which lie in imsg, without a copy: the message is
 * taken over (imsg_free(3) on it then does nothing).
 */
void	 output_imsg(struct output *, struct imsg *, const void *data,
	    size_t len);

/* The number of bytes that wait to be written. */
size_t	 output_waiting(const struct output *);

/* Write as much as possible when control returns to the event loop. */
void	 output_flush(struct output *);

#endif
