/* SPDX-License-Identifier: ISC */
/* Runs in: engine.  What its files share. */

#ifndef POP3D_POP3D_ENGINE_H
#define POP3D_POP3D_ENGINE_H

#include <sys/types.h>
#include <sys/queue.h>

#include <event2/event.h>
#include <event2/event_struct.h>

#include "evmsg.h"
#include "msg.h"

/* A bound socket that authd has handed over. */
struct listener {
	TAILQ_ENTRY(listener)	 entry;
	struct event		 ev;
	int			 fd;
	uint32_t		 mode;		/* enum listen_mode */
	struct tls		*tls;		/* server context, or NULL */
};
TAILQ_HEAD(listeners, listener);

/* The one engine. */
struct engine {
	struct event_base	*base;
	struct evmsg		 authd;
	struct m_limits		 limits;
	struct listeners	 listeners;
	uint32_t		 sessions;	/* open now */
	int			 halting;	/* no new sessions, drain */
	int			 draining;	/* others have the listeners */
};
extern struct engine	 engine;

/* Seconds of a clock that never goes back. */
time_t	 engine_now(void);

/* The last session has gone: end, if that is what we wait for. */
void	 engine_drained(void);

#endif
