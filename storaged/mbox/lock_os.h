/* SPDX-License-Identifier: ISC */
/* Runs in: storaged, as the user.  What of locking differs between systems. */

#ifndef POP3D_STORAGED_MBOX_LOCK_OS_H
#define POP3D_STORAGED_MBOX_LOCK_OS_H

#include <sys/types.h>

#include <stdint.h>

/*
 * Lock a whole file against everybody else without waiting, by the kinds that
 * flags names, LOCK_FCNTL and LOCK_FLOCK.  0, or -1 with errno and none held;
 * EWOULDBLOCK if somebody else has one.  fd is open for writing.  The locks
 * last until lock_os_drop() or until fd is closed.
 */
int	 lock_os_try(int fd, uint32_t flags);
void	 lock_os_drop(int fd, uint32_t flags);

/* The flag of open(2) by which reading leaves st_atime alone; 0 if none. */
extern const int lock_os_quiet;

/* Who holds an fcntl lock on the file: a pid, or 0 if that is not known. */
pid_t	 lock_os_holder(int fd);

/*
 * Open a directory to name files in, which takes no permission to list it where
 * the system can do that.  A descriptor, or -1 with errno.
 */
int	 lock_os_directory(const char *path);

#endif
