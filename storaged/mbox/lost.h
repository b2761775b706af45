/* SPDX-License-Identifier: ISC */
/* Runs in: storaged, as the user.  A journal that cannot be used any more. */

#ifndef POP3D_STORAGED_MBOX_LOST_H
#define POP3D_STORAGED_MBOX_LOST_H

#include "proto.h"

struct mbox;

/*
 * Put the journal aside as "lost.TIME" in the state directory, and start a new
 * one.  The messages in it which the mailbox does not have are written to the
 * mbox "lost.TIME.mbox" there; the log says so, and what to do.  Parts of
 * messages are written, too: of the first, with a From_ line of ours, of the
 * last, under its own.  ST_OK, or ST_TEMP, logged.
 */
enum st_status	 lost_keep(struct mbox *);

#endif
