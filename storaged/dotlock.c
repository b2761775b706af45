/* Runs in: storaged, as the user.  Trusts: no lock file of anybody. */

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

#include "dotlock.h"
#include "lock.h"
#include "log.h"
#include "sandbox.h"

/* "pid host\n" */
#define TEXT_MAX	(32 + HOST_NAME_MAX)

/* What a lock file says. */
struct dotlock {
	struct stat	 st;
	pid_t		 pid;		/* 0: none */
	int		 here;		/* made on this host */
	long long	 age;		/* seconds */
};

const char *
dotlock_name(const char *name)
{
	char	 file[NAME_MAX + 1];
	int	 n;

	n = snprintf(file, sizeof(file), "%s.lock", name);
	if (n < 0 || n > NAME_MAX) {
		errno = ENAMETOOLONG;
		return NULL;
	}
	return sandbox_name(file);
}

static void
host_name(char host[HOST_NAME_MAX + 1])
{
	if (gethostname(host, HOST_NAME_MAX + 1) == -1)
		host[0] = '\0';
	host[HOST_NAME_MAX] = '\0';
}

/* 0, or -1 with errno if there is none or it cannot be looked at. */
static int
dotlock_read(int dirfd, const char *file, struct dotlock *d)
{
	char		 text[TEXT_MAX], host[HOST_NAME_MAX + 1];
	char		*end;
	ssize_t		 n = 0;
	long		 pid;
	int		 fd;

	memset(d, 0, sizeof(*d));
	if (fstatat(dirfd, file, &d->st, AT_SYMLINK_NOFOLLOW) == -1)
		return -1;
	d->age = (long long)time(NULL) - d->st.st_mtime;
	if (!S_ISREG(d->st.st_mode))
		return 0;
	fd = openat(dirfd, file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK |
	    O_CLOEXEC);
	if (fd != -1) {
		n = read(fd, text, sizeof(text) - 1);
		(void)close(fd);
	}
	text[n > 0 ? n : 0] = '\0';
	pid = strtol(text, &end, 10);
	if (end == text || pid <= 0 || pid > INT_MAX)
		return 0;
	d->pid = pid;
	host_name(host);
	end[strcspn(end, "\r\n")] = '\0';
	d->here = *end == ' ' && *host != '\0' && strcmp(end + 1, host) == 0;
	return 0;
}

/*
 * Remove a stale one, if it still is the one that was looked at.  -1 with errno
 * if we may not.
 */
static int
dotlock_break(int dirfd, const char *file, const char *path,
    const struct dotlock *d)
{
	struct stat	 st;

	if (fstatat(dirfd, file, &st, AT_SYMLINK_NOFOLLOW) == -1 ||
	    st.st_ino != d->st.st_ino || st.st_dev != d->st.st_dev ||
	    st.st_mtime != d->st.st_mtime)
		return 0;
	if (unlinkat(dirfd, file, 0) == -1)
		return errno == ENOENT ? 0 : -1;
	log_warnx("%s.lock: stale, removed: made by pid %ld, %lld s old", path,
	    (long)d->pid, d->age);
	return 0;
}

static int
is_stale(const struct dotlock *d)
{
	if (!S_ISREG(d->st.st_mode))
		return 0;
	if (d->age > DOTLOCK_STALE)
		return 1;
	return d->here && d->pid != getpid() && kill(d->pid, 0) == -1 &&
	    errno == ESRCH;
}

int
dotlock_make(int dirfd, const char *name, const char *path)
{
	struct dotlock	 d;
	char		 host[HOST_NAME_MAX + 1], text[TEXT_MAX];
	const char	*file;
	int		 fd, try, n;

	if ((file = dotlock_name(name)) == NULL)
		return -1;
	for (try = 0; ; try++) {
		fd = openat(dirfd, file, O_WRONLY | O_CREAT | O_EXCL |
		    O_NOFOLLOW | O_CLOEXEC, 0644);
		if (fd != -1)
			break;
		if (errno != EEXIST || try > 0)
			return -1;
		if (dotlock_read(dirfd, file, &d) == 0 && is_stale(&d) &&
		    dotlock_break(dirfd, file, path, &d) == -1)
			return -1;
	}
	/* On a full disk it stays empty, and is a lock all the same. */
	host_name(host);
	n = snprintf(text, sizeof(text), "%ld %s\n", (long)getpid(), host);
	if (write(fd, text, n) != n)
		log_debug("%s.lock: pid not written", path);
	(void)close(fd);
	return 0;
}

void
dotlock_remove(int dirfd, const char *name, const char *path)
{
	const char	*file;

	if ((file = dotlock_name(name)) == NULL ||
	    unlinkat(dirfd, file, 0) == -1)
		log_warn("%s.lock cannot be removed", path);
}

void
dotlock_holder(int dirfd, const char *name, char *text, size_t size)
{
	struct dotlock	 d;
	const char	*file;

	if ((file = dotlock_name(name)) == NULL)
		(void)strlcpy(text, "somebody (not to be seen from inside the "
		    "sandbox)", size);
	else if (dotlock_read(dirfd, file, &d) == -1)
		(void)strlcpy(text, "somebody, gone by now", size);
	else if (!S_ISREG(d.st.st_mode))
		(void)snprintf(text, size, "something that is not a lock "
		    "file, owner uid %lu", (unsigned long)d.st.st_uid);
	else
		(void)snprintf(text, size, "pid %ld (0: not said), uid %lu, "
		    "%lld s old", (long)d.pid, (unsigned long)d.st.st_uid,
		    d.age);
}
