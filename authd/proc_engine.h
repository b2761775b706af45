/* SPDX-License-Identifier: ISC */
/* Runs in: authd, root.  The engines and their configuration. */

#ifndef POP3D_AUTHD_PROC_ENGINE_H
#define POP3D_AUTHD_PROC_ENGINE_H

/* Start the configured number. */
void	 proc_engine_init(void);

/* Have all drain and end.  Whether one still runs. */
void	 proc_engine_halt(void);
int	 proc_engine_running(void);

/* Have all accept connections: everything is ready. */
void	 proc_engine_serve(void);

/* Have all stop accepting, and end with their last sessions. */
void	 proc_engine_drain(void);

#endif
