/* SPDX-License-Identifier: ISC */
/* Runs in: storaged, as the user.  Trusts: authd for the state directory. */

#include <sys/file.h>

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "log.h"
#include "session_lock.h"

/*
 * Lock the directory itself: its owner cannot replace it, and creating a lock
 * file would be the most expensive part of a first login.
 */
enum st_status
session_lock(int statefd, const char *user, int *lockfd)
{
	int	 fd;

	/* Open it again: flock(2) locks belong to the open file description. */
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
