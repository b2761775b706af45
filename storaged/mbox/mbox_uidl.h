/* SPDX-License-Identifier: ISC */
/* Runs in: storaged, as the user.  Ids of messages. */

#ifndef POP3D_STORAGED_MBOX_MBOX_UIDL_H
#define POP3D_STORAGED_MBOX_MBOX_UIDL_H

#include "mbox.h"

/* The UIDL of a message, as uid of struct store_format. */
enum st_status	 mbox_uid(struct mbox *, uint32_t, char uidl[UIDL_LEN_MAX + 1]);

/*
 * After a scan of the whole file: give the messages the ids that the index
 * remembers, if that takes hashing no more than this many bytes.  1: the index
 * has nothing left that is worth keeping.
 */
int		 mbox_recall(struct mbox *, uint64_t bytes);

/* Bring the index up to date, unless that takes long. */
void		 mbox_remember(struct mbox *);

#endif
