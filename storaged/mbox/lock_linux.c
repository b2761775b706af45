/* SPDX-License-Identifier: ISC */
/*
 * Runs in: storaged, as the user.  Trusts: nothing.
 *
 * Open file description locks exclude the fcntl locks of delivery agents, and
 * are not released when another descriptor of the file is closed.
 */

#include <sys/file.h>

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "lock_fcntl.h"
#include "lock_os.h"
#include "proto.h"

const int	 lock_os_quiet = O_NOATIME;

int
lock_os_try(int fd, uint32_t flags)
{
	int	 saved;

	if (flags & LOCK_FCNTL && lock_fcntl_try(fd, F_OFD_SETLK) == -1)
		return -1;
	if (flags & LOCK_FLOCK && flock(fd, LOCK_EX | LOCK_NB) == -1) {
		saved = errno;
		lock_os_drop(fd, flags & LOCK_FCNTL);
		errno = saved;
		return -1;
	}
	return 0;
}

void
lock_os_drop(int fd, uint32_t flags)
{
	if (flags & LOCK_FLOCK)
		(void)flock(fd, LOCK_UN);
	if (flags & LOCK_FCNTL)
		lock_fcntl_drop(fd, F_OFD_SETLK);
}

pid_t
lock_os_holder(int fd)
{
	return lock_fcntl_holder(fd, F_OFD_GETLK);
}

int
lock_os_directory(const char *path)
{
	return open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
}
