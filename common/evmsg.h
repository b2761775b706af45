/* SPDX-License-Identifier: ISC */
/* Runs in: engine, authd, keyd.  An imsg channel in a libevent loop. */

#ifndef POP3D_COMMON_EVMSG_H
#define POP3D_COMMON_EVMSG_H

#include <sys/types.h>
#include <sys/queue.h>

#include <event2/event.h>
#include <event2/event_struct.h>

#include <imsg.h>

#include "proto.h"

/*
 * A channel.  Embedded in the structure of whoever owns it, so its memory is
 * the owner's; it may be closed and freed within its own callbacks.
 */
struct evmsg {
	struct imsgbuf	 imsgbuf;	/* composers of msg.h queue here */
	struct event	 ev_read;
	struct event	 ev_write;
	enum proto_role	 self;
	enum proto_role	 peer;
	uint32_t	 queue_max;	/* messages waiting to be written */
	int		 open;
	int		 paused;
	unsigned int	*gone;		/* set by evmsg_close in a callback */
	/* One checked message; it is freed by the caller after the return. */
	void		(*handle)(struct evmsg *, struct imsg *);
	/* The channel is dead: end of file, error, queue full, or a message
	 * out of shape (then why says so).  The owner calls evmsg_close. */
	void		(*closed)(struct evmsg *, const char *why);
	void		*arg;		/* the owner's */
};

/*
 * Take over fd (made non-blocking, close-on-exec) and begin to read from it.
 * handle, closed and arg have been set by the owner.  fdpass allows descriptors
 * to arrive.  0, or -1 with errno and fd still the caller's.
 */
int	 evmsg_open(struct evmsg *, struct event_base *, int fd,
	    enum proto_role self, enum proto_role peer, int fdpass,
	    uint32_t queue_max);

/* Stop everything, drop what is queued, close the descriptor.  Idempotent. */
void	 evmsg_close(struct evmsg *);

/*
 * To be called after messages were queued on imsgbuf: writes them when control
 * returns to the event loop, many at once.  A queue of more than queue_max
 * messages means a peer that does not read: closed() is called from the loop.
 */
void	 evmsg_flush(struct evmsg *);

/* Stop and go on reading: what comes in meanwhile stays in the kernel. */
void	 evmsg_pause(struct evmsg *);
void	 evmsg_resume(struct evmsg *);

#endif
