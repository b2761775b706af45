/* SPDX-License-Identifier: ISC */
/* Runs in: authd, root.  Into the background, but not before it works. */

#ifndef POP3D_AUTHD_DAEMONIZE_H
#define POP3D_AUTHD_DAEMONIZE_H

/*
 * Fork and go on in the child, in a session of its own, in "/".  The parent
 * waits: it exits 0 when the child calls daemonize_ready, 1 when the child
 * ends before that.  Standard error stays where it was until then.
 */
void	 daemonize(void);
void	 daemonize_ready(void);

#endif
