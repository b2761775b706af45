/* SPDX-License-Identifier: ISC */
/*
 * Runs in: storaged, as the user.  Trusts: nothing in the mailbox.
 *
 * A mail reader on the same mailbox changes a Status field, and everything
 * behind it moves: what a session has listed is all there, at another place.
 * So before a session gives up, it looks for its messages once more.
 */

#include <string.h>

#include "log.h"
#include "mbox.h"

/* Whether what was listed is what the mailbox begins with. */
static int
moved_same(const struct store *s, const struct msgs *ms)
{
	uint32_t	 i;

	if (ms->n < s->count)
		return 0;
	for (i = 0; i < s->count; i++)
		if (ms->v[i].sum != s->msgs.v[i].sum)
			return 0;
	return 1;
}

/* Go on with these messages; mail that is newer is for the next session. */
static void
moved_take(struct store *s, struct msgs *ms)
{
	struct msgs	 was = s->msgs;
	uint32_t	 i;

	if (ms->n > s->count)
		ms->end = ms->v[s->count].off;
	ms->n = s->count;
	s->total = s->octets = 0;
	for (i = 0; i < s->count; i++) {
		ms->v[i].flags = was.v[i].flags;
		s->total += ms->v[i].wire;
		if (!(ms->v[i].flags & MSG_DELETED))
			s->octets += ms->v[i].wire;
	}
	s->msgs = *ms;
	*ms = was;
	s->end = s->msgs.end;
	s->win_len = 0;
	s->unproven = s->todo = 0;
	s->stale = s->anew = 1;
}

int
mbox_moved(struct store *s)
{
	const struct stamp	 was = s->stamp;
	const int		 held = s->lock.held;
	struct msgs		 ms;
	int			 found = 0;

	/* The index is about to be written anew: its ids must be at hand. */
	if (s->msgs.n != s->count || s->count == 0 ||
	    mbox_uids(s) != ST_OK || lock_mbox(&s->lock) != ST_OK)
		return 0;
	memset(&ms, 0, sizeof(ms));
	sums_grow(&s->sums);
	if (stamp_take(&s->stamp, s->file.fd) == 0 &&
	    s->stamp.size <= s->conf.octets_max &&
	    mbox_scan_from(s, &ms, 0, s->conf.messages_max) == SCAN_OK)
		found = moved_same(s, &ms);
	if (found) {
		moved_take(s, &ms);
		log_debug("%s: mailbox of %s: another program has changed what "
		    "it keeps in headers; the mail is the same", s->conf.path,
		    s->conf.user);
	} else
		s->stamp = was;
	msgs_free(&ms);
	if (!held && !(s->conf.lock_flags & LOCK_SESSION))
		lock_mbox_drop(&s->lock);
	return found;
}
