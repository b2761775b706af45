/* SPDX-License-Identifier: ISC */
/* Runs in: storaged, as the user.  Trusts: nothing in mailbox and index. */

#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "mbox_shown.h"

/* Bytes of blank lines that an agent may put before the mail it appends. */
#define GAP_MAX		8

int
mbox_follows(uint64_t end, uint64_t off)
{
	return off >= end && off - end <= GAP_MAX;
}

static int
shown_compare(const void *a, const void *b)
{
	const struct msg	*x = a, *y = b;

	return x->off < y->off ? -1 : x->off > y->off;
}

/*
 * Read the records only when they are first needed, which is almost never.  If
 * they are damaged, assume that no client has seen anything.
 */
static int
shown_load(struct mbox *mb)
{
	const struct index_slot	*sl = &mb->index.slot[mb->index.cur];

	if (mb->shown != NULL)
		return 0;
	if ((mb->shown = calloc(sl->count + 1, sizeof(*mb->shown))) == NULL)
		return -1;
	mb->nshown = 0;
	if (index_msgs(&mb->index, mb->shown, 0, sl->count, sl->end) == 0)
		mb->nshown = sl->count;
	return 0;
}

int
mbox_shown(void *arg, uint64_t off)
{
	struct mbox	*mb = arg;
	struct msg	 key = { .off = off };

	if (mb->index.cur == -1)
		return 0;
	if (mbox_follows(mb->index.slot[mb->index.cur].end, off))
		return 1;
	if (shown_load(mb) == -1)
		return -1;
	return bsearch(&key, mb->shown, mb->nshown, sizeof(key),
	    shown_compare) != NULL;
}

void
mbox_shown_done(struct mbox *mb, const struct msgs *ms)
{
	uint32_t	 i;

	free(mb->shown);
	mb->shown = NULL;
	for (i = 0; i < ms->ndoubts && i < DOUBTS_MAX; i++)
		log_debug("%s: mailbox of %s: %s at offset %llu",
		    mb->conf->path, mb->conf->user, ms->doubts[i].length ?
		    "message within a Content-Length that is not believed," :
		    "no From_ line, though it is much like one,",
		    (unsigned long long)ms->doubts[i].off);
	if (ms->ndoubts > DOUBTS_MAX)
		log_debug("%s: mailbox of %s: %u more of that kind",
		    mb->conf->path, mb->conf->user, ms->ndoubts - DOUBTS_MAX);
}
