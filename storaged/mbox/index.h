/* SPDX-License-Identifier: ISC */
/* Runs in: storaged, as the user.  What earlier sessions found in a mailbox. */

#ifndef POP3D_STORAGED_MBOX_INDEX_H
#define POP3D_STORAGED_MBOX_INDEX_H

#include <stdint.h>

#include "scan.h"
#include "stamp.h"
#include "sums.h"
#include "uidl.h"

/*
 * The file "index" in the user's state directory is a cache: whoever loses it
 * only loses time, and the memory of which of several identical messages was
 * which. It is written in place, since a session makes no path calls once it
 * has begun to read mail, without fsync, and by one session at a time (the
 * session lock). The user owns it, so it is parsed as hostile: every part has a
 * checksum against accidents, and every number is checked against the others
 * and against the file as well.
 *
 *	0	two slots, written in turn: what the mailbox looked like, how
 *		many messages it had, where their records are
 *	512	a ring of INDEX_TOMBS ids of messages that were removed
 *	33280	records, one per message, in one run that a slot points to;
 *		a run made anew goes where the one in use is not, and is
 *		moved to the front when two thirds of the file are unused
 *
 * The check of a record includes the number of its run, drawn at random, and
 * its place there: a slot that survived its records finds them wrong.  Octets
 * are in the order of the machine; another order is another magic number.
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
	uint32_t	 known;		/* of these, the first with an id */
	uint32_t	 unproven;	/* of these, the first not read since
					 * somebody wrote to the mailbox */
	uint32_t	 flags;		/* INDEX_* */
	unsigned char	 spare[112];	/* zero */
};
/* 0x1 and 0x2 were the first two while sums counted all header fields. */
#define INDEX_EXACT	0x10		/* equal times mean equal content */
#define INDEX_BASE	0x20		/* the mailbox may have grown from it */
#define INDEX_PENDING	0x4		/* what a commit is about to leave; the
					 * other slot is what was there before*/

struct index {
	int			 fd;	/* owned; -1: there is no index */
	int			 readonly;	/* it is on such a file system */
	int			 cur;	/* the slot in use, -1: none */
	int			 doubt;	/* the slot of a commit that was cut
					 * short, -1: none */
	uint64_t		 tombs;	/* ids in the ring, ever */
	struct index_slot	 slot[2];	/* magic 0: not valid */
};

/* What is to be written of a mailbox; the stamp may be of a larger file. */
struct index_state {
	struct stamp		 stamp;
	uint64_t		 size;	/* octets that have been looked at */
	uint64_t		 end;
	uint64_t		 octets;
	uint32_t		 count;
	uint32_t		 unproven;
	const unsigned char	*seed;
	uint32_t		 first;	/* the first record to write */
	uint32_t		 last;	/* behind the last one, at most count */
	int			 anew;	/* into a new run; all of them */
	int			 pending;	/* see INDEX_PENDING */
	const struct msg	*v;	/* messages first to count - 1 */
	const struct uids	*uids;	/* NULL: nothing new about ids */
};

/*
 * Open the index, or make one, and read its slots.  Never fails: without an
 * index the mailbox is scanned and nothing is remembered.  user is for the log.
 */
void	 index_open(struct index *, int statefd, const char *user);
void	 index_close(struct index *);

/*
 * Choose a slot; 1, and cur is its number, or 0.  The one written last is the
 * only one that counts: what an older one says of ids has been overtaken.  The
 * other is for when that was cut short, and for what a pending one supersedes.
 *
 * Exact: the mailbox is as it was, so everything in the index holds; if a
 * commit is pending it has not begun.  Base: it was shorter and is otherwise
 * the same file; what is known of the last message will tell whether it only
 * grew.  Memory: good for nothing but ids.  If a commit is pending cur is what
 * was before it, and doubt what it was to leave.
 */
int	 index_exact(struct index *, const struct stamp *);
int	 index_base(struct index *, const struct stamp *);
int	 index_memory(struct index *);

/*
 * Whether this is the file, and as long, in which a session has seen or left
 * something, but no mail.
 */
int	 index_empty(const struct index *, const struct stamp *);

/* Whether the last slot is of a commit of which nobody knows what became. */
int	 index_pending(const struct index *);

/* The same index as the slot in doubt has it, to be read only: 0 or -1. */
int	 index_left(const struct index *, struct index *left);

/*
 * From the slot in use.  Messages first to n - 1 (n at most its count) into v,
 * from its beginning on; next is where the message behind them begins.  0, or
 * -1: the records are missing or wrong.
 */
int	 index_msgs(const struct index *, struct msg *v, uint32_t first,
	    uint32_t n, uint64_t next);

/* The first n ids (at most its known) into v: 0 or -1. */
int	 index_uids(const struct index *, struct uid *v, uint32_t n);

/* Ids of removed messages: how many there may be; those there are, taken. */
uint32_t index_tombs(const struct index *);
void	 index_taken(const struct index *, struct uids *);

/* Put ids of removed messages into the ring. */
void	 index_bury(struct index *, const struct uid *, uint32_t n);

/*
 * Write records and then a slot.  What cannot be written is given up, with a
 * line in the log for whoever looks for it (debug); if it is pending, all of
 * the index is, since what it says of the ids is about to become wrong.
 */
void	 index_put(struct index *, const struct index_state *);

/* Forget everything: ids are made anew, by content. */
void	 index_lose(struct index *);

/* The mailbox is not what the index says: remember nothing but ids. */
void	 index_distrust(struct index *);

#endif
