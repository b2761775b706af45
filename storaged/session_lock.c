/* SPDX-License-Identifier: ISC */
/* Runs in: storaged, as the user.  Trusts: authd for the state directory. */

#include <sys/file.h>

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "log.h"
#include "session_lock.h"

/*
 * The lock is on the directory itself: its owner cannot replace it, and one
 * more file would be the greatest cost of a first login.
 */
enum st_status
session_lock(int statefd, const char *user, int *lockfd)
{
	int	 fd;

	/* Opened once more: a lock belongs to what open(2) makes. */
	fd = openat(statefd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd != -1 && flock(fd, LOCK_EX | LOCK_NB) == 0) {
		*lockfd = fd;
		return ST_OK;
	}
	if (fd != -1 && errno == EWOULDBLOCK) {
		log_info("maildrop of %s is in use: ps shows by whom, as "
		    "\"session %s\"", user, user);
		(void)close(fd);
		return ST_INUSE;
	}
	log_warn("state directory of %s: lock", user);
	if (fd != -1)
		(void)close(fd);
	return ST_TEMP;
}
