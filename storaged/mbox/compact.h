/* SPDX-License-Identifier: ISC */
/* Runs in: storaged, as the user.  Moving mail within an mbox, crash-safely. */

#ifndef POP3D_STORAGED_MBOX_COMPACT_H
#define POP3D_STORAGED_MBOX_COMPACT_H

#include <sys/types.h>

#include <stdint.h>

#include "journal.h"

/* In octets.  Tests make them small; the daemon never changes them. */
struct compact_sizes {
	uint64_t	 nodata;	/* moved that far: without a copy */
	uint64_t	 nodata_least;	/* so even, without room for one */
	uint64_t	 small_most;	/* kept octets, at most, that are moved
					 * in steps as small as a small data
					 * area, without room for others */
	uint64_t	 chunk;		/* longest chunk without a copy */
	size_t		 buffer;
};
extern struct compact_sizes	 compact_sizes;

/* A removal under way. */
struct compact {
	int		 fd;		/* the mailbox, locked, borrowed */
	struct journal	*journal;	/* idle at the start; borrowed */
	uint64_t	 ino;		/* of the mailbox */
	uint64_t	 size;		/* of the mailbox */
	uint64_t	 first;		/* where the first octet removed is */
	uint64_t	 kept;		/* octets kept behind it */
	uint64_t	 done;		/* of these, octets in place */
	struct range	*list;		/* what is kept, owned */
	uint64_t	 count;		/* ranges in the list */
	uint64_t	 appended;	/* kept as well: from here to size */
	unsigned char	 list_hash[JOURNAL_HASH];

	int		 committed;	/* it will be done now, or later */
	int		 emptied;	/* done, without a journal, but perhaps
				 * not on disk */
	int		 nospace;	/* no room for copies */
	uint64_t	 at;		/* range that holds octet done, count
				 * being what was appended ... */
	uint64_t	 skip;		/* ... and where in it */
	unsigned char	*buf;		/* owned */
};

/*
 * Remove what is not kept, behind first, and see it on disk; size, kept, list
 * and appended describe the file as it is.  What others append meanwhile is
 * kept.  0, or -1 with errno: nothing has happened unless committed is set; if
 * it is, recovery will go on with it, or there is nothing left to do (emptied).
 */
int	 compact_remove(struct compact *);

/*
 * Finish what a slot says was begun, and what was appended since.  The file has
 * been checked to be what the slot expects; cut says that it has been cut off
 * already, so that only the chunk may be missing.
 */
int	 compact_resume(struct compact *, const struct slot *, int cut);

/* How far kept octet done has to be moved; goes there in the list. */
uint64_t compact_gap(struct compact *);

/* Release list and buffer. */
void	 compact_free(struct compact *);

#endif
