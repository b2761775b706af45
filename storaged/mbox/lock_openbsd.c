/* SPDX-License-Identifier: ISC */
/* Runs in: storaged, as the user.  Trusts: nothing. */

#include <sys/types.h>
#include <sys/file.h>

#include <fcntl.h>
#include <unistd.h>

#include "lock_fcntl.h"
#include "lock_os.h"
#include "proto.h"

const int	 lock_os_quiet = 0;

/*
 * On OpenBSD, flock(2) and fcntl(2) locks exclude each other, even within one
 * process: where both are asked for, flock is enough.
 */
int
lock_os_try(int fd, uint32_t flags)
{
	if (flags & LOCK_FLOCK)
		return flock(fd, LOCK_EX | LOCK_NB);
	return flags & LOCK_FCNTL ? lock_fcntl_try(fd, F_SETLK) : 0;
}

void
lock_os_drop(int fd, uint32_t flags)
{
	if (flags & LOCK_FLOCK)
		(void)flock(fd, LOCK_UN);
	else if (flags & LOCK_FCNTL)
		lock_fcntl_drop(fd, F_SETLK);
}

pid_t
lock_os_holder(int fd)
{
	return lock_fcntl_holder(fd, F_GETLK);
}

int
lock_os_directory(const char *path)
{
	return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}
