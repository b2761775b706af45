/* SPDX-License-Identifier: ISC */
/* Runs in: storaged, as the user.  The index: a cache of earlier scans. */

#ifndef POP3D_STORAGED_MBOX_INDEX_H
#define POP3D_STORAGED_MBOX_INDEX_H

#include <stdint.h>

#include "scan.h"
#include "stamp.h"
#include "sums.h"
#include "uidl.h"

/*
 * The file "index" in the user's state directory is a cache: losing it costs
 * time and the record of which of several identical messages was which.  It is
 * written in place, since a session makes no path calls once it has begun to
 * read mail; without fsync(2); and by one session at a time (the session lock).
 * The user owns it, so parse it as hostile: every part has a checksum against
 * accidents, and every number is checked against the others and against the
 * file.
 *
 *	0	two slots, written in turn: what the mailbox looked like, how
 *		many messages it had, where their records are
 *	512	a ring of INDEX_TOMBS ids of messages that were removed
 *	33280	records, one per message, in one run that a slot points to;
 *		a new run goes where the one in use is not, and moves to the
 *		front when two thirds of the file are unused
 *
 * The checksum of a record covers the random number of its run and its place
 * there, so a slot that outlives its records finds them wrong.  Numbers are in
 * host byte order; another byte order is another magic number.
 */
#define INDEX_TOMBS	1024

struct index_slot {
	uint64_t	 check;		/* of all that follows */
	uint64_t	 magic;
	uint64_t	 gen;		/* the newer slot has the greater */
	uint64_t	 dev, ino, size; /* of the mailbox; see stamp.h */
	int64_t		 mtime, ctime;	/* seconds */
	uint32_t	 mtime_ns, ctime_ns;
	uint64_t	 end;		/* as in struct msgs */
	uint64_t	 octets;	/* on the wire, of all messages */
	uint64_t	 run;		/* offset of the first record */
	uint64_t	 id;		/* of the run */
	uint64_t	 tombs;		/* ids ever put into the ring */
	unsigned char	 seed[SUMS_SEED];	/* of the sums of all records */
	uint32_t	 count;		/* messages */
	uint32_t	 known;		/* the first of these have an id */
	uint32_t	 unproven;	/* the first of these were not read
					 * since another process wrote to the
					 * mailbox */
	uint32_t	 flags;		/* INDEX_* */
	unsigned char	 spare[112];	/* zero */
};
/* 0x1 and 0x2 were the first two flags while sums covered all header fields. */
#define INDEX_EXACT	0x10		/* equal times mean equal content */
#define INDEX_BASE	0x20		/* the mailbox may have grown from it */
#define INDEX_PENDING	0x4		/* what a commit is about to leave; the
					 * other slot has the state before */

struct index {
	int			 fd;	/* owned; -1: there is no index */
	int			 readonly;	/* on a read-only fs */
	int			 cur;	/* the slot in use, -1: none */
	int			 doubt;	/* the slot of a commit that was cut
					 * short, -1: none */
	uint64_t		 tombs;	/* ids ever put into the ring */
	struct index_slot	 slot[2];	/* magic 0: not valid */
};

/* What to write of a mailbox; the stamp may be of a larger file. */
struct index_state {
	struct stamp		 stamp;
	uint64_t		 size;	/* bytes that have been scanned */
	uint64_t		 end;
	uint64_t		 octets;
	uint32_t		 count;
	uint32_t		 unproven;
	const unsigned char	*seed;
	uint32_t		 first;	/* the first record to write */
	uint32_t		 last;	/* one past the last, at most count */
	int			 anew;	/* write all of them into a new run */
	int			 pending;	/* see INDEX_PENDING */
	const struct msg	*v;	/* messages first to count - 1 */
	const struct uids	*uids;	/* NULL: no new ids */
};

/*
 * Open or create the index and read its slots.  This never fails: without an
 * index the mailbox is scanned and nothing is remembered.  user is for the log.
 */
void	 index_open(struct index *, int statefd, const char *user);
void	 index_close(struct index *);

/*
 * Choose a slot: 1, with cur set to it, or 0.  Only the newest slot counts: the
 * ids in an older one are obsolete.  The other serves if writing the newest was
 * cut short, and as the state before a pending commit.
 *
 * Exact: the mailbox is unchanged, so everything in the index holds; a pending
 * commit has not begun.  Base: the mailbox was shorter and is otherwise the
 * same file; the record of the last message will show whether it only grew.
 * Memory: good for ids only.  If a commit is pending, cur is the state before
 * it and doubt the state that it was to leave.
 */
int	 index_exact(struct index *, const struct stamp *);
int	 index_base(struct index *, const struct stamp *);
int	 index_memory(struct index *);

/*
 * Whether this is the file, of the same length, in which a session saw or left
 * data but no mail.
 */
int	 index_empty(const struct index *, const struct stamp *);

/* Whether the newest slot is of a commit whose outcome is unknown. */
int	 index_pending(const struct index *);

/* The same index as of the slot in doubt, to be read only: 0 or -1. */
int	 index_left(const struct index *, struct index *left);

/*
 * From the slot in use, read messages first to n - 1 (n at most its count) into
 * the beginning of v; next is where the message after them begins.  0, or -1:
 * the records are missing or wrong.
 */
int	 index_msgs(const struct index *, struct msg *v, uint32_t first,
	    uint32_t n, uint64_t next);

/* Read the first n ids (at most its known) into v: 0 or -1. */
int	 index_uids(const struct index *, struct uid *v, uint32_t n);

/* Ids of removed messages: how many at most; mark them as taken. */
uint32_t index_tombs(const struct index *);
void	 index_taken(const struct index *, struct uids *);

/* Put ids of removed messages into the ring. */
void	 index_bury(struct index *, const struct uid *, uint32_t n);

/*
 * Write records, then a slot.  If that fails, log it (debug) and give up the
 * index.  If the slot is pending, discard the file too, since its ids are about
 * to become wrong.
 */
void	 index_put(struct index *, const struct index_state *);

/* Discard everything: new ids will be made from the content. */
void	 index_lose(struct index *);

/* The mailbox does not match the index: keep only the ids. */
void	 index_distrust(struct index *);

#endif
