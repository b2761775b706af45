/* SPDX-License-Identifier: ISC */
/* Runs in: storaged, as the user.  Trusts: nothing. */

#include <sys/file.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lock_os.h"
#include "proto.h"

const int	 lock_os_quiet = O_NOATIME;

/*
 * An open file description lock: it stands against the fcntl locks of delivery
 * agents, and does not fall when another descriptor of the file is closed.
 */
static int
lock_os_ofd(int fd, int cmd, short type, struct flock *fl)
{
	memset(fl, 0, sizeof(*fl));
	fl->l_type = type;
	fl->l_whence = SEEK_SET;
	return fcntl(fd, cmd, fl);
}

int
lock_os_try(int fd, uint32_t flags)
{
	struct flock	 fl;
	int		 saved;

	/* EBADF: open for reading alone, so as to lock out writers. */
	if (flags & LOCK_FCNTL &&
	    lock_os_ofd(fd, F_OFD_SETLK, F_WRLCK, &fl) == -1 &&
	    (errno != EBADF || lock_os_ofd(fd, F_OFD_SETLK, F_RDLCK, &fl) ==
	    -1)) {
		if (errno == EACCES || errno == EAGAIN)
			errno = EWOULDBLOCK;
		return -1;
	}
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
	struct flock	 fl;

	if (flags & LOCK_FLOCK)
		(void)flock(fd, LOCK_UN);
	if (flags & LOCK_FCNTL)
		(void)lock_os_ofd(fd, F_OFD_SETLK, F_UNLCK, &fl);
}

pid_t
lock_os_holder(int fd)
{
	struct flock	 fl;

	if (lock_os_ofd(fd, F_OFD_GETLK, F_WRLCK, &fl) == -1 ||
	    fl.l_type == F_UNLCK || fl.l_pid <= 0)
		return 0;
	return fl.l_pid;
}

int
lock_os_directory(const char *path)
{
	return open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
}
