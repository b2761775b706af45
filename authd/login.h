/* SPDX-License-Identifier: ISC */
/* Runs in: authd, root.  Logins, from the request to the end of the session. */

#ifndef POP3D_AUTHD_LOGIN_H
#define POP3D_AUTHD_LOGIN_H

#include "authd.h"

struct proc;

/* AUTH_REQ from an engine.  -1: it was out of turn. */
int	 login_begin(struct proc *engine, uint32_t session,
	    const struct auth_req *);

/*
 * Start a storaged that finishes what a dead one began; recover_ended() hears
 * when it ends.  0, -1: not now, 1: never, logged.
 */
int	 login_recover(const char *user, uint32_t uid, uint32_t gid,
	    const char *mailbox);

/* The client of this session left before the answer; unknown ones are fine. */
void	 login_cancel(struct proc *engine, uint32_t session);

/* AUTH_KEPT: a session, by our number, that another login is to take over. */
void	 login_kept(const struct proc *engine, uint32_t id);

/* The engine has gone, with all that wait there. */
void	 login_engine_down(struct proc *engine);

/* SP_SPAWNED (fd is taken) and SP_EXIT from a spawner.  -1: out of turn. */
int	 login_spawned(const struct proc *spawner, uint32_t id, pid_t, int fd);
int	 login_exit(const struct proc *spawner, uint32_t id, pid_t,
	    int status);

/* The spawner has gone: nobody will tell of its sessions' ends. */
void	 login_spawner_down(const struct proc *spawner);

#endif
