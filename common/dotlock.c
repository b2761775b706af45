/* SPDX-License-Identifier: ISC */
/*
 * Runs in: storaged, as the user; authd, root.  Trusts: nobody's lock file.
 */

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "dotlock.h"
#include "log.h"

/* "PID HOST\n", the longest text of a lock file. */
#define TEXT_MAX	(32 + HOST_NAME_MAX)

/* As a user namespace shows whoever is not in it, root above all. */
#define NOBODY		65534

/* A lock file that is there, and what it says. */
struct found {
	struct stat	 st;
	int		 lock;		/* it can be one */
	pid_t		 pid;		/* 0: none */
	int		 here;		/* made on this host */
	long long	 age;		/* seconds, by this host's clock */
};

static void
dotlock_host_name(char host[HOST_NAME_MAX + 1])
{
	if (gethostname(host, HOST_NAME_MAX + 1) == -1)
		host[0] = '\0';
	host[HOST_NAME_MAX] = '\0';
}

/* Find the pid in the text of a lock file, and whether its host is ours. */
static void
dotlock_parse(char *text, struct found *f)
{
	char	 host[HOST_NAME_MAX + 1], *end;
	long	 pid;

	f->lock = strncmp(text, "From ", 5) != 0;
	pid = strtol(text, &end, 10);
	if (end == text || pid <= 0 || pid > INT_MAX)
		return;
	f->pid = pid;
	dotlock_host_name(host);
	end[strcspn(end, "\r\n")] = '\0';
	f->here = *end == ' ' && *host != '\0' && strcmp(end + 1, host) == 0;
}

/* 0, or -1 with errno if there is none or it cannot be looked at. */
static int
dotlock_read(int dirfd, const char *file, struct found *f)
{
	char		 text[TEXT_MAX];
	ssize_t		 n = 0;
	int		 fd;

	memset(f, 0, sizeof(*f));
	if (fstatat(dirfd, file, &f->st, AT_SYMLINK_NOFOLLOW) == -1)
		return -1;
	f->age = (long long)time(NULL) - f->st.st_mtime;
	if (!S_ISREG(f->st.st_mode) ||
	    f->st.st_size >= (off_t)sizeof(text))
		return 0;
	fd = openat(dirfd, file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK |
	    O_CLOEXEC);
	if (fd != -1) {
		n = read(fd, text, sizeof(text) - 1);
		(void)close(fd);
	}
	text[n > 0 ? n : 0] = '\0';
	dotlock_parse(text, f);
	return 0;
}

/* Whether it was made by someone who makes locks for this mailbox. */
static int
dotlock_maker(const struct found *f, const struct dotlock_rules *r)
{
	const uid_t	 uid = f->st.st_uid;

	return uid == r->user || uid == 0 || uid < r->system || uid == NOBODY;
}

/*
 * For how many seconds this file has been seen, unchanged, by the clock of this
 * host alone.  Time since the boot is compared: after another boot the
 * difference is too small, never too large.
 */
static long long
dotlock_watch(struct dotlock_watch *w, const struct found *f)
{
	const time_t		 seconds = clock_seconds();
	struct dotlock_watch	 now;
	char			 host[HOST_NAME_MAX + 1];

	memset(&now, 0, sizeof(now));
	dotlock_host_name(host);
	(void)strlcpy(now.host, host, sizeof(now.host));
	now.dev = f->st.st_dev;
	now.ino = f->st.st_ino;
	now.mtime = f->st.st_mtim.tv_sec;
	now.mtime_ns = f->st.st_mtim.tv_nsec;
	now.since = w->since;
	if (memcmp(&now, w, sizeof(now)) != 0 || seconds < w->since) {
		now.since = seconds;
		*w = now;
	}
	return seconds - w->since;
}

static int
dotlock_stale(const struct found *f, const struct dotlock_rules *r,
    struct dotlock_watch *w)
{
	if (!f->lock || !dotlock_maker(f, r))
		return 0;
	if (f->here && f->pid != getpid() && kill(f->pid, 0) == -1 &&
	    errno == ESRCH)
		return 1;
	if (r->local && f->age > DOTLOCK_STALE)
		return 1;
	return dotlock_watch(w, f) > DOTLOCK_STALE;
}

/* Inodes are used again at once: a file that is made anew is a later one. */
static int
dotlock_same_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino &&
	    a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
	    a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

/*
 * Remove a stale one, if it still is the one that was looked at.  -1 with errno
 * if we may not.
 */
static int
dotlock_break(int dirfd, const char *file, const char *path,
    const struct found *f)
{
	struct stat	 st;

	if (fstatat(dirfd, file, &st, AT_SYMLINK_NOFOLLOW) == -1 ||
	    !dotlock_same_file(&st, &f->st))
		return 0;
	if (unlinkat(dirfd, file, 0) == -1)
		return errno == ENOENT ? 0 : -1;
	log_warnx("%s.lock: stale, removed: made by pid %ld, uid %lu, %lld s "
	    "old", path, (long)f->pid, (unsigned long)f->st.st_uid, f->age);
	return 0;
}

/* Into a lock file of our own: who has it. */
static void
dotlock_sign(int fd, const char *path, pid_t pid)
{
	char	 host[HOST_NAME_MAX + 1], text[TEXT_MAX];
	int	 n;

	/* Its being there is the lock: a full disk does not matter. */
	dotlock_host_name(host);
	n = snprintf(text, sizeof(text), "%ld %s\n", (long)pid, host);
	if (write(fd, text, n) != n)
		log_debug("%s.lock: pid not written", path);
}

int
dotlock_make(int dirfd, const char *file, const char *path, pid_t pid,
    const struct dotlock_rules *rules, struct dotlock_watch *watch,
    struct stat *made)
{
	struct found	 f;
	int		 fd, try;

	for (try = 0; ; try++) {
		fd = openat(dirfd, file, O_WRONLY | O_CREAT | O_EXCL |
		    O_NOFOLLOW | O_CLOEXEC, 0644);
		if (fd != -1)
			break;
		if (errno != EEXIST || try > 0)
			return -1;
		if (dotlock_read(dirfd, file, &f) == 0 &&
		    dotlock_stale(&f, rules, watch) &&
		    dotlock_break(dirfd, file, path, &f) == -1)
			return -1;
	}
	dotlock_sign(fd, path, pid);
	if (fstat(fd, made) == -1)
		memset(made, 0, sizeof(*made));
	(void)close(fd);
	return 0;
}

void
dotlock_remove(int dirfd, const char *file, const char *path,
    const struct stat *made)
{
	struct stat	 st;

	if (fstatat(dirfd, file, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    !dotlock_same_file(&st, made))
		log_warnx("%s.lock: not ours any more, uid %lu has made "
		    "another; left there", path, (unsigned long)st.st_uid);
	else if (unlinkat(dirfd, file, 0) == -1)
		log_warn("%s.lock cannot be removed", path);
}

void
dotlock_holder(int dirfd, const char *file, char *text, size_t size)
{
	struct found	 f;

	if (dotlock_read(dirfd, file, &f) == -1)
		(void)strlcpy(text, "somebody, gone by now", size);
	else if (!f.lock)
		(void)snprintf(text, size, "something that is not a lock "
		    "file, owner uid %lu, %lld octets",
		    (unsigned long)f.st.st_uid, (long long)f.st.st_size);
	else
		(void)snprintf(text, size, "pid %ld (0: not said), uid %lu, "
		    "%lld s old", (long)f.pid, (unsigned long)f.st.st_uid,
		    f.age);
}
