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
	int			 recover;	/* only recover */
	int			 alone;		/* reading without a dotlock: do
						 * not log errors, the locked
						 * scan will find them again */
	struct mbox_file	 file;
	struct mbox_lock	 lock;
	struct journal		 journal;

	/* The result of opening the mailbox. */
	struct msgs		 msgs;		/* empty: still in the index */
	struct msgs		 tail;		/* with msgs still in the index:
						 * its last message, and newer
						 * ones */
	uint32_t		 count;		/* messages */
	uint32_t		 unproven;	/* the first messages not read
						 * since another process wrote
						 * to it */
	uint64_t		 end;		/* as in struct msgs */
	uint64_t		 total;		/* wire octets of all */
	struct sums		 sums;
	struct stamp		 stamp;

	/* Records of the index, while a scan needs them: mbox_shown.c. */
	struct msg		*shown;
	uint32_t		 nshown;

	/* Used by mbox_index.c. */
	struct index		 index;
	int			 stale;		/* must be written */
	int			 anew;		/* rewrite all of it */
	uint32_t		 todo;		/* first record to write */
	int			 recall;	/* the index has ids to give out
						 * again */
	uint32_t		*match;		/* for mbox_ids.c; or NULL */
	int			 prepared;	/* a commit will leave rest */
	struct index_state	 rest;

	struct uids		 uids;		/* v NULL until asked for */

	/* The message being read. */
	uint32_t		 cur;		/* its index */
	uint64_t		 pos;		/* offset of its content */
	struct stamp		 begun;

	/* A window on the file, allocated on first use. */
	unsigned char		*buf;
	uint64_t		 win_off;
	size_t			 win_len;
};

#endif
