/* SPDX-License-Identifier: ISC */
/* Runs in: storaged, as the user.  What a session need not find out again. */

#ifndef POP3D_STORAGED_MBOX_MBOX_INDEX_H
#define POP3D_STORAGED_MBOX_MBOX_INDEX_H

#include "mbox.h"

/*
 * Whether the index describes the open file, whose stamp is taken, as it is.
 * If so, it is taken from there: no mail is read.
 */
int		 mbox_unchanged(struct mbox *);

/* Whether it does together with what has been appended, which is scanned. */
int		 mbox_grown(struct mbox *);

/* Have all messages in memory, in msgs: ST_OK, ST_TEMP or ST_CHANGED. */
enum st_status	 mbox_load(struct mbox *);

/*
 * Another program has changed messages of which the client knows no more than
 * number and size: find them again.  ST_OK if these are the same, else
 * ST_CHANGED or ST_TEMP, and the session has to end.
 */
enum st_status	 mbox_again(struct mbox *);

/* Whether there is an index that can be written. */
int		 mbox_can_save(const struct mbox *);

/* Write what the index lacks, if it is stale.  Failure is no error. */
void		 mbox_save(struct mbox *);

/*
 * The same when messages first to last (exclusive) have got their ids.  Before
 * a client sees these: they must outlive this process.
 */
void		 mbox_named(struct mbox *, uint32_t first, uint32_t last);

#endif
