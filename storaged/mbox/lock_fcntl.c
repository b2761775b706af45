/* SPDX-License-Identifier: ISC */
/* Runs in: storaged, as the user.  Trusts: nothing. */

#include <sys/types.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "lock_fcntl.h"

static int
lock_fcntl_call(int fd, int cmd, short type, struct flock *fl)
{
	memset(fl, 0, sizeof(*fl));
	fl->l_type = type;
	fl->l_whence = SEEK_SET;
	return fcntl(fd, cmd, fl);
}

int
lock_fcntl_try(int fd, int cmd)
{
	struct flock	 fl;

	if (lock_fcntl_call(fd, cmd, F_WRLCK, &fl) == 0 ||
	    (errno == EBADF && lock_fcntl_call(fd, cmd, F_RDLCK, &fl) == 0))
		return 0;
	if (errno == EACCES || errno == EAGAIN)
		errno = EWOULDBLOCK;
	return -1;
}

void
lock_fcntl_drop(int fd, int cmd)
{
	struct flock	 fl;

	(void)lock_fcntl_call(fd, cmd, F_UNLCK, &fl);
}

pid_t
lock_fcntl_holder(int fd, int cmd)
{
	struct flock	 fl;

	if (lock_fcntl_call(fd, cmd, F_WRLCK, &fl) == -1 ||
	    fl.l_type == F_UNLCK || fl.l_pid <= 0)
		return 0;
	return fl.l_pid;
}
