/* SPDX-License-Identifier: ISC */
/* Runs in: authd, root.  The directory of the users' state directories. */

#ifndef POP3D_AUTHD_STATE_H
#define POP3D_AUTHD_STATE_H

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

#endif
