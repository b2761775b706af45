/* SPDX-License-Identifier: ISC */
/* Runs in: storaged, as the user.  Trusts: authd; not the mailbox. */

#include <stdlib.h>

#include "io.h"
#include "log.h"
#include "mbox_read.h"
#include "mbox_shown.h"

/*
 * Bytes of the window on the file, and of a read during a scan.  A scan reads
 * into the window, since touching a new page costs as much as scanning 20 KiB;
 * for a large mailbox a larger block is a little faster.
 */
#define WINDOW		(32 * 1024)
#define BLOCK_BIG	(256 * 1024)
#define BIG		(16 * 1024 * 1024)

size_t
mbox_block(uint64_t size)
{
	return size >= BIG ? BLOCK_BIG : WINDOW;
}

void
mbox_refuse(const struct mbox *mb, const char *why)
{
	if (!mb->alone)
		log_warnx("%s: mailbox of %s refused: %s", mb->conf->path,
		    mb->conf->user, why);
}

void
mbox_trouble(const struct mbox *mb, const char *what)
{
	if (!mb->alone)
		log_warn("%s: mailbox of %s: %s", mb->conf->path,
		    mb->conf->user, what);
}

void
mbox_changed(struct mbox *mb)
{
	index_distrust(&mb->index);
	mb->stale = 0;
	log_warnx("%s: mailbox of %s was changed during a session: what was "
	    "listed is no longer there", mb->conf->path, mb->conf->user);
}

static int
mbox_has_window(struct mbox *mb)
{
	if (mb->buf == NULL)
		mb->buf = malloc(SCAN_ROOM + WINDOW);
	return mb->buf != NULL;
}

enum scan_result
mbox_scan_from(struct mbox *mb, struct msgs *ms, uint64_t from, uint32_t max)
{
	uint64_t	 size = mb->stamp.size;
	enum scan_result res = SCAN_ERROR;

	ms->shown = mbox_shown;
	ms->arg = mb;
	if (size - from >= BIG)
		res = scan_file(ms, &mb->sums, mb->file.fd, from, size,
		    BLOCK_BIG, max);
	else if (mbox_has_window(mb)) {
		mb->win_len = 0;
		res = scan_within(ms, &mb->sums, mb->file.fd, from, size,
		    mb->buf, WINDOW, max);
	}
	mbox_shown_done(mb, ms);
	return res;
}

enum st_status
mbox_scan(struct mbox *mb)
{
	uint32_t	 i;

	/* Use the key of the index, which may still know the messages. */
	sums_seed(&mb->sums, index_memory(&mb->index) ?
	    mb->index.slot[mb->index.cur].seed : NULL);
	sums_grow(&mb->sums);
	switch (mbox_scan_from(mb, &mb->msgs, 0, mb->conf->messages_max)) {
	case SCAN_OK:
		break;
	case SCAN_NOTMBOX:
		if (!index_empty(&mb->index, &mb->stamp)) {
			mbox_refuse(mb,
			    "there is no From_ line in it: not an mbox");
			return ST_PERM;
		}
		log_info("%s: mailbox of %s: there is no mail in it, but text "
		    "that stood before mail", mb->conf->path, mb->conf->user);
		break;
	case SCAN_TOOMANY:
		mbox_refuse(mb, "it has more messages than the configuration "
		    "allows");
		return ST_PERM;
	case SCAN_SHORT:
		if (!mb->alone)
			log_warnx("%s: mailbox of %s was cut while it was "
			    "read: a program does not honour its locks",
			    mb->conf->path, mb->conf->user);
		return ST_TEMP;
	case SCAN_ERROR:
		mbox_trouble(mb, "scan");
		return ST_TEMP;
	}
	if (mb->msgs.n > 0 && mb->msgs.v[0].off > 0 && !mb->msgs.internal)
		log_debug("%s: mailbox of %s: what stands before offset %llu "
		    "is no mail: it is kept, and not served", mb->conf->path,
		    mb->conf->user, (unsigned long long)mb->msgs.v[0].off);
	mb->count = mb->msgs.n;
	mb->end = mb->msgs.end;
	mb->unproven = 0;
	mb->total = 0;
	for (i = 0; i < mb->msgs.n; i++)
		mb->total += mb->msgs.v[i].wire;
	mb->recall = mb->index.cur != -1 &&
	    mb->index.slot[mb->index.cur].known > 0;
	mb->stale = mb->anew = 1;
	mb->todo = 0;
	log_debug("%s: mailbox of %s: scanned", mb->conf->path, mb->conf->user);
	return ST_OK;
}

enum st_status
mbox_window(struct mbox *mb, uint64_t off, uint64_t limit, unsigned char **p,
    size_t *n)
{
	ssize_t	 got;

	if (!mbox_has_window(mb)) {
		mbox_trouble(mb, "read");
		return ST_TEMP;
	}
	if (off < mb->win_off || off >= mb->win_off + mb->win_len) {
		mb->win_len = 0;
		got = io_pread(mb->file.fd, mb->buf,
		    limit < WINDOW ? limit : WINDOW, off);
		if (got == -1) {
			mbox_trouble(mb, "read");
			return ST_TEMP;
		}
		if (got == 0) {
			mbox_changed(mb);
			return ST_CHANGED;
		}
		mb->win_off = off;
		mb->win_len = got;
	}
	*p = mb->buf + (off - mb->win_off);
	*n = mb->win_off + mb->win_len - off;
	if (*n > limit)
		*n = limit;
	return ST_OK;
}
