/* SPDX-License-Identifier: ISC */
/* Runs in: authd, root.  The directories that sandbox rules are made of. */

#ifndef POP3D_AUTHD_PATHS_H
#define POP3D_AUTHD_PATHS_H

#include "sandbox.h"

/*
 * A rule is for a directory, not for a path: one that is mounted, made or
 * replaced later has none.  Every process inherits authd's own rules, and none
 * can widen them.  So these are for the directories above (but never for "/").
 * The spawner's are for the directories themselves; a new spawner gets new
 * ones.
 *
 * paths_init: find the directories: the one of state, those of mail, and those
 * that links of the system's in them lead to.  Log which of them are missing or
 * cannot be entered; return how many.  To be called once, at the start.
 */
unsigned int	 paths_init(char *const *mail);

/* Add authd's own rules. */
void		 paths_ceiling(struct sandbox *);

/* The spawner's: what exists now, by names without links, ended by NULL. */
char *const	*paths_spawner(void);

/* A spawner starts with what paths_spawner() returns. */
void		 paths_given(void);

/*
 * A session could not open this mailbox's directory, or its state.  1: for want
 * of a rule, which the next spawner will have.  0: for another reason, or there
 * can be no rule now; logged.
 */
int		 paths_heal(const char *mailbox);

#endif
