/* SPDX-License-Identifier: ISC */
/*
 * Runs in: authd, root.  Trusts: the configuration for the path; the links that
 * it made itself, in a directory that only root can enter.
 *
 * A link there is named like the user and its text is "uid gid mailbox" or,
 * if that is no mbox, "uid gid format mailbox".  One call reads or writes it,
 * so its text is there as a whole or not at all.
 */

#include <sys/types.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "authd.h"
#include "log.h"
#include "name.h"
#include "spare.h"
#include "state.h"

/* The text of a link: two numbers, a path. */
#define TEXT_MAX	(2 * 11 + FORMAT_NAME_MAX + 1 + PATH_LEN_MAX + 1)

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
	/* Whatever the umask: users may pass through, but not list it. */
	if (authd.privileged && (st.st_mode & 07777) != 0711 &&
	    fchmod(fd, 0711) == -1) {
		log_warn("state %s: users must be able to pass: chmod 711 %s",
		    path, path);
		return (st.st_mode & S_IXOTH) != 0;
	}
	return 1;
}

/* The directory of links; a read-only state may be without it: fd -1. */
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

static int
state_make_new(const struct mailbox *box)
{
	if (spare_take(box->user, box->uid, box->gid) == 0 ||
	    mkdirat(authd.statefd, box->user, 0700) == 0 || errno == EEXIST)
		return 0;
	return -1;
}

int
state_make(const struct mailbox *box)
{
	struct stat	 st;

	if (fstatat(authd.statefd, box->user, &st, AT_SYMLINK_NOFOLLOW) ==
	    -1 && (errno != ENOENT || state_make_new(box) == -1 ||
	    fstatat(authd.statefd, box->user, &st, AT_SYMLINK_NOFOLLOW) == -1))
		goto fail;
	/* Root's: new, or a power failure came before it was given away. */
	if (authd.privileged && st.st_uid == geteuid() &&
	    fchownat(authd.statefd, box->user, box->uid, box->gid,
	    AT_SYMLINK_NOFOLLOW) == -1)
		goto fail;
	return 0;
fail:
	log_warn("state directory %s/%s", authd.conf->state, box->user);
	return -1;
}

void
state_note(const struct mailbox *box)
{
	char	 text[TEXT_MAX], old[TEXT_MAX + 1], new[32];
	ssize_t	 n;

	(void)snprintf(text, sizeof(text), "%u %u %s%s%s", box->uid, box->gid,
	    box->format == FORMAT_MBOX ? "" : formats_name(box->format),
	    box->format == FORMAT_MBOX ? "" : " ", box->path);
	n = readlinkat(authd.usersfd, box->user, old, sizeof(old) - 1);
	old[n > 0 ? n : 0] = '\0';
	if (strcmp(text, old) == 0)
		return;
	if (n == -1 && symlinkat(text, authd.usersfd, box->user) == 0)
		return;
	/* No user has such a name, nor has another generation. */
	(void)snprintf(new, sizeof(new), ".new.%d", (int)getpid());
	(void)unlinkat(authd.usersfd, new, 0);
	if (symlinkat(text, authd.usersfd, new) == -1 ||
	    renameat(authd.usersfd, new, authd.usersfd, box->user) == -1)
		log_warn("state %s/.users/%s", authd.conf->state, box->user);
}

/* The format at the beginning of "format path": 0, or -1. */
static int
state_noted_format(char **text, enum format *format)
{
	char	*name = *text, *space;
	int	 n;

	*format = FORMAT_MBOX;
	if (*name == '/')
		return 0;
	if ((space = strchr(name, ' ')) == NULL)
		return -1;
	*space = '\0';
	if ((n = formats_find(name)) == -1)
		return -1;
	*format = n;
	*text = space + 1;
	return 0;
}

int
state_noted(const char *user, struct mailbox *box)
{
	char		 text[TEXT_MAX + 1], *end;
	unsigned long	 uid, gid;
	ssize_t		 n;

	if (!name_user_valid(user) || (n = readlinkat(authd.usersfd, user,
	    text, sizeof(text) - 1)) == -1)
		return -1;
	text[n] = '\0';
	uid = strtoul(text, &end, 10);
	gid = strtoul(end, &end, 10);
	if (*end++ != ' ' || uid > UINT32_MAX || gid > UINT32_MAX ||
	    state_noted_format(&end, &box->format) == -1 ||
	    strlcpy(box->path, end, sizeof(box->path)) >=
	    sizeof(box->path) || box->path[0] != '/')
		return -1;
	(void)strlcpy(box->user, user, sizeof(box->user));
	box->uid = uid;
	box->gid = gid;
	return 0;
}
