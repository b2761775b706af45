/* SPDX-License-Identifier: ISC */
/* Runs in: authd, root.  Logins, from the engine's request to its answer. */

#ifndef POP3D_AUTHD_LOGIN_H
#define POP3D_AUTHD_LOGIN_H

#include "authd.h"

struct proc;

/*
 * AUTH_REQ from an engine; AUTH_OK or AUTH_FAIL follows, now or later, unless
 * the request is dropped before.  -1: the request was out of turn.
 */
int	 login_begin(struct proc *engine, uint32_t session,
	    const struct auth_req *);

/*
 * AUTH_CANCEL: the client of this session has left.  Its request is dropped,
 * wherever it waits.  No such request is fine: the answer may be on its way.
 */
void	 login_cancel(struct proc *engine, uint32_t session);

/* The engine has ended; all its requests are dropped. */
void	 login_engine_down(struct proc *engine);

#endif
