/* SPDX-License-Identifier: ISC */
/*
 * Runs in: storaged, as the user.  Trusts: nothing in mailbox and index.
 *
 * Use the index to avoid scans.  There are three ways to open a mailbox:
 *
 * Unchanged: device, inode, size and both times are those for which the index
 * was written, and these times were old enough then, or peculiar enough (see
 * stamp.h), that any write since would show.  Then take no lock and read no
 * mail.  A lock keeps agents from writing while we read, and us from seeing
 * half of a write; but nothing is read here, and an agent that is writing has
 * already changed the size or a time.  The result is as if the session had
 * begun just before that write.
 *
 * Grown: the same file, but longer.  Read the last known message and everything
 * after it again.  If that message has the same place and sum, assume that the
 * mailbox has only grown.  Another process may have changed bytes before it and
 * kept their number, which only a full read would show.  So the messages before
 * it are "unproven": each is compared with its sum before it is sent or
 * removed.  A difference ends the session, removes nothing, and makes the next
 * session scan everything.
 *
 * Otherwise scan the whole file.
 */

#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "mbox_index.h"
#include "mbox_read.h"

static const struct index_slot *
mbox_slot(const struct mbox *mb)
{
	return &mb->index.slot[mb->index.cur];
}

int
mbox_unchanged(struct mbox *mb)
{
	const struct index_slot	*sl;

	if (!index_exact(&mb->index, &mb->stamp))
		return 0;
	sl = mbox_slot(mb);
	if (sl->size > mb->conf->octets_max ||
	    sl->count > mb->conf->messages_max)
		return 0;
	mb->stamp.fresh = 0;
	/* A commit that has not begun is no longer pending. */
	mb->stale = index_pending(&mb->index);
	mb->count = mb->todo = sl->count;
	mb->unproven = sl->unproven;
	mb->total = sl->octets;
	mb->end = sl->end;
	sums_seed(&mb->sums, sl->seed);
	log_debug("%s: mailbox of %s: unchanged", mb->conf->path,
	    mb->conf->user);
	return 1;
}

/* Scan from the last known message, and return whether it is unchanged. */
static int
mbox_scan_tail(struct mbox *mb, const struct msg *last)
{
	const struct msg	*now;

	sums_seed(&mb->sums, mbox_slot(mb)->seed);
	sums_grow(&mb->sums);
	if (mbox_scan_from(mb, &mb->tail, last->off,
	    mb->conf->messages_max - mbox_slot(mb)->count + 1) != SCAN_OK ||
	    mb->tail.n == 0)
		return 0;
	now = &mb->tail.v[0];
	return now->off == last->off && now->from == last->from &&
	    now->hdr == last->hdr && now->wire == last->wire &&
	    now->sum == last->sum;
}

int
mbox_grown(struct mbox *mb)
{
	const struct index_slot	*sl;
	struct msg		 last;
	uint32_t		 i;

	if (!index_base(&mb->index, &mb->stamp))
		return 0;
	sl = mbox_slot(mb);
	if (sl->count > mb->conf->messages_max ||
	    index_msgs(&mb->index, &last, sl->count - 1, sl->count, sl->end) ==
	    -1 || last.off >= mb->stamp.size)
		return 0;
	/* A full scan will report whatever is wrong with it. */
	if (!mbox_scan_tail(mb, &last)) {
		msgs_free(&mb->tail);
		return 0;
	}
	mb->unproven = sl->count - 1;
	mb->count = mb->unproven + mb->tail.n;
	mb->end = mb->tail.end;
	mb->total = sl->octets;
	for (i = 1; i < mb->tail.n; i++)
		mb->total += mb->tail.v[i].wire;
	mb->stale = 1;
	mb->todo = sl->count;
	log_debug("%s: mailbox of %s: grown by %llu octets", mb->conf->path,
	    mb->conf->user, (unsigned long long)(mb->stamp.size - sl->size));
	return 1;
}

/* The index does not hold: scan everything, and see whether it mattered. */
static enum st_status
mbox_scan_again(struct mbox *mb)
{
	uint64_t	 total = mb->total;
	uint32_t	 count = mb->count;
	enum st_status	 status;

	log_debug("%s: mailbox of %s: the index does not hold", mb->conf->path,
	    mb->conf->user);
	msgs_free(&mb->tail);
	/* Until a scan succeeds there is nothing to write to the index. */
	mb->stale = 0;
	if ((status = lock_mbox(&mb->lock)) != ST_OK)
		return ST_TEMP;
	if (stamp_take(&mb->stamp, mb->file.fd) == -1) {
		mbox_trouble(mb, "fstat");
		status = ST_TEMP;
	} else
		status = mbox_scan(mb);
	if (!(mb->conf->lock_flags & LOCK_SESSION))
		lock_mbox_drop(&mb->lock);
	/* The next scan must not add to the result of a failed one. */
	if (status != ST_OK)
		msgs_free(&mb->msgs);
	if (status != ST_OK || (mb->count == count && mb->total == total))
		return status;
	mbox_changed(mb);
	return ST_CHANGED;
}

enum st_status
mbox_again(struct mbox *mb)
{
	struct msgs	 was = mb->msgs;
	enum st_status	 status;
	uint32_t	 i;

	memset(&mb->msgs, 0, sizeof(mb->msgs));
	status = mbox_scan_again(mb);
	for (i = 0; status == ST_OK && i < mb->count; i++)
		if (mb->msgs.v[i].wire != was.v[i].wire) {
			mbox_changed(mb);
			status = ST_CHANGED;
		}
	msgs_free(&was);
	return status;
}

enum st_status
mbox_load(struct mbox *mb)
{
	struct msg	*v;
	uint64_t	 sum = 0;
	uint32_t	 i, n = mb->count - mb->tail.n;

	if (mb->msgs.n == mb->count)
		return ST_OK;
	if ((v = calloc(mb->count, sizeof(*v))) == NULL) {
		mbox_trouble(mb, "index");
		return ST_TEMP;
	}
	if (index_msgs(&mb->index, v, 0, n, mb->tail.n > 0 ? mb->tail.v[0].off :
	    mb->end) == -1) {
		free(v);
		return mbox_scan_again(mb);
	}
	if (mb->tail.n > 0)
		memcpy(v + n, mb->tail.v, mb->tail.n * sizeof(*v));
	for (i = 0; i < mb->count; i++)
		sum += v[i].wire;
	if (sum != mb->total) {
		free(v);
		return mbox_scan_again(mb);
	}
	msgs_free(&mb->tail);
	mb->msgs.v = v;
	mb->msgs.n = mb->msgs.size = mb->count;
	mb->msgs.end = mb->end;
	return ST_OK;
}

int
mbox_can_save(const struct mbox *mb)
{
	return mb->index.fd != -1 && !mb->index.readonly;
}

/* Write the missing records up to last, and the slot. */
static void
mbox_write_index(struct mbox *mb, uint32_t last)
{
	struct index_state	 st;

	memset(&st, 0, sizeof(st));
	st.stamp = mb->stamp;
	/* Mail after that has not been scanned: see mbox_moved.c. */
	st.size = st.end = mb->end;
	st.octets = mb->total;
	st.count = mb->count;
	st.unproven = mb->unproven;
	st.seed = mb->sums.seed;
	st.first = mb->todo;
	st.last = last;
	st.anew = mb->anew;
	if (mb->msgs.n == mb->count)
		st.v = mb->msgs.v + mb->todo;
	else
		st.v = mb->tail.v + (mb->todo - (mb->count - mb->tail.n));
	if (mb->uids.v != NULL)
		st.uids = &mb->uids;
	index_put(&mb->index, &st);
	mb->stale = mb->anew = 0;
	mb->todo = mb->count;
}

void
mbox_save(struct mbox *mb)
{
	if (mb->stale && mbox_can_save(mb))
		mbox_write_index(mb, mb->count);
}

void
mbox_named(struct mbox *mb, uint32_t first, uint32_t last)
{
	int	 known = !mb->stale;

	mb->stale = 1;
	if (mb->todo > first)
		mb->todo = first;
	if (mbox_can_save(mb))
		mbox_write_index(mb, known ? last : mb->count);
}
