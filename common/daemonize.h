/* SPDX-License-Identifier: ISC */
/* Runs in: master, authd, root.  Into the background, once all works. */

#ifndef POP3D_COMMON_DAEMONIZE_H
#define POP3D_COMMON_DAEMONIZE_H

/*
 * Fork; the child continues in a session of its own, in "/".  The parent waits:
 * it exits 0 when the child calls daemonize_ready(), 1 if the child ends before
 * that.  Standard error stays open until then.
 */
void	 daemonize(void);
void	 daemonize_ready(void);

/* Standard input, output and error lead nowhere from now on. */
void	 daemonize_silence(void);

#endif
