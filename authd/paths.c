/* SPDX-License-Identifier: ISC */
/*
 * Runs in: authd, root.  Trusts: the configuration, and links that only the
 * system can have made (way.h).  Opens no directory of a user's.
 */

#include <sys/types.h>
#include <sys/stat.h>

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "authd.h"
#include "child.h"
#include "clock.h"
#include "log.h"
#include "paths.h"
#include "way.h"

/* New spawners at once, then one in so many seconds. */
#define HEAL_BURST	8
#define HEAL_PAUSE	2

/* Directories of authd's own rules: two for each place at most. */
#define CEILINGS_MAX	(2 * CHILD_DIRS)

struct place {
	const char	*path;		/* as configured; NULL: a link in
					 * another one leads there */
	char		*real;		/* without links; NULL: not yet seen */
	int		 there;
	dev_t		 dev;		/* what the spawner has a rule for; */
	ino_t		 ino;		/* 0: it has none */
};

static struct place	 places[CHILD_DIRS];
static size_t		 nplaces;
static char		*ceilings[CEILINGS_MAX];
static size_t		 nceilings;
static unsigned int	 heals = HEAL_BURST;	/* left ... */
static time_t		 healed;	/* ... at this clock_seconds() */

static char *
paths_copy(const char *s)
{
	char	*copy;

	if ((copy = strdup(s)) == NULL)
		fatal("paths");
	return copy;
}

/* If not started by root, everything is our own. */
static uid_t
paths_uid_min(void)
{
	return authd.privileged ? authd.conf->ids.uid_min : UINT32_MAX;
}

/*
 * Follow path to the directory that a rule for it has to name.  That is a
 * user's first directory at most: below it a user can replace everything.
 */
static enum way_end
paths_follow(const char *path, struct way *w)
{
	char		 real[PATH_MAX];
	enum way_end	 end = way_follow(path, paths_uid_min(), w);

	if (end == WAY_USERS && realpath(path, real) != NULL &&
	    way_has(w->real, real) && lstat(real, &w->st) == 0)
		(void)strlcpy(w->real, real, sizeof(w->real));
	return end;
}

/* Look where a place is now; 1 if the spawner has no rule for that. */
static int
paths_place_look(struct place *p, struct way *w)
{
	enum way_end	 end;

	end = paths_follow(p->path != NULL ? p->path : p->real, w);
	p->there = end == WAY_WHOLE || end == WAY_USERS;
	if (!p->there)
		return 0;
	if (p->real == NULL || strcmp(p->real, w->real) != 0) {
		free(p->real);
		p->real = paths_copy(w->real);
	}
	return p->dev != w->st.st_dev || p->ino != w->st.st_ino;
}

static int
paths_covered(const char *real)
{
	size_t	 i;

	for (i = 0; i < nplaces; i++)
		if (places[i].there && way_has(places[i].real, real))
			return 1;
	return 0;
}

static int
paths_allowed(const char *real)
{
	size_t	 i;

	for (i = 0; i < nceilings; i++)
		if (way_has(ceilings[i], real))
			return 1;
	return 0;
}

/* Add a directory that a link leads to.  0, or -1: too many, logged. */
static int
paths_place_add_link(const char *real)
{
	if (nplaces == CHILD_DIRS) {
		log_warnx("%s: more than %d directories by links; put the "
		    "directories that links lead to into one that \"mailbox\" "
		    "names", real, CHILD_LINKS);
		return -1;
	}
	places[nplaces].there = 1;
	places[nplaces++].real = paths_copy(real);
	return 0;
}

/* Directories of domains are often links to another disk. */
static void
paths_place_links(const char *dir)
{
	char		 path[PATH_LEN_MAX + 1];
	struct dirent	*d;
	struct stat	 st;
	struct way	 w;
	enum way_end	 end;
	DIR		*entries;
	int		 len;

	if ((entries = opendir(dir)) == NULL)
		return;
	while ((d = readdir(entries)) != NULL) {
		len = snprintf(path, sizeof(path), "%s/%s", dir, d->d_name);
		if (d->d_name[0] == '.' || len < 0 ||
		    (size_t)len >= sizeof(path) || lstat(path, &st) == -1 ||
		    !S_ISLNK(st.st_mode) || st.st_uid >= paths_uid_min())
			continue;
		end = paths_follow(path, &w);
		if ((end == WAY_WHOLE || end == WAY_USERS) &&
		    !paths_covered(w.real) &&
		    paths_place_add_link(w.real) == -1)
			break;
	}
	(void)closedir(entries);
}

static void
paths_ceiling_add(const char *dir)
{
	if (paths_allowed(dir))
		return;
	if (nceilings == CEILINGS_MAX)
		fatalx("%s: too many directories", dir);
	ceilings[nceilings++] = paths_copy(dir);
}

/* The directory above a path, which is not the root. */
static void
paths_above(const char *path, char above[PATH_LEN_MAX + 1])
{
	char	*slash;

	(void)strlcpy(above, path, PATH_LEN_MAX + 1);
	slash = strrchr(above, '/');
	slash[slash == above] = '\0';
}

/*
 * A directory may be replaced later, by a mount, a new one or a link.  A rule
 * for the directory above it covers that.  But the root, above everything, gets
 * no rule for the sake of that.
 */
static void
paths_place_ceiling(const struct place *p)
{
	char		 above[PATH_LEN_MAX + 1];
	struct way	 w;

	if (p->there) {
		paths_above(p->real, above);
		paths_ceiling_add(above[1] == '\0' ? p->real : above);
	}
	if (p->path == NULL)
		return;
	paths_above(p->path, above);
	/* If that is missing, too: as far as there is something. */
	(void)paths_follow(above, &w);
	if (w.real[1] != '\0')
		paths_ceiling_add(w.real);
}

static void
paths_place_missing(const struct place *p, const struct way *w)
{
	log_warnx("%s%s: make it, mkdir -p -m 755 %s, or mount it",
	    p->path == authd.conf->state ? "state: " : "directory of "
	    "mailboxes: ", w->why, p->path);
	if (!authd.check_only && !paths_allowed(w->real))
		log_warnx("%s: reload pop3d when it is there", p->path);
}

/* Log what is wrong with a place.  1, or 0: nothing. */
static int
paths_place_check(struct place *p)
{
	char		 above[PATH_LEN_MAX + 1];
	struct way	 w;

	(void)paths_place_look(p, &w);
	if (!p->there && authd.check_only && p->path == authd.conf->state) {
		/* A start makes it, if the directory above is there. */
		paths_above(p->path, above);
		if (paths_follow(above, &w) == WAY_WHOLE)
			return 0;
	}
	if (!p->there) {
		paths_place_missing(p, &w);
		return 1;
	}
	if (!authd.privileged || w.st.st_uid >= authd.conf->ids.uid_min ||
	    (w.st.st_mode & S_IXOTH) != 0 || p->path == authd.conf->state ||
	    ((w.st.st_mode & S_IXGRP) != 0 && w.st.st_gid != 0))
		return 0;
	log_warnx("directory of mailboxes: %s: users may not enter it: "
	    "chmod o+x %s", p->path, p->path);
	return 1;
}

unsigned int
paths_init(char *const *mail)
{
	unsigned int	 bad = 0;
	size_t		 i, n;

	places[nplaces++].path = authd.conf->state;
	for (; *mail != NULL; mail++)
		places[nplaces++].path = *mail;
	n = nplaces;
	for (i = 0; i < n; i++) {
		bad += paths_place_check(&places[i]);
		paths_place_ceiling(&places[i]);
	}
	for (i = 1; i < n; i++)
		if (places[i].there && places[i].real[1] != '\0')
			paths_place_links(places[i].real);
	for (i = n; i < nplaces; i++)
		paths_place_ceiling(&places[i]);
	return bad;
}

void
paths_ceiling(struct sandbox *what)
{
	size_t	 i;

	for (i = 0; i < nceilings; i++)
		sandbox_path(what, ceilings[i], SANDBOX_WRITE);
}

char *const *
paths_spawner(void)
{
	static char	*reals[CHILD_DIRS + 1];
	struct way	 w;
	size_t		 i, n = 0;

	for (i = 0; i < nplaces; i++) {
		(void)paths_place_look(&places[i], &w);
		if (places[i].there)
			reals[n++] = places[i].real;
	}
	reals[n] = NULL;
	return reals;
}

void
paths_given(void)
{
	struct way	 w;
	size_t		 i;

	for (i = 0; i < nplaces; i++) {
		(void)paths_place_look(&places[i], &w);
		places[i].dev = w.st.st_dev;
		places[i].ino = places[i].there ? w.st.st_ino : 0;
	}
}

/*
 * A new link may lead to a directory without a rule.  1: it is a place now; 0:
 * it has a rule; -1: the mailbox cannot be served, logged.
 */
static int
paths_heal_mailbox(const char *mailbox)
{
	char		 dir[PATH_LEN_MAX + 1];
	struct way	 w;
	enum way_end	 end;

	paths_above(mailbox, dir);
	end = paths_follow(dir, &w);
	if (end != WAY_WHOLE && end != WAY_USERS) {
		log_warnx("directory of mailbox %s: %s", mailbox, w.why);
		return -1;
	}
	if (!paths_allowed(w.real)) {
		log_warnx("%s: its directory is %s now, which was not there, "
		    "or not by that name, when pop3d started: the sandbox "
		    "cannot be widened; reload pop3d", mailbox, w.real);
		return -1;
	}
	if (paths_covered(w.real))
		return 0;
	return paths_place_add_link(w.real) == -1 ? -1 : 1;
}

/* A spawner is not free: whether another one may be started now. */
static int
paths_heal_may(void)
{
	const time_t	 now = clock_seconds();

	for (; heals < HEAL_BURST && healed + HEAL_PAUSE <= now; heals++)
		healed += HEAL_PAUSE;
	if (heals == HEAL_BURST)
		healed = now;
	if (heals == 0)
		return 0;
	heals--;
	return 1;
}

int
paths_heal(const char *mailbox)
{
	struct way	 w;
	size_t		 i;
	int		 moved = 0, r;

	for (i = 0; i < nplaces; i++)
		if (paths_place_look(&places[i], &w)) {
			log_info("%s: not the directory that the sandbox has",
			    places[i].path != NULL ? places[i].path :
			    places[i].real);
			moved = 1;
		}
	if ((r = paths_heal_mailbox(mailbox)) == -1)
		return 0;
	if (!moved && r == 0) {
		log_warnx("%s: the sandbox allows it; its owner may not enter "
		    "its directory, or that was replaced together with the "
		    "one above it: then reload pop3d", mailbox);
		return 0;
	}
	return paths_heal_may();
}
