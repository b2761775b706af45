/* SPDX-License-Identifier: ISC */
/* Runs in: storaged, as the user.  Trusts: authd for the path; no file. */

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lock_os.h"
#include "log.h"
#include "mbox_open.h"
#include "sandbox.h"

#define MBOX_FLAGS	(O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)

static int
open_directory(const char *path, const char *name)
{
	char	*dir;
	int	 fd;

	/* Cut the path at the last slash; keep a leading one. */
	dir = strndup(path, name - path > 1 ? name - path - 1 : 1);
	if (dir == NULL)
		return -1;
	fd = lock_os_directory(dir);
	free(dir);
	return fd;
}

/* Return why this cannot be a mailbox of uid, or NULL if it can. */
static const char *
open_unsafe(const struct stat *st, uid_t uid)
{
	if (S_ISDIR(st->st_mode))
		return "it is a directory";
	if (S_ISFIFO(st->st_mode))
		return "it is a FIFO";
	if (!S_ISREG(st->st_mode))
		return "it is not a regular file";
	if (st->st_uid != uid)
		return "it belongs to somebody else";
	if (st->st_nlink > 1)
		return "it has more than one link";
	return NULL;
}

/* Return the reason for an error of open(2) that is permanent, else NULL. */
static const char *
open_refused(int error)
{
	switch (error) {
	case ELOOP:
	case EMLINK:
		return "it is a symbolic link";
	case EISDIR:
		return "it is a directory";
	case ENXIO:
	case ENODEV:
	case EOPNOTSUPP:
		return "it is not a regular file";
	default:
		return NULL;
	}
}

/*
 * Open without updating the access time, by which biff(1) and mail readers
 * recognize new mail.  Only the owner may ask for that.
 */
static int
open_quiet(const struct mbox_file *f, int flags)
{
	int	 fd;

	fd = openat(f->dirfd, f->name, flags | MBOX_FLAGS | lock_os_quiet);
	if (fd == -1 && errno == EPERM)
		fd = openat(f->dirfd, f->name, flags | MBOX_FLAGS);
	return fd;
}

/* A read-only mailbox can still be read. */
static int
open_either(struct mbox_file *f)
{
	f->readonly = 0;
	f->fd = open_quiet(f, O_RDWR);
	if (f->fd == -1 && (errno == EACCES || errno == EPERM ||
	    errno == EROFS)) {
		f->readonly = 1;
		f->fd = open_quiet(f, O_RDONLY);
	}
	return f->fd;
}

/*
 * On EACCES return the reason if it is permanent and lies with the file; NULL
 * if it lies with the path.
 */
static const char *
open_denied(struct mbox_file *f, uid_t uid)
{
	struct stat	 st;
	const char	*why;

	if (fstatat(f->dirfd, f->name, &st, AT_SYMLINK_NOFOLLOW) == 0) {
		if ((why = open_unsafe(&st, uid)) != NULL)
			return why;
		if ((st.st_mode & S_IRUSR) == 0)
			return "its mode does not let its owner read it";
	}
	f->denied = 1;
	return NULL;
}

static enum st_status
open_file(struct mbox_file *f, uid_t uid, const char *user)
{
	const char	*why;

	if (open_either(f) == -1) {
		if (errno == ENOENT)
			return ST_OK;
		why = errno == EACCES ? open_denied(f, uid) :
		    open_refused(errno);
		if (why == NULL) {
			if (!f->denied)
				log_warn("%s: mailbox of %s", f->path, user);
			return ST_TEMP;
		}
	} else if (fstat(f->fd, &f->st) == -1) {
		log_warn("%s: mailbox of %s", f->path, user);
		return ST_TEMP;
	} else if ((why = open_unsafe(&f->st, uid)) == NULL)
		return ST_OK;
	log_warnx("%s: mailbox of %s refused: %s", f->path, user, why);
	return ST_PERM;
}

enum st_status
mbox_open(struct mbox_file *f, const char *path, uid_t uid, const char *user)
{
	const char	*slash = strrchr(path, '/');
	enum st_status	 status;

	f->dirfd = f->fd = -1;
	f->denied = 0;
	f->path = path;
	if (slash == NULL || slash[1] == '\0') {
		log_warnx("%s: mailbox of %s refused: not the path of a file",
		    path, user);
		return ST_PERM;
	}
	f->name = slash + 1;
	if ((f->dirfd = open_directory(path, f->name)) == -1) {
		f->denied = errno == EACCES || errno == ENOENT;
		if (!f->denied)
			log_warn("%s: directory of the mailbox of %s", path,
			    user);
		return ST_TEMP;
	}
	if ((status = open_file(f, uid, user)) != ST_OK)
		mbox_close(f);
	return status;
}

void
mbox_close(struct mbox_file *f)
{
	if (f->fd != -1)
		(void)close(f->fd);
	if (f->dirfd != -1)
		(void)close(f->dirfd);
	f->dirfd = f->fd = -1;
}

int
mbox_current(const struct mbox_file *f)
{
	struct stat	 here, there;
	const char	*name;

	if (fstat(f->fd, &here) == -1)
		return -1;
	if ((name = sandbox_name(f->name)) == NULL)
		return -1;
	if (fstatat(f->dirfd, name, &there, AT_SYMLINK_NOFOLLOW) == -1)
		return errno == ENOENT ? 0 : -1;
	return here.st_dev == there.st_dev && here.st_ino == there.st_ino;
}
