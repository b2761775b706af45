/* SPDX-License-Identifier: ISC */
/* Runs in: storaged, as the user.  What earlier sessions found in a mailbox. */

#ifndef POP3D_INDEX_H
#define POP3D_INDEX_H

#include <stdint.h>

#include "scan.h"
#include "stamp.h"
#include "sums.h"
#include "uidl.h"

/*
 * The file "index" in the user's state folder is a cache: whoever loses it only
 * loses time, and the memory of which of several identical messages was which.
 * It is written in place, since a session makes no path calls once it has begun
 * to read mail, without fsync, and by one session at a time (the session lock).
 * The user owns it, so it is parsed as hostile: every part has a checksum
 * against accidents, and every number is checked against the others and against
 * the file as well.
 *
 *	0	two slots, written in turn: what the mailbox looked like, how
 *		many messages it had, where their records are
 *	512	a ring of INDEX_TOMBS ids of messages that were removed
 *	33280	records, one per message, in one run that a slot points to;
 *		a run made anew goes where the one in use is not
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
#define INDEX_EXACT	0x1		/* equal times mean equal content */
#define INDEX_BASE	0x2		/* the mailbox may have grown from it */

struct index {
	int			 fd;	/* owned; -1: there is no index */
	int			 readonly;	/* it is on such a file system */
	int			 cur;	/* the slot in use, -1: none */
	int			 next;	/* the one to be written next */
	uint64_t		 tombs;	/* ids in the ring, ever */
	uint32_t		 count;	/* records that can be read */
	uint32_t		 known;	/* ids that can be read: those that the
					 * slot in use knows, and some of newer
					 * messages that may not be the same */
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
	int			 anew;	/* into a new run; first is 0 */
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
 * Choose a slot; 1, and cur is its number, or 0.  Exact: the mailbox is as it
 * was, so everything in the index holds.  Base: it was shorter and is otherwise
 * the same file; what is known of the last message will tell whether it only
 * grew.  Memory: what has been written last, good for nothing but ids.
 */
int	 index_exact(struct index *, const struct stamp *);
int	 index_base(struct index *, const struct stamp *);
int	 index_memory(struct index *);

/*
 * From the slot in use.  Messages first to n - 1 (n at most count) into v, from
 * its beginning on; next is where the message behind them begins.  0, or -1:
 * the records are missing or wrong.
 */
int	 index_msgs(const struct index *, struct msg *v, uint32_t first,
	    uint32_t n, uint64_t next);

/* The first n ids (at most known) into v: 0 or -1. */
int	 index_uids(const struct index *, struct uid *v, uint32_t n);

/* Ids of removed messages: how many there may be; those there are, taken. */
uint32_t index_tombs(const struct index *);
void	 index_taken(const struct index *, struct uids *);

/* Put ids of removed messages into the ring. */
void	 index_bury(struct index *, const struct uid *, uint32_t n);

/*
 * Write records and then a slot.  What cannot be written is given up, with a
 * line in the log for whoever looks for it (debug).
 */
void	 index_put(struct index *, const struct index_state *);

/* The mailbox is not what the index says: remember nothing but ids. */
void	 index_distrust(struct index *);

#endif
