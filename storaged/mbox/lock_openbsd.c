/* SPDX-License-Identifier: ISC */
/* Runs in: storaged, as the user.  Trusts: nothing. */

#include <sys/types.h>
#include <sys/file.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "lock_os.h"
#include "proto.h"

const int	 lock_os_quiet = 0;

/*
 * Here flock(2) and fcntl(2) locks stand against each other, of one process
 * too: where both are asked for, the one that stands against both is enough.
 */
static int
lock_os_fcntl(int fd, int cmd, short type, struct flock *fl)
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

	if (flags & LOCK_FLOCK)
		return flock(fd, LOCK_EX | LOCK_NB);
	/* EBADF: open for reading alone, so as to lock out writers. */
	if (flags & LOCK_FCNTL &&
	    lock_os_fcntl(fd, F_SETLK, F_WRLCK, &fl) == -1 && (errno != EBADF ||
	    lock_os_fcntl(fd, F_SETLK, F_RDLCK, &fl) == -1)) {
		if (errno == EACCES || errno == EAGAIN)
			errno = EWOULDBLOCK;
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
	else if (flags & LOCK_FCNTL)
		(void)lock_os_fcntl(fd, F_SETLK, F_UNLCK, &fl);
}

pid_t
lock_os_holder(int fd)
{
	struct flock	 fl;

	if (lock_os_fcntl(fd, F_GETLK, F_WRLCK, &fl) == -1 ||
	    fl.l_type == F_UNLCK || fl.l_pid <= 0)
		return 0;
	return fl.l_pid;
}

int
lock_os_directory(const char *path)
{
	return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}
