/* SPDX-License-Identifier: ISC */
/* Runs in: storaged, as the user.  Opening a mailbox by its index. */

#ifndef POP3D_STORAGED_MBOX_MBOX_INDEX_H
#define POP3D_STORAGED_MBOX_MBOX_INDEX_H

#include "mbox.h"

/*
 * Whether the index describes the open file, whose stamp is taken, as it is
 * now.  If so, take the listing from there without reading mail.
 */
int		 mbox_unchanged(struct mbox *);

/* Whether it does apart from appended mail, which is scanned. */
int		 mbox_grown(struct mbox *);

/* Load all messages into msgs: ST_OK, ST_TEMP or ST_CHANGED. */
enum st_status	 mbox_load(struct mbox *);

/*
 * Another program has changed messages of which the client knows only number
 * and size: find them again.  ST_OK if both are the same, else ST_CHANGED or
 * ST_TEMP, and the session has to end.
 */
enum st_status	 mbox_again(struct mbox *);

/* Whether there is an index that can be written. */
int		 mbox_can_save(const struct mbox *);

/* Write what the index lacks, if it is stale.  Failure is not an error. */
void		 mbox_save(struct mbox *);

/*
 * The same after messages first to last (exclusive) have got ids.  Call it
 * before a client sees the ids: they must outlive this process.
 */
void		 mbox_named(struct mbox *, uint32_t first, uint32_t last);

#endif
