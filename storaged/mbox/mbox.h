/* SPDX-License-Identifier: ISC */
/* Runs in: storaged, as the user.  What mbox*.c and commit.c share. */

#ifndef POP3D_STORAGED_MBOX_MBOX_H
#define POP3D_STORAGED_MBOX_MBOX_H

#include "index.h"
#include "journal.h"
#include "lock.h"
#include "mbox_open.h"
#include "scan.h"
#include "stamp.h"
#include "store_format.h"
#include "sums.h"
#include "uidl.h"

/* An mbox, as store_format.h's data. */
struct mbox {
	struct store		*store;
	const struct store_conf	*conf;		/* of it */
	int			 recover;	/* do that and nothing else */
	int			 alone;		/* without a dotlock: what goes
						 * wrong is found again */
	struct mbox_file	 file;
	struct mbox_lock	 lock;
	struct journal		 journal;

	/* What was found when the mailbox was opened. */
	struct msgs		 msgs;		/* none: still in the index */
	struct msgs		 tail;		/* with msgs still in the index:
						 * the last of these, and what
						 * is newer */
	uint32_t		 count;		/* messages */
	uint32_t		 unproven;	/* the first messages that were
						 * not read since somebody wrote
						 * to the mailbox */
	uint64_t		 end;		/* as in struct msgs */
	uint64_t		 total;		/* wire octets of all */
	struct sums		 sums;
	struct stamp		 stamp;

	/* Of the index, while a scan needs it; see mbox_told.c. */
	struct msg		*told;
	uint32_t		 ntold;

	/* See mbox_index.c. */
	struct index		 index;
	int			 stale;		/* it is to be written */
	int			 anew;		/* all of it */
	uint32_t		 todo;		/* first record to write */
	int			 recall;	/* the index has ids that are
						 * to be given out again */
	uint32_t		*match;		/* see mbox_uidl.c; or NULL */
	int			 prepared;	/* for a commit, rest is left */
	struct index_state	 rest;

	struct uids		 uids;		/* v NULL until asked for */

	/* The message that is being read. */
	uint32_t		 cur;		/* its index */
	uint64_t		 pos;		/* of its content in the file */
	struct stamp		 begun;

	/* A window on the file; allocated when first needed. */
	unsigned char		*buf;
	uint64_t		 win_off;
	size_t			 win_len;
};

/* mbox.c */

/* Octets that a scan of a file of that size reads at a time. */
size_t		 mbox_block(uint64_t size);

/*
 * scan_file() of the mailbox, whose stamp has been taken, from there to its
 * end, with the key of its sums.
 */
enum scan_result mbox_scan_from(struct mbox *, struct msgs *, uint64_t from,
		    uint32_t max);

/*
 * Scan the file, whose stamp has been taken, from its beginning; what is wrong
 * is logged.
 */
enum st_status	 mbox_scan(struct mbox *);

/* Log why the mailbox is not served. */
void		 mbox_refuse(const struct mbox *, const char *why);

/* Log that something failed, or that somebody changed the mailbox. */
void		 mbox_trouble(const struct mbox *, const char *what);
void		 mbox_changed(struct mbox *);

/*
 * Octets of the file from off: at least one and at most limit of them; if not
 * in the window they are read, ahead up to limit.  *p lives until the next
 * call.
 */
enum st_status	 mbox_window(struct mbox *, uint64_t off, uint64_t limit,
		    unsigned char **p, size_t *n);

/*
 * Whether messages first to last are in the file as they were scanned, if
 * somebody may have written to it after the stamp since.  *now is the new
 * stamp.
 */
enum st_status	 mbox_intact(struct mbox *, uint32_t first, uint32_t last,
		    const struct stamp *since, struct stamp *now);

/*
 * The same since they were listed, and if they have only moved, s->msgs says
 * where they are now.
 */
enum st_status	 mbox_here(struct mbox *, uint32_t first, uint32_t last,
		    struct stamp *now);

/*
 * The same of messages that are loaded, whoever has written or not, for
 * commit.c.  1: they are; 0: they are not; -1: cannot read, errno.
 */
int		 mbox_check(struct mbox *, uint32_t first, uint32_t last);

/* mbox_moved.c */

/*
 * Messages that are loaded are not what and where they were listed: look for
 * them.  1: they are in the mailbox, changed in nothing but what mail readers
 * keep in headers, and s->msgs says where; 0: they are not, or it is not known.
 */
int		 mbox_moved(struct mbox *);

/* mbox_index.c */

/* Whether the index tells all about the open file, whose stamp is taken. */
int		 mbox_unchanged(struct mbox *);

/* Whether it does with what has been appended, which is scanned. */
int		 mbox_grown(struct mbox *);

/* Have all of s->msgs in memory: ST_OK, ST_TEMP or ST_CHANGED. */
enum st_status	 mbox_load(struct mbox *);

/*
 * Somebody has changed messages before anything was said of them but how many
 * there are and how long: find them again.  ST_OK, with the same numbers, or
 * ST_CHANGED or ST_TEMP, and the session has to end.
 */
enum st_status	 mbox_again(struct mbox *);

/* Write what the index does not have yet. */
void		 mbox_remember(struct mbox *);

/*
 * The same when messages first to last (exclusive) have got their ids.  Before
 * anybody else hears of them: what a client knows must outlive us.
 */
void		 mbox_named(struct mbox *, uint32_t first, uint32_t last);

/*
 * The marked messages are about to be removed from the file, which is locked;
 * then, they have been: bring the index up to that.  In two steps, so that
 * whatever ends the commit, the index knows both mailboxes.  Neither makes a
 * system call that takes a path; both may fail in silence.
 */
void		 mbox_prepare(struct mbox *);
void		 mbox_committed(struct mbox *);

/* mbox_told.c */

/*
 * For scan_file(): whether by the index, whose slot has been chosen, a message
 * has begun at off, or has followed on the last one.
 */
int		 mbox_told(void *store, uint64_t off);

/* Whether a message at off follows on mail that ended at end. */
int		 mbox_follows(uint64_t end, uint64_t off);

/* A scan has ended: release that, and log what was in doubt. */
void		 mbox_told_done(struct mbox *, const struct msgs *);

/* mbox_uidl.c */

/* store_uidl() of a message, counted from 0. */
enum st_status	 mbox_uid(struct mbox *, uint32_t, char uidl[UIDL_LEN_MAX + 1]);

/* Have the ids that the index knows: ST_OK or ST_TEMP. */
enum st_status	 mbox_uids(struct mbox *);

/*
 * After a scan of all: give the messages the ids that the index remembers, if
 * not more than so many octets must be hashed for that.  1: there is nothing
 * left in the index that is worth keeping.
 */
int		 mbox_recall(struct mbox *, uint64_t octets);

#endif
