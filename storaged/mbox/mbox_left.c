/* SPDX-License-Identifier: ISC */
/* Runs in: storaged, as the user.  Trusts: nothing in mailbox and index. */

#include <stdlib.h>
#include <string.h>

#include "mbox_ids.h"
#include "mbox_left.h"
#include "mbox_uidl.h"

/* What a commit leaves, and what it removes. */
struct left {
	struct msg	*v;
	uint32_t	 n;
	uint32_t	 still;		/* the first messages, not moved */
	uint32_t	 unproven;
	uint64_t	 removed;	/* bytes */
	uint64_t	 octets;	/* on the wire */
	struct uids	 uids;
	struct uid	*gone;		/* ids of removed messages */
	uint32_t	 ngone;
};

static void
left_sort(struct left *l, const struct mbox *mb)
{
	const struct msg	*m;
	uint32_t		 i;

	for (i = 0; i < mb->count; i++) {
		m = &mb->msgs.v[i];
		if (store_marked(mb->store, i)) {
			l->removed += msgs_end(&mb->msgs, i) - m->off;
			if (i < mb->uids.n)
				l->gone[l->ngone++] = mb->uids.v[i];
			continue;
		}
		l->v[l->n] = *m;
		l->v[l->n++].off -= l->removed;
		l->octets += m->wire;
		l->still += l->removed == 0;
		l->unproven += i < mb->unproven;
		if (i < mb->uids.n)
			l->uids.v[l->uids.n++] = mb->uids.v[i];
	}
}

/* Write the index of what is left; only the slot if nothing has moved. */
static void
left_put(struct mbox *mb, struct left *l)
{
	struct index_state	*st = &mb->rest;

	left_sort(l, mb);
	memset(st, 0, sizeof(*st));
	st->stamp = mb->stamp;
	/* The bytes before the first message stay. */
	st->size = st->end = l->n > 0 ? mb->end - l->removed :
	    mb->msgs.v[0].off;
	st->octets = l->octets;
	st->count = st->last = l->n;
	st->unproven = l->unproven;
	st->seed = mb->sums.seed;
	st->anew = mb->index.cur == -1 || l->still < l->n;
	st->first = st->anew ? 0 : l->n;
	st->v = l->v + st->first;
	st->uids = &l->uids;
	st->pending = 1;
	index_bury(&mb->index, l->gone, l->ngone);
	index_put(&mb->index, st);
	/* The slot of mbox_committed() has the same records and ids. */
	st->v = NULL;
	st->uids = NULL;
	st->first = l->n;
	st->anew = st->pending = 0;
	mb->prepared = mb->index.fd != -1;
}

void
mbox_prepare(struct mbox *mb)
{
	struct left	 l;

	/* The index must also describe the mailbox before the commit. */
	mbox_remember(mb);
	if (mb->recall || mb->stale || mbox_uids(mb) != ST_OK) {
		index_lose(&mb->index);
		return;
	}
	memset(&l, 0, sizeof(l));
	l.v = calloc(mb->store->live + 1, sizeof(*l.v));
	l.gone = calloc(mb->count - mb->store->live, sizeof(*l.gone));
	if (l.v != NULL && l.gone != NULL &&
	    uids_init(&l.uids, mb->store->live) == 0)
		left_put(mb, &l);
	else
		index_lose(&mb->index);
	free(l.v);
	free(l.gone);
	uids_free(&l.uids);
}

void
mbox_committed(struct mbox *mb)
{
	if (!mb->prepared || stamp_seal(&mb->rest.stamp, mb->file.fd) == -1)
		return;
	/* Blank lines before the first message have not been kept. */
	if (mb->rest.count == 0 && mb->rest.stamp.size < mb->rest.size)
		mb->rest.size = mb->rest.end = mb->rest.stamp.size;
	if (mb->rest.stamp.size >= mb->rest.size)
		index_put(&mb->index, &mb->rest);
	mb->stale = 0;
}
