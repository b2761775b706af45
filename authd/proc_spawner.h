/* SPDX-License-Identifier: ISC */
/* Runs in: authd, root.  The spawner of storaged. */

#ifndef POP3D_AUTHD_PROC_SPAWNER_H
#define POP3D_AUTHD_PROC_SPAWNER_H

#include "authd.h"

struct proc;

/*
 * Called for the reports of spawners about children, by number.  The first two
 * return -1 for a report out of turn; the spawner is killed for it.
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

/* Replace it by one with new rules; the sessions of the old one go on. */
void		 proc_spawner_renew(void);

/* Whether this spawner starts the sessions now. */
int		 proc_spawner_is(const struct proc *);

/*
 * Have a storaged started; session, its end of the socket to the engine, is
 * taken in any case.  Returns the spawner that does it, or NULL: not now.
 */
struct proc	*proc_spawner_spawn(uint32_t number, const struct sp_spawn *,
		    int session);

#endif
