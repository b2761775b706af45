/* SPDX-License-Identifier: ISC */
/* Runs in: authd, root.  Sessions: how many a user has, and where they run. */

#ifndef POP3D_AUTHD_SESSIONS_H
#define POP3D_AUTHD_SESSIONS_H

#include <stdint.h>

#include "proto.h"
#include "state.h"

struct proc;
struct session;

/*
 * Start a session for a client at this address.  It is counted from now on,
 * which is after the password was checked: guessing a password must neither
 * keep its owner out nor reveal that the owner is logged in.  ready is called
 * once, later: with ok 1, storaged runs, call sessions_attach(); with 0, the
 * session is gone.  NULL: not started, with an enum auth_reason and the text
 * for the log.
 */
struct session	*sessions_start(const struct mailbox *, const struct m_peer *,
		    void (*ready)(void *arg, int ok), void *arg,
		    uint32_t *reason, const char **why);

/*
 * Within ready: an engine serves this session, under a number of its own.
 * Returns the engine's end of the socket to storaged, which is the caller's.
 */
int		 sessions_attach(struct session *, struct proc *engine,
		    uint32_t number);

/* The client has left before that: ready is not called. */
void		 sessions_abandon(struct session *);

/*
 * Ask the engine to end a session of this user that came from the same address
 * and may be idle; engines know.  Returns it, or NULL if there is none.  over
 * is called once, later, when it has ended or the engine keeps it; unless the
 * caller no longer waits for that.
 */
struct session	*sessions_take_over(const char *user, const struct m_peer *,
		    void (*over)(void *arg), void *arg);
void		 sessions_leave(struct session *);

/* AUTH_KEPT from an engine: this session, by authd's number, is not idle. */
void		 sessions_kept(const struct proc *engine, uint32_t number);

/* The engine has ended: its numbers will mean other sessions. */
void		 sessions_engine_down(const struct proc *engine);

#endif
