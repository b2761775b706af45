/* SPDX-License-Identifier: ISC */
/* Runs in: authd, root.  State that all its files share. */

#ifndef POP3D_AUTHD_AUTHD_H
#define POP3D_AUTHD_AUTHD_H

#include <sys/types.h>
#include <sys/queue.h>

#include <event2/event.h>
#include <event2/event_struct.h>

#include "conf.h"
#include "evmsg.h"
#include "msg.h"

/* The account of a class of processes. */
struct account {
	const char	*name;
	uid_t		 uid;
	gid_t		 gid;
};

/* There is one. */
struct authd {
	struct event_base	*base;
	struct conf		*conf;
	const char		*libexec;	/* where the programs are */
	int			 foreground;
	int			 check_only;
	int			 inetd;		/* one connection, on stdin */
	int			 mastered;	/* started by the master */
	int			 privileged;	/* started as root */
	int			 ready;		/* every process has started */
	int			 unfit;		/* -n: nobody could log in */
	int			 halting;
	int			 draining;	/* the next generation serves */
	time_t			 drained;	/* since, clock_seconds() */
	int			 statefd;	/* of the state directories */
	uint32_t		 logins_max;	/* that our descriptors allow */
	int			 usersfd;	/* of state_note(), or -1 */
	struct account		 engine;
	struct account		 auth;
	struct account		 key;
	struct account		 stor;
	/*
	 * Set once by main.c, which no other file calls.  halt: stop; engines
	 * drain, then all processes end, and authd exits with status.
	 * progress: a process has become ready, perhaps the last one.
	 */
	void			(*halt)(int status);
	void			(*progress)(void);
};
extern struct authd	 authd;

#endif
