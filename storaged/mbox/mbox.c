/* SPDX-License-Identifier: ISC */
/* Runs in: storaged, as the user.  Trusts: authd; not the mailbox. */

#include <sys/stat.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "commit.h"
#include "io.h"
#include "log.h"
#include "mbox.h"
#include "mbox_recover.h"

/*
 * The window on the file, octets, and what a scan reads at a time: into the
 * window, since a page touched first costs as much as 20 KiB of scanning; for a
 * large mailbox more is a little faster.
 */
#define WINDOW		(32 * 1024)
#define BLOCK_BIG	(256 * 1024)
#define BIG		(16 * 1024 * 1024)

/* How often a mailbox that is being replaced is opened again. */
#define REOPEN_MAX	5

size_t
mbox_block(uint64_t size)
{
	return size >= BIG ? BLOCK_BIG : WINDOW;
}

static void
refuse(const struct store *s, const char *why)
{
	if (!s->alone)
		log_warnx("%s: mailbox of %s refused: %s", s->conf.path,
		    s->conf.user, why);
}

void
mbox_trouble(const struct store *s, const char *what)
{
	if (!s->alone)
		log_warn("%s: mailbox of %s: %s", s->conf.path,
		    s->conf.user, what);
}

void
mbox_changed(struct store *s)
{
	index_distrust(&s->index);
	s->stale = 0;
	log_warnx("%s: mailbox of %s was changed during a session: what was "
	    "listed is no longer there", s->conf.path, s->conf.user);
}

/* Look at the size of the file; its stamp has been taken. */
static enum st_status
too_large(const struct store *s)
{
	if (s->stamp.size <= s->conf.octets_max)
		return ST_OK;
	refuse(s, "it is larger than the configuration allows");
	return ST_PERM;
}

static int
has_window(struct store *s)
{
	if (s->buf == NULL)
		s->buf = malloc(SCAN_ROOM + WINDOW);
	return s->buf != NULL;
}

enum scan_result
mbox_scan_from(struct store *s, struct msgs *ms, uint64_t from, uint32_t max)
{
	uint64_t	 size = s->stamp.size;
	enum scan_result res = SCAN_ERROR;

	ms->told = mbox_told;
	ms->arg = s;
	if (size - from >= BIG)
		res = scan_file(ms, &s->sums, s->file.fd, from, size,
		    BLOCK_BIG, max);
	else if (has_window(s)) {
		s->win_len = 0;
		res = scan_within(ms, &s->sums, s->file.fd, from, size, s->buf,
		    WINDOW, max);
	}
	mbox_told_done(s, ms);
	return res;
}

enum st_status
mbox_scan(struct store *s)
{
	uint32_t	 i;

	/* Under the key of the index, which may still know the messages. */
	sums_seed(&s->sums, index_memory(&s->index) ?
	    s->index.slot[s->index.cur].seed : NULL);
	sums_grow(&s->sums);
	switch (mbox_scan_from(s, &s->msgs, 0, s->conf.messages_max)) {
	case SCAN_OK:
		break;
	case SCAN_NOTMBOX:
		if (!index_empty(&s->index, &s->stamp)) {
			refuse(s, "there is no From_ line in it: not an mbox");
			return ST_PERM;
		}
		log_info("%s: mailbox of %s: there is no mail in it, but text "
		    "that stood before mail", s->conf.path, s->conf.user);
		break;
	case SCAN_TOOMANY:
		refuse(s, "it has more messages than the configuration "
		    "allows");
		return ST_PERM;
	case SCAN_SHORT:
		if (!s->alone)
			log_warnx("%s: mailbox of %s was cut while it was "
			    "read: a program does not honour its locks",
			    s->conf.path, s->conf.user);
		return ST_TEMP;
	case SCAN_ERROR:
		mbox_trouble(s, "scan");
		return ST_TEMP;
	}
	if (s->msgs.n > 0 && s->msgs.v[0].off > 0 && !s->msgs.internal)
		log_debug("%s: mailbox of %s: what stands before offset %llu "
		    "is no mail: it is kept, and not served", s->conf.path,
		    s->conf.user, (unsigned long long)s->msgs.v[0].off);
	s->count = s->msgs.n;
	s->end = s->msgs.end;
	s->unproven = 0;
	s->total = 0;
	for (i = 0; i < s->msgs.n; i++)
		s->total += s->msgs.v[i].wire;
	s->recall = s->index.cur != -1 &&
	    s->index.slot[s->index.cur].known > 0;
	s->stale = s->anew = 1;
	s->todo = 0;
	log_debug("%s: mailbox of %s: scanned", s->conf.path, s->conf.user);
	return ST_OK;
}

/* Find the messages; the file is locked, or it will be asked who wrote. */
static enum st_status
find(struct store *s)
{
	enum st_status	 status;

	if (stamp_take(&s->stamp, s->file.fd) == -1) {
		mbox_trouble(s, "fstat");
		return ST_TEMP;
	}
	if ((status = too_large(s)) != ST_OK)
		return status;
	if (mbox_unchanged(s) || mbox_grown(s))
		return ST_OK;
	return mbox_scan(s);
}

/*
 * Whether the user, whose own groups are all there are, may write the
 * directory.
 */
static int
may_write(int dir)
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
 * From here on there are no paths (store_conf).  Who makes the dotlock of the
 * commit has to be known now: storaged where the user may write the directory,
 * else authd.
 */
static void
seal(struct store *s)
{
	const char	*dotlock = NULL;
	int		 own = s->lock.made;

	if (s->conf.seal == NULL || s->sealed)
		return;
	s->sealed = 1;
	if ((s->conf.lock_flags & LOCK_DOTLOCK) && s->file.fd != -1) {
		dotlock = lock_dotlock_name(s->file.name);
		if (!own && !s->lock.ask && !s->lock.readonly) {
			own = may_write(s->file.dirfd);
			s->lock.ask = !own;
		}
		s->lock.blind = !own;
	}
	s->conf.seal(s->conf.arg, s->file.dirfd, s->file.name, dotlock, own);
}

/*
 * Look into the file without a dotlock, which would be one more file to make
 * and remove, and in the way of mail as long as we read.  0: somebody wrote, or
 * may have, or something is wrong; it takes the locks, and what was found is
 * forgotten.
 */
static int
look_alone(struct store *s)
{
	struct stamp	 now;
	int		 whole;

	if (s->stamp.fresh || !lock_mbox_read(&s->lock))
		return 0;
	if (mbox_current(&s->file) != 1) {
		lock_mbox_drop(&s->lock);
		return 0;
	}
	seal(s);
	s->alone = 1;
	/* In this order: see lock_mbox_alone(). */
	whole = find(s) == ST_OK && lock_mbox_alone(&s->lock) &&
	    stamp_take(&now, s->file.fd) == 0 && stamp_same(&s->stamp, &now);
	s->alone = 0;
	lock_mbox_drop(&s->lock);
	if (whole)
		return 1;
	msgs_free(&s->msgs);
	msgs_free(&s->tail);
	s->count = s->unproven = s->todo = 0;
	s->end = s->total = 0;
	s->stale = s->anew = s->recall = 0;
	return 0;
}

/*
 * Where no lock can be made, nobody may have written while it was read.  Not
 * asked of a lock that is held for writing: then nobody could.
 */
static enum st_status
undisturbed(struct store *s)
{
	struct stamp	 now;

	if (!s->lock.readonly || (lock_mbox_alone(&s->lock) &&
	    stamp_take(&now, s->file.fd) == 0 && stamp_same(&s->stamp, &now)))
		return ST_OK;
	log_warnx("%s: mailbox of %s was written while it was read",
	    s->conf.path, s->conf.user);
	return ST_TEMP;
}

/* Mail may be removed from here on: a crash calls for recovery. */
static void
note(struct store *s)
{
	if (!s->marked && s->conf.marked != NULL)
		s->conf.marked(s->conf.arg);
	s->marked = 1;
}

/* Lock the file that is open and, if it is still the one, look into it. */
static enum st_status
look(struct store *s, int *current)
{
	enum st_status	 status;

	*current = 1;
	s->lock.dirfd = s->file.dirfd;
	s->lock.fd = s->file.fd;
	s->lock.name = s->file.name;
	s->lock.readonly = s->file.readonly;
	if (!(s->conf.lock_flags & LOCK_SESSION) && !s->conf.recover &&
	    !s->journal.busy && stamp_of(&s->stamp, &s->file.st) == 0) {
		if (mbox_unchanged(s)) {
			seal(s);
			return ST_OK;
		}
		if (look_alone(s))
			return ST_OK;
	}
	if ((status = lock_mbox(&s->lock)) != ST_OK)
		return status;
	if ((*current = mbox_current(&s->file)) == -1) {
		mbox_trouble(s, "fstat");
		return ST_TEMP;
	}
	if (!*current && s->sealed) {
		log_warnx("%s: mailbox of %s was replaced while it was read",
		    s->conf.path, s->conf.user);
		return ST_TEMP;
	}
	if (*current && (s->journal.busy || s->conf.recover)) {
		note(s);
		status = mbox_recover_store(s);
	}
	if (*current && status == ST_OK && !s->conf.recover) {
		seal(s);
		if ((status = find(s)) == ST_OK)
			status = undisturbed(s);
	}
	if (!*current || !(s->conf.lock_flags & LOCK_SESSION))
		lock_mbox_drop(&s->lock);
	return status;
}

/*
 * An id that is given and not kept may be given to another message later.  With
 * a state that cannot be written only mailboxes are served of which all ids are
 * known: which is what a file system leaves that has both, and became
 * read-only.
 */
static enum st_status
ids_kept(const struct store *s)
{
	if (!s->journal.readonly || s->conf.recover || s->count == 0 ||
	    (!s->stale && s->index.cur != -1 &&
	    s->index.slot[s->index.cur].known >= s->count))
		return ST_OK;
	log_warnx("%s: mailbox of %s has new mail, and the state is read-only: "
	    "not served, since its ids could not be kept; mount the state for "
	    "writing", s->conf.path, s->conf.user);
	return ST_TEMP;
}

/* Somebody else finds out why and logs it, if there is somebody. */
static void
denied(const struct store *s)
{
	if (s->conf.denied != NULL)
		s->conf.denied(s->conf.arg);
	else
		log_warnx("%s: mailbox of %s: its directory is missing or may "
		    "not be entered", s->conf.path, s->conf.user);
}

static enum st_status
open_all(struct store *s)
{
	enum st_status	 status;
	int		 try, current;

	status = lock_session(s->conf.statefd, s->conf.user, &s->session);
	if (status != ST_OK || (status = journal_open(&s->journal,
	    s->conf.statefd, s->conf.user)) != ST_OK)
		return status;
	if (!s->conf.recover)
		index_open(&s->index, s->conf.statefd, s->conf.user);
	for (try = 0; try < REOPEN_MAX; try++) {
		status = mbox_open(&s->file, s->conf.path, s->conf.uid,
		    s->conf.user);
		if (s->file.denied)
			denied(s);
		if (status != ST_OK)
			return status;
		if (s->file.fd == -1) {
			if (s->journal.busy)
				status = mbox_recover_store(s);
			seal(s);
			return status;
		}
		status = look(s, &current);
		if (status != ST_OK || current) {
			s->live = s->count;
			s->octets = s->total;
			return status != ST_OK ? status : ids_kept(s);
		}
		mbox_close(&s->file);
	}
	log_warnx("%s: mailbox of %s is replaced again and again",
	    s->conf.path, s->conf.user);
	return ST_TEMP;
}

enum st_status
store_open(struct store **sp, const struct store_conf *conf)
{
	struct store	*s;
	enum st_status	 status;

	*sp = NULL;
	if ((s = calloc(1, sizeof(*s))) == NULL) {
		log_warn("store of %s", conf->user);
		return ST_TEMP;
	}
	s->conf = *conf;
	s->session = s->file.fd = s->file.dirfd = -1;
	s->journal.fd = s->index.fd = -1;
	s->lock.path = conf->path;
	s->lock.uid = conf->uid;
	s->lock.notefd = &s->journal.fd;
	s->lock.noteoff = JOURNAL_NOTE;
	s->lock.flags = conf->lock_flags;
	s->lock.timeout = conf->lock_timeout;
	s->lock.dotlock = conf->dotlock;
	s->lock.arg = conf->arg;
	if ((status = open_all(s)) != ST_OK) {
		store_close(s);
		return status;
	}
	*sp = s;
	return ST_OK;
}

void
store_close(struct store *s)
{
	if (s == NULL)
		return;
	mbox_remember(s);
	lock_mbox_drop(&s->lock);
	mbox_close(&s->file);
	index_close(&s->index);
	journal_close(&s->journal);
	msgs_free(&s->msgs);
	msgs_free(&s->tail);
	uids_free(&s->uids);
	free(s->match);
	free(s->buf);
	if (s->session != -1)
		(void)close(s->session);
	free(s);
}

void
store_idle(struct store *s)
{
	mbox_remember(s);
}

void
store_totals(const struct store *s, uint32_t *messages, uint64_t *octets)
{
	*messages = s->live;
	*octets = s->octets;
}

uint32_t
store_count(const struct store *s)
{
	return s->count;
}

enum st_status
store_check(struct store *s, uint32_t msg)
{
	enum st_status	 status;

	if (msg == 0 || msg > s->count)
		return ST_NOMSG;
	if ((status = mbox_load(s)) != ST_OK)
		return status;
	if (s->msgs.v[msg - 1].flags & MSG_DELETED)
		return ST_DELETED;
	return ST_OK;
}

uint64_t
store_size(const struct store *s, uint32_t msg)
{
	return s->msgs.v[msg - 1].wire;
}

enum st_status
mbox_window(struct store *s, uint64_t off, uint64_t limit, unsigned char **p,
    size_t *n)
{
	ssize_t	 got;

	if (!has_window(s)) {
		mbox_trouble(s, "read");
		return ST_TEMP;
	}
	if (off < s->win_off || off >= s->win_off + s->win_len) {
		s->win_len = 0;
		got = io_pread(s->file.fd, s->buf,
		    limit < WINDOW ? limit : WINDOW, off);
		if (got == -1) {
			mbox_trouble(s, "read");
			return ST_TEMP;
		}
		if (got == 0) {
			mbox_changed(s);
			return ST_CHANGED;
		}
		s->win_off = off;
		s->win_len = got;
	}
	*p = s->buf + (off - s->win_off);
	*n = s->win_off + s->win_len - off;
	if (*n > limit)
		*n = limit;
	return ST_OK;
}

int
mbox_check(struct store *s, uint32_t first, uint32_t last)
{
	int	 same;

	sums_grow(&s->sums);
	same = sums_check(&s->sums, &s->msgs, s->file.fd, first, last);
	if (same == 0) {
		index_distrust(&s->index);
		s->stale = 0;
	}
	return same;
}

/* As mbox_check(), if somebody may have written after the stamp since. */
static int
same_since(struct store *s, uint32_t first, uint32_t last,
    const struct stamp *since, struct stamp *now)
{
	if (stamp_take(now, s->file.fd) == -1)
		return -1;
	if (stamp_same(since, now) &&
	    (since != &s->stamp || first >= s->unproven))
		return 1;
	return mbox_check(s, first, last);
}

static enum st_status
same_status(struct store *s, int same)
{
	switch (same) {
	case 1:
		return ST_OK;
	case 0:
		mbox_changed(s);
		return ST_CHANGED;
	default:
		mbox_trouble(s, "read");
		return ST_TEMP;
	}
}

enum st_status
mbox_intact(struct store *s, uint32_t first, uint32_t last,
    const struct stamp *since, struct stamp *now)
{
	return same_status(s, same_since(s, first, last, since, now));
}

enum st_status
mbox_here(struct store *s, uint32_t first, uint32_t last, struct stamp *now)
{
	int	 same = same_since(s, first, last, &s->stamp, now);

	if (same == 0 && mbox_moved(s)) {
		*now = s->stamp;
		same = 1;
	}
	return same_status(s, same);
}

enum st_status
store_begin(struct store *s, uint32_t msg, uint32_t lines)
{
	enum st_status	 status;

	s->seen = 1;
	s->cur = msg - 1;
	s->win_len = 0;
	if ((status = mbox_here(s, s->cur, s->cur, &s->begun)) != ST_OK)
		return status;
	s->pos = msg_content(&s->msgs.v[s->cur]);
	wire_begin(&s->wire, msgs_length(&s->msgs, s->cur),
	    s->msgs.v[s->cur].hdr, lines);
	return ST_OK;
}

enum st_status
store_read(struct store *s, unsigned char *buf, size_t size, size_t *len,
    int *done)
{
	struct stamp	 now;
	unsigned char	*p;
	size_t		 n, used, out = 0;
	enum st_status	 status;

	*len = 0;
	*done = 0;
	while (!wire_done(&s->wire) && size - out >= WIRE_ROOM_MIN) {
		status = mbox_window(s, s->pos, wire_left(&s->wire), &p, &n);
		if (status != ST_OK)
			return status;
		out += wire_put(&s->wire, p, n, &used, buf + out, size - out);
		s->pos += used;
	}
	if (wire_done(&s->wire)) {
		status = mbox_intact(s, s->cur, s->cur, &s->begun, &now);
		if (status != ST_OK)
			return status;
		*done = 1;
	}
	*len = out;
	return ST_OK;
}

static int
is_readonly(const struct store *s)
{
	return s->file.readonly || s->journal.readonly;
}

void
store_delete(struct store *s, uint32_t msg)
{
	struct msg	*m = &s->msgs.v[msg - 1];

	if (!is_readonly(s))
		note(s);
	s->seen = 1;
	m->flags |= MSG_DELETED;
	s->live--;
	s->octets -= m->wire;
}

void
store_reset(struct store *s)
{
	uint32_t	 i;

	for (i = 0; i < s->msgs.n; i++) {
		if (!(s->msgs.v[i].flags & MSG_DELETED))
			continue;
		s->msgs.v[i].flags &= ~MSG_DELETED;
		s->live++;
		s->octets += s->msgs.v[i].wire;
	}
}

enum st_status
store_commit(struct store *s, uint32_t *removed, uint32_t *left)
{
	enum st_status	 status;

	*removed = 0;
	*left = s->count;
	if (s->live == s->count)
		return ST_OK;
	if (is_readonly(s)) {
		log_warnx("%s: mailbox of %s: %s cannot be written; nothing "
		    "is removed", s->conf.path, s->conf.user,
		    s->file.readonly ? "it" : "the state directory");
		return ST_TEMP;
	}
	/* Held for a session, a dotlock may have been broken as stale. */
	lock_mbox_drop(&s->lock);
	if ((status = lock_mbox(&s->lock)) != ST_OK)
		return status;
	/* Now or never: the mail is about to be moved. */
	(void)mbox_recall(s, UINT64_MAX);
	/* An idle journal has not been read yet; its newest slot must be. */
	if ((status = mbox_recover_store(s)) == ST_OK &&
	    (status = commit_marked(s)) == ST_OK)
		mbox_committed(s);
	if (!(s->conf.lock_flags & LOCK_SESSION))
		lock_mbox_drop(&s->lock);
	if (status == ST_OK) {
		*removed = s->count - s->live;
		*left = s->live;
	}
	return status;
}
