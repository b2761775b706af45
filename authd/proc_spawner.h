/* SPDX-License-Identifier: ISC */
/* Runs in: authd, root.  The spawner of storaged. */

#ifndef POP3D_AUTHD_PROC_SPAWNER_H
#define POP3D_AUTHD_PROC_SPAWNER_H

#include "authd.h"

struct proc;

/*
 * Who hears what spawners report about the children that have a number; the
 * first two return -1 for a report out of turn, which its sender is killed for.
 */
struct proc_spawner_events {
	/* The child runs; fd, its channel, is taken in any case. */
	int	(*spawned)(const struct proc *, uint32_t number, pid_t, int fd);
	/* It has ended, with status as of waitpid(2); pid 0: never ran. */
	int	(*exited)(const struct proc *, uint32_t number, pid_t,
		    int status);
	/* The spawner has ended: its children go unreported from now on. */
	void	(*down)(const struct proc *);
};

/* Start it.  The structure is kept. */
void		 proc_spawner_init(const struct proc_spawner_events *);

/* Start another one, with new rules; the sessions of this one go on. */
void		 proc_spawner_renew(void);

/* Whether this is the one that starts sessions now. */
int		 proc_spawner_is(const struct proc *);

/*
 * Have a storaged started; session, its end of the socket to the engine, is
 * taken in any case.  Returns the spawner that does it, or NULL: not now.
 */
struct proc	*proc_spawner_spawn(uint32_t number, const struct sp_spawn *,
		    int session);

#endif
