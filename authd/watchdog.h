/* SPDX-License-Identifier: ISC */
/* Runs in: authd, root.  Finds processes that hang. */

#ifndef POP3D_AUTHD_WATCHDOG_H
#define POP3D_AUTHD_WATCHDOG_H

#include "proc.h"

/*
 * Every few seconds ask each process whose class is watched for an answer.  One
 * that owes it for 15 seconds is killed, and restarted as any that dies.
 */
void	 watchdog_init(void);

/* For up of a watched class: it has just been started, and owes nothing. */
void	 watchdog_fresh(struct proc *);

/* A process has answered: 0, or -1 if no answer, or another one, is due. */
int	 watchdog_answer(struct proc *, uint32_t number);

/* Ask p, or count what it owes; call its look().  The timer does it for all. */
void	 watchdog_look(struct proc *);

#endif
