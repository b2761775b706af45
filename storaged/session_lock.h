/* SPDX-License-Identifier: ISC */
/* Runs in: storaged, as the user.  One session at a time for each user. */

#ifndef POP3D_STORAGED_SESSION_LOCK_H
#define POP3D_STORAGED_SESSION_LOCK_H

#include "proto.h"

/*
 * Lock the user's state directory with flock(2).  The lock is held while *fd is
 * open, so it cannot outlive the process.  Returns ST_OK, ST_INUSE or ST_TEMP;
 * logs failures.
 */
enum st_status	 session_lock(int statefd, const char *user, int *fd);

#endif
