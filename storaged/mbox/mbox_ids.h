/* SPDX-License-Identifier: ISC */
/* Runs in: storaged, as the user.  Ids that messages were given earlier. */

#ifndef POP3D_STORAGED_MBOX_MBOX_IDS_H
#define POP3D_STORAGED_MBOX_MBOX_IDS_H

#include "mbox.h"

/* Have the ids in uids that the index knows: ST_OK or ST_TEMP. */
enum st_status	 mbox_uids(struct mbox *);

/*
 * Get ready to give out new ids, and those again that the index remembers.  0,
 * or -1: out of memory, and mbox_ids_drop() must follow.
 */
int		 mbox_ids_names(struct mbox *);

/* Forget all ids that are in memory. */
void		 mbox_ids_drop(struct mbox *);

/*
 * All messages have their ids: bury those that no message got, so that they
 * are not given out again.
 */
void		 mbox_ids_forget(struct mbox *);

/*
 * The id that message i has by its sum in the index.  NULL: there is none, the
 * message is to be hashed.
 */
const struct uid *mbox_ids_matched(const struct mbox *, uint32_t i);

#endif
