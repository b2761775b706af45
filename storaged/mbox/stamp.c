/* SPDX-License-Identifier: ISC */
/* Runs in: storaged, as the user.  Trusts: the clock; not the owner. */

#include <sys/stat.h>

#include <stdlib.h>
#include <string.h>

#include "stamp.h"

/*
 * The resolution of file times: clock ticks of at most 10 ms, or up to 2 s on
 * old file systems, whose times have no fractions.
 */
#define TICK_MS		50
#define TICK_COARSE_MS	2000

#define NS		1000000000L	/* nanoseconds in a second */

static long long
stamp_ms(const struct timespec *ts)
{
	return ts->tv_sec * 1000LL + ts->tv_nsec / 1000000;
}

int
stamp_of(struct stamp *s, const struct stat *st)
{
	struct timespec	 now;
	long long	 tick;

	if (clock_gettime(CLOCK_REALTIME, &now) == -1)
		return -1;
	memset(s, 0, sizeof(*s));
	s->dev = st->st_dev;
	s->ino = st->st_ino;
	s->size = st->st_size;
	s->mtime = st->st_mtim;
	s->ctime = st->st_ctim;
	tick = s->mtime.tv_nsec == 0 && s->ctime.tv_nsec == 0 ?
	    TICK_COARSE_MS : TICK_MS;
	s->fresh = stamp_ms(&now) - stamp_ms(&s->ctime) < tick;
	return 0;
}

int
stamp_take(struct stamp *s, int fd)
{
	struct stat	 st;

	return fstat(fd, &st) == -1 ? -1 : stamp_of(s, &st);
}

static int
stamp_same_time(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

int
stamp_same(const struct stamp *a, const struct stamp *b)
{
	return !a->fresh && a->dev == b->dev && a->ino == b->ino &&
	    a->size == b->size && stamp_same_time(&a->mtime, &b->mtime) &&
	    stamp_same_time(&a->ctime, &b->ctime);
}

int
stamp_seal(struct stamp *s, int fd)
{
	struct timespec	 ts[2];
	int		 set;

	/* Choose a time before any tick that a write from now on can be in. */
	if (clock_gettime(CLOCK_REALTIME, &ts[1]) == -1)
		return -1;
	ts[0].tv_sec = 0;
	ts[0].tv_nsec = UTIME_OMIT;
	ts[1].tv_nsec -= TICK_MS * 1000000L +
	    (long)arc4random_uniform(NS - TICK_MS * 1000000L);
	if (ts[1].tv_nsec < 0) {
		ts[1].tv_sec--;
		ts[1].tv_nsec += NS;
	}
	set = futimens(fd, ts) == 0;
	if (stamp_take(s, fd) == -1)
		return -1;
	if (set && ts[1].tv_nsec % 1000000 != 0 &&
	    stamp_same_time(&s->mtime, &ts[1]))
		s->fresh = 0;
	return 0;
}
