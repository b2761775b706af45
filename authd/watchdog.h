/* SPDX-License-Identifier: ISC */
/* Runs in: authd, root.  Looks whether engines and keyd still run. */

#ifndef POP3D_AUTHD_WATCHDOG_H
#define POP3D_AUTHD_WATCHDOG_H

#include "proc.h"

/*
 * Every few seconds each process whose class is watched is asked for an answer.
 * One that owes it for 15 seconds is killed, and replaced as any that dies.
 */
void	 watchdog_init(void);

/* For up of a watched class: it has just been started, and owes nothing. */
void	 watchdog_fresh(struct proc *);

/* An answer: 0, or -1 if none, or another, is due. */
int	 watchdog_answer(struct proc *, uint32_t number);

/* Ask, or count what is owed, and look at it; the timer does this for each. */
void	 watchdog_look(struct proc *);

#endif
