/* SPDX-License-Identifier: ISC */
/* Runs in: authd, root.  keyd, its keys, and its sockets to the engines. */

#ifndef POP3D_KEYD_PROC_H
#define POP3D_KEYD_PROC_H

struct proc;

/* Start it, if there are keys to be kept. */
void	 keyd_init(void);

/*
 * An engine has been started, and needs a socket; has lost the one that it had;
 * has ended.
 */
void	 keyd_engine_up(struct proc *);
void	 keyd_engine_wants(struct proc *);
void	 keyd_engine_down(struct proc *);

#endif
