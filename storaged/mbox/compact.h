/* SPDX-License-Identifier: ISC */
/* Runs in: storaged, as the user.  Moving mail within an mbox, crash-safely. */

#ifndef POP3D_STORAGED_MBOX_COMPACT_H
#define POP3D_STORAGED_MBOX_COMPACT_H

#include <sys/types.h>

#include <stdint.h>

#include "journal.h"

/* In bytes.  Tests make them small; the daemon never changes them. */
struct compact_sizes {
	uint64_t	 nodata;	/* least gap to move without a copy */
	uint64_t	 nodata_least;	/* the same if a copy has no room */
	uint64_t	 small_most;	/* most kept bytes to move in steps as
					 * small as a small data area, if other
					 * areas have no room */
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
	uint64_t	 first;		/* offset of the first byte removed */
	uint64_t	 kept;		/* bytes kept after it */
	uint64_t	 done;		/* of these, bytes in place */
	struct range	*list;		/* ranges to keep, owned */
	uint64_t	 count;		/* ranges in the list */
	uint64_t	 appended;	/* kept as well: from here to size */
	unsigned char	 list_hash[JOURNAL_HASH];

	int		 committed;	/* it completes now, or in recovery */
	int		 emptied;	/* done without a journal, but possibly
					 * not on disk */
	int		 nospace;	/* no room for copies */
	uint64_t	 at;		/* range that holds byte done; count is
					 * the appended mail ... */
	uint64_t	 skip;		/* ... and the offset in it */
	unsigned char	*buf;		/* owned */
};

/*
 * Remove everything after first that is not kept, and sync; size, kept, list
 * and appended describe the file as it is.  Mail that other processes append
 * meanwhile is kept.  Return 0, or -1 with errno: without committed nothing has
 * changed; with it, recovery will continue, or nothing is left to do (emptied).
 */
int	 compact_remove(struct compact *);

/*
 * Finish the removal that a slot describes; keep mail appended since.  The
 * caller has checked that the file is as the slot expects; cut: the file is
 * already cut, and only the chunk may be missing.
 */
int	 compact_resume(struct compact *, const struct slot *, int cut);

/* Return how far kept byte done has to move, and go there in the list. */
uint64_t compact_gap(struct compact *);

/* Release list and buffer. */
void	 compact_free(struct compact *);

#endif
