/* SPDX-License-Identifier: ISC */
/* Runs in: storaged, as the user.  The index of what a commit leaves. */

#ifndef POP3D_STORAGED_MBOX_MBOX_LEFT_H
#define POP3D_STORAGED_MBOX_MBOX_LEFT_H

#include "mbox.h"

/*
 * Call these before and after removing the marked messages from the locked
 * file, to bring the index up to date.  In two steps, it knows both mailboxes
 * however the commit ends.  Neither makes a system call that takes a path; both
 * may fail silently.
 */
void		 mbox_prepare(struct mbox *);
void		 mbox_committed(struct mbox *);

#endif
