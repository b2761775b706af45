/* SPDX-License-Identifier: ISC */
/*
 * Runs in: storaged, as the user.  Trusts: nothing in the mailbox.
 *
 * doc/commit.md explains the order of writes, and regress/crash tests it in
 * every order in which a disk may perform them.  Do not reorder writes, syncs
 * or cuts without updating both.
 */

/* libcrypto 3 deprecates calls that LibreSSL keeps and that need no malloc. */
#define OPENSSL_SUPPRESS_DEPRECATED

#include <openssl/sha.h>

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "compact.h"
#include "io.h"

/* Start write-back after this many bytes. */
#define START		(8 * 1024 * 1024)

struct compact_sizes	 compact_sizes = {
	.nodata = 1024 * 1024,
	.nodata_least = 64 * 1024,
	.small_most = 16 * 1024 * 1024,
	.chunk = 64 * 1024 * 1024,
	.buffer = 256 * 1024,
};

/* Read exactly n bytes of the mailbox. */
static int
compact_read(const struct compact *c, void *buf, size_t n, uint64_t off)
{
	ssize_t	 got;

	if ((got = io_pread(c->fd, buf, n, off)) == (ssize_t)n)
		return 0;
	if (got != -1)
		errno = EIO;
	return -1;
}

/* Return the range at c->at; behind the list that is the appended mail. */
static struct range
compact_current(const struct compact *c)
{
	struct range	 r;

	if (c->at < c->count)
		return c->list[c->at];
	r.off = c->appended;
	r.len = c->size - c->appended;
	return r;
}

/* Skip n kept bytes. */
static void
compact_advance(struct compact *c, uint64_t n)
{
	struct range	 r;

	for (;;) {
		r = compact_current(c);
		if (n < r.len - c->skip || c->at == c->count)
			break;
		n -= r.len - c->skip;
		c->skip = 0;
		c->at++;
	}
	c->skip += n;
}

uint64_t
compact_gap(struct compact *c)
{
	c->at = c->skip = 0;
	compact_advance(c, c->done);
	return compact_current(c).off + c->skip - (c->first + c->done);
}

/* Read the next n kept bytes and advance. */
static int
compact_kept(struct compact *c, unsigned char *buf, size_t n)
{
	struct range	 r;
	size_t		 len;

	while (n > 0) {
		r = compact_current(c);
		len = r.len - c->skip < n ? r.len - c->skip : n;
		if (compact_read(c, buf, len, r.off + c->skip) == -1)
			return -1;
		compact_advance(c, len);
		buf += len;
		n -= len;
	}
	return 0;
}

/* Describe the mailbox in a slot, for recovery to recognize it. */
static int
compact_describe(const struct compact *c, struct slot *s)
{
	uint64_t	 to = c->first + c->done, cut;
	unsigned char	 buf[JOURNAL_OLD_MAX];

	memset(s, 0, offsetof(struct slot, old));
	s->ino = c->ino;
	s->size = c->size;
	s->first = c->first;
	s->end = c->first + c->kept;
	s->done = c->done;
	s->count = c->count;
	s->appended = c->appended;
	memcpy(s->list_hash, c->list_hash, sizeof(s->list_hash));

	s->before = to < journal_sizes.old ? to : journal_sizes.old;
	if (compact_read(c, buf, s->before, to - s->before) == -1)
		return -1;
	journal_hash(buf, s->before, s->before_hash);

	cut = s->size - s->end;
	s->head = cut < journal_sizes.old ? cut : journal_sizes.old;
	cut -= s->head;
	s->tail = cut < journal_sizes.old ? cut : journal_sizes.old;
	if (compact_read(c, s->old, s->head, s->end) == -1 ||
	    compact_read(c, s->old + s->head, s->tail, s->size - s->tail) == -1)
		return -1;
	return 0;
}

static uint64_t
compact_least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* Move through the data area: 1, 0 if a copy has no room, or -1. */
static int
compact_choose_data(struct compact *c, struct slot *s)
{
	const uint64_t	 left = c->kept - c->done, max = journal_sizes.data;

	if (c->nospace)
		return 0;
	s->mode = JOURNAL_DATA;
	s->chunk = compact_least(left, max);
	/* The second chunk must not fail once the first is committed. */
	if (journal_reserve(c->journal, 0, s->chunk) == 0 &&
	    (left == s->chunk || journal_reserve(c->journal, 1,
	    compact_least(left - s->chunk, max)) == 0))
		return 1;
	if (errno != ENOSPC && errno != EDQUOT && errno != EFBIG)
		return -1;
	c->nospace = 1;
	return 0;
}

/*
 * Without room for a copy, move in small steps, unless the mailbox is so large
 * that the client would wait for minutes.  Return 1 for a copy in the small
 * data area, 0 for steps as long as the gap, or -1 if neither is possible.
 */
static int
compact_choose_small(struct compact *c, struct slot *s, uint64_t gap)
{
	const uint64_t	 left = c->kept - c->done;

	if (gap >= compact_sizes.nodata_least)
		return 0;
	if (c->kept > compact_sizes.small_most) {
		errno = ENOSPC;
		return -1;
	}
	if (gap >= journal_sizes.small)
		return 0;
	if (journal_reserve_small(c->journal, c->count) == -1)
		return -1;
	s->mode = JOURNAL_SMALL;
	s->chunk = compact_least(left, journal_sizes.small);
	return 1;
}

/* Choose mode and length of the next chunk.  -1: there is no room. */
static int
compact_choose(struct compact *c, struct slot *s)
{
	const uint64_t	 gap = compact_gap(c);
	int		 r;

	if (gap < compact_sizes.nodata) {
		if ((r = compact_choose_data(c, s)) == 0)
			r = compact_choose_small(c, s, gap);
		if (r != 0)
			return r == 1 ? 0 : -1;
	}
	s->mode = JOURNAL_NODATA;
	s->chunk = compact_least(compact_least(c->kept - c->done, gap),
	    compact_sizes.chunk);
	return 0;
}

/* Copy a chunk to the data area. */
static int
compact_save(struct compact *c, struct slot *s)
{
	SHA256_CTX	 sha;
	uint64_t	 off;
	size_t		 n;

	SHA256_Init(&sha);
	for (off = 0; off < s->chunk; off += n) {
		n = s->chunk - off < compact_sizes.buffer ? s->chunk - off :
		    compact_sizes.buffer;
		if (compact_kept(c, c->buf, n) == -1 ||
		    journal_put(c->journal, s->mode, c->buf, n, off) == -1)
			return -1;
		SHA256_Update(&sha, c->buf, n);
	}
	SHA256_Final(s->data_hash, &sha);
	(void)compact_gap(c);
	return 0;
}

/*
 * Move a chunk to its place.  With a copy, read it from the journal: the source
 * in the mailbox may be overwritten already.
 */
static int
compact_move(struct compact *c, const struct slot *s)
{
	uint64_t	 off, begun = 0, to = c->first + c->done;
	size_t		 n;

	for (off = 0; off < s->chunk; off += n) {
		n = s->chunk - off < compact_sizes.buffer ? s->chunk - off :
		    compact_sizes.buffer;
		if (journal_has_data(s)) {
			if (journal_data(c->journal, s, c->buf, n, off) == -1)
				return -1;
			compact_advance(c, n);
		} else if (compact_kept(c, c->buf, n) == -1)
			return -1;
		if (io_pwrite(c->fd, c->buf, n, to + off) == -1)
			return -1;
		if (off + n - begun >= START) {
			io_start(c->fd, to + begun, off + n - begun);
			begun = off + n;
		}
	}
	c->done += s->chunk;
	return 0;
}

/* Move one chunk.  The sync of its slot is the commit point. */
static int
compact_step(struct compact *c, struct slot *s)
{
	if (compact_describe(c, s) == -1)
		return -1;
	s->phase = JOURNAL_COPY;
	if (compact_choose(c, s) == -1)
		return -1;
	if (journal_has_data(s) && compact_save(c, s) == -1)
		return -1;
	if (journal_write(c->journal, s) == -1 ||
	    journal_sync(c->journal) == -1)
		return -1;
	c->committed = 1;
	return compact_move(c, s);
}

/* Keep mail appended by a process that ignores locks: 1, 0 if none, or -1. */
static int
compact_grown(struct compact *c)
{
	off_t	 size;

	if ((size = io_size(c->fd)) == -1)
		return -1;
	if ((uint64_t)size < c->size) {
		errno = EIO;
		return -1;
	}
	if ((uint64_t)size == c->size)
		return 0;
	c->kept += size - c->size;
	c->size = size;
	return 1;
}

/* Everything kept is in place and on disk: record that the rest may go. */
static int
compact_trim(struct compact *c)
{
	struct slot	 s;

	if (compact_describe(c, &s) == -1)
		return -1;
	s.phase = JOURNAL_TRIM;
	if (journal_write(c->journal, &s) == -1 ||
	    journal_sync(c->journal) == -1)
		return -1;
	c->committed = 1;
	return 0;
}

/*
 * Finish a chunk.  Return 1 if there is more to move and the chunk is on disk;
 * 0 if all is in place and the file may be cut; -1 with errno.
 */
static int
compact_settle(struct compact *c, uint32_t mode)
{
	int	 more;

	if (c->done == c->kept) {
		/*
		 * Without a copy a redo reads the file, which the cut destroys:
		 * first replace the slot that asks for a redo.
		 */
		if (mode == JOURNAL_NODATA &&
		    (io_fdatasync(c->fd) == -1 || compact_trim(c) == -1))
			return -1;
		if ((more = compact_grown(c)) != 1)
			return more;
	}
	/* The next slot relies on this chunk being on disk. */
	return io_fdatasync(c->fd) == -1 ? -1 : 1;
}

static int
compact_cut(struct compact *c)
{
	if (io_ftruncate(c->fd, c->first + c->kept) == -1 ||
	    io_fsync(c->fd) == -1)
		return -1;
	return journal_idle(c->journal);
}

static int
compact_run(struct compact *c, int more)
{
	struct slot	 s;

	while (more == 1) {
		if (compact_step(c, &s) == -1)
			return -1;
		more = compact_settle(c, s.mode);
	}
	return more == -1 ? -1 : compact_cut(c);
}

static int
compact_begin(struct compact *c)
{
	return c->buf != NULL ||
	    (c->buf = malloc(compact_sizes.buffer)) != NULL ? 0 : -1;
}

int
compact_remove(struct compact *c)
{
	int	 r, saved;

	if (c->kept == 0 && c->first == 0 && (r = compact_grown(c)) != 1) {
		if (r == -1 || io_ftruncate(c->fd, 0) == -1)
			return -1;
		c->committed = c->emptied = 1;
		return io_fsync(c->fd);
	}
	/* The slots must not describe mail that is only in memory. */
	if (compact_begin(c) == -1 || io_fdatasync(c->fd) == -1 ||
	    journal_begin(c->journal) == -1 ||
	    journal_list(c->journal, c->list, c->count, c->list_hash) == -1)
		return -1;
	if (c->kept > 0)
		r = compact_run(c, 1);
	else if ((r = compact_trim(c)) == 0 && (r = compact_grown(c)) != -1)
		r = compact_run(c, r);
	if (r == -1 && !c->committed) {
		/* A slot that was not synced must not take effect later. */
		saved = errno;
		(void)journal_idle(c->journal);
		errno = saved;
	}
	return r;
}

int
compact_resume(struct compact *c, const struct slot *s, int is_cut)
{
	int	 more;

	c->committed = 1;
	if (compact_begin(c) == -1)
		return -1;
	(void)compact_gap(c);
	if (s->phase == JOURNAL_COPY && compact_move(c, s) == -1)
		return -1;
	if (is_cut) {
		if (io_fsync(c->fd) == -1)
			return -1;
		return journal_idle(c->journal);
	}
	more = s->phase == JOURNAL_COPY ? compact_settle(c, s->mode) :
	    compact_grown(c);
	return compact_run(c, more);
}

void
compact_free(struct compact *c)
{
	free(c->list);
	free(c->buf);
	c->list = NULL;
	c->buf = NULL;
}
