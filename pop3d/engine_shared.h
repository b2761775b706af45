/* SPDX-License-Identifier: ISC */
/* Runs in: engine.  State that all files of the engine share. */

#ifndef POP3D_POP3D_ENGINE_SHARED_H
#define POP3D_POP3D_ENGINE_SHARED_H

#include <sys/types.h>

#include <event2/event.h>
#include <event2/event_struct.h>

#include "evmsg.h"
#include "msg.h"

/* The one engine. */
struct engine {
	struct event_base	*base;
	struct evmsg		 authd;
	struct m_limits		 limits;
	int			 halting;	/* no new sessions, drain */
};
extern struct engine	 engine;

#endif
