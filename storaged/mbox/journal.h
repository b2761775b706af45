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
 * A slot describes the next step of a commit.  The two are written in turn,
 * each with a greater sequence number, so a torn slot leaves the one before it
 * valid.  The list has the kept ranges of the mailbox and is written once per
 * commit.  A data area holds a chunk that moves by less than its own length.
 * The file is preallocated up to the end of the short list, so there is a
 * journal even on a full disk; an idle journal is exactly that long
 * (FORMAT_MBOX_IDLE).  The small data areas lie within that part: if there is
 * no room for the others, and the list leaves these free, mail moves through
 * them a little at a time.
 *
 * Between slot A and slot B there is room for a note of 64 bytes that is no
 * part of a commit: the dotlock that blocked a session, see lock.c.
 *
 * The user owns the file, so parse it as hostile.
 */
#define JOURNAL_NAME	FORMAT_MBOX_JOURNAL
#define JOURNAL_NOTE	(12 * 1024 - 64)	/* offset of the note */
#define JOURNAL_HASH	32	/* bytes of SHA-256 */
#define JOURNAL_OLD_MAX	4096	/* bytes of either end of what is cut off */
#define JOURNAL_RANGES_MAX 5000001	/* every second of 10,000,000 */

/* Sizes, in bytes.  Tests make them small; the daemon never changes them. */
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
	JOURNAL_NODATA,		/* the chunk is still in its old place */
	JOURNAL_SMALL		/* the chunk is in the small data area */
};

/*
 * A slot.  Kept bytes after first are counted from 0: first those of the list,
 * then those from appended to size.
 */
struct slot {
	uint64_t	 seq;
	uint32_t	 phase;
	uint32_t	 mode;		/* COPY only */
	uint64_t	 ino;		/* of the mailbox */
	uint64_t	 size;		/* of the mailbox before */
	uint64_t	 first;		/* first byte removed */
	uint64_t	 end;		/* size of the mailbox afterwards */
	uint64_t	 done;		/* kept bytes that are in place */
	uint64_t	 chunk;		/* COPY: bytes to put after these */
	uint64_t	 count;		/* ranges in the list */
	uint64_t	 appended;	/* mail appended later begins here */
	uint32_t	 before;	/* bytes before first + done in hash */
	uint32_t	 head;		/* bytes from end on, in old */
	uint32_t	 tail;		/* bytes up to size, after these */
	unsigned char	 list_hash[JOURNAL_HASH];
	unsigned char	 data_hash[JOURNAL_HASH];
	unsigned char	 before_hash[JOURNAL_HASH];
	unsigned char	 old[2 * JOURNAL_OLD_MAX];
};

struct journal {
	int		 fd;		/* owned; -1: none */
	int		 statefd;	/* its directory; not owned */
	uint64_t	 seq;		/* of the newest slot */
	int		 readonly;	/* fd is read-only, or there is no
					 * journal and none can be made */
	int		 busy;		/* it was longer than an idle one when
					 * opened: there was something to do */
};

/*
 * SHA-256 of n bytes.  SHA256(3) would initialize all of libcrypto, which opens
 * files and takes longer than a small commit.
 */
void		 journal_hash(const void *p, size_t n,
		    unsigned char hash[JOURNAL_HASH]);

/*
 * Open or create the journal in a state directory.  Return ST_OK, or ST_TEMP,
 * logged.  On a full disk the journal may be too short; on a read-only file
 * system readonly is set.  Nothing is synced here: an empty new journal need
 * not survive a power failure.
 */
enum st_status	 journal_open(struct journal *, int statefd,
		    const char *user);
void		 journal_close(struct journal *);

/*
 * Read the newest intact slot.  1: there is something to do, and *list is
 * allocated with slot->count ranges; 0: idle; -1 with errno.
 */
int		 journal_load(struct journal *, struct slot *,
		    struct range **list);

/*
 * Like journal_load() for one of the two slots, whatever its phase, if intact.
 */
int		 journal_load_slot(struct journal *, int which, struct slot *,
		    struct range **list);

/* Whether a slot has data of its own, and its offset in the file. */
int		 journal_has_data(const struct slot *);
uint64_t	 journal_data_off(const struct slot *);

/* Read n bytes of a slot's data, from off within it: 0, or -1 with errno. */
int		 journal_data(const struct journal *, const struct slot *,
		    void *buf, size_t n, uint64_t off);

/*
 * Prepare and write the next slot; call in this order.  Each returns 0, or -1
 * with errno.  begin: make the file show that there is something to do, and
 * sync its name, unless journal_load() found proof that it is on disk.  list:
 * write the ranges for all slots of this commit.  reserve: make room for n
 * bytes of data in the area of the next slot (0) or of the one after it (1).
 * small: make room for small data beside a list of count ranges, ENOSPC if
 * there is none.  put: write data at off, for a slot of that mode.  write:
 * write the slot itself, with the next sequence number.  sync: sync all of it.
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
 * Sync a slot that was read, with its parts: 0, or -1 with errno.  Write them
 * again for that: after a failed sync they may be only in memory, and another
 * sync would report success and do nothing.
 */
int		 journal_renew(struct journal *, const struct slot *);

/* Free the space that is needed only while there is something to do. */
void	 journal_cut(struct journal *);

/* Record, durably, that there is nothing to do; then call journal_cut(). */
int		 journal_idle(struct journal *);

/*
 * Parse a slot from n untrusted bytes: 1, or 0 if it is none.  Every number in
 * it is in range and fits the others, but nothing is known of the mailbox.
 */
int		 slot_parse(struct slot *, const unsigned char *p, size_t n);

/* Whether a list is in order, within the mailbox, and adds up: 1 or 0. */
int		 slot_fits_list(const struct slot *, const struct range *);

#endif
