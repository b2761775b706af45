/* SPDX-License-Identifier: ISC */
/* Runs in: authd, root.  keyd, its keys, and its sockets to the engines. */

#ifndef POP3D_AUTHD_PROC_KEYD_H
#define POP3D_AUTHD_PROC_KEYD_H

struct proc;

/* Start it, if there are keys to be kept. */
void	 proc_keyd_init(void);

/*
 * An engine has been started, and needs a socket; has lost the one that it had;
 * has ended.
 */
void	 proc_keyd_engine_up(struct proc *);
void	 proc_keyd_engine_wants(struct proc *);
void	 proc_keyd_engine_down(struct proc *);

#endif
