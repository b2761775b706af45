/* SPDX-License-Identifier: ISC */
/* Runs in: storaged, as the user.  The journal of a commit. */

#ifndef POP3D_STORAGED_MBOX_JOURNAL_H
#define POP3D_STORAGED_MBOX_JOURNAL_H

#include <sys/types.h>

#include <stddef.h>
#include <stdint.h>

#include "formats.h"
#include "proto.h"

/*
 * The file "journal" in the user's state directory:
 *
 *	slot A | slot B | short list, or very short list | small data areas A, B
 *	| data area A | data area B | long list
 *
 * A slot says what a commit is about to do; two are written in turn, each with
 * a greater sequence number, so that one that is torn leaves the one before.  A
 * list has the kept ranges of the mailbox, written once for a commit.  A data
 * area has the octets of a chunk that is moved by less than its own length.  Up
 * to the end of the short list the file is preallocated, so that there is a
 * journal on a full disk, too; it is that long, and no longer, when there is
 * nothing to do (FORMAT_MBOX_IDLE).  The small data areas are
 * within that: where there is no room for others a little mail at a time is
 * moved through them, if the list leaves them free.
 *
 * Between slot A and slot B there is room for a note of 64 octets that is no
 * part of a commit: which dotlock stood in the way, see lock.c.
 *
 * The file is the user's own, and read as if the user had made it up.
 */
#define JOURNAL_NAME	FORMAT_MBOX_JOURNAL
#define JOURNAL_NOTE	(12 * 1024 - 64)	/* offset of the note */
#define JOURNAL_HASH	32	/* octets of SHA-256 */
#define JOURNAL_OLD_MAX	4096	/* octets of either end of what is cut off */
#define JOURNAL_RANGES_MAX 5000001	/* every second of 10,000,000 */

/* Sizes, in octets.  Tests make them small; the daemon never changes them. */
struct journal_sizes {
	uint64_t	 slot;		/* room for a slot */
	uint64_t	 keep;		/* preallocated: slots, short list */
	uint64_t	 data;		/* room for data; the longest chunk */
	uint64_t	 small;		/* the same of a small area */
	uint32_t	 old;		/* at most JOURNAL_OLD_MAX */
};
extern struct journal_sizes	 journal_sizes;

/* A part of the mailbox. */
struct range {
	uint64_t	 off;
	uint64_t	 len;
};

enum journal_phase {
	JOURNAL_IDLE = 1,	/* nothing to do */
	JOURNAL_COPY,		/* chunk is being moved */
	JOURNAL_TRIM		/* all is in place; the rest is being cut off */
};
enum journal_mode {
	JOURNAL_DATA = 1,	/* the chunk is in the data area */
	JOURNAL_NODATA,		/* it is still where it was, too */
	JOURNAL_SMALL		/* it is in the small data area */
};

/*
 * A slot.  Kept octets behind first are counted from 0: they are those of the
 * list, then those from appended to size.
 */
struct slot {
	uint64_t	 seq;
	uint32_t	 phase;
	uint32_t	 mode;		/* COPY only */
	uint64_t	 ino;		/* of the mailbox */
	uint64_t	 size;		/* of the mailbox before */
	uint64_t	 first;		/* first octet removed */
	uint64_t	 end;		/* size of the mailbox afterwards */
	uint64_t	 done;		/* kept octets that are in place */
	uint64_t	 chunk;		/* COPY: octets to put behind these */
	uint64_t	 count;		/* ranges in the list */
	uint64_t	 appended;	/* what came later begins here */
	uint32_t	 before;	/* octets before first + done in hash */
	uint32_t	 head;		/* octets from end on, in old */
	uint32_t	 tail;		/* octets up to size, behind these */
	unsigned char	 list_hash[JOURNAL_HASH];
	unsigned char	 data_hash[JOURNAL_HASH];
	unsigned char	 before_hash[JOURNAL_HASH];
	unsigned char	 old[2 * JOURNAL_OLD_MAX];
};

struct journal {
	int		 fd;		/* owned; -1: none */
	int		 statefd;	/* its directory; not owned */
	uint64_t	 seq;		/* of the newest slot */
	int		 readonly;	/* fd cannot be written, or there is no
					 * journal and none can be made */
	int		 busy;		/* when it was opened there was, as its
					 * length says, something to do */
};

/*
 * SHA-256 of n octets.  SHA256(3) would set up all of libcrypto, which opens
 * files, and takes longer than a small commit.
 */
void		 journal_hash(const void *p, size_t n,
		    unsigned char hash[JOURNAL_HASH]);

/*
 * Open the journal in a state directory, or make one.  ST_OK or ST_TEMP,
 * logged. On a full disk it may be shorter than it should, on a read-only one
 * readonly is set.  A new one need not outlive a loss of power before there is
 * something in it: nothing is synced here.
 */
enum st_status	 journal_open(struct journal *, int statefd,
		    const char *user);
void		 journal_close(struct journal *);

/*
 * Read the newest slot whose parts are whole.  1: there is something to do, and
 * *list is allocated with slot->count ranges; 0: idle; -1 with errno.
 */
int		 journal_load(struct journal *, struct slot *,
		    struct range **list);

/* As journal_load(), for one of the two slots: what it says, if it is whole. */
int		 journal_load_slot(struct journal *, int which, struct slot *,
		    struct range **list);

/* Whether a slot has data of its own, and where that is in the file. */
int		 journal_has_data(const struct slot *);
uint64_t	 journal_data_off(const struct slot *);

/* Read n octets of a slot's data, from off within it: 0, or -1 with errno. */
int		 journal_data(const struct journal *, const struct slot *,
		    void *buf, size_t n, uint64_t off);

/*
 * What the next slot will need, in this order; all: 0, or -1 with errno.
 * begin: the file shows that there is something to do, and its name is on disk,
 * if what journal_load() found does not prove that it is.  list: the ranges,
 * for all slots of this commit.  reserve: room for so many octets of data in
 * the area of the next slot (0) or of the one after it (1).  small: room for
 * small data beside a list of count ranges, ENOSPC if there is none.  put: data
 * at off, for a slot of that mode.  write: the slot itself, with the next
 * sequence number; sync: all on disk.
 */
int		 journal_begin(struct journal *);
int		 journal_list(struct journal *, const struct range *,
		    uint64_t count, unsigned char hash[JOURNAL_HASH]);
int		 journal_reserve(struct journal *, int later, uint64_t n);
int		 journal_reserve_small(struct journal *, uint64_t count);
int		 journal_put(struct journal *, uint32_t mode, const void *buf,
		    size_t n, uint64_t off);
int		 journal_write(struct journal *, struct slot *);
int		 journal_sync(struct journal *);

/*
 * See a slot on disk that was read, with its parts: 0, or -1 with errno.  It
 * is written again for that.  If it was in memory only, because a sync failed,
 * another sync would say that all is well, and do nothing.
 */
int		 journal_renew(struct journal *, const struct slot *);

/* Give back what is needed only while there is something to do. */
void	 journal_cut(struct journal *);

/* Nothing is to be done any more; on disk.  Gives back what is not needed. */
int		 journal_idle(struct journal *);

/*
 * The slot in n octets of anything: 1, or 0 if it is none.  Every number in it
 * is in range and fits the others, but nothing is known of the mailbox.
 */
int		 slot_parse(struct slot *, const unsigned char *p, size_t n);

/* Whether a list is in order, within the mailbox, and adds up: 1 or 0. */
int		 slot_fits_list(const struct slot *, const struct range *);

#endif
