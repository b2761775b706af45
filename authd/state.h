/* SPDX-License-Identifier: ISC */
/* Runs in: authd, root.  The directory of the users' state directories. */

#ifndef POP3D_AUTHD_STATE_H
#define POP3D_AUTHD_STATE_H

#include <stdint.h>

#include "proto.h"

/* The mailbox of a user, as a login found it. */
struct mailbox {
	char		 user[USER_LEN_MAX + 1];
	uint32_t	 uid;
	uint32_t	 gid;
	char		 path[PATH_LEN_MAX + 1];
};

/*
 * Open it, made first if make is set: passable for users, writable for root
 * alone, or they could put one another's state in place.  0 and authd.statefd
 * and usersfd, or -1, logged, and these as before.
 */
int	 state_open(int make);

/*
 * Whether what is open is what the path names.  If not, and it can be used,
 * take that instead: 1.  0: it is the same.  -1: there is none now, logged.
 */
int	 state_renew(void);

/*
 * Make the state directory of its user, if it is not there.  storaged checks
 * the owner before it trusts what is in it.  0, or -1, logged.
 */
int	 state_make(const struct mailbox *);

/*
 * Mail may be removed: keep what recovery of the mailbox needs, for the next
 * start of the daemon.  Failure is logged.
 */
void	 state_note(const struct mailbox *);

/* What state_note() kept for a user: 0, or -1 if that is of no use. */
int	 state_noted(const char *user, struct mailbox *);

#endif
