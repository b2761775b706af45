/* SPDX-License-Identifier: ISC */
/* Runs in: authd, root.  The process keyd: its keys, its sockets to engines. */

#ifndef POP3D_AUTHD_PROC_KEYD_H
#define POP3D_AUTHD_PROC_KEYD_H

struct proc;

/* Start it, if any keys are configured. */
void	 proc_keyd_init(void);

/* An engine has been started; has lost its socket to keyd; has ended. */
void	 proc_keyd_engine_up(struct proc *);
void	 proc_keyd_engine_wants(struct proc *);
void	 proc_keyd_engine_down(struct proc *);

#endif
