/* SPDX-License-Identifier: ISC */
/* Runs in: every process.  Signals that are none of its business. */

#ifndef POP3D_COMMON_SIGNALS_H
#define POP3D_COMMON_SIGNALS_H

/*
 * Ignore every signal whose default is to end the process, real-time ones
 * included: tools of neighbours send them to whatever has the right name.
 * Faults, job control, SIGCHLD, SIGXCPU, SIGINT and SIGTERM stay as they are.
 */
void	 signals_ignore(void);

/*
 * The same, but by a handler that does nothing: programs that are executed
 * then find the defaults.  Calls may end with EINTR.
 */
void	 signals_catch(void);

#endif
