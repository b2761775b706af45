/* SPDX-License-Identifier: ISC */
/*
 * Runs in: authd, root.  Trusts: the mailbox path for its text, which is that
 * of the configured template or below the configured prefix; not what lies in
 * the spool or on the way there.
 */

#include <sys/types.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "authd.h"
#include "dotlock.h"
#include "log.h"
#include "spool.h"
#include "way.h"

/*
 * Open the spool directory and make the lock's name in it.  The way there may
 * lead over links, but only the system's (way.h).  A directory that belongs to
 * a user, or that anybody may write, is not for root to make files in.
 */
static int
spool_folder(const char *mailbox, char name[NAME_MAX + 1])
{
	char		 dir[PATH_LEN_MAX + 1];
	const char	*base;
	struct stat	 st;
	struct way	 way;
	int		 fd, len;

	if ((base = strrchr(mailbox, '/')) == NULL || base == mailbox)
		return -1;
	(void)strlcpy(dir, mailbox, sizeof(dir));
	dir[base - mailbox] = '\0';
	len = snprintf(name, NAME_MAX + 1, "%s.lock", base + 1);
	if (len < 0 || len > NAME_MAX) {
		log_warnx("dotlock %s: name too long", mailbox);
		return -1;
	}
	if (way_follow(dir, authd.conf->uid_min, &way) != WAY_WHOLE) {
		log_warnx("dotlock directory %s: %s; not locking there as root",
		    dir, way.why);
		return -1;
	}
	fd = open(way.real, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd == -1 || fstat(fd, &st) == -1) {
		log_warn("dotlock folder %s", dir);
		if (fd != -1)
			(void)close(fd);
		return -1;
	}
	if (st.st_uid >= authd.conf->uid_min || (st.st_mode & S_IWOTH) != 0) {
		log_warnx("dotlock folder %s: belongs to a user or is writable "
		    "by all; not locking there as root", dir);
		(void)close(fd);
		return -1;
	}
	return fd;
}

uint32_t
spool_lock(const char *mailbox, pid_t pid, struct stat *made)
{
	char	 name[NAME_MAX + 1];
	int	 busy, dir, r;

	if ((dir = spool_folder(mailbox, name)) == -1)
		return CTL_FAILED;
	r = dotlock_make(dir, name, mailbox, pid, made);
	busy = r == -1 && errno == EEXIST;
	if (r == -1 && !busy)
		log_warn("%s.lock", mailbox);
	(void)close(dir);
	return r == 0 ? CTL_OK : busy ? CTL_BUSY : CTL_FAILED;
}

void
spool_unlock(const char *mailbox, const struct stat *made)
{
	char	 name[NAME_MAX + 1];
	int	 dir;

	if ((dir = spool_folder(mailbox, name)) == -1)
		return;
	dotlock_remove(dir, name, mailbox, made);
	(void)close(dir);
}
