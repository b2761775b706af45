/* SPDX-License-Identifier: ISC */
/*
 * Runs in: storaged, as the user.  Trusts: nothing in mailbox and index.
 *
 * What a session need not find out again.  Three ways to open a mailbox:
 *
 * Unchanged: device, inode, size and both times are those that the index was
 * written for, and these times were old enough then, or peculiar enough (see
 * stamp.h), that any write since would show.  Then neither a lock is taken nor
 * an octet of mail read.  A lock keeps agents from writing while we read, and
 * us from seeing half of what they write; but nothing is read here, and an
 * agent that is writing has changed the size or a time already.  It is as if
 * the session had begun just before that.
 *
 * Grown: the same file, and longer.  The last message that is known is read
 * again, with all behind it.  If it is, at its place and by its
 * sum, what it was, the mailbox is taken to have only grown.  Somebody may have
 * changed the octets before it and kept their number, which cannot be seen
 * without reading all of them: so the messages before it are "unproven", and
 * each is compared with its sum before it is sent out or removed.  A difference
 * ends the session, removes nothing, and has the next one scan everything.
 *
 * Otherwise the whole file is scanned.
 */

#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "mbox.h"

/* Mail that is hashed while the client does not wait for it, octets. */
#define RECALL_MAX	(8 * 1024 * 1024)

static const struct index_slot *
slot(const struct store *s)
{
	return &s->index.slot[s->index.cur];
}

int
mbox_unchanged(struct store *s)
{
	const struct index_slot	*sl;

	if (!index_exact(&s->index, &s->stamp))
		return 0;
	sl = slot(s);
	if (sl->size > s->conf.octets_max || sl->count > s->conf.messages_max)
		return 0;
	s->stamp.fresh = 0;
	/* A commit that has not begun is not pending any more. */
	s->stale = index_pending(&s->index);
	s->count = s->todo = sl->count;
	s->unproven = sl->unproven;
	s->total = sl->octets;
	s->end = sl->end;
	sums_seed(&s->sums, sl->seed);
	log_debug("%s: mailbox of %s: unchanged", s->conf.path, s->conf.user);
	return 1;
}

/* Scan from the last message that the index knows: whether it is still it. */
static int
scan_tail(struct store *s, const struct msg *last)
{
	const struct msg	*now;

	sums_seed(&s->sums, slot(s)->seed);
	sums_grow(&s->sums);
	if (mbox_scan_from(s, &s->tail, last->off,
	    s->conf.messages_max - slot(s)->count + 1) != SCAN_OK ||
	    s->tail.n == 0)
		return 0;
	now = &s->tail.v[0];
	return now->off == last->off && now->from == last->from &&
	    now->hdr == last->hdr && now->wire == last->wire &&
	    now->sum == last->sum;
}

int
mbox_grown(struct store *s)
{
	const struct index_slot	*sl;
	struct msg		 last;
	uint32_t		 i;

	if (!index_base(&s->index, &s->stamp))
		return 0;
	sl = slot(s);
	if (sl->count > s->conf.messages_max ||
	    index_msgs(&s->index, &last, sl->count - 1, sl->count, sl->end) ==
	    -1 || last.off >= s->stamp.size)
		return 0;
	/* If something is wrong with it the scan of all will say what. */
	if (!scan_tail(s, &last)) {
		msgs_free(&s->tail);
		return 0;
	}
	s->unproven = sl->count - 1;
	s->count = s->unproven + s->tail.n;
	s->end = s->tail.end;
	s->total = sl->octets;
	for (i = 1; i < s->tail.n; i++)
		s->total += s->tail.v[i].wire;
	s->stale = 1;
	s->todo = sl->count;
	log_debug("%s: mailbox of %s: grown by %llu octets", s->conf.path,
	    s->conf.user, (unsigned long long)(s->stamp.size - sl->size));
	return 1;
}

/* The index does not hold.  Scan everything, and see if it mattered. */
static enum st_status
scan_again(struct store *s)
{
	uint64_t	 total = s->total;
	uint32_t	 count = s->count;
	enum st_status	 status;

	log_debug("%s: mailbox of %s: the index does not hold", s->conf.path,
	    s->conf.user);
	msgs_free(&s->tail);
	if ((status = lock_mbox(&s->lock)) != ST_OK)
		return ST_TEMP;
	if (stamp_take(&s->stamp, s->file.fd) == -1) {
		mbox_trouble(s, "fstat");
		status = ST_TEMP;
	} else
		status = mbox_scan(s);
	if (!(s->conf.lock_flags & LOCK_SESSION))
		lock_mbox_drop(&s->lock);
	/* What a scan has found until it failed is not for the next one. */
	if (status != ST_OK)
		msgs_free(&s->msgs);
	if (status != ST_OK || (s->count == count && s->total == total))
		return status;
	mbox_changed(s);
	return ST_CHANGED;
}

enum st_status
mbox_again(struct store *s)
{
	struct msgs	 was = s->msgs;
	enum st_status	 status;
	uint32_t	 i;

	memset(&s->msgs, 0, sizeof(s->msgs));
	status = scan_again(s);
	for (i = 0; status == ST_OK && i < s->count; i++)
		if (s->msgs.v[i].wire != was.v[i].wire) {
			mbox_changed(s);
			status = ST_CHANGED;
		}
	msgs_free(&was);
	return status;
}

enum st_status
mbox_load(struct store *s)
{
	struct msg	*v;
	uint64_t	 sum = 0;
	uint32_t	 i, n = s->count - s->tail.n;

	if (s->msgs.n == s->count)
		return ST_OK;
	if ((v = calloc(s->count, sizeof(*v))) == NULL) {
		mbox_trouble(s, "index");
		return ST_TEMP;
	}
	if (index_msgs(&s->index, v, 0, n, s->tail.n > 0 ? s->tail.v[0].off :
	    s->end) == -1) {
		free(v);
		return scan_again(s);
	}
	if (s->tail.n > 0)
		memcpy(v + n, s->tail.v, s->tail.n * sizeof(*v));
	for (i = 0; i < s->count; i++)
		sum += v[i].wire;
	if (sum != s->total) {
		free(v);
		return scan_again(s);
	}
	msgs_free(&s->tail);
	s->msgs.v = v;
	s->msgs.n = s->msgs.size = s->count;
	s->msgs.end = s->end;
	return ST_OK;
}

/* Records from the first that is not there to last, and the slot. */
static void
write_index(struct store *s, uint32_t last)
{
	struct index_state	 st;

	memset(&st, 0, sizeof(st));
	st.stamp = s->stamp;
	/* Mail behind that has not been looked at: see mbox_moved.c. */
	st.size = st.end = s->end;
	st.octets = s->total;
	st.count = s->count;
	st.unproven = s->unproven;
	st.seed = s->sums.seed;
	st.first = s->todo;
	st.last = last;
	st.anew = s->anew;
	if (s->msgs.n == s->count)
		st.v = s->msgs.v + s->todo;
	else
		st.v = s->tail.v + (s->todo - (s->count - s->tail.n));
	if (s->uids.v != NULL)
		st.uids = &s->uids;
	index_put(&s->index, &st);
	s->stale = s->anew = 0;
	s->todo = s->count;
}

void
mbox_remember(struct store *s)
{
	if (!s->stale || s->index.fd == -1 || s->index.readonly)
		return;
	/* What the index remembers must not go before it has been used. */
	if (mbox_recall(s, RECALL_MAX) && s->stale)
		write_index(s, s->count);
}

void
mbox_named(struct store *s, uint32_t first, uint32_t last)
{
	int	 known = !s->stale;

	s->stale = 1;
	if (s->todo > first)
		s->todo = first;
	if (s->index.fd != -1 && !s->index.readonly)
		write_index(s, known ? last : s->count);
}

/* What a commit leaves, and what it does not. */
struct left {
	struct msg	*v;
	uint32_t	 n;
	uint32_t	 still;		/* the first messages, not moved */
	uint32_t	 unproven;
	uint64_t	 removed;	/* octets */
	uint64_t	 octets;	/* on the wire */
	struct uids	 uids;
	struct uid	*gone;		/* ids of removed messages */
	uint32_t	 ngone;
};

static void
left_sort(struct left *l, const struct store *s)
{
	const struct msg	*m;
	uint32_t		 i;

	for (i = 0; i < s->count; i++) {
		m = &s->msgs.v[i];
		if (m->flags & MSG_DELETED) {
			l->removed += msgs_end(&s->msgs, i) - m->off;
			if (i < s->uids.n)
				l->gone[l->ngone++] = s->uids.v[i];
			continue;
		}
		l->v[l->n] = *m;
		l->v[l->n++].off -= l->removed;
		l->octets += m->wire;
		l->still += l->removed == 0;
		l->unproven += i < s->unproven;
		if (i < s->uids.n)
			l->uids.v[l->uids.n++] = s->uids.v[i];
	}
}

/* The index of what is left; nothing but the slot if nothing has moved. */
static void
left_put(struct store *s, struct left *l)
{
	struct index_state	*st = &s->rest;

	left_sort(l, s);
	memset(st, 0, sizeof(*st));
	st->stamp = s->stamp;
	/* What stands before the first message stays. */
	st->size = st->end = l->n > 0 ? s->end - l->removed :
	    s->msgs.v[0].off;
	st->octets = l->octets;
	st->count = st->last = l->n;
	st->unproven = l->unproven;
	st->seed = s->sums.seed;
	st->anew = s->index.cur == -1 || l->still < l->n;
	st->first = st->anew ? 0 : l->n;
	st->v = l->v + st->first;
	st->uids = &l->uids;
	st->pending = 1;
	index_bury(&s->index, l->gone, l->ngone);
	index_put(&s->index, st);
	/* The slot of mbox_committed() has the same records and ids. */
	st->v = NULL;
	st->uids = NULL;
	st->first = l->n;
	st->anew = st->pending = 0;
	s->prepared = s->index.fd != -1;
}

void
mbox_prepare(struct store *s)
{
	struct left	 l;

	/* The mailbox as it is now is one of the two. */
	mbox_remember(s);
	if (s->recall || s->stale || mbox_uids(s) != ST_OK) {
		index_lose(&s->index);
		return;
	}
	memset(&l, 0, sizeof(l));
	l.v = calloc(s->live + 1, sizeof(*l.v));
	l.gone = calloc(s->count - s->live, sizeof(*l.gone));
	if (l.v != NULL && l.gone != NULL && uids_init(&l.uids, s->live) == 0)
		left_put(s, &l);
	else
		index_lose(&s->index);
	free(l.v);
	free(l.gone);
	uids_free(&l.uids);
}

void
mbox_committed(struct store *s)
{
	if (!s->prepared || stamp_seal(&s->rest.stamp, s->file.fd) == -1)
		return;
	/* But not if it is nothing but blank lines. */
	if (s->rest.count == 0 && s->rest.stamp.size < s->rest.size)
		s->rest.size = s->rest.end = s->rest.stamp.size;
	if (s->rest.stamp.size >= s->rest.size)
		index_put(&s->index, &s->rest);
	s->stale = 0;
}
