/* SPDX-License-Identifier: ISC */
/* Runs in: storaged, as the user.  Trusts: nothing in mailbox and index. */

#include <stdlib.h>
#include <string.h>

#include "mbox_ids.h"
#include "mbox_read.h"

enum st_status
mbox_uids(struct mbox *mb)
{
	uint32_t	 n;

	if (mb->uids.v != NULL)
		return ST_OK;
	if (uids_init(&mb->uids, mb->count) == -1) {
		mbox_trouble(mb, "UIDL");
		return ST_TEMP;
	}
	if (mb->recall || mb->index.cur == -1)
		return ST_OK;
	n = mb->index.slot[mb->index.cur].known;
	if (n <= mb->count && index_uids(&mb->index, mb->uids.v, n) == 0)
		mb->uids.n = n;
	return ST_OK;
}

/* Return a message's sum in the form of an id. */
static struct uid
ids_sum(const struct msg *m, uint32_t copy)
{
	struct uid	 id;

	memset(&id, 0, sizeof(id));
	memcpy(id.hash, &m->sum, sizeof(m->sum));
	id.copy = copy;
	return id;
}

/*
 * Find the first n messages of the index among those of the mailbox by their
 * sums, which saves hashing unchanged ones: match[i] is 1 + the old number of
 * message i, or 0.
 */
static void
ids_find_old(const struct mbox *mb, const struct msg *was, uint32_t n,
    uint32_t *match)
{
	struct uids	 u;
	struct uid	 id;
	uint32_t	 i, k;

	if (uids_init(&u, mb->count) == -1 || uids_names(&u, n) == -1)
		return;
	for (i = 0; i < n; i++) {
		id = ids_sum(&was[i], i + 1);
		uids_offer(&u, &id);
	}
	for (i = 0; i < mb->count; i++) {
		id = ids_sum(&mb->msgs.v[i], 0);
		uids_add(&u, id.hash);
		k = u.v[i].copy;
		if (k <= n && was[k - 1].sum == mb->msgs.v[i].sum)
			match[i] = k;
	}
	uids_free(&u);
}

/* Return whether the mailbox begins with these n messages. */
static int
ids_begins_with(const struct mbox *mb, const struct msg *v, uint32_t n)
{
	uint32_t	 i;

	for (i = 0; i < n && i < mb->msgs.n; i++)
		if (v[i].off != mb->msgs.v[i].off ||
		    v[i].sum != mb->msgs.v[i].sum)
			return 0;
	return i == n;
}

/* The ids that an interrupted commit was to leave. */
struct cut {
	struct uid	*uids;		/* owned; NULL: there was none */
	uint32_t	 n;
	int		 before;	/* the mailbox may be from before it */
	int		 after;		/* the mailbox may be from after it */
};

static void
ids_cut_load(const struct mbox *mb, const struct msg *was, struct cut *c)
{
	const struct index_slot	*sl;
	struct index		 left;
	struct msg		*v;

	memset(c, 0, sizeof(*c));
	if (index_left(&mb->index, &left) == -1)
		return;
	sl = &left.slot[left.cur];
	v = calloc(sl->count + 1, sizeof(*v));
	c->uids = calloc(sl->known + 1, sizeof(*c->uids));
	if (v == NULL || c->uids == NULL ||
	    index_msgs(&left, v, 0, sl->count, sl->end) == -1 ||
	    index_uids(&left, c->uids, sl->known) == -1) {
		free(c->uids);
		c->uids = NULL;
	} else {
		c->n = sl->known;
		c->after = ids_begins_with(mb, v, sl->count);
		c->before = ids_begins_with(mb, was,
		    mb->index.slot[mb->index.cur].count);
	}
	free(v);
}

static int
ids_same(const struct uid *a, const struct uid *b)
{
	return memcmp(a->hash, b->hash, UIDL_HASH_LEN) == 0 &&
	    a->copy == b->copy;
}

/*
 * The messages that a commit was to leave are there.  With identical copies
 * that does not prove that the commit happened: it did not if a message to be
 * removed still has as many copies as before.  was and old are the messages and
 * ids before the commit, matched with the mailbox.
 */
static int
ids_none_missing(const struct mbox *mb, const struct msg *was,
    const struct uid *old, uint32_t n, const struct cut *c)
{
	unsigned char	*there = calloc(n + 1, sizeof(*there));
	uint32_t	*last = calloc(n + 1, sizeof(*last));
	struct uids	 sums;
	struct uid	 id;
	uint32_t	 i, k = 0;
	int		 r = 1;

	if (uids_init(&sums, 0) == 0 && uids_names(&sums, n) == 0 &&
	    there != NULL && last != NULL) {
		for (i = 0; i < mb->count; i++)
			if (mb->match[i] != 0)
				there[mb->match[i] - 1] = 1;
		for (i = 0; i < n; i++) {
			id = ids_sum(&was[i], 0);
			last[uids_number(&sums, id.hash)] = i;
		}
		/* Copies match in order: if the last one is there, all are. */
		for (i = r = 0; r == 0 && i < n; i++) {
			id = ids_sum(&was[i], 0);
			if (k < c->n && ids_same(&c->uids[k], &old[i]))
				k++;
			else
				r = there[last[uids_number(&sums, id.hash)]];
		}
	}
	uids_free(&sums);
	free(there);
	free(last);
	return r;
}

/* Offer remembered ids, except those of messages removed since. */
static void
ids_offer(struct mbox *mb, const struct cut *c, const struct uid *old,
    uint32_t n)
{
	uint32_t	 i, k = 0;

	for (i = 0; i < n; i++) {
		if (c->uids == NULL || (c->before && !c->after))
			uids_offer(&mb->uids, &old[i]);
		else if (k < c->n && ids_same(&c->uids[k], &old[i])) {
			uids_offer(&mb->uids, &old[i]);
			k++;
		} else
			uids_past(&mb->uids, &old[i], c->before || !c->after);
	}
}

/* Ids from earlier sessions. */
struct past {
	struct uid	*uids;		/* owned */
	uint32_t	 n;
	struct cut	 cut;
};

static void
ids_past_free(struct past *p)
{
	free(p->uids);
	free(p->cut.uids);
}

/* Return 0, or -1: out of memory.  Ids that cannot be read are forgotten. */
static int
ids_past_load(struct mbox *mb, struct past *p)
{
	const struct index_slot	*sl;
	struct msg		*was;

	memset(p, 0, sizeof(*p));
	if (!mb->recall)
		return 0;
	sl = &mb->index.slot[mb->index.cur];
	p->uids = calloc(sl->known + 1, sizeof(*p->uids));
	was = calloc(sl->count + 1, sizeof(*was));
	mb->match = calloc(mb->count + 1, sizeof(*mb->match));
	if (p->uids == NULL || was == NULL || mb->match == NULL) {
		free(was);
		return -1;
	}
	if (index_uids(&mb->index, p->uids, sl->known) == -1)
		mb->recall = 0;
	else {
		p->n = sl->known;
		if (index_msgs(&mb->index, was, 0, sl->count, sl->end) == 0) {
			ids_find_old(mb, was, p->n, mb->match);
			ids_cut_load(mb, was, &p->cut);
			if (p->cut.uids != NULL && p->cut.after)
				p->cut.before |=
				    ids_none_missing(mb, was, p->uids, p->n,
				    &p->cut);
		}
		/* The commit has not begun: nothing is in doubt. */
		if (p->cut.before && !p->cut.after)
			mb->index.doubt = -1;
	}
	free(was);
	return 0;
}

int
mbox_ids_names(struct mbox *mb)
{
	struct past	 past;
	int		 r;

	/* The index had to be given up since the mailbox was opened. */
	if (mb->index.cur == -1)
		mb->recall = 0;
	if ((r = ids_past_load(mb, &past)) == 0)
		r = uids_names(&mb->uids, past.n + index_tombs(&mb->index));
	if (r == 0) {
		index_taken(&mb->index, &mb->uids);
		ids_offer(mb, &past.cut, past.uids, past.n);
	}
	ids_past_free(&past);
	return r;
}

void
mbox_ids_drop(struct mbox *mb)
{
	uids_free(&mb->uids);
	free(mb->match);
	mb->match = NULL;
}

void
mbox_ids_forget(struct mbox *mb)
{
	struct uid	 gone[INDEX_TOMBS];
	uint32_t	 i, n = 0;

	for (i = 0; i < mb->uids.nold; i++) {
		if (mb->uids.old[i].uid.copy == 0)
			continue;
		gone[n++] = mb->uids.old[i].uid;
		if (n == INDEX_TOMBS) {
			index_bury(&mb->index, gone, n);
			n = 0;
		}
	}
	index_bury(&mb->index, gone, n);
	free(mb->match);
	mb->match = NULL;
	mb->recall = 0;
}

const struct uid *
mbox_ids_matched(const struct mbox *mb, uint32_t i)
{
	if (mb->match == NULL || mb->match[i] == 0)
		return NULL;
	return &mb->uids.old[mb->match[i] - 1].uid;
}
