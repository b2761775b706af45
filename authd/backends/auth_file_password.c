/* SPDX-License-Identifier: ISC */
/* Runs in: auth_file.  Trusts: the file's owner; no name, no password. */

#include <sys/types.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "auth_file_password.h"
#include "auth_file_table.h"
#include "backend.h"
#include "log.h"
#include "password.h"
#include "pwcache.h"

#define LOCK_TRIES	20
#define LOCK_PAUSE	50000000	/* nanoseconds between them */

enum backend_code
users_check(const struct users *u, const char *user, const char *pass,
    char *err)
{
	struct user_line	 ul;
	char			 stored[PASSWORD_STORED_MAX + 1];
	int			 known, ok;

	known = users_find(u, user, &ul) && ul.kind != PASSWORD_LOCKED;
	if (known || users_example(u, user, &ul))
		text_copy(stored, sizeof(stored), ul.hash);
	else
		(void)strlcpy(stored, password_dummy(), sizeof(stored));
	ok = pwcache_verify(user, stored, pass, known);
	explicit_bzero(stored, sizeof(stored));
	if (known && ok == -1)
		return backend_err(err, BACKEND_INTERNAL,
		    "the password hash of user %s cannot be checked", user);
	if (known && ok == 1)
		return BACKEND_OK;
	return backend_err(err, BACKEND_DENIED, "password incorrect");
}

static enum backend_code
change_failed(char *err, const char *what, const char *path)
{
	return backend_err(err, BACKEND_INTERNAL, "%s %s: %s", what, path,
	    strerror(errno));
}

/*
 * Open and lock the file.  While this process waited for the lock, a newer file
 * may have taken the name; then try again.
 */
static int
change_lock(const char *path, struct stat *st, char *err)
{
	const struct timespec	 pause = { 0, LOCK_PAUSE };
	struct stat		 now;
	int			 fd, i;

	for (i = 0; i < LOCK_TRIES; i++) {
		if ((fd = users_open(path, st, err)) == -1)
			return -1;
		if (flock(fd, LOCK_EX | LOCK_NB) == 0) {
			if (fstat(fd, st) == 0 && stat(path, &now) == 0 &&
			    st->st_dev == now.st_dev &&
			    st->st_ino == now.st_ino)
				return fd;
		} else if (errno != EWOULDBLOCK) {
			(void)change_failed(err, "lock", path);
			(void)close(fd);
			return -1;
		} else
			(void)nanosleep(&pause, NULL);
		(void)close(fd);
	}
	(void)backend_err(err, 0, "%s is locked by another process", path);
	return -1;
}

static int
write_all(int fd, const char *p, size_t len)
{
	ssize_t	 n;

	for (; len > 0; p += n, len -= (size_t)n) {
		if ((n = write(fd, p, len)) == -1 && errno == EINTR)
			n = 0;
		else if (n == -1)
			return -1;
	}
	return 0;
}

/* Without this the rename may be lost in a crash. */
static int
sync_directory(const char *path)
{
	char	 dir[PATH_MAX];
	int	 fd, rv;

	(void)strlcpy(dir, path, sizeof(dir));
	*(strrchr(dir, '/') + 1) = '\0';
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd == -1)
		return -1;
	rv = fsync(fd);
	(void)close(fd);
	return rv;
}

/* Write the new file to disk under a temporary name. */
static enum backend_code
change_write(const char *path, const char *temp, const struct stat *st,
    const struct users *u, struct text old, const char *stored, char *err)
{
	const char	*rest = old.p + old.len;
	int		 fd;

	/* We hold the lock: a file of that name is left from a crash. */
	if (unlink(temp) == -1 && errno != ENOENT)
		return change_failed(err, "remove", temp);
	fd = open(temp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
	    0600);
	if (fd == -1 && (errno == EACCES || errno == EPERM || errno == EROFS))
		return backend_err(err, BACKEND_UNSUPPORTED, "%s cannot be "
		    "replaced: its directory is not writable here", path);
	if (fd == -1)
		return change_failed(err, "create", temp);
	if (fchown(fd, st->st_uid, st->st_gid) == -1) {
		(void)close(fd);
		return backend_err(err, BACKEND_UNSUPPORTED, "%s cannot be "
		    "replaced: it belongs to another user or group", path);
	}
	if (fchmod(fd, st->st_mode & 0777) == -1 ||
	    write_all(fd, u->text, (size_t)(old.p - u->text)) == -1 ||
	    write_all(fd, stored, strlen(stored)) == -1 ||
	    write_all(fd, rest, (size_t)(u->text + u->size - rest)) == -1 ||
	    fsync(fd) == -1) {
		(void)change_failed(err, "write", temp);
		(void)close(fd);
		return BACKEND_INTERNAL;
	}
	if (close(fd) == -1)
		return change_failed(err, "write", temp);
	return BACKEND_OK;
}

static enum backend_code
change_replace(const char *path, const struct stat *st,
    const struct users *u, struct text old, const char *stored, char *err)
{
	char			 temp[PATH_MAX];
	enum backend_code	 code;

	if (snprintf(temp, sizeof(temp), "%s.new", path) >= (int)sizeof(temp))
		return backend_err(err, BACKEND_INTERNAL, "path too long");
	code = change_write(path, temp, st, u, old, stored, err);
	if (code == BACKEND_OK && rename(temp, path) == -1)
		code = change_failed(err, "rename", temp);
	if (code != BACKEND_OK)
		(void)unlink(temp);
	else if (sync_directory(path) == -1)
		code = change_failed(err, "sync the directory of", path);
	return code;
}

/* Change the password in the locked file. */
static enum backend_code
change_locked(int fd, const struct stat *st, const char *path,
    const char *user, const char *oldpass, const char *newpass, char *err)
{
	struct user_line	 ul;
	struct users		*u;
	char			 stored[PASSWORD_STORED_MAX + 1];
	enum backend_code	 code;

	if ((u = users_read(fd, st, path, 1, err)) == NULL)
		return BACKEND_INTERNAL;
	code = users_check(u, user, oldpass, err);
	if (code == BACKEND_OK && !users_find(u, user, &ul))
		code = backend_err(err, BACKEND_INTERNAL, "user lost");
	if (code == BACKEND_OK &&
	    password_new(newpass, stored, sizeof(stored)) == -1)
		code = backend_err(err, errno == EINVAL ? BACKEND_PARAM :
		    BACKEND_INTERNAL, "crypt(3): %s", strerror(errno));
	if (code == BACKEND_OK) {
		code = change_replace(path, st, u, ul.hash, stored, err);
		explicit_bzero(stored, sizeof(stored));
	}
	users_free(u);
	return code;
}

enum backend_code
users_change(const char *path, const char *user, const char *oldpass,
    const char *newpass, char *err)
{
	struct stat		 st;
	char			 real[PATH_MAX];
	enum backend_code	 code;
	int			 fd;

	/* A rename would replace a symbolic link, not its target. */
	if (realpath(path, real) == NULL)
		return change_failed(err, "find", path);
	if ((fd = change_lock(real, &st, err)) == -1)
		return BACKEND_INTERNAL;
	code = change_locked(fd, &st, real, user, oldpass, newpass, err);
	(void)close(fd);
	return code;
}
