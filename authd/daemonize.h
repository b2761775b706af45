/* SPDX-License-Identifier: ISC */
/* Runs in: authd, root.  Into the background, once the service works. */

#ifndef POP3D_AUTHD_DAEMONIZE_H
#define POP3D_AUTHD_DAEMONIZE_H

/*
 * Fork; the child continues in a session of its own, in "/".  The parent waits:
 * it exits 0 when the child calls daemonize_ready(), 1 if the child ends before
 * that.  Standard error stays open until then.
 */
void	 daemonize(void);
void	 daemonize_ready(void);

#endif
