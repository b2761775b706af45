/* SPDX-License-Identifier: ISC */
/* Runs in: storaged, as the user.  Message boundaries clients have seen. */

#ifndef POP3D_STORAGED_MBOX_MBOX_SHOWN_H
#define POP3D_STORAGED_MBOX_MBOX_SHOWN_H

#include "mbox.h"

/*
 * For scan_file(): whether the chosen slot of the index has a message that
 * began at off, or off follows the end of the last one.  1, 0, or -1 with
 * errno.
 */
int		 mbox_shown(void *mbox, uint64_t off);

/* Whether a message at off directly follows mail that ended at end. */
int		 mbox_follows(uint64_t end, uint64_t off);

/* A scan has ended: free what mbox_shown() needed, and log the doubts. */
void		 mbox_shown_done(struct mbox *, const struct msgs *);

#endif
