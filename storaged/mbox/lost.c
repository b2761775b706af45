/* SPDX-License-Identifier: ISC */
/* Runs in: storaged, as the user.  Trusts: nothing in journal or mailbox. */

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "io.h"
#include "log.h"
#include "lost.h"
#include "mbox_read.h"

/* Names to try; a user can have used up all of them only on purpose. */
#define TRIES		100

/* The files lost.TIME and lost.TIME.mbox. */
struct lost {
	struct mbox	*of;
	char		 name[48];	/* lost.TIME */
	char		 mbox[64];
	int		 fd;		/* of mbox; -1: nothing written yet */
	uint64_t	 off;		/* its size */
	uint32_t	 pieces;	/* written to it */
	unsigned char	(*known)[UIDL_HASH_LEN];	/* sorted, owned */
	uint32_t	 nknown;
};

static int
lost_by_hash(const void *a, const void *b)
{
	return memcmp(a, b, UIDL_HASH_LEN);
}

/* Hash a message's content, as for its UIDL. */
static int
lost_hash(int fd, const struct msgs *ms, uint32_t i,
    unsigned char hash[UIDL_HASH_LEN])
{
	struct uidl_ctx	 ctx;
	unsigned char	 buf[4096];
	uint64_t	 off = msg_content(&ms->v[i]), end;
	size_t		 n;

	uidl_begin(&ctx, ms->v[i].hdr);
	for (end = off + msgs_length(ms, i); off < end; off += n) {
		n = end - off < sizeof(buf) ? end - off : sizeof(buf);
		if (io_pread(fd, buf, n, off) != (ssize_t)n)
			return -1;
		uidl_update(&ctx, buf, n);
	}
	uidl_end(&ctx, hash);
	return 0;
}

/*
 * Hash the messages of the mailbox.  If it cannot be read as one it has none:
 * duplicate mail is better than lost mail.
 */
static void
lost_learn(struct lost *l)
{
	const struct mbox	*mb = l->of;
	struct msgs		 ms;
	off_t			 size;
	uint32_t		 i;

	memset(&ms, 0, sizeof(ms));
	if (mb->file.fd == -1 || (size = io_size(mb->file.fd)) <= 0)
		return;
	if (scan_file(&ms, NULL, mb->file.fd, 0, size, mbox_block(size),
	    mb->conf->messages_max) == SCAN_OK && ms.n > 0 &&
	    (l->known = calloc(ms.n, sizeof(*l->known))) != NULL) {
		for (i = 0; i < ms.n; i++)
			if (lost_hash(mb->file.fd, &ms, i,
			    l->known[l->nknown]) == 0)
				l->nknown++;
		qsort(l->known, l->nknown, sizeof(*l->known), lost_by_hash);
	}
	msgs_free(&ms);
}

static int
lost_put(struct lost *l, const void *p, size_t n)
{
	if (l->fd == -1) {
		l->fd = openat(l->of->conf->statefd, l->mbox, O_WRONLY |
		    O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
		if (l->fd == -1)
			return -1;
	}
	if (io_pwrite(l->fd, p, n, l->off) == -1)
		return -1;
	l->off += n;
	return 0;
}

/* Copy a piece of the journal's data. */
static int
lost_put_piece(struct lost *l, uint64_t off, uint64_t end)
{
	char	 buf[4096];
	size_t	 n;

	for (; off < end; off += n) {
		n = end - off < sizeof(buf) ? end - off : sizeof(buf);
		if (io_pread(l->of->journal.fd, buf, n, off) !=
		    (ssize_t)n || lost_put(l, buf, n) == -1)
			return -1;
	}
	l->pieces++;
	return 0;
}

/* Write the rest of a message, after what was written last or on its own. */
static int
lost_put_rest(struct lost *l, uint64_t off, uint64_t end, int goes_on)
{
	char		 text[200], date[32];
	struct tm	 tm;
	time_t		 now = time(NULL);
	int		 n;

	if (off == end)
		return 0;
	if (!goes_on || l->fd == -1) {
		if (gmtime_r(&now, &tm) == NULL ||
		    strftime(date, sizeof(date), "%a %b %e %H:%M:%S %Y",
		    &tm) == 0)
			return -1;
		n = snprintf(text, sizeof(text), "%sFrom MAILER-DAEMON %s\n"
		    "Subject: the rest of a message, from %s\n\n",
		    l->fd == -1 ? "" : "\n\n", date, l->name);
		if (lost_put(l, text, n) == -1)
			return -1;
	}
	return lost_put_piece(l, off, end);
}

/* Return where the first message in a chunk begins, or the chunk's end. */
static uint64_t
lost_first(int fd, uint64_t off, uint64_t end)
{
	unsigned char	 line[FROM_ROOM + 3];
	uint64_t	 at = off;
	ssize_t		 n;
	size_t		 skip;

	for (; at < end; at++) {
		n = io_pread(fd, line, end - at < sizeof(line) ? end - at :
		    sizeof(line), at);
		if (n <= 0)
			return end;
		if (at == off && from_line(line, n, 1) > 0)
			return at;
		if (line[0] != '\n')
			continue;
		skip = n > 2 && line[1] == '\r' ? 3 : 2;
		if ((size_t)n > skip && line[skip - 1] == '\n' &&
		    from_line(line + skip, n - skip, 1) > 0)
			return at + skip;
	}
	return end;
}

/* Write the mail in a slot's data that the mailbox lacks. */
static int
lost_put_chunk(struct lost *l, const struct slot *slot, int goes_on)
{
	const int	 fd = l->of->journal.fd;
	unsigned char	 hash[UIDL_HASH_LEN];
	uint64_t	 off = journal_data_off(slot), end, first;
	struct msgs	 ms;
	uint32_t	 i;
	int		 r, apart;

	end = off + slot->chunk;
	first = lost_first(fd, off, end);
	if (lost_put_rest(l, off, first, goes_on) == -1)
		return -1;
	if (first == end)
		return 0;
	/* Within the chunk a blank line follows each message. */
	apart = first == off && !goes_on && l->off > 0;
	memset(&ms, 0, sizeof(ms));
	r = scan_file(&ms, NULL, fd, first, end, mbox_block(end - first),
	    JOURNAL_RANGES_MAX) == SCAN_OK ? 0 : -1;
	for (i = 0; r == 0 && i < ms.n; i++) {
		if (lost_hash(fd, &ms, i, hash) == -1)
			r = -1;
		else if (l->nknown == 0 || bsearch(hash, l->known, l->nknown,
		    sizeof(*l->known), lost_by_hash) == NULL) {
			if (apart)
				r = lost_put(l, "\n\n", 2);
			apart = 0;
			if (r == 0)
				r = lost_put_piece(l, ms.v[i].off,
				    msgs_end(&ms, i));
		}
	}
	msgs_free(&ms);
	return r;
}

/* Write the data of both slots, the older first; the newer may continue it. */
static int
lost_put_all(struct lost *l)
{
	struct slot	 s[2];
	struct range	*list;
	int		 has[2], i, older, goes_on = 0;

	for (i = 0; i < 2; i++) {
		has[i] = journal_load_slot(&l->of->journal, i, &s[i],
		    &list);
		if (has[i] == -1)
			return -1;
		free(list);
		has[i] = has[i] == 1 && journal_has_data(&s[i]);
	}
	older = has[0] && has[1] && s[1].seq < s[0].seq;
	for (i = older; i >= 0 && i < 2; i += older ? -1 : 1) {
		if (!has[i])
			continue;
		if (lost_put_chunk(l, &s[i], goes_on) == -1)
			return -1;
		goes_on = has[0] && has[1] && s[0].first == s[1].first &&
		    s[i].seq + 1 == s[!i].seq &&
		    s[i].done + s[i].chunk == s[!i].done;
	}
	return l->fd == -1 ? 0 : io_fsync(l->fd);
}

/* Choose a name that is not taken. */
static int
lost_choose_name(struct lost *l)
{
	const int	 dir = l->of->conf->statefd;
	long long	 now = time(NULL);
	struct stat	 st;
	int		 i;

	for (i = 0; i < TRIES; i++, now++) {
		(void)snprintf(l->name, sizeof(l->name), "lost.%lld", now);
		(void)snprintf(l->mbox, sizeof(l->mbox), "%s.mbox", l->name);
		if (fstatat(dir, l->name, &st, AT_SYMLINK_NOFOLLOW) == -1 &&
		    errno == ENOENT &&
		    fstatat(dir, l->mbox, &st, AT_SYMLINK_NOFOLLOW) == -1 &&
		    errno == ENOENT)
			return 0;
	}
	errno = EEXIST;
	return -1;
}

/*
 * The next session tries again under another name: remove the output, which is
 * useless while the journal is in its place and may be what fills the disk.
 */
static void
lost_give_up(const struct lost *l)
{
	const int	 dir = l->of->conf->statefd;
	struct stat	 st;

	log_warn("state directory of %s: %s", l->of->conf->user, l->name);
	if (l->fd != -1 && fstatat(dir, l->name, &st,
	    AT_SYMLINK_NOFOLLOW) == -1 && errno == ENOENT)
		(void)unlinkat(dir, l->mbox, 0);
}

enum st_status
lost_keep(struct mbox *mb)
{
	const int	 dir = mb->conf->statefd;
	struct lost	 l;
	int		 r;

	memset(&l, 0, sizeof(l));
	l.of = mb;
	l.fd = -1;
	lost_learn(&l);
	if ((r = lost_choose_name(&l)) == 0 && (r = lost_put_all(&l)) == 0 &&
	    (r = renameat(dir, JOURNAL_NAME, dir, l.name)) == 0)
		r = io_fsync(dir);
	if (r == -1)
		lost_give_up(&l);
	else if (l.pieces == 0)
		log_warnx("ALERT: the journal of %s is kept as %s in the state "
		    "directory; it holds no mail that the mailbox lacks",
		    mb->conf->user, l.name);
	else
		log_warnx("ALERT: the journal of %s is kept as %s in the state "
		    "directory; %u messages of it that the mailbox lacks "
		    "are in %s there: look at them and deliver them again",
		    mb->conf->user, l.name, l.pieces, l.mbox);
	if (l.fd != -1)
		(void)close(l.fd);
	free(l.known);
	if (r == -1)
		return ST_TEMP;
	journal_close(&mb->journal);
	return journal_open(&mb->journal, dir, mb->conf->user);
}
