/* SPDX-License-Identifier: ISC */
/* Runs in: storaged, one per session, as the user. */

#ifndef POP3D_STORAGED_SERVE_H
#define POP3D_STORAGED_SERVE_H

#include "msg.h"

/* Where the spawner leaves the two channels of a session. */
#define SESSION_FD	3	/* engine */
#define CONTROL_FD	4	/* authd */

/*
 * Serve one maildrop until the engine commits it or goes away, then exit.  With
 * SP_RECOVER: finish what an interrupted commit left to do and exit, 0 if
 * nothing of that is left.
 * Privileges have been dropped; no descriptor but the two above and 0 to 2 is
 * open.
 */
void	 serve_main(const struct sp_spawn *, const struct m_sp_conf *)
	    __attribute__((noreturn));

#endif
