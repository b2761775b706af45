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
#include "mbox.h"

static enum st_status
doubt(const struct store *s, const char *why)
{
	log_warnx("%s: mailbox of %s: %s since it was listed; nothing is "
	    "removed", s->conf.path, s->conf.user, why);
	return ST_TEMP;
}

static enum st_status
failed(const struct store *s, const char *what)
{
	log_warn("%s: mailbox of %s: %s; nothing is removed", s->conf.path,
	    s->conf.user, what);
	return ST_TEMP;
}

static int
is_marked(const struct store *s, uint32_t i)
{
	return s->msgs.v[i].flags & MSG_DELETED;
}

/* The message behind the marked run from to i (exclusive), or n. */
static uint32_t
run_end(const struct store *s, uint32_t i)
{
	while (i < s->msgs.n && is_marked(s, i))
		i++;
	return i;
}

/* Of the end of the mail that was listed: see struct msgs. */
static int
told(void *end, uint64_t off)
{
	return mbox_follows(*(uint64_t *)end, off);
}

/*
 * Whether what somebody appended is mail of its own.  If it only goes on with
 * the last message, that one is not what was listed and must not be removed.
 * The last message and what follows is scanned as the next session would.
 */
static int
appended_mail(const struct store *s, uint64_t size)
{
	const struct msg	*last = &s->msgs.v[s->msgs.n - 1];
	struct msgs		 ms;
	unsigned char		 gap[8];
	uint64_t		 end = s->msgs.end, next, i;
	int			 ok = 0;

	memset(&ms, 0, sizeof(ms));
	ms.told = told;
	ms.arg = &end;
	if (scan_file(&ms, NULL, s->file.fd, last->off, size,
	    mbox_block(size - last->off), UINT32_MAX) == SCAN_OK &&
	    ms.n > 1 && ms.v[0].off == last->off && ms.v[1].off >= end) {
		next = ms.v[1].off;
		ok = next - end <= sizeof(gap) && io_pread(s->file.fd, gap,
		    next - end, end) == (ssize_t)(next - end);
		for (i = 0; ok && i < next - end; i++)
			ok = gap[i] == '\r' || gap[i] == '\n';
	}
	msgs_free(&ms);
	return ok;
}

/* Whether a message still begins at off. */
static int
begins_message(const struct store *s, uint64_t off)
{
	unsigned char	 line[FROM_ROOM];
	ssize_t		 n;

	n = io_pread(s->file.fd, line, sizeof(line), off);
	return n > 0 && from_line(line, n, (size_t)n < sizeof(line)) > 0;
}

/*
 * Somebody may have written to the file: is everything marked still there?  1,
 * 0 and why not, or -1 with errno.
 */
static int
verify(struct store *s, uint64_t size, const char **why)
{
	uint64_t	 end;
	uint32_t	 i, next;
	int		 same;

	for (i = 0; i < s->msgs.n; i = next + 1) {
		if ((next = run_end(s, i)) == i)
			continue;
		end = next < s->msgs.n ? s->msgs.v[next].off : s->msgs.end;
		*why = "mail to be removed has changed";
		if ((same = mbox_check(s, i, next - 1)) != 1)
			return same;
		*why = "mail behind what is to be removed has changed";
		if (next < s->msgs.n && !begins_message(s, end))
			return 0;
		*why = "the last message has grown";
		if (next == s->msgs.n && size > end &&
		    !appended_mail(s, size))
			return 0;
	}
	return 1;
}

/* If what was listed has only moved it is found again, in the file of now. */
static int
moved(struct store *s, struct stamp *now)
{
	if (!mbox_moved(s))
		return 0;
	*now = s->stamp;
	return 1;
}

/*
 * As verify().  What stays is not compared: if somebody has written it may not
 * be where it was, and the index must not say that it is.
 */
static enum st_status
verify_all(struct store *s, struct stamp *now)
{
	struct stamp	 was = s->stamp;
	const char	*why;
	int		 same;

	if ((same = verify(s, now->size, &why)) == 1) {
		was.fresh = 0;
		if (!stamp_same(&was, now))
			s->unproven = s->count;
	} else if (same == 0 && moved(s, now))
		same = verify(s, now->size, &why);
	if (same == 0)
		return doubt(s, why);
	return same == 1 ? ST_OK : failed(s, "read");
}

/* Whether before the first message there are a few line ends, or nothing. */
static int
begins_blank(const struct store *s)
{
	unsigned char	 buf[64];
	uint64_t	 i, n = s->msgs.v[0].off;

	if (n > sizeof(buf) ||
	    io_pread(s->file.fd, buf, n, 0) != (ssize_t)n)
		return 0;
	for (i = 0; i < n; i++)
		if (buf[i] != '\r' && buf[i] != '\n')
			return 0;
	return 1;
}

/* What stays behind the first marked message: as few ranges as possible. */
static int
plan(const struct store *s, struct compact *c)
{
	struct range	*r = NULL;
	uint64_t	 size = 0, n;
	uint32_t	 i, next;

	for (i = 0; i < s->msgs.n && !is_marked(s, i); i++)
		continue;
	c->first = s->msgs.v[i].off;
	for (i = run_end(s, i); i < s->msgs.n; i = run_end(s, next)) {
		for (next = i; next < s->msgs.n && !is_marked(s, next); )
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
		r->off = s->msgs.v[i].off;
		r->len = msgs_end(&s->msgs, next - 1) - r->off;
		c->kept += r->len;
	}
	c->appended = s->msgs.end;
	c->kept += c->size - c->appended;
	/* Nothing but blank lines before the first message: nothing kept. */
	if (c->kept == 0 && c->first == s->msgs.v[0].off && begins_blank(s))
		c->first = 0;
	return 0;
}

static enum st_status
rewrite(struct store *s, const struct stamp *now)
{
	struct compact	 c;
	sigset_t	 all, before;
	int		 r, saved;

	memset(&c, 0, sizeof(c));
	c.fd = s->file.fd;
	c.journal = &s->journal;
	c.ino = now->ino;
	c.size = now->size;
	/* Being asked to end must not leave half of it. */
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &before);
	if ((r = plan(s, &c)) == 0)
		r = compact_remove(&c);
	saved = errno;
	sigprocmask(SIG_SETMASK, &before, NULL);
	compact_free(&c);
	errno = saved;
	if (r == 0)
		return ST_OK;
	if (!c.committed)
		return failed(s, "rewrite");
	if (c.emptied)
		log_warn("%s: mailbox of %s: everything has been removed, but "
		    "the disk may not have it yet: after a crash mail may be "
		    "there again", s->conf.path, s->conf.user);
	else
		log_warn("%s: mailbox of %s: rewrite failed half way; the "
		    "mailbox is not served until recovery has completed it",
		    s->conf.path, s->conf.user);
	return ST_TEMP;
}

/*
 * Whether recovery would find the journal.  Where somebody has removed the
 * state directory there may even be another session by now, with one of its
 * own.
 */
static enum st_status
journal_there(const struct store *s)
{
	struct stat	 st;

	if (fstat(s->journal.fd, &st) == -1)
		return failed(s, "journal");
	if (st.st_nlink > 0)
		return ST_OK;
	log_warnx("%s: mailbox of %s: its journal was removed during the "
	    "session, with the state directory perhaps; nothing is removed",
	    s->conf.path, s->conf.user);
	return ST_TEMP;
}

enum st_status
commit_marked(struct store *s)
{
	struct stamp	 now;
	enum st_status	 status;

	if ((status = journal_there(s)) != ST_OK)
		return status;
	switch (mbox_current(&s->file)) {
	case 1:
		break;
	case 0:
		return doubt(s, "the file was removed or replaced");
	default:
		return failed(s, "fstat");
	}
	if (stamp_take(&now, s->file.fd) == -1)
		return failed(s, "fstat");
	if (now.size < s->msgs.end && !moved(s, &now))
		return doubt(s, "the file was cut");
	if ((!stamp_same(&s->stamp, &now) || s->unproven > 0) &&
	    (status = verify_all(s, &now)) != ST_OK)
		return status;
	mbox_prepare(s);
	return rewrite(s, &now);
}
