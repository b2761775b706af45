/* SPDX-License-Identifier: ISC */
/* Runs in: storaged, as the user.  Ids that messages had earlier. */

#ifndef POP3D_STORAGED_MBOX_MBOX_IDS_H
#define POP3D_STORAGED_MBOX_MBOX_IDS_H

#include "mbox.h"

/* Load the ids that the index knows into uids: ST_OK or ST_TEMP. */
enum st_status	 mbox_uids(struct mbox *);

/*
 * Prepare to give out new ids, and again those that the index remembers.  0, or
 * -1: out of memory, and mbox_ids_drop() must follow.
 */
int		 mbox_ids_names(struct mbox *);

/* Drop all ids in memory. */
void		 mbox_ids_drop(struct mbox *);

/*
 * All messages have ids: bury the remembered ids that none of them got, to keep
 * them from being given out again.
 */
void		 mbox_ids_forget(struct mbox *);

/*
 * The id that the index has for message i by its sum.  NULL: there is none, so
 * hash the message.
 */
const struct uid *mbox_ids_matched(const struct mbox *, uint32_t i);

#endif
