/* SPDX-License-Identifier: ISC */
/* Runs in: storaged, as the user.  Rescuing mail from an unusable journal. */

#ifndef POP3D_STORAGED_MBOX_LOST_H
#define POP3D_STORAGED_MBOX_LOST_H

#include "proto.h"

struct mbox;

/*
 * Rename the journal to "lost.TIME" in the state directory and start a new one.
 * Write the messages in it that the mailbox lacks to the mbox "lost.TIME.mbox"
 * there, and log that, with what to do.  Parts of messages are written, too: of
 * the first, under a From_ line of ours; of the last, under its own.  Return
 * ST_OK, or ST_TEMP, logged.
 */
enum st_status	 lost_keep(struct mbox *);

#endif
