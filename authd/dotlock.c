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
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "authd.h"
#include "dotlock.h"
#include "log.h"

/* Older than this is stale whoever made it, seconds; as liblockfile has it. */
#define DOTLOCK_STALE	300

/*
 * Whether no user can put something else in the place of a folder on the way:
 * each is the system's and nobody's but its owner's to write, but for sticky
 * ones, where others cannot rename it.
 */
static int
dotlock_way(const char *dir)
{
	char		 path[PATH_LEN_MAX + 1];
	struct stat	 st;
	size_t		 len;

	for (len = 1;; len++) {
		len += strcspn(dir + len, "/");
		(void)strlcpy(path, dir, sizeof(path));
		path[len] = '\0';
		if (lstat(path, &st) == -1) {
			log_warn("dotlock folder %s", path);
			return -1;
		}
		if (st.st_uid >= authd.conf->uid_min || (!S_ISLNK(st.st_mode) &&
		    (st.st_mode & (S_IWOTH | S_ISVTX)) == S_IWOTH)) {
			log_warnx("dotlock folder %s: %s belongs to a user or "
			    "is writable by all; not locking there as root",
			    dir, path);
			return -1;
		}
		if (dir[len] == '\0')
			return 0;
	}
}

/*
 * Open the spool folder and make the lock's name in it.  A folder that belongs
 * to a user, or that anybody may write, is not for root to make files in.
 */
static int
dotlock_folder(const char *mailbox, char name[NAME_MAX + 1])
{
	char		 dir[PATH_LEN_MAX + 1];
	const char	*base;
	struct stat	 st;
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
	if (dotlock_way(dir) == -1)
		return -1;
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
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

/* Is the lock left over?  Says so in the log. */
static int
dotlock_stale(int dir, const char *name, const char *mailbox)
{
	char		 text[32];
	const char	*errstr;
	struct stat	 st;
	ssize_t		 n = 0;
	long long	 pid;
	int		 fd;

	fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd == -1)
		return 0;
	if (fstat(fd, &st) == -1 || !S_ISREG(st.st_mode) ||
	    (n = read(fd, text, sizeof(text) - 1)) == -1) {
		(void)close(fd);
		return 0;
	}
	(void)close(fd);
	if (time(NULL) - st.st_mtime > DOTLOCK_STALE) {
		log_warnx("dotlock of %s: %lld s old, of uid %u: broken",
		    mailbox, (long long)(time(NULL) - st.st_mtime), st.st_uid);
		return 1;
	}
	text[n] = '\0';
	text[strcspn(text, "\n")] = '\0';
	pid = strtonum(text, 2, INT_MAX, &errstr);
	if (errstr != NULL || kill((pid_t)pid, 0) == 0 || errno != ESRCH)
		return 0;
	log_warnx("dotlock of %s: its maker, pid %lld, is dead: broken",
	    mailbox, pid);
	return 1;
}

uint32_t
dotlock_take(const char *mailbox, pid_t pid)
{
	char	 name[NAME_MAX + 1], text[32];
	int	 busy, dir, fd, len, tries;

	if ((dir = dotlock_folder(mailbox, name)) == -1)
		return CTL_FAILED;
	for (tries = 0; tries < 2; tries++) {
		fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL |
		    O_NOFOLLOW | O_CLOEXEC, 0644);
		if (fd != -1 || errno != EEXIST ||
		    !dotlock_stale(dir, name, mailbox))
			break;
		if (unlinkat(dir, name, 0) == -1 && errno != ENOENT)
			break;
	}
	if (fd == -1) {
		busy = errno == EEXIST;
		if (!busy)
			log_warn("dotlock of %s", mailbox);
		(void)close(dir);
		return busy ? CTL_BUSY : CTL_FAILED;
	}
	len = snprintf(text, sizeof(text), "%d\n", pid);
	/* Its being there is the lock; the pid only helps to judge it. */
	if (write(fd, text, len) != len)
		log_warn("dotlock of %s", mailbox);
	(void)close(fd);
	(void)close(dir);
	return CTL_OK;
}

void
dotlock_drop(const char *mailbox)
{
	char	 name[NAME_MAX + 1];
	int	 dir;

	if ((dir = dotlock_folder(mailbox, name)) == -1)
		return;
	if (unlinkat(dir, name, 0) == -1)
		log_warn("dotlock of %s", mailbox);
	(void)close(dir);
}
