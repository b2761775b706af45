/* SPDX-License-Identifier: ISC */
/*
 * Runs in: storaged, as the user.  Trusts: nothing in the mailbox.
 *
 * When a mail reader changes a Status field in the same mailbox, everything
 * after it moves: all listed mail is there, at another place.  So before a
 * session gives up, it looks for its messages once more.
 */

#include <string.h>

#include "log.h"
#include "mbox_ids.h"
#include "mbox_moved.h"
#include "mbox_read.h"
#include "verify.h"

int
mbox_check(struct mbox *mb, uint32_t first, uint32_t last)
{
	int	 same;

	sums_grow(&mb->sums);
	same = verify_msgs(&mb->sums, &mb->msgs, mb->file.fd, first, last);
	if (same == 0) {
		index_distrust(&mb->index);
		mb->stale = 0;
	}
	return same;
}

/* Return whether the mailbox begins with the listed messages. */
static int
moved_same(const struct mbox *mb, const struct msgs *ms)
{
	uint32_t	 i;

	if (ms->n < mb->count)
		return 0;
	for (i = 0; i < mb->count; i++)
		if (ms->v[i].sum != mb->msgs.v[i].sum)
			return 0;
	return 1;
}

/* Continue with these messages; newer mail is for the next session. */
static void
moved_take(struct mbox *mb, struct msgs *ms)
{
	struct msgs	 was = mb->msgs;
	uint32_t	 i;

	if (ms->n > mb->count)
		ms->end = ms->v[mb->count].off;
	ms->n = mb->count;
	mb->total = 0;
	for (i = 0; i < mb->count; i++)
		mb->total += ms->v[i].wire;
	mb->msgs = *ms;
	*ms = was;
	mb->end = mb->msgs.end;
	store_resized(mb->store, mb->total);
	mb->win_len = 0;
	mb->unproven = mb->todo = 0;
	mb->stale = mb->anew = 1;
}

int
mbox_moved(struct mbox *mb)
{
	const struct stamp	 was = mb->stamp;
	const int		 held = mb->lock.held;
	struct msgs		 ms;
	int			 found = 0;

	/* The index is about to be rewritten, which needs the ids in memory. */
	if (mb->msgs.n != mb->count || mb->count == 0 ||
	    mbox_uids(mb) != ST_OK || lock_mbox(&mb->lock) != ST_OK)
		return 0;
	memset(&ms, 0, sizeof(ms));
	sums_grow(&mb->sums);
	if (stamp_take(&mb->stamp, mb->file.fd) == 0 &&
	    mb->stamp.size <= mb->conf->octets_max &&
	    mbox_scan_from(mb, &ms, 0, mb->conf->messages_max) == SCAN_OK)
		found = moved_same(mb, &ms);
	if (found) {
		moved_take(mb, &ms);
		log_debug("%s: mailbox of %s: another program has changed what "
		    "it keeps in headers; the mail is the same", mb->conf->path,
		    mb->conf->user);
	} else
		mb->stamp = was;
	msgs_free(&ms);
	if (!held && !(mb->conf->lock_flags & LOCK_SESSION))
		lock_mbox_drop(&mb->lock);
	return found;
}

/* Like mbox_check(), if another process may have written after since. */
static int
moved_check_since(struct mbox *mb, uint32_t first, uint32_t last,
    const struct stamp *since, struct stamp *now)
{
	if (stamp_take(now, mb->file.fd) == -1)
		return -1;
	if (stamp_same(since, now) &&
	    (since != &mb->stamp || first >= mb->unproven))
		return 1;
	return mbox_check(mb, first, last);
}

static enum st_status
moved_status(struct mbox *mb, int same)
{
	switch (same) {
	case 1:
		return ST_OK;
	case 0:
		mbox_changed(mb);
		return ST_CHANGED;
	default:
		mbox_trouble(mb, "read");
		return ST_TEMP;
	}
}

enum st_status
mbox_intact(struct mbox *mb, uint32_t first, uint32_t last,
    const struct stamp *since, struct stamp *now)
{
	return moved_status(mb,
	    moved_check_since(mb, first, last, since, now));
}

enum st_status
mbox_here(struct mbox *mb, uint32_t first, uint32_t last, struct stamp *now)
{
	int	 same = moved_check_since(mb, first, last, &mb->stamp, now);

	if (same == 0 && mbox_moved(mb)) {
		*now = mb->stamp;
		same = 1;
	}
	return moved_status(mb, same);
}
