/* SPDX-License-Identifier: ISC */
/* Runs in: storaged, as the user.  Trusts: authd; no lock file. */

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "dotlock.h"
#include "fslocal.h"
#include "lock.h"
#include "lock_os.h"
#include "log.h"
#include "sandbox.h"

/* Milliseconds between two tries. */
#define BACKOFF_MIN	100
#define BACKOFF_MAX	300

/* What blocked the locks. */
enum blocked {
	BLOCKED_NO,		/* nothing: we have them */
	BLOCKED_FILE,		/* an fcntl lock or flock */
	BLOCKED_DOTLOCK,
	BLOCKED_ERROR		/* logged; waiting does not help */
};

const char *
lock_dotlock_name(const char *name)
{
	static char	 file[NAME_MAX + 1];
	int		 n;

	n = snprintf(file, sizeof(file), "%s.lock", name);
	if (n < 0 || n > NAME_MAX) {
		errno = ENAMETOOLONG;
		return NULL;
	}
	return sandbox_name(file);
}

/*
 * Create the dotlock ourselves: 0, or -1 with errno.  Keep the age of a foreign
 * dotlock beside the journal, since a session is shorter than the time after
 * which a lock is stale.
 */
static int
lock_make_dotlock(struct mbox_lock *l)
{
	const struct dotlock_rules	 rules = { .user = l->uid,
					    .local = fs_local(l->fd) };
	struct dotlock_watch		 watch, was;
	const char			*file;
	int				 r, saved;

	if ((file = lock_dotlock_name(l->name)) == NULL)
		return -1;
	memset(&watch, 0, sizeof(watch));
	if (l->notefd != NULL && pread(*l->notefd, &watch, sizeof(watch),
	    l->noteoff) != (ssize_t)sizeof(watch))
		memset(&watch, 0, sizeof(watch));
	was = watch;
	r = dotlock_make(l->dirfd, file, l->path, getpid(), &rules, &watch,
	    &l->dotlock_file);
	saved = errno;
	if (l->notefd != NULL && memcmp(&was, &watch, sizeof(was)) != 0 &&
	    pwrite(*l->notefd, &watch, sizeof(watch), l->noteoff) == -1)
		log_debug("%s.lock: not noted", l->path);
	errno = saved;
	return r;
}

static enum blocked
lock_try_dotlock(struct mbox_lock *l)
{
	if (l->readonly)
		return lock_mbox_alone(l) ? BLOCKED_NO : BLOCKED_DOTLOCK;
	if (!l->ask) {
		if (lock_make_dotlock(l) == 0) {
			l->made = 1;
			return BLOCKED_NO;
		}
		if (errno == EEXIST)
			return BLOCKED_DOTLOCK;
		if (errno != EACCES && errno != EPERM && errno != EROFS) {
			log_warn("%s.lock", l->path);
			return BLOCKED_ERROR;
		}
		l->ask = 1;
	}
	switch (l->dotlock != NULL ? l->dotlock(l->arg, 1) : CTL_FAILED) {
	case CTL_OK:
		l->asked = 1;
		return BLOCKED_NO;
	case CTL_BUSY:
		return BLOCKED_DOTLOCK;
	default:
		log_warnx("%s.lock: cannot be made, neither by the user nor "
		    "by authd", l->path);
		return BLOCKED_ERROR;
	}
}

static void
lock_drop(struct mbox_lock *l)
{
	if (l->made)
		dotlock_remove(l->dirfd, lock_dotlock_name(l->name), l->path,
		    &l->dotlock_file);
	if (l->asked)
		(void)l->dotlock(l->arg, 0);
	l->made = l->asked = 0;
	lock_os_drop(l->fd, l->flags);
}

/*
 * Try all locks once, the kernel's first: that takes one system call, the
 * dotlock possibly a request to authd.
 */
static enum blocked
lock_try_all(struct mbox_lock *l)
{
	enum blocked	 b;

	if (lock_os_try(l->fd, l->flags) == -1) {
		if (errno == EWOULDBLOCK)
			return BLOCKED_FILE;
		log_warn("%s: lock", l->path);
		return BLOCKED_ERROR;
	}
	if (!(l->flags & LOCK_DOTLOCK))
		return BLOCKED_NO;
	if ((b = lock_try_dotlock(l)) != BLOCKED_NO)
		lock_drop(l);
	return b;
}

static void
lock_back_off(void)
{
	struct timespec	 ts = { 0, 0 };

	ts.tv_nsec = (BACKOFF_MIN +
	    arc4random_uniform(BACKOFF_MAX - BACKOFF_MIN + 1)) * 1000000L;
	while (nanosleep(&ts, &ts) == -1 && errno == EINTR)
		continue;
}

static void
lock_log_busy(const struct mbox_lock *l, enum blocked b)
{
	const char	*file;
	char		 who[128];
	pid_t		 pid;

	if (b == BLOCKED_DOTLOCK) {
		file = l->blind ? NULL : lock_dotlock_name(l->name);
		if (file != NULL)
			dotlock_holder(l->dirfd, file, who, sizeof(who));
		else
			(void)strlcpy(who, "somebody (not to be seen from "
			    "inside the sandbox)", sizeof(who));
		log_warnx("%s: not locked in %u s: %s.lock is held by %s",
		    l->path, l->timeout, l->name, who);
	} else if ((pid = lock_os_holder(l->fd)) > 0)
		log_warnx("%s: not locked in %u s: file lock held by pid %ld",
		    l->path, l->timeout, (long)pid);
	else
		log_warnx("%s: not locked in %u s: file lock held by a "
		    "process that the system does not name", l->path,
		    l->timeout);
}

enum st_status
lock_mbox(struct mbox_lock *l)
{
	int64_t	 end = clock_msec() + l->timeout * 1000LL;
	enum blocked	 b;

	if (l->held)
		return ST_OK;
	for (;;) {
		if ((b = lock_try_all(l)) == BLOCKED_NO)
			break;
		if (b == BLOCKED_ERROR)
			return ST_TEMP;
		if (clock_msec() + BACKOFF_MIN > end) {
			lock_log_busy(l, b);
			return ST_INUSE;
		}
		lock_back_off();
	}
	l->held = 1;
	return ST_OK;
}

int
lock_mbox_alone(const struct mbox_lock *l)
{
	const char	*file;
	struct stat	 st;

	if (!(l->flags & LOCK_DOTLOCK))
		return 1;
	return (file = lock_dotlock_name(l->name)) != NULL &&
	    fstatat(l->dirfd, file, &st, AT_SYMLINK_NOFOLLOW) == -1 &&
	    errno == ENOENT;
}

int
lock_mbox_read(struct mbox_lock *l)
{
	if (l->held || !fs_local(l->fd) ||
	    lock_os_try(l->fd, l->flags) == -1)
		return 0;
	if (!lock_mbox_alone(l)) {
		lock_os_drop(l->fd, l->flags);
		return 0;
	}
	l->held = 1;
	return 1;
}

void
lock_mbox_drop(struct mbox_lock *l)
{
	if (!l->held)
		return;
	lock_drop(l);
	l->held = 0;
}
