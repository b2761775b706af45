/* SPDX-License-Identifier: ISC */
/*
 * Runs in: authd, root.  Trusts: the text of the mailbox path, which comes from
 * the configured template or is below the configured prefix; nothing in the
 * spool or on the way there.
 */

#include <sys/types.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "authd.h"
#include "dotlock.h"
#include "fslocal.h"
#include "log.h"
#include "spool.h"
#include "way.h"

/* Lock files of others that are watched until they are old enough to break. */
#define WATCHED		128

/*
 * Open the spool directory and compose the lock's name in it.  Only links that
 * the system made (way.h) are followed.  Root makes no file in a directory that
 * belongs to a user or that anybody may write.
 */
static int
spool_directory(const char *mailbox, char name[NAME_MAX + 1])
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
	if (way_follow(dir, authd.conf->ids.uid_min, &way) != WAY_WHOLE) {
		log_warnx("dotlock directory %s: %s; not locking there as root",
		    dir, way.why);
		return -1;
	}
	fd = open(way.real, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd == -1 || fstat(fd, &st) == -1) {
		log_warn("dotlock directory %s", dir);
		if (fd != -1)
			(void)close(fd);
		return -1;
	}
	if (st.st_uid >= authd.conf->ids.uid_min ||
	    (st.st_mode & S_IWOTH) != 0) {
		log_warnx("dotlock directory %s: belongs to a user or is "
		    "writable by all; not locking there as root", dir);
		(void)close(fd);
		return -1;
	}
	return fd;
}

/*
 * The entry for a lock file that was in the way of this mailbox before, or a
 * new one, which replaces the oldest.
 */
static struct dotlock_watch *
spool_watch(const char *mailbox)
{
	static struct {
		char			*mailbox;
		struct dotlock_watch	 watch;
		uint64_t		 used;
	}			 seen[WATCHED];
	static uint64_t		 use;
	size_t			 i, at = 0;

	for (i = 0; i < WATCHED; i++) {
		if (seen[i].mailbox != NULL &&
		    strcmp(seen[i].mailbox, mailbox) == 0) {
			at = i;
			break;
		}
		if (seen[i].used < seen[at].used)
			at = i;
	}
	if (i == WATCHED) {
		free(seen[at].mailbox);
		seen[at].mailbox = strdup(mailbox);
		memset(&seen[at].watch, 0, sizeof(seen[at].watch));
	}
	seen[at].used = ++use;
	return &seen[at].watch;
}

uint32_t
spool_lock(const char *mailbox, uid_t owner, pid_t pid, struct stat *made)
{
	struct dotlock_rules	 rules = { .user = owner,
				    .system = authd.conf->ids.uid_min };
	char			 name[NAME_MAX + 1];
	int			 busy, dir, r;

	if ((dir = spool_directory(mailbox, name)) == -1)
		return CTL_FAILED;
	rules.local = fs_local(dir);
	r = dotlock_make(dir, name, mailbox, pid, &rules,
	    spool_watch(mailbox), made);
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

	if ((dir = spool_directory(mailbox, name)) == -1)
		return;
	dotlock_remove(dir, name, mailbox, made);
	(void)close(dir);
}
