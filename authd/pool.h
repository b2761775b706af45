/* SPDX-License-Identifier: ISC */
/* Runs in: authd, root.  Backend workers and what waits for them. */

#ifndef POP3D_AUTHD_POOL_H
#define POP3D_AUTHD_POOL_H

#include "authd.h"

struct pool;
struct work;

/* One pool for each auth of the chain, its workers started. */
void		 pool_init(void);

/*
 * Queue a login request for a backend, in the line of the engine that it is
 * from.  Lines are served in turn, so that no engine delays the others.  done
 * is called exactly once, later: with the answer, or with code BACKEND_INTERNAL
 * if the deadline passed or the worker died.  req is copied.  NULL: the line is
 * full; done is not called.
 */
struct work	*pool_submit(const struct conf_auth *, const void *from,
		    const struct be_req *,
		    void (*done)(void *, const struct be_res *), void *arg);

/*
 * Nobody waits for it any more: done is not called.  In a line it is dropped; a
 * worker that has it goes on, since it does one thing at a time.
 */
void		 pool_cancel(struct work *);

#endif
