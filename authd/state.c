/* SPDX-License-Identifier: ISC */
/* Runs in: authd, root.  Trusts: the configuration for the path. */

#include <sys/types.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "authd.h"
#include "log.h"
#include "state.h"

static int
state_usable(const char *path, int fd)
{
	struct stat	 st;

	if (fstat(fd, &st) == -1) {
		log_warn("state %s", path);
		return 0;
	}
	if (st.st_uid != geteuid() || (st.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
		log_warnx("state %s: must belong to uid %u and be writable for "
		    "nobody else: chown %u %s && chmod go-w %s", path,
		    geteuid(), geteuid(), path, path);
		return 0;
	}
	/* Whatever umask said: users pass through, and do not list. */
	if (authd.privileged && (st.st_mode & 07777) != 0711 &&
	    fchmod(fd, 0711) == -1) {
		log_warn("state %s: users must be able to pass: chmod 711 %s",
		    path, path);
		return (st.st_mode & S_IXOTH) != 0;
	}
	return 1;
}

/* The links of recover.c; a read-only state may be without them: fd -1. */
static int
state_users(const char *path, int fd, int *users)
{
	int	 readonly = 0;

	if (mkdirat(fd, ".users", 0700) == -1 && errno != EEXIST)
		readonly = errno == EROFS;
	*users = openat(fd, ".users", O_RDONLY | O_DIRECTORY | O_NOFOLLOW |
	    O_CLOEXEC);
	if (*users == -1)
		log_warn("state %s/.users", path);
	return *users == -1 && !readonly ? -1 : 0;
}

int
state_open(int make)
{
	const char	*path = authd.conf->state;
	int		 fd, users;

	if (make && mkdir(path, 0711) == -1 && errno != EEXIST) {
		log_warn("state %s: make the directory above it: mkdir -p %s",
		    path, path);
		return -1;
	}
	if ((fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) == -1) {
		log_warn("state %s", path);
		return -1;
	}
	if (!state_usable(path, fd) || state_users(path, fd, &users) == -1) {
		(void)close(fd);
		return -1;
	}
	if (authd.statefd > 0) {
		(void)close(authd.statefd);
		if (authd.usersfd != -1)
			(void)close(authd.usersfd);
	}
	authd.statefd = fd;
	authd.usersfd = users;
	return 0;
}

int
state_renew(void)
{
	struct stat	 named, have;

	if (stat(authd.conf->state, &named) == -1) {
		log_warn("state %s", authd.conf->state);
		return -1;
	}
	if (fstat(authd.statefd, &have) == 0 && named.st_dev == have.st_dev &&
	    named.st_ino == have.st_ino)
		return 0;
	return state_open(0) == -1 ? -1 : 1;
}
