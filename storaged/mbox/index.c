/* SPDX-License-Identifier: ISC */
/* Runs in: storaged, as the user.  Trusts: nothing in the index. */

#include <sys/stat.h>

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "index.h"
#include "log.h"
#include "random.h"

#define MAGIC		UINT64_C(0x3130786469643370)	/* "p3didx01" */

#define SLOT_LEN	sizeof(struct index_slot)
#define RING		(2 * SLOT_LEN)
#define RUNS		(RING + INDEX_TOMBS * sizeof(struct tomb))

/* Records read or written at a time. */
#define CHUNK		512

#define FLAGS		(O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | \
			    O_NOCTTY | O_CLOEXEC)

/* Cut a file that is this many times as large as it need be. */
#define TRIM		3

/* More copies of a message than any maildrop has, and far from overflow. */
#define COPY_MAX	(UINT32_C(1) << 30)

struct record {
	uint32_t	 check;		/* of all that follows, with the run */
	uint32_t	 copy;		/* 0: the id is not known */
	uint64_t	 off;
	uint64_t	 len;		/* of the content */
	uint64_t	 wire;
	uint64_t	 sum;
	uint32_t	 hdr;
	uint16_t	 from;
	uint8_t		 spare;		/* zero */
	unsigned char	 hash[UIDL_HASH_LEN];
};

struct tomb {
	uint64_t	 check;
	uint32_t	 copy;
	unsigned char	 hash[UIDL_HASH_LEN];
	unsigned char	 spare[3];	/* zero */
};

static_assert(SLOT_LEN == 256, "slots are 256 octets");
static_assert(sizeof(struct record) == 64, "records have no holes");
static_assert(sizeof(struct tomb) == 32, "tombs have no holes");

/* Against accidents, not attacks: the owner may write anything. */
static uint64_t
index_checksum(uint64_t h, const void *p, size_t len)
{
	const unsigned char	*s = p;
	uint64_t		 w;

	h ^= MAGIC;
	for (; len >= sizeof(w); s += sizeof(w), len -= sizeof(w)) {
		memcpy(&w, s, sizeof(w));
		h = (h ^ w) * UINT64_C(0x9e3779b97f4a7c15);
		h ^= h >> 32;
	}
	return h;
}

static uint64_t
index_slot_check(const struct index_slot *sl)
{
	return index_checksum(0, &sl->magic, sizeof(*sl) - sizeof(sl->check));
}

static uint32_t
index_record_check(const struct index_slot *sl, const struct record *r,
    uint32_t i)
{
	uint64_t	 h = sl->id + ((uint64_t)r->copy << 32) + i;

	return index_checksum(h, &r->off, sizeof(*r) - 2 * sizeof(r->check));
}

static uint64_t
index_tomb_check(const struct tomb *t)
{
	return index_checksum(1, &t->copy, sizeof(*t) - sizeof(t->check));
}

static int
index_slot_valid(const struct index_slot *sl)
{
	return sl->magic == MAGIC && sl->check == index_slot_check(sl) &&
	    sl->end <= sl->size && sl->size <= INT64_MAX &&
	    sl->known <= sl->count && sl->unproven <= sl->count &&
	    sl->octets / 2 <= sl->size + sl->count &&
	    sl->run >= RUNS && sl->run <= INT64_MAX / 2;
}

static void
index_broken(struct index *ix, const char *what)
{
	log_debug("index: %s: %s", what, strerror(errno));
	index_close(ix);
}

static int
index_read(int fd, void *buf, size_t len, uint64_t off)
{
	ssize_t	 n = pread(fd, buf, len, off);

	if (n != -1 && (size_t)n < len)
		errno = EINVAL;
	return n == (ssize_t)len ? 0 : -1;
}

static int
index_write(int fd, const void *buf, size_t len, uint64_t off)
{
	ssize_t	 n = pwrite(fd, buf, len, off);

	if (n != -1 && (size_t)n < len)
		errno = ENOSPC;
	return n == (ssize_t)len ? 0 : -1;
}

/* Remove a symbolic link in the place of the index. */
static int
index_make_room(int statefd)
{
	return errno == ELOOP || errno == EMLINK ?
	    unlinkat(statefd, "index", 0) : -1;
}

/* Read the slots of the open file; zero those that are not valid. */
static void
index_read_slots(struct index *ix)
{
	ssize_t	 n;
	int	 i;

	ix->cur = ix->doubt = -1;
	ix->tombs = 0;
	memset(ix->slot, 0, sizeof(ix->slot));
	if (ix->fd == -1)
		return;
	n = pread(ix->fd, ix->slot, sizeof(ix->slot), 0);
	for (i = 0; i < 2; i++)
		if (!index_slot_valid(&ix->slot[i]))
			memset(&ix->slot[i], 0, SLOT_LEN);
	/* The file is not an index, and in the way of one. */
	if (n != 0 && ix->slot[0].magic == 0 && ix->slot[1].magic == 0 &&
	    ftruncate(ix->fd, 0) == -1)
		index_broken(ix, "ftruncate");
}

void
index_open(struct index *ix, int statefd, const char *user)
{
	ix->fd = openat(statefd, "index", FLAGS, 0600);
	ix->readonly = ix->fd == -1 && errno == EROFS;
	if (ix->readonly)
		ix->fd = openat(statefd, "index", FLAGS & ~(O_RDWR | O_CREAT));
	else if (ix->fd == -1 && index_make_room(statefd) == 0)
		ix->fd = openat(statefd, "index", FLAGS, 0600);
	if (ix->fd == -1)
		log_warn("state directory of %s: index; its mailbox is scanned "
		    "at every login", user);
	index_read_slots(ix);
}

void
index_close(struct index *ix)
{
	if (ix->fd != -1)
		(void)close(ix->fd);
	ix->fd = ix->cur = ix->doubt = -1;
}

void
index_lose(struct index *ix)
{
	if (ix->fd != -1 && ftruncate(ix->fd, 0) == -1)
		log_debug("index: ftruncate: %s", strerror(errno));
	index_close(ix);
}

static int
index_newest(const struct index *ix)
{
	int	 i, best = -1;

	for (i = 0; i < 2; i++)
		if (ix->slot[i].magic != 0 && (best == -1 ||
		    ix->slot[i].gen > ix->slot[best].gen))
			best = i;
	return best;
}

int
index_pending(const struct index *ix)
{
	int	 i = index_newest(ix);

	return i != -1 && ix->slot[i].flags & INDEX_PENDING;
}

int
index_empty(const struct index *ix, const struct stamp *st)
{
	const struct index_slot	*sl;
	int			 i;

	if ((i = index_newest(ix)) == -1)
		return 0;
	sl = &ix->slot[i];
	return sl->count == 0 && sl->dev == st->dev && sl->ino == st->ino &&
	    sl->size == st->size && sl->end == st->size;
}

/* Use the ring of the newest slot: a buried id stays buried. */
static int
index_choose(struct index *ix, int which)
{
	ix->cur = which;
	ix->tombs = ix->slot[index_newest(ix)].tombs;
	return 1;
}

int
index_exact(struct index *ix, const struct stamp *st)
{
	const struct index_slot	*sl;
	int			 i;

	if ((i = index_newest(ix)) == -1)
		return 0;
	if (ix->slot[i].flags & INDEX_PENDING)
		i = !i;
	sl = &ix->slot[i];
	if (sl->magic == 0 || !(sl->flags & INDEX_EXACT) ||
	    sl->dev != st->dev || sl->ino != st->ino || sl->size != st->size ||
	    sl->mtime != st->mtime.tv_sec ||
	    sl->mtime_ns != st->mtime.tv_nsec ||
	    sl->ctime != st->ctime.tv_sec || sl->ctime_ns != st->ctime.tv_nsec)
		return 0;
	return index_choose(ix, i);
}

int
index_base(struct index *ix, const struct stamp *st)
{
	const struct index_slot	*sl;
	int			 i;

	if ((i = index_newest(ix)) == -1)
		return 0;
	sl = &ix->slot[i];
	if (!(sl->flags & INDEX_BASE) || sl->dev != st->dev ||
	    sl->ino != st->ino || sl->count == 0 || sl->size >= st->size)
		return 0;
	return index_choose(ix, i);
}

int
index_memory(struct index *ix)
{
	int	 i;

	ix->cur = ix->doubt = -1;
	if ((i = index_newest(ix)) == -1)
		return 0;
	if (ix->slot[i].flags & INDEX_PENDING && ix->slot[!i].magic != 0) {
		ix->doubt = i;
		i = !i;
	}
	return index_choose(ix, i);
}

int
index_left(const struct index *ix, struct index *left)
{
	if (ix->fd == -1 || ix->doubt == -1)
		return -1;
	*left = *ix;
	left->cur = ix->doubt;
	return 0;
}

/* Call fn for records first to n - 1 with their numbers, until one is wrong. */
static int
index_each(const struct index *ix, uint32_t first, uint32_t n,
    int (*fn)(void *, const struct record *, uint32_t), void *arg)
{
	const struct index_slot	*sl = &ix->slot[ix->cur];
	struct record		*buf;
	uint32_t		 i, k, some;
	int			 ok;

	some = n - first < CHUNK ? n - first : CHUNK;
	if ((buf = calloc(some > 0 ? some : 1, sizeof(*buf))) == NULL)
		return -1;
	for (ok = 1, i = first; ok && i < n; i += some) {
		if (some > n - i)
			some = n - i;
		ok = index_read(ix->fd, buf, some * sizeof(*buf),
		    sl->run + i * (uint64_t)sizeof(*buf)) == 0;
		for (k = 0; ok && k < some; k++)
			ok = buf[k].check ==
			    index_record_check(sl, &buf[k], i + k) &&
			    fn(arg, &buf[k], i + k) == 0;
	}
	free(buf);
	return ok ? 0 : -1;
}

/* Messages being loaded from records. */
struct loading {
	struct msg	*v;
	uint32_t	 first;
	uint64_t	 at;		/* end of the last one's content */
};

/* Set the length of the blank line before off, now that off is known. */
static int
index_load_sep(struct loading *l, uint32_t i, uint64_t off)
{
	if (off < l->at || off - l->at > 2)
		return -1;
	l->v[i - 1 - l->first].sep = off - l->at;
	return 0;
}

static int
index_load_msg(void *arg, const struct record *r, uint32_t i)
{
	struct loading	*l = arg;
	struct msg	*m = &l->v[i - l->first];

	if (i > l->first && index_load_sep(l, i, r->off) == -1)
		return -1;
	if (r->from < 5 || r->from > FROM_LINE_MAX || r->off > INT64_MAX / 2 ||
	    r->len > INT64_MAX / 4 || r->hdr > r->len || r->wire < r->len ||
	    r->wire > 2 * r->len + 2)
		return -1;
	m->off = r->off;
	m->wire = r->wire;
	m->sum = r->sum;
	m->hdr = r->hdr;
	m->from = r->from;
	m->sep = 0;
	l->at = r->off + r->from + r->len;
	return 0;
}

int
index_msgs(const struct index *ix, struct msg *v, uint32_t first, uint32_t n,
    uint64_t next)
{
	struct loading	 l = { .v = v, .first = first };

	if (ix->cur == -1 || n > ix->slot[ix->cur].count || first > n)
		return -1;
	if (first == n)
		return 0;
	return index_each(ix, first, n, index_load_msg, &l) == 0 ?
	    index_load_sep(&l, n, next) : -1;
}

static int
index_load_uid(void *arg, const struct record *r, uint32_t i)
{
	struct uid	*id = (struct uid *)arg + i;

	if (r->copy == 0 || r->copy > COPY_MAX)
		return -1;
	memcpy(id->hash, r->hash, sizeof(id->hash));
	id->copy = r->copy;
	return 0;
}

int
index_uids(const struct index *ix, struct uid *v, uint32_t n)
{
	if (ix->cur == -1 || n > ix->slot[ix->cur].known)
		return -1;
	return index_each(ix, 0, n, index_load_uid, v);
}

uint32_t
index_tombs(const struct index *ix)
{
	return ix->tombs < INDEX_TOMBS ? ix->tombs : INDEX_TOMBS;
}

void
index_taken(const struct index *ix, struct uids *u)
{
	struct tomb	*ring;
	struct uid	 id;
	uint32_t	 i, n = index_tombs(ix);

	if (n == 0 || (ring = calloc(n, sizeof(*ring))) == NULL)
		return;
	/* A tomb that is missing or wrong is forgotten. */
	if (pread(ix->fd, ring, n * sizeof(*ring), RING) == -1)
		n = 0;
	for (i = 0; i < n; i++) {
		if (ring[i].copy == 0 || ring[i].copy > COPY_MAX ||
		    ring[i].check != index_tomb_check(&ring[i]))
			continue;
		memcpy(id.hash, ring[i].hash, sizeof(id.hash));
		id.copy = ring[i].copy;
		uids_taken(u, &id);
	}
	free(ring);
}

void
index_bury(struct index *ix, const struct uid *ids, uint32_t n)
{
	struct tomb	*ring;
	uint32_t	 i, at;

	if (ix->fd == -1 || n == 0)
		return;
	if (n > INDEX_TOMBS) {
		ids += n - INDEX_TOMBS;
		n = INDEX_TOMBS;
	}
	if ((ring = calloc(n, sizeof(*ring))) == NULL)
		return;
	for (i = 0; i < n; i++) {
		ring[i].copy = ids[i].copy;
		memcpy(ring[i].hash, ids[i].hash, sizeof(ring[i].hash));
		ring[i].check = index_tomb_check(&ring[i]);
	}
	at = ix->tombs % INDEX_TOMBS;
	i = n < INDEX_TOMBS - at ? n : INDEX_TOMBS - at;
	if (index_write(ix->fd, ring, i * sizeof(*ring),
	    RING + at * sizeof(*ring)) == -1 || (i < n && index_write(ix->fd,
	    ring + i, (n - i) * sizeof(*ring), RING) == -1))
		index_broken(ix, "write");
	ix->tombs += n;
	free(ring);
}

/* Write a slot over the one that is not in use, and use it. */
static int
index_put_slot(struct index *ix, struct index_slot *new)
{
	int	 to = ix->cur == -1 ? 0 : !ix->cur;

	/* If the write is cut short, keep what the commit was to leave. */
	if (ix->doubt != -1)
		to = !ix->doubt;
	new->check = index_slot_check(new);
	if (index_write(ix->fd, new, SLOT_LEN, to * SLOT_LEN) == -1)
		return -1;
	ix->slot[to] = *new;
	ix->cur = to;
	ix->doubt = -1;
	return 0;
}

static void
index_fill(struct record *r, const struct index_slot *sl,
    const struct index_state *st, uint32_t i)
{
	const struct msg	*m = &st->v[i - st->first];
	const struct uid	*id;
	uint64_t		 next;

	memset(r, 0, sizeof(*r));
	next = i + 1 < st->count ? m[1].off : st->end;
	r->off = m->off;
	r->len = next - m->sep - msg_content(m);
	r->wire = m->wire;
	r->sum = m->sum;
	r->hdr = m->hdr;
	r->from = m->from;
	if (st->uids != NULL && i < st->uids->n) {
		id = &st->uids->v[i];
		memcpy(r->hash, id->hash, sizeof(r->hash));
		r->copy = id->copy;
	}
	r->check = index_record_check(sl, r, i);
}

static int
index_write_records(struct index *ix, const struct index_slot *sl,
    const struct index_state *st)
{
	struct record	*buf;
	uint32_t	 i, k, n;
	int		 r = 0;

	n = st->last - st->first < CHUNK ? st->last - st->first : CHUNK;
	if (n == 0)
		return 0;
	if ((buf = calloc(n, sizeof(*buf))) == NULL)
		return -1;
	for (i = st->first; r == 0 && i < st->last; i += n) {
		if (n > st->last - i)
			n = st->last - i;
		for (k = 0; k < n; k++)
			index_fill(&buf[k], sl, st, i + k);
		r = index_write(ix->fd, buf, n * sizeof(*buf),
		    sl->run + i * (uint64_t)sizeof(*buf));
	}
	free(buf);
	return r;
}

static uint64_t
index_run_end(const struct index_slot *sl)
{
	return sl->run + sl->count * (uint64_t)sizeof(struct record);
}

/*
 * Return where a new run of records goes: before those in use if it fits, else
 * after them.
 */
static uint64_t
index_new_run(const struct index *ix, uint32_t count)
{
	const struct index_slot	*sl;
	uint64_t		 from, to;

	if (ix->cur == -1)
		return RUNS;
	sl = &ix->slot[ix->cur];
	from = sl->run;
	to = index_run_end(sl);
	if (ix->doubt != -1) {
		sl = &ix->slot[ix->doubt];
		from = sl->run < from ? sl->run : from;
		to = index_run_end(sl) > to ? index_run_end(sl) : to;
	}
	return count <= (from - RUNS) / sizeof(struct record) ? RUNS : to;
}

/* Copy the run in use to the unused front of the file: 0 or -1. */
static int
index_move_run(struct index *ix)
{
	const struct index_slot	*old = &ix->slot[ix->cur];
	struct index_slot	 new = *old;
	struct record		*buf;
	uint32_t		 i, k, n;
	int			 r = 0;

	if ((buf = calloc(CHUNK, sizeof(*buf))) == NULL)
		return -1;
	new.run = RUNS;
	new.gen++;
	random_fill(&new.id, sizeof(new.id));
	for (i = 0; r == 0 && i < old->count; i += n) {
		n = old->count - i < CHUNK ? old->count - i : CHUNK;
		r = index_read(ix->fd, buf, n * sizeof(*buf),
		    old->run + i * (uint64_t)sizeof(*buf));
		for (k = 0; r == 0 && k < n; k++) {
			if (buf[k].check !=
			    index_record_check(old, &buf[k], i + k))
				r = -1;
			buf[k].check = index_record_check(&new, &buf[k], i + k);
		}
		if (r == 0)
			r = index_write(ix->fd, buf, n * sizeof(*buf),
			    new.run + i * (uint64_t)sizeof(*buf));
	}
	free(buf);
	return r == 0 ? index_put_slot(ix, &new) : -1;
}

/* Free the space of runs that are no longer in use. */
static void
index_trim(struct index *ix)
{
	const struct index_slot	*sl = &ix->slot[ix->cur];
	uint64_t		 len = index_run_end(sl) - sl->run;
	struct stat		 st;

	if (fstat(ix->fd, &st) == -1 ||
	    (uint64_t)st.st_size < TRIM * (RUNS + len))
		return;
	if (sl->run - RUNS >= len && sl->run > RUNS && index_move_run(ix) == -1)
		return;
	if (ftruncate(ix->fd, index_run_end(&ix->slot[ix->cur])) == -1)
		index_broken(ix, "ftruncate");
}

/* Fill in a slot for st and the run in use. */
static void
index_new_slot(const struct index *ix, struct index_slot *new,
    const struct index_state *st)
{
	memset(new, 0, sizeof(*new));
	if (ix->cur != -1)
		*new = ix->slot[ix->cur];
	new->magic = MAGIC;
	new->gen = 1 + (ix->slot[0].gen > ix->slot[1].gen ?
	    ix->slot[0].gen : ix->slot[1].gen);
	new->dev = st->stamp.dev;
	new->ino = st->stamp.ino;
	new->size = st->size;
	new->mtime = st->stamp.mtime.tv_sec;
	new->mtime_ns = st->stamp.mtime.tv_nsec;
	new->ctime = st->stamp.ctime.tv_sec;
	new->ctime_ns = st->stamp.ctime.tv_nsec;
	new->end = st->end;
	new->octets = st->octets;
	new->tombs = ix->tombs;
	memcpy(new->seed, st->seed, sizeof(new->seed));
	new->count = st->count;
	new->unproven = st->unproven;
	if (st->uids != NULL)
		new->known = st->uids->n;
	else if (st->anew)
		new->known = 0;
	if (new->known > new->count)
		new->known = new->count;
	new->flags = st->pending ? INDEX_PENDING : INDEX_BASE;
	if (!st->pending && !st->stamp.fresh && st->size == st->stamp.size)
		new->flags |= INDEX_EXACT;
}

void
index_put(struct index *ix, const struct index_state *st)
{
	struct index_slot	 new;

	if (ix->fd == -1)
		return;
	index_new_slot(ix, &new, st);
	if (st->anew) {
		new.run = index_new_run(ix, st->count);
		random_fill(&new.id, sizeof(new.id));
	}
	if (index_write_records(ix, &new, st) == -1 ||
	    index_put_slot(ix, &new) == -1) {
		if (st->pending)
			index_lose(ix);
		else
			index_broken(ix, "write");
	} else if (!st->pending)
		index_trim(ix);
}

void
index_distrust(struct index *ix)
{
	int	 i;

	if (ix->fd == -1)
		return;
	for (i = 0; i < 2; i++) {
		if (ix->slot[i].magic == 0)
			continue;
		ix->slot[i].flags &= INDEX_PENDING;
		ix->slot[i].check = index_slot_check(&ix->slot[i]);
	}
	if (index_write(ix->fd, ix->slot, sizeof(ix->slot), 0) == -1)
		index_broken(ix, "write");
}
