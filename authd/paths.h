/* SPDX-License-Identifier: ISC */
/* Runs in: authd, root.  The directories that rules are made of. */

#ifndef POP3D_AUTHD_PATHS_H
#define POP3D_AUTHD_PATHS_H

#include "sandbox.h"

/*
 * Rules name directories, not paths: one that is mounted, made or replaced
 * later has none.  authd's own rule, which all inherit and nobody can widen, is
 * therefore for the directory above (but never for "/"); the spawner's are for
 * the directories themselves, and with a new spawner come new ones.
 *
 * paths_init: find out which there are: the state directory, those of mail, and
 * what links of the system's in them lead to.  Log what is missing or shut;
 * return how many that are.  Once, at the start.
 */
unsigned int	 paths_init(char *const *mail);

/* What authd may write for the sake of them. */
void		 paths_ceiling(struct sandbox *);

/* For the spawner, ended by NULL: what is there now, by names without links. */
char *const	*paths_spawner(void);

/* A spawner starts: this is what it gets. */
void		 paths_given(void);

/*
 * A session could not open this mailbox's directory, or its state.  1: it has
 * no rule and the next spawner will have one.  0: that is not the reason, or it
 * cannot be helped now; logged.
 */
int		 paths_heal(const char *mailbox);

#endif
