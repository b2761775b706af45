/* SPDX-License-Identifier: ISC */
/* Runs in: authd, root.  Dotlocks in a spool that the users cannot write. */

#ifndef POP3D_AUTHD_SPOOL_H
#define POP3D_AUTHD_SPOOL_H

#include <sys/types.h>
#include <sys/stat.h>

#include <stdint.h>

/*
 * Make MAILBOX.lock for the storaged with this pid (dotlock.h), if no user owns
 * the directory: CTL_OK and *made, CTL_BUSY (another process has it) or
 * CTL_FAILED (logged).  owner is the mailbox's.  The caller has checked the
 * text of mailbox; what it leads to is checked here.
 */
uint32_t	 spool_lock(const char *mailbox, uid_t owner, pid_t,
		    struct stat *made);

/* Remove a lock that spool_lock() made. */
void		 spool_unlock(const char *mailbox, const struct stat *made);

#endif
