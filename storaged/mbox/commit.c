/* SPDX-License-Identifier: ISC */
/* Runs in: storaged, as the user.  Trusts: nothing that others may write to. */

#include <sys/stat.h>

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "commit.h"
#include "compact.h"
#include "io.h"
#include "log.h"
#include "mbox_left.h"
#include "mbox_moved.h"
#include "mbox_read.h"
#include "mbox_shown.h"

static enum st_status
commit_doubt(const struct mbox *mb, const char *why)
{
	log_warnx("%s: mailbox of %s: %s since it was listed; nothing is "
	    "removed", mb->conf->path, mb->conf->user, why);
	return ST_TEMP;
}

static enum st_status
commit_failed(const struct mbox *mb, const char *what)
{
	log_warn("%s: mailbox of %s: %s; nothing is removed", mb->conf->path,
	    mb->conf->user, what);
	return ST_TEMP;
}

static int
commit_is_marked(const struct mbox *mb, uint32_t i)
{
	return store_marked(mb->store, i);
}

/* Return the first message from i on that is not marked, or n. */
static uint32_t
commit_run_end(const struct mbox *mb, uint32_t i)
{
	while (i < mb->msgs.n && commit_is_marked(mb, i))
		i++;
	return i;
}

/* For shown of struct msgs: clients have seen where the listed mail ends. */
static int
commit_shown(void *end, uint64_t off)
{
	return mbox_follows(*(uint64_t *)end, off);
}

/*
 * Return whether the appended data is mail of its own.  If it continues the
 * last message, that message is no longer the one listed and must not be
 * removed.  Scan from the last message on, as the next session would.
 */
static int
commit_appended(const struct mbox *mb, uint64_t size)
{
	const struct msg	*last = &mb->msgs.v[mb->msgs.n - 1];
	struct msgs		 ms;
	unsigned char		 gap[8];
	uint64_t		 end = mb->msgs.end, next, i;
	int			 ok = 0;

	memset(&ms, 0, sizeof(ms));
	ms.shown = commit_shown;
	ms.arg = &end;
	if (scan_file(&ms, NULL, mb->file.fd, last->off, size,
	    mbox_block(size - last->off), UINT32_MAX) == SCAN_OK &&
	    ms.n > 1 && ms.v[0].off == last->off && ms.v[1].off >= end) {
		next = ms.v[1].off;
		ok = next - end <= sizeof(gap) && io_pread(mb->file.fd, gap,
		    next - end, end) == (ssize_t)(next - end);
		for (i = 0; ok && i < next - end; i++)
			ok = gap[i] == '\r' || gap[i] == '\n';
	}
	msgs_free(&ms);
	return ok;
}

/* Return whether a message still begins at off. */
static int
commit_begins(const struct mbox *mb, uint64_t off)
{
	unsigned char	 line[FROM_ROOM];
	ssize_t		 n;

	n = io_pread(mb->file.fd, line, sizeof(line), off);
	return n > 0 && from_line(line, n, (size_t)n < sizeof(line)) > 0;
}

/*
 * Another process may have written to the file: check that everything marked is
 * still there.  Return 1, 0 with *why set, or -1 with errno.
 */
static int
commit_verify(struct mbox *mb, uint64_t size, const char **why)
{
	uint64_t	 end;
	uint32_t	 i, next;
	int		 same;

	for (i = 0; i < mb->msgs.n; i = next + 1) {
		if ((next = commit_run_end(mb, i)) == i)
			continue;
		end = next < mb->msgs.n ? mb->msgs.v[next].off : mb->msgs.end;
		*why = "mail to be removed has changed";
		if ((same = mbox_check(mb, i, next - 1)) != 1)
			return same;
		*why = "mail behind what is to be removed has changed";
		if (next < mb->msgs.n && !commit_begins(mb, end))
			return 0;
		*why = "the last message has grown";
		if (next == mb->msgs.n && size > end &&
		    !commit_appended(mb, size))
			return 0;
	}
	return 1;
}

/* If the listed mail has only moved, find it and update the stamp. */
static int
commit_moved(struct mbox *mb, struct stamp *now)
{
	if (!mbox_moved(mb))
		return 0;
	*now = mb->stamp;
	return 1;
}

/*
 * Like commit_verify(), but also look for mail that has moved.  Mail that stays
 * is not compared: after a write by another process it may be elsewhere, so the
 * index gets it as unproven.
 */
static enum st_status
commit_verify_all(struct mbox *mb, struct stamp *now)
{
	struct stamp	 was = mb->stamp;
	const char	*why;
	int		 same;

	if ((same = commit_verify(mb, now->size, &why)) == 1) {
		was.fresh = 0;
		if (!stamp_same(&was, now))
			mb->unproven = mb->count;
	} else if (same == 0 && commit_moved(mb, now))
		same = commit_verify(mb, now->size, &why);
	if (same == 0)
		return commit_doubt(mb, why);
	return same == 1 ? ST_OK : commit_failed(mb, "read");
}

/* Check that at most a few line ends precede the first message. */
static int
commit_blank(const struct mbox *mb)
{
	unsigned char	 buf[64];
	uint64_t	 i, n = mb->msgs.v[0].off;

	if (n > sizeof(buf) ||
	    io_pread(mb->file.fd, buf, n, 0) != (ssize_t)n)
		return 0;
	for (i = 0; i < n; i++)
		if (buf[i] != '\r' && buf[i] != '\n')
			return 0;
	return 1;
}

/* List what stays after the first marked message in the fewest ranges. */
static int
commit_plan(const struct mbox *mb, struct compact *c)
{
	struct range	*r = NULL;
	uint64_t	 size = 0, n;
	uint32_t	 i, next;

	for (i = 0; i < mb->msgs.n && !commit_is_marked(mb, i); i++)
		continue;
	c->first = mb->msgs.v[i].off;
	for (i = commit_run_end(mb, i); i < mb->msgs.n; i =
	    commit_run_end(mb, next)) {
		for (next = i; next < mb->msgs.n &&
		    !commit_is_marked(mb, next); )
			next++;
		if (c->count == size) {
			n = size == 0 ? 16 : 2 * size;
			r = recallocarray(c->list, size, n, sizeof(*r));
			if (r == NULL)
				return -1;
			c->list = r;
			size = n;
		}
		r = &c->list[c->count++];
		r->off = mb->msgs.v[i].off;
		r->len = msgs_end(&mb->msgs, next - 1) - r->off;
		c->kept += r->len;
	}
	c->appended = mb->msgs.end;
	c->kept += c->size - c->appended;
	/* Only blank lines precede the first message: keep nothing. */
	if (c->kept == 0 && c->first == mb->msgs.v[0].off && commit_blank(mb))
		c->first = 0;
	return 0;
}

static enum st_status
commit_rewrite(struct mbox *mb, const struct stamp *now)
{
	struct compact	 c;
	sigset_t	 all, before;
	int		 r, saved;

	memset(&c, 0, sizeof(c));
	c.fd = mb->file.fd;
	c.journal = &mb->journal;
	c.ino = now->ino;
	c.size = now->size;
	/* A signal must not end the process half way through. */
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &before);
	if ((r = commit_plan(mb, &c)) == 0)
		r = compact_remove(&c);
	saved = errno;
	sigprocmask(SIG_SETMASK, &before, NULL);
	compact_free(&c);
	errno = saved;
	if (r == 0)
		return ST_OK;
	if (!c.committed)
		return commit_failed(mb, "rewrite");
	if (c.emptied)
		log_warn("%s: mailbox of %s: everything has been removed, but "
		    "the disk may not have it yet: after a crash mail may be "
		    "there again", mb->conf->path, mb->conf->user);
	else
		log_warn("%s: mailbox of %s: rewrite failed half way; the "
		    "mailbox is not served until recovery has completed it",
		    mb->conf->path, mb->conf->user);
	return ST_TEMP;
}

/*
 * Check that recovery would find the journal.  If the state directory was
 * removed, another session may already run with a journal of its own.
 */
static enum st_status
commit_journal_there(const struct mbox *mb)
{
	struct stat	 st;

	if (fstat(mb->journal.fd, &st) == -1)
		return commit_failed(mb, "journal");
	if (st.st_nlink > 0)
		return ST_OK;
	log_warnx("%s: mailbox of %s: its journal was removed during the "
	    "session, with the state directory perhaps; nothing is removed",
	    mb->conf->path, mb->conf->user);
	return ST_TEMP;
}

enum st_status
commit_marked(struct mbox *mb)
{
	struct stamp	 now;
	enum st_status	 status;

	if ((status = commit_journal_there(mb)) != ST_OK)
		return status;
	switch (mbox_current(&mb->file)) {
	case 1:
		break;
	case 0:
		return commit_doubt(mb, "the file was removed or replaced");
	default:
		return commit_failed(mb, "fstat");
	}
	if (stamp_take(&now, mb->file.fd) == -1)
		return commit_failed(mb, "fstat");
	if (now.size < mb->msgs.end && !commit_moved(mb, &now))
		return commit_doubt(mb, "the file was cut");
	if ((!stamp_same(&mb->stamp, &now) || mb->unproven > 0) &&
	    (status = commit_verify_all(mb, &now)) != ST_OK)
		return status;
	mbox_prepare(mb);
	return commit_rewrite(mb, &now);
}
