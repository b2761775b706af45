/* SPDX-License-Identifier: ISC */
/* Runs in: storaged, as the user.  An open mbox. */

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

/* The data of a store (store_format.h) whose format is mbox. */
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

	/* Records of the index, while a scan needs them: mbox_shown.c. */
	struct msg		*shown;
	uint32_t		 nshown;

	/* Used by mbox_index.c. */
	struct index		 index;
	int			 stale;		/* it is to be written */
	int			 anew;		/* all of it */
	uint32_t		 todo;		/* first record to write */
	int			 recall;	/* the index has ids that are
						 * to be given out again */
	uint32_t		*match;		/* used by mbox_ids.c; or NULL */
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

#endif
