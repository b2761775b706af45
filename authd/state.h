/* SPDX-License-Identifier: ISC */
/* Runs in: authd, root.  The directory of all users' state directories. */

#ifndef POP3D_AUTHD_STATE_H
#define POP3D_AUTHD_STATE_H

#include <stdint.h>

#include "formats.h"
#include "proto.h"

/* The mailbox of a user, as a login found it. */
struct mailbox {
	char		 user[USER_LEN_MAX + 1];
	uint32_t	 uid;
	uint32_t	 gid;
	enum format	 format;
	char		 path[PATH_LEN_MAX + 1];
};

/*
 * Open it, with make set create it first: users may pass through it, only root
 * may write it, or a user could replace the state of another.  0 and sets
 * authd.statefd and usersfd; or -1, logged, and they stay as they were.
 */
int	 state_open(int make);

/*
 * Whether the open directory is still the one that the path names: 0.  If not,
 * open that one: 1.  -1: it cannot be used, logged.
 */
int	 state_renew(void);

/*
 * Make the state directory of its user, if it is not there.  storaged checks
 * the owner before it trusts what is in it.  0, or -1, logged.
 */
int	 state_make(const struct mailbox *);

/*
 * Mail may be removed from now on: keep what recovery of the mailbox needs, for
 * the next start of the daemon.  Failure is logged.
 */
void	 state_note(const struct mailbox *);

/* Read what state_note() kept for a user.  0, or -1: nothing usable. */
int	 state_noted(const char *user, struct mailbox *);

#endif
