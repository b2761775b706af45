/* Runs in: authd, root.  Dotlocks in a spool that the users cannot write. */

#ifndef POP3D_DOTLOCK_H
#define POP3D_DOTLOCK_H

#include <sys/types.h>

#include <stdint.h>

/*
 * Create MAILBOX.lock for the storaged with this pid, if the folder is one that
 * no user owns: CTL_OK, CTL_BUSY (somebody else has it) or CTL_FAILED (logged).
 * A lock whose maker on this host is dead, or that is older than five minutes,
 * is broken, and the log says so.  mailbox comes from the configuration.
 */
uint32_t	 dotlock_take(const char *mailbox, pid_t);

/* Remove a lock that dotlock_take made. */
void		 dotlock_drop(const char *mailbox);

#endif
