/* SPDX-License-Identifier: ISC */
/* Runs in: storaged, as the user.  Locks of fcntl(2) on a whole file. */

#ifndef POP3D_STORAGED_MBOX_LOCK_FCNTL_H
#define POP3D_STORAGED_MBOX_LOCK_FCNTL_H

#include <sys/types.h>

/*
 * cmd is the command of fcntl(2): F_SETLK or F_OFD_SETLK, and for the holder
 * F_GETLK or F_OFD_GETLK.
 *
 * Lock without waiting, for writing or, if fd is open only for reading, against
 * writers.  0, or -1 with errno; EWOULDBLOCK if another process has a lock.
 */
int	 lock_fcntl_try(int fd, int cmd);
void	 lock_fcntl_drop(int fd, int cmd);

/* The pid of the process that holds a lock, or 0 if it is not known. */
pid_t	 lock_fcntl_holder(int fd, int cmd);

#endif
