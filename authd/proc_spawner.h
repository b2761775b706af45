/* SPDX-License-Identifier: ISC */
/* Runs in: authd, root.  The spawner of storaged. */

#ifndef POP3D_AUTHD_PROC_SPAWNER_H
#define POP3D_AUTHD_PROC_SPAWNER_H

#include "authd.h"

struct proc;

/* Start it. */
void		 proc_spawner_init(void);

/* Start another one, with new rules; the sessions of this one go on. */
void		 proc_spawner_renew(void);

/* Whether this is the one that starts sessions now. */
int		 proc_spawner_is(const struct proc *);

/*
 * Have a storaged started; session, its end of the socket to the engine, is
 * taken in any case.  The spawner that does it, or NULL: not now.
 */
struct proc	*proc_spawner_spawn(uint32_t id, const struct sp_spawn *,
		    int session);

#endif
