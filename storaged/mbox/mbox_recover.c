/* SPDX-License-Identifier: ISC */
/*
 * Runs in: storaged, as the user.  Trusts: nothing in the journal or in the
 * mailbox; both are the user's.
 */

/* libcrypto 3 deprecates calls that LibreSSL keeps and that need no malloc. */
#define OPENSSL_SUPPRESS_DEPRECATED

#include <sys/stat.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "compact.h"
#include "io.h"
#include "log.h"
#include "lost.h"
#include "mbox.h"
#include "mbox_recover.h"

/* Bytes of blank lines that an agent may put before its From_ line. */
#define BLANKS_MAX	4

/*
 * This many bytes of what is to be cut cannot be mistaken for new mail; fewer
 * can, "From " for one.
 */
#define TELLING		64

/* Compare the bytes before first + done with their hash: 1, 0 or -1. */
static int
recover_is_before(int fd, const struct slot *s)
{
	unsigned char	 buf[JOURNAL_OLD_MAX], hash[JOURNAL_HASH];
	uint64_t	 to = s->first + s->done;
	ssize_t		 n;

	if ((n = io_pread(fd, buf, s->before, to - s->before)) == -1)
		return -1;
	journal_hash(buf, s->before, hash);
	return (size_t)n == s->before &&
	    memcmp(hash, s->before_hash, sizeof(hash)) == 0;
}

/*
 * Compare n bytes at off with old: 1, 0 or -1.  Accept zeros: cutting a file
 * clears the rest of its last page, parts of which may reach the disk before
 * the new size does.
 */
static int
recover_is_old(int fd, const unsigned char *old, size_t n, uint64_t off)
{
	unsigned char	 buf[JOURNAL_OLD_MAX];
	ssize_t		 got;
	size_t		 i;

	if ((got = io_pread(fd, buf, n, off)) == -1)
		return -1;
	if ((size_t)got < n)
		return 0;
	for (i = 0; i < n; i++)
		if (buf[i] != old[i] && buf[i] != '\0')
			return 0;
	return 1;
}

/*
 * Return whether nothing follows at off, or what an agent may have appended:
 * mail, or zeros if the disk had its size but not yet its contents.
 */
static int
recover_is_appended(int fd, uint64_t off)
{
	static const char	 from[] = "From ";
	char			 buf[BLANKS_MAX + sizeof(from) - 1];
	ssize_t			 n;
	int			 i = 0, k;

	if ((n = io_pread(fd, buf, sizeof(buf), off)) == -1)
		return -1;
	while (i < n && i < BLANKS_MAX && (buf[i] == '\r' || buf[i] == '\n'))
		i++;
	for (k = 0; i < n && from[k] != '\0'; i++, k++) {
		if (buf[i] == '\0')
			return 1;
		if (buf[i] != from[k])
			return 0;
	}
	return 1;
}

/* The state of the mailbox relative to a slot. */
enum state {
	STATE_WHOLE,		/* not cut yet */
	STATE_CUT,		/* cut, by us */
	STATE_FOREIGN,		/* changed by another process */
	STATE_ERROR
};

/*
 * The bytes after the new end tell whether the file has been cut.  A cut file
 * can be as long as before if mail was appended since.
 */
static enum state
recover_state(int fd, const struct slot *s)
{
	off_t	 size;
	int	 r;

	if ((size = io_size(fd)) == -1 || (r = recover_is_before(fd, s)) == -1)
		return STATE_ERROR;
	if (r == 0 || (uint64_t)size < s->end)
		return STATE_FOREIGN;
	if ((uint64_t)size >= s->size) {
		r = recover_is_old(fd, s->old, s->head, s->end);
		if (r == 1)
			r = recover_is_old(fd, s->old + s->head, s->tail,
			    s->size - s->tail);
		if (r == 1 && (uint64_t)size > s->size &&
		    s->size - s->end < TELLING)
			r = recover_is_appended(fd, s->size);
		if (r != 0)
			return r == 1 ? STATE_WHOLE : STATE_ERROR;
	}
	/* The cut comes last, and in mode nodata after a TRIM. */
	if (s->phase == JOURNAL_COPY && (s->mode == JOURNAL_NODATA ||
	    s->first + s->done + s->chunk != s->end))
		return STATE_FOREIGN;
	if ((r = recover_is_appended(fd, s->end)) == -1)
		return STATE_ERROR;
	return r == 1 ? STATE_CUT : STATE_FOREIGN;
}

/* Take over a slot.  Return 1, or 0 if its chunk would overlap itself. */
static int
recover_adopt(struct compact *c, const struct slot *s, struct range *list)
{
	memset(c, 0, sizeof(*c));
	c->ino = s->ino;
	c->size = s->size;
	c->first = s->first;
	c->kept = s->end - s->first;
	c->done = s->done;
	c->list = list;
	c->count = s->count;
	c->appended = s->appended;
	memcpy(c->list_hash, s->list_hash, sizeof(c->list_hash));
	return s->mode != JOURNAL_NODATA ||
	    s->chunk <= compact_gap(c);
}

/*
 * There is nothing to do, but the journal is longer than an idle one: a commit
 * ended before its first slot or at its last.  That slot may be only in memory,
 * and the next commit would overwrite the one before it.  Return 0 or -1.
 */
static int
recover_tidy(struct journal *j, const struct slot *s)
{
	off_t	 size;

	if ((size = io_size(j->fd)) == -1)
		return -1;
	if ((uint64_t)size <= journal_sizes.keep)
		return 0;
	if ((j->seq == 0 ? journal_sync(j) : journal_renew(j, s)) == -1)
		return -1;
	journal_cut(j);
	return 0;
}

enum mbox_recover_result
mbox_recover_file(struct journal *j, int fd, uint64_t ino, const char **why)
{
	struct slot	 s;
	struct compact	 c;
	struct range	*list;
	enum state	 state;
	int		 r;

	if ((r = journal_load(j, &s, &list)) == -1)
		return RECOVER_FAILED;
	if (r == 0)
		return recover_tidy(j, &s) == -1 ? RECOVER_FAILED :
		    RECOVER_NONE;
	*why = NULL;
	if (!recover_adopt(&c, &s, list))
		*why = "it contradicts itself";
	else if (fd == -1) {
		/* Its file system may be unmounted: it may come back. */
		compact_free(&c);
		errno = ENOENT;
		return RECOVER_FAILED;
	} else if (s.ino != ino)
		*why = "the mailbox is another file";
	if (*why != NULL) {
		compact_free(&c);
		return RECOVER_LOST;
	}
	c.fd = fd;
	c.journal = j;
	/*
	 * The slot may be only in memory: a power failure must not lose it and
	 * keep the change that it asked for.
	 */
	if (journal_renew(j, &s) == -1 ||
	    (state = recover_state(fd, &s)) == STATE_ERROR) {
		r = -1;
	} else if (state == STATE_FOREIGN) {
		*why = "somebody else has changed the mailbox";
		r = 0;
	} else
		r = compact_resume(&c, &s, state == STATE_CUT) == -1 ? -1 : 1;
	compact_free(&c);
	if (r == -1)
		return RECOVER_FAILED;
	return r == 1 ? RECOVER_DONE : RECOVER_LOST;
}

enum st_status
mbox_recover_store(struct mbox *mb)
{
	struct stat	 st;
	const char	*why;

	memset(&st, 0, sizeof(st));
	if (mb->file.fd != -1 && fstat(mb->file.fd, &st) == -1) {
		log_warn("%s: mailbox of %s: fstat", mb->conf->path,
		    mb->conf->user);
		return ST_TEMP;
	}
	switch (mbox_recover_file(&mb->journal, mb->file.fd, st.st_ino, &why)) {
	case RECOVER_NONE:
		log_debug("mailbox of %s: nothing to recover", mb->conf->user);
		return ST_OK;
	case RECOVER_DONE:
		log_info("%s: mailbox of %s recovered: a removal that had been "
		    "interrupted is complete", mb->conf->path, mb->conf->user);
		return ST_OK;
	case RECOVER_LOST:
		log_warnx("ALERT: %s: mailbox of %s was left in the middle of "
		    "a removal, and the journal cannot be used: %s",
		    mb->conf->path, mb->conf->user, why);
		return lost_keep(mb);
	default:
		log_warn("%s: mailbox of %s: recovery failed, to be tried "
		    "again; until then it is not served", mb->conf->path,
		    mb->conf->user);
		return ST_TEMP;
	}
}
