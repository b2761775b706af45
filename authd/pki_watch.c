/* SPDX-License-Identifier: ISC */
/*
 * Runs in: authd, root.  Trusts: the configuration for the paths.  The files
 * are only looked at: the next generation reads them, and serves only if each
 * key fits its certificate.
 */

#include <sys/types.h>
#include <sys/stat.h>

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "authd.h"
#include "generation.h"
#include "log.h"
#include "pki_watch.h"

#define EVERY	60	/* seconds */
#define FORGET	60	/* looks: ask again for what has not been taken */

/* One that was written less than this ago may be half of a pair, seconds. */
#define SETTLED	5

/* A file as it was seen; all noughts: not there. */
struct seen {
	dev_t		 dev;
	ino_t		 ino;
	off_t		 size;
	struct timespec	 mtime;
};

/* Of each pki, in the order of the configuration, certificate and key. */
static struct seen	*read_as;	/* by this generation */
static struct seen	*tried;		/* when a reload was last asked for */
static struct seen	*now;
static size_t		 count;
static struct event	 ev_look;

static void
pki_watch_file(struct seen *s, const char *path)
{
	struct stat	 st;

	memset(s, 0, sizeof(*s));
	if (stat(path, &st) == -1)
		return;
	s->dev = st.st_dev;
	s->ino = st.st_ino;
	s->size = st.st_size;
	s->mtime = st.st_mtim;
}

static void
pki_watch_see(struct seen *all)
{
	struct conf_pki	*pki;
	size_t		 i = 0;

	TAILQ_FOREACH(pki, &authd.conf->pkis, entry) {
		pki_watch_file(&all[i++], pki->cert_path);
		pki_watch_file(&all[i++], pki->key_path);
	}
}

void
pki_watch_note(void)
{
	struct conf_pki	*pki;

	TAILQ_FOREACH(pki, &authd.conf->pkis, entry)
		count += 2;
	if (count == 0)
		return;
	if ((read_as = calloc(count, sizeof(*read_as))) == NULL ||
	    (tried = calloc(count, sizeof(*tried))) == NULL ||
	    (now = calloc(count, sizeof(*now))) == NULL)
		fatal("pki");
	pki_watch_see(read_as);
	memcpy(tried, read_as, count * sizeof(*tried));
}

/* The path of a file by its number. */
static const char *
pki_watch_path(size_t n)
{
	struct conf_pki	*pki;
	size_t		 i = 0;

	TAILQ_FOREACH(pki, &authd.conf->pkis, entry) {
		if (i == n)
			return pki->cert_path;
		if (i + 1 == n)
			return pki->key_path;
		i += 2;
	}
	return "pki";
}

/*
 * The first file that is another one since a reload was last asked for, or
 * NULL; also while one is missing, or has just been written: the rest of what
 * belongs to it may follow.
 */
static const char *
pki_watch_changed(void)
{
	const char	*path = NULL;
	time_t		 t = time(NULL);
	size_t		 i;

	for (i = 0; i < count; i++) {
		if (now[i].ino == 0 || (now[i].mtime.tv_sec <= t &&
		    t - now[i].mtime.tv_sec < SETTLED))
			return NULL;
		if (path == NULL &&
		    memcmp(&now[i], &tried[i], sizeof(now[i])) != 0)
			path = pki_watch_path(i);
	}
	return path;
}

static void
pki_watch_on_look(evutil_socket_t fd, short what, void *arg)
{
	static unsigned int	 looks;
	const char		*path;

	if (authd.draining || authd.halting)
		return;
	/* A reload may have failed for another reason. */
	if (++looks % FORGET == 0)
		memcpy(tried, read_as, count * sizeof(*tried));
	pki_watch_see(now);
	if ((path = pki_watch_changed()) == NULL)
		return;
	memcpy(tried, now, count * sizeof(*tried));
	generation_reload(path);
}

void
pki_watch_init(void)
{
	const struct timeval	 tv = { EVERY, 0 };

	if (count == 0 || !authd.mastered)
		return;
	if (event_assign(&ev_look, authd.base, -1, EV_PERSIST,
	    pki_watch_on_look, NULL) == -1 || event_add(&ev_look, &tv) == -1)
		fatalx("pki");
}
