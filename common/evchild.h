/* SPDX-License-Identifier: ISC */
/* Runs in: engine, keyd.  The start of a child of authd with an event loop. */

#ifndef POP3D_COMMON_EVCHILD_H
#define POP3D_COMMON_EVCHILD_H

#include <stdint.h>

#include "proto.h"

struct child;
struct event_base;
struct evmsg;
struct imsg;

/*
 * Enter the chroot and become the user that authd named, if any, and take this
 * title.  Fatal on error.
 */
void	 evchild_drop(const struct child *, const char *title);

/*
 * Open the channel to authd at PROTO_FD, for messages and for log lines.
 * handle gets all messages but IMSG_PING, which is answered here.  queue_max:
 * messages that may wait for authd to read them.  When authd closes the
 * channel, the process exits.  Fatal on error.
 */
void	 evchild_open(struct evmsg *, struct event_base *, enum proto_role self,
	    uint32_t queue_max, void (*handle)(struct imsg *));

#endif
