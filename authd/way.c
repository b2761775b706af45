/* SPDX-License-Identifier: ISC */
/*
 * Runs in: authd, root.  Trusts: links of root and of the system's accounts;
 * nothing of a user's.
 */

#include <sys/types.h>
#include <sys/stat.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "way.h"

#define LINKS_MAX	32

/* The part of the path that is still to be followed. */
struct rest {
	char		 path[2 * PATH_LEN_MAX + 2];
	unsigned int	 links;
};

/* Whether no user may replace what this directory holds. */
static int
way_safe(const struct stat *st, uid_t uid_min)
{
	if (st->st_uid >= uid_min || !S_ISDIR(st->st_mode))
		return 0;
	if (st->st_mode & S_ISVTX)
		return 1;
	if ((st->st_mode & S_IWGRP) != 0 && st->st_gid >= uid_min)
		return 0;
	return (st->st_mode & S_IWOTH) == 0;
}

/* Whether no user can have put the link of another owner there. */
static int
way_holds_links(const struct stat *st, uid_t uid_min)
{
	return way_safe(st, uid_min) && (st->st_mode & S_IWOTH) == 0 &&
	    ((st->st_mode & S_IWGRP) == 0 || st->st_gid < uid_min);
}

static enum way_end
way_ends(struct way *w, enum way_end end, const char *path, const char *why)
{
	(void)snprintf(w->why, sizeof(w->why), "%s: %s", path, why);
	return end;
}

/* Cut the next name off the rest; "" at the end. */
static void
way_name(struct rest *r, char name[PATH_LEN_MAX + 1])
{
	size_t	 skip = strspn(r->path, "/"), len;

	len = strcspn(r->path + skip, "/");
	(void)snprintf(name, PATH_LEN_MAX + 1, "%.*s", (int)len,
	    r->path + skip);
	memmove(r->path, r->path + skip + len,
	    strlen(r->path + skip + len) + 1);
}

/* Put the text of a link in front of the rest.  0, or -1 with errno. */
static int
way_link(struct way *w, struct rest *r, const char *path)
{
	char	 text[PATH_LEN_MAX + 1], rest[sizeof(r->path)];
	ssize_t	 n;
	int	 len;

	if (++r->links > LINKS_MAX) {
		errno = ELOOP;
		return -1;
	}
	if ((n = readlink(path, text, sizeof(text))) == -1)
		return -1;
	if (n == (ssize_t)sizeof(text)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	text[n] = '\0';
	(void)strlcpy(rest, r->path, sizeof(rest));
	len = snprintf(r->path, sizeof(r->path), "%s/%s", text, rest);
	if (len < 0 || (size_t)len >= sizeof(r->path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	if (text[0] == '/')
		(void)strlcpy(w->real, "/", sizeof(w->real));
	return lstat(w->real, &w->st);
}

/* Go to the directory above real. */
static int
way_up(struct way *w)
{
	char	*slash = strrchr(w->real, '/');

	slash[slash == w->real] = '\0';
	return lstat(w->real, &w->st);
}

/* Follow one name.  1: go on; 0: stop, *end says how. */
static int
way_step(struct way *w, struct rest *r, const char *name, uid_t uid_min,
    enum way_end *end)
{
	char		 path[PATH_LEN_MAX + 1];
	struct stat	 st;
	int		 len;

	len = snprintf(path, sizeof(path), "%s%s%s", w->real,
	    w->real[1] == '\0' ? "" : "/", name);
	*end = WAY_BAD;
	if (len < 0 || (size_t)len >= sizeof(path)) {
		(void)way_ends(w, WAY_BAD, w->real, "path too long");
		return 0;
	}
	if (lstat(path, &st) == -1) {
		*end = way_ends(w, errno == ENOENT ? WAY_MISSING : WAY_BAD,
		    path, strerror(errno));
		return 0;
	}
	if (S_ISLNK(st.st_mode)) {
		if (st.st_uid >= uid_min || !way_holds_links(&w->st, uid_min))
			(void)way_ends(w, WAY_BAD, path, "a link that a user "
			    "can have made or moved; not followed");
		else if (way_link(w, r, path) == -1)
			(void)way_ends(w, WAY_BAD, path, strerror(errno));
		else
			return 1;
		return 0;
	}
	if (!S_ISDIR(st.st_mode)) {
		(void)way_ends(w, WAY_BAD, path, "not a directory");
		return 0;
	}
	(void)strlcpy(w->real, path, sizeof(w->real));
	w->st = st;
	return 1;
}

enum way_end
way_follow(const char *path, uid_t uid_min, struct way *w)
{
	struct rest	 r = { .links = 0 };
	char		 name[PATH_LEN_MAX + 1];
	enum way_end	 end;

	memset(w, 0, sizeof(*w));
	(void)strlcpy(w->real, "/", sizeof(w->real));
	if (path[0] != '/' || strlcpy(r.path, path, sizeof(r.path)) >=
	    sizeof(r.path))
		return way_ends(w, WAY_BAD, path, "not an absolute path");
	if (lstat("/", &w->st) == -1)
		return way_ends(w, WAY_BAD, "/", strerror(errno));
	for (;;) {
		if (!way_safe(&w->st, uid_min))
			return way_ends(w, WAY_USERS, w->real,
			    "belongs to a user or is writable by users");
		way_name(&r, name);
		if (name[0] == '\0')
			return WAY_WHOLE;
		if (strcmp(name, ".") == 0)
			continue;
		if (strcmp(name, "..") == 0) {
			if (way_up(w) == -1)
				return way_ends(w, WAY_BAD, w->real,
				    strerror(errno));
		} else if (!way_step(w, &r, name, uid_min, &end))
			return end;
	}
}

int
way_has(const char *dir, const char *path)
{
	size_t	 len = strlen(dir);

	if (strcmp(dir, "/") == 0)
		return 1;
	return strncmp(dir, path, len) == 0 &&
	    (path[len] == '/' || path[len] == '\0');
}
