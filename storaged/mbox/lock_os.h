/* SPDX-License-Identifier: ISC */
/* Runs in: storaged, as the user.  Locking that differs between systems. */

#ifndef POP3D_STORAGED_MBOX_LOCK_OS_H
#define POP3D_STORAGED_MBOX_LOCK_OS_H

#include <sys/types.h>

#include <stdint.h>

/*
 * Lock a whole file against all other processes without waiting, with the kinds
 * in flags, LOCK_FCNTL and LOCK_FLOCK.  0, or -1 with errno and no lock held;
 * EWOULDBLOCK if another process has one.  fd is open for writing.  The locks
 * last until lock_os_drop() or until fd is closed.
 */
int	 lock_os_try(int fd, uint32_t flags);
void	 lock_os_drop(int fd, uint32_t flags);

/* The flag of open(2) that makes reads leave st_atime alone; 0 if none. */
extern const int lock_os_quiet;

/* The pid of the process that holds an fcntl lock on the file; 0 if unknown. */
pid_t	 lock_os_holder(int fd);

/*
 * Open a directory for use with openat(2), without permission to list it if the
 * system allows that.  A descriptor, or -1 with errno.
 */
int	 lock_os_directory(const char *path);

#endif
