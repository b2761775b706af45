/* SPDX-License-Identifier: ISC */
/* Runs in: storaged, one per session, as the user. */

#ifndef POP3D_STORAGED_SERVE_H
#define POP3D_STORAGED_SERVE_H

#include "msg.h"

/* The spawner passes the two channels of a session on these descriptors. */
#define SESSION_FD	3	/* engine */
#define CONTROL_FD	4	/* authd */

/*
 * Serve one maildrop until the engine commits or closes the channel, then exit.
 * With SP_RECOVER: finish an interrupted commit and exit, with status 0 if
 * nothing remains to be done.
 * Call with privileges dropped and no descriptors open but the two above and 0
 * to 2.
 */
void	 serve_main(const struct sp_spawn *, const struct m_sp_conf *)
	    __attribute__((noreturn));

#endif
