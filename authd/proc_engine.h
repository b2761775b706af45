/* SPDX-License-Identifier: ISC */
/* Runs in: authd, root.  The engines and their configuration. */

#ifndef POP3D_AUTHD_PROC_ENGINE_H
#define POP3D_AUTHD_PROC_ENGINE_H

/* Start as many as the configuration says. */
void	 proc_engine_init(void);

/* Tell all to drain and end; whether one still runs. */
void	 proc_engine_halt(void);
int	 proc_engine_running(void);

#endif
