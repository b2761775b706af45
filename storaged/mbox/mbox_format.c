/* SPDX-License-Identifier: ISC */
/*
 * Runs in: storaged, as the user.  Trusts: authd; not the mailbox.
 *
 * The mbox format behind the interface in store_format.h.
 */

#include <sys/stat.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "commit.h"
#include "log.h"
#include "mbox_index.h"
#include "mbox_left.h"
#include "mbox_moved.h"
#include "mbox_read.h"
#include "mbox_recover.h"
#include "mbox_uidl.h"

/* Tries to open a mailbox that is being replaced. */
#define REOPEN_MAX	5

/* Check the size in the stamp. */
static enum st_status
format_too_large(const struct mbox *mb)
{
	if (mb->stamp.size <= mb->conf->octets_max)
		return ST_OK;
	mbox_refuse(mb, "it is larger than the configuration allows");
	return ST_PERM;
}

/* Find the messages; the file is locked, or checked for writes later. */
static enum st_status
format_find(struct mbox *mb)
{
	enum st_status	 status;

	if (stamp_take(&mb->stamp, mb->file.fd) == -1) {
		mbox_trouble(mb, "fstat");
		return ST_TEMP;
	}
	if ((status = format_too_large(mb)) != ST_OK)
		return status;
	if (mbox_unchanged(mb) || mbox_grown(mb))
		return ST_OK;
	return mbox_scan(mb);
}

/*
 * Return whether the user may write the directory; the process has only the
 * user's own groups.
 */
static int
format_may_write(int dir)
{
	struct stat	 st;

	if (fstat(dir, &st) == -1)
		return 0;
	if (st.st_uid == geteuid())
		return (st.st_mode & S_IWUSR) != 0;
	if (st.st_gid == getegid())
		return (st.st_mode & S_IWGRP) != 0;
	return (st.st_mode & S_IWOTH) != 0;
}

/*
 * Scan the file without a dotlock, which would be one more file to create and
 * remove, and would block mail while we read.  0: another process wrote or may
 * have, or something is wrong; then take the locks and start over.
 */
static int
format_look_alone(struct mbox *mb)
{
	struct stamp	 now;
	int		 whole;

	if (mb->stamp.fresh || !lock_mbox_read(&mb->lock))
		return 0;
	if (mbox_current(&mb->file) != 1) {
		lock_mbox_drop(&mb->lock);
		return 0;
	}
	store_seal(mb->store);
	mb->alone = 1;
	/* In this order: see lock_mbox_alone(). */
	whole = format_find(mb) == ST_OK && lock_mbox_alone(&mb->lock) &&
	    stamp_take(&now, mb->file.fd) == 0 && stamp_same(&mb->stamp, &now);
	mb->alone = 0;
	lock_mbox_drop(&mb->lock);
	if (whole)
		return 1;
	msgs_free(&mb->msgs);
	msgs_free(&mb->tail);
	mb->count = mb->unproven = mb->todo = 0;
	mb->end = mb->total = 0;
	mb->stale = mb->anew = mb->recall = 0;
	return 0;
}

/*
 * If no dotlock can be created, no process may have written during the scan.  A
 * lock held for writing excludes that, so there is nothing to check.
 */
static enum st_status
format_undisturbed(struct mbox *mb)
{
	struct stamp	 now;

	if (!mb->lock.readonly || (lock_mbox_alone(&mb->lock) &&
	    stamp_take(&now, mb->file.fd) == 0 && stamp_same(&mb->stamp, &now)))
		return ST_OK;
	log_warnx("%s: mailbox of %s was written while it was read",
	    mb->conf->path, mb->conf->user);
	return ST_TEMP;
}

/* Lock the open file and, if the path still names it, find its messages. */
static enum st_status
format_look(struct mbox *mb, int *current)
{
	enum st_status	 status;

	*current = 1;
	mb->lock.dirfd = mb->file.dirfd;
	mb->lock.fd = mb->file.fd;
	mb->lock.name = mb->file.name;
	mb->lock.readonly = mb->file.readonly;
	if (!(mb->conf->lock_flags & LOCK_SESSION) && !mb->recover &&
	    !mb->journal.busy && stamp_of(&mb->stamp, &mb->file.st) == 0) {
		if (mbox_unchanged(mb)) {
			store_seal(mb->store);
			return ST_OK;
		}
		if (format_look_alone(mb))
			return ST_OK;
	}
	if ((status = lock_mbox(&mb->lock)) != ST_OK)
		return status;
	if ((*current = mbox_current(&mb->file)) == -1) {
		mbox_trouble(mb, "fstat");
		return ST_TEMP;
	}
	if (!*current && mb->store->sealed) {
		log_warnx("%s: mailbox of %s was replaced while it was read",
		    mb->conf->path, mb->conf->user);
		return ST_TEMP;
	}
	if (*current && (mb->journal.busy || mb->recover)) {
		store_note(mb->store);
		status = mbox_recover_store(mb);
	}
	if (*current && status == ST_OK && !mb->recover) {
		store_seal(mb->store);
		if ((status = format_find(mb)) == ST_OK)
			status = format_undisturbed(mb);
	}
	if (!*current || !(mb->conf->lock_flags & LOCK_SESSION))
		lock_mbox_drop(&mb->lock);
	return status;
}

/*
 * An id that is not stored may later go to another message.  So with a
 * read-only state directory serve only mailboxes whose ids are all known, as
 * they are after a file system that holds both became read-only.
 */
static enum st_status
format_ids_kept(const struct mbox *mb)
{
	if (!mb->journal.readonly || mb->recover || mb->count == 0 ||
	    (!mb->stale && mb->index.cur != -1 &&
	    mb->index.slot[mb->index.cur].known >= mb->count))
		return ST_OK;
	log_warnx("%s: mailbox of %s has new mail, and the state is read-only: "
	    "not served, since its ids could not be kept; mount the state for "
	    "writing", mb->conf->path, mb->conf->user);
	return ST_TEMP;
}

/* Let the callback, if any, find and log the reason. */
static void
format_denied(const struct mbox *mb)
{
	if (mb->conf->denied != NULL)
		mb->conf->denied(mb->conf->arg);
	else
		log_warnx("%s: mailbox of %s: its directory is missing or may "
		    "not be entered", mb->conf->path, mb->conf->user);
}

static enum st_status
format_open_all(struct mbox *mb)
{
	enum st_status	 status;
	int		 try, current;

	status = journal_open(&mb->journal, mb->conf->statefd, mb->conf->user);
	if (status != ST_OK)
		return status;
	if (!mb->recover)
		index_open(&mb->index, mb->conf->statefd, mb->conf->user);
	for (try = 0; try < REOPEN_MAX; try++) {
		status = mbox_open(&mb->file, mb->conf->path, mb->conf->uid,
		    mb->conf->user);
		if (mb->file.denied)
			format_denied(mb);
		if (status != ST_OK)
			return status;
		if (mb->file.fd == -1) {
			if (mb->journal.busy)
				status = mbox_recover_store(mb);
			store_seal(mb->store);
			return status;
		}
		status = format_look(mb, &current);
		if (status != ST_OK || current) {
			store_found(mb->store, mb->count, mb->total);
			return status != ST_OK ? status : format_ids_kept(mb);
		}
		mbox_close(&mb->file);
	}
	log_warnx("%s: mailbox of %s is replaced again and again",
	    mb->conf->path, mb->conf->user);
	return ST_TEMP;
}

static enum st_status
format_start(struct store *s, int recover)
{
	struct mbox	*mb;

	if ((mb = calloc(1, sizeof(*mb))) == NULL) {
		log_warn("store of %s", s->conf.user);
		return ST_TEMP;
	}
	s->data = mb;
	mb->store = s;
	mb->conf = &s->conf;
	mb->recover = recover;
	mb->file.fd = mb->file.dirfd = -1;
	mb->journal.fd = mb->index.fd = -1;
	mb->lock.path = s->conf.path;
	mb->lock.uid = s->conf.uid;
	mb->lock.notefd = &mb->journal.fd;
	mb->lock.noteoff = JOURNAL_NOTE;
	mb->lock.flags = s->conf.lock_flags;
	mb->lock.timeout = s->conf.lock_timeout;
	mb->lock.dotlock = s->conf.dotlock;
	mb->lock.arg = s->conf.arg;
	return format_open_all(mb);
}

static enum st_status
format_open(struct store *s)
{
	return format_start(s, 0);
}

static enum st_status
format_recover(struct store *s)
{
	return format_start(s, 1);
}

static void
format_close(struct store *s)
{
	struct mbox	*mb = s->data;

	mbox_remember(mb);
	lock_mbox_drop(&mb->lock);
	mbox_close(&mb->file);
	index_close(&mb->index);
	journal_close(&mb->journal);
	msgs_free(&mb->msgs);
	msgs_free(&mb->tail);
	uids_free(&mb->uids);
	free(mb->match);
	free(mb->buf);
	free(mb);
}

/*
 * No path can be opened after this; decide now which process creates the
 * dotlock of the commit: storaged if the user may write the directory, else
 * authd.
 */
static void
format_confine(struct store *s, struct store_confine *need)
{
	struct mbox	*mb = s->data;

	need->dirfd = mb->file.dirfd;
	need->file = mb->file.name;
	need->own = mb->lock.made;
	if (!(s->conf.lock_flags & LOCK_DOTLOCK) || mb->file.fd == -1)
		return;
	need->dotlock = lock_dotlock_name(mb->file.name);
	if (!need->own && !mb->lock.ask && !mb->lock.readonly) {
		need->own = format_may_write(mb->file.dirfd);
		mb->lock.ask = !need->own;
	}
	mb->lock.blind = !need->own;
}

static void
format_idle(struct store *s)
{
	mbox_remember(s->data);
}

static enum st_status
format_load(struct store *s)
{
	return mbox_load(s->data);
}

static uint64_t
format_size(const struct store *s, uint32_t i)
{
	const struct mbox	*mb = s->data;

	return mb->msgs.v[i].wire;
}

static enum st_status
format_begin(struct store *s, uint32_t i, uint64_t *len, uint64_t *hdr)
{
	struct mbox	*mb = s->data;
	enum st_status	 status;

	mb->cur = i;
	mb->win_len = 0;
	if ((status = mbox_here(mb, i, i, &mb->begun)) != ST_OK)
		return status;
	mb->pos = msg_content(&mb->msgs.v[i]);
	*len = msgs_length(&mb->msgs, i);
	*hdr = mb->msgs.v[i].hdr;
	return ST_OK;
}

static enum st_status
format_read(struct store *s, uint64_t off, uint64_t limit, unsigned char **p,
    size_t *n)
{
	struct mbox	*mb = s->data;

	return mbox_window(mb, mb->pos + off, limit, p, n);
}

static enum st_status
format_end(struct store *s)
{
	struct mbox	*mb = s->data;
	struct stamp	 now;

	return mbox_intact(mb, mb->cur, mb->cur, &mb->begun, &now);
}

static enum st_status
format_uid(struct store *s, uint32_t i, char uidl[UIDL_LEN_MAX + 1])
{
	return mbox_uid(s->data, i, uidl);
}

static const char *
format_readonly(const struct store *s)
{
	const struct mbox	*mb = s->data;

	if (mb->file.readonly)
		return "it";
	return mb->journal.readonly ? "the state directory" : NULL;
}

/* A dotlock held for a session may have been broken as stale. */
static enum st_status
format_lock(struct store *s)
{
	struct mbox	*mb = s->data;

	lock_mbox_drop(&mb->lock);
	return lock_mbox(&mb->lock);
}

/* The index finds ids by the place of the mail, which is about to move. */
static void
format_settle(struct store *s)
{
	(void)mbox_recall(s->data, UINT64_MAX);
}

static enum st_status
format_remove(struct store *s)
{
	struct mbox	*mb = s->data;
	enum st_status	 status;

	/* An idle journal has not been read yet; its newest slot must be. */
	if ((status = mbox_recover_store(mb)) == ST_OK &&
	    (status = commit_marked(mb)) == ST_OK)
		mbox_committed(mb);
	return status;
}

static void
format_unlock(struct store *s)
{
	struct mbox	*mb = s->data;

	if (!(s->conf.lock_flags & LOCK_SESSION))
		lock_mbox_drop(&mb->lock);
}

const struct store_format	 mbox_format = {
	.open = format_open,
	.recover = format_recover,
	.close = format_close,
	.confine = format_confine,
	.idle = format_idle,
	.load = format_load,
	.size = format_size,
	.begin = format_begin,
	.read = format_read,
	.end = format_end,
	.uid = format_uid,
	.readonly = format_readonly,
	.lock = format_lock,
	.settle = format_settle,
	.remove = format_remove,
	.unlock = format_unlock
};
