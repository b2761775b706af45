/* SPDX-License-Identifier: ISC */
/* Runs in: storaged, as the user.  Trusts: nothing in mailbox and index. */

#include <stdlib.h>
#include <string.h>

#include "mbox_ids.h"
#include "mbox_index.h"
#include "mbox_moved.h"
#include "mbox_read.h"
#include "mbox_uidl.h"

/* Bytes of mail to hash ahead when a client asks for an id. */
#define HASH_AHEAD	(1024 * 1024)

/* Bytes of mail to hash while no client waits for it. */
#define RECALL_MAX	(8 * 1024 * 1024)

/* Hash the next message for its id. */
static enum st_status
uidl_message(struct mbox *mb, uint32_t i)
{
	struct uidl_ctx	 ctx;
	unsigned char	 hash[UIDL_HASH_LEN], *p;
	const struct uid *old;
	uint64_t	 off, end;
	size_t		 n;
	enum st_status	 status;

	if ((old = mbox_ids_matched(mb, i)) != NULL) {
		uids_add(&mb->uids, old->hash);
		return ST_OK;
	}
	uidl_begin(&ctx, mb->msgs.v[i].hdr);
	off = msg_content(&mb->msgs.v[i]);
	for (end = off + msgs_length(&mb->msgs, i); off < end; off += n) {
		status = mbox_window(mb, off, mb->msgs.end - off, &p, &n);
		if (status != ST_OK)
			return status;
		if (n > end - off)
			n = end - off;
		uidl_update(&ctx, p, n);
	}
	uidl_end(&ctx, hash);
	uids_add(&mb->uids, hash);
	return ST_OK;
}

/*
 * Hash messages up to and including i, and a batch beyond, since a client that
 * asks for one id mostly asks for the next.  If the index has ids to give back,
 * hash all, since it can forget them only as a whole.  Then check that the mail
 * hashed was the mail listed.
 */
static enum st_status
uidl_batch(struct mbox *mb, uint32_t i)
{
	struct stamp	 now;
	uint32_t	 first, k;
	uint64_t	 octets = 0;
	enum st_status	 status = ST_OK;

	/* Find moved mail before hashing it, not after. */
	if (mb->uids.names == NULL && !mb->stamp.fresh &&
	    (status = mbox_here(mb, mb->uids.n, mb->count - 1, &now)) != ST_OK)
		return status;
	if (mb->uids.names == NULL && mbox_ids_names(mb) == -1) {
		mbox_trouble(mb, "UIDL");
		mbox_ids_drop(mb);
		return ST_TEMP;
	}
	if (!mb->recall)
		mbox_save(mb);
	mb->win_len = 0;
	for (first = k = mb->uids.n; status == ST_OK && k < mb->count &&
	    (k <= i || octets < HASH_AHEAD || mb->recall); k++) {
		if (mbox_ids_matched(mb, k) == NULL)
			octets += msgs_length(&mb->msgs, k);
		status = uidl_message(mb, k);
	}
	/* Hashing has used the window as scratch. */
	mb->win_len = 0;
	if (status == ST_OK)
		status = mbox_intact(mb, first, k - 1, &mb->stamp, &now);
	if (status != ST_OK) {
		mbox_ids_drop(mb);
		return status;
	}
	if (mb->recall)
		mbox_ids_forget(mb);
	mbox_named(mb, first, k);
	return ST_OK;
}

int
mbox_recall(struct mbox *mb, uint64_t octets)
{
	uint64_t	 sum = 0;
	uint32_t	 i;

	if (!mb->recall)
		return 1;
	if (mb->count == 0) {
		/* No message is left that could have an id. */
		if (mbox_uids(mb) == ST_OK && mbox_ids_names(mb) == 0)
			mbox_ids_forget(mb);
		return !mb->recall;
	}
	if (mbox_uids(mb) != ST_OK)
		return 0;
	if (mb->uids.names == NULL && mbox_ids_names(mb) == -1) {
		mbox_ids_drop(mb);
		return 0;
	}
	for (i = mb->uids.n; i < mb->count; i++)
		if (mbox_ids_matched(mb, i) == NULL)
			sum += msgs_length(&mb->msgs, i);
	return sum <= octets && uidl_batch(mb, mb->count - 1) == ST_OK;
}

void
mbox_remember(struct mbox *mb)
{
	if (!mb->stale || !mbox_can_save(mb))
		return;
	/* Do not overwrite remembered ids before they have been used. */
	if (mbox_recall(mb, RECALL_MAX))
		mbox_save(mb);
}

/*
 * Messages were only assumed to be unchanged: check them before a client gets
 * an id that it knows for another message.
 */
static enum st_status
uidl_prove(struct mbox *mb)
{
	if (mb->unproven == 0)
		return ST_OK;
	switch (mbox_check(mb, 0, mb->unproven - 1)) {
	case 1:
		mb->unproven = 0;
		mb->stale = 1;
		return ST_OK;
	case 0:
		mbox_ids_drop(mb);
		if (!mb->store->seen)
			return mbox_again(mb);
		if (mbox_moved(mb))
			return ST_OK;
		mbox_changed(mb);
		return ST_CHANGED;
	default:
		mbox_trouble(mb, "read");
		return ST_TEMP;
	}
}

enum st_status
mbox_uid(struct mbox *mb, uint32_t i, char uidl[UIDL_LEN_MAX + 1])
{
	enum st_status	 status;

	if ((status = uidl_prove(mb)) != ST_OK ||
	    (status = mbox_uids(mb)) != ST_OK)
		return status;
	if (i >= mb->uids.n && (status = uidl_batch(mb, i)) != ST_OK)
		return status;
	uids_text(&mb->uids, i, uidl);
	return ST_OK;
}
