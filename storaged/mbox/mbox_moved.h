/* SPDX-License-Identifier: ISC */
/* Runs in: storaged, as the user.  Checks whether listed mail is unchanged. */

#ifndef POP3D_STORAGED_MBOX_MBOX_MOVED_H
#define POP3D_STORAGED_MBOX_MBOX_MOVED_H

#include "mbox.h"

/*
 * Whether loaded messages first to last are in the file as they were scanned,
 * whether or not another program has written to it.  1: yes; 0: no, and the
 * next session scans everything; -1: cannot read, errno.
 */
int		 mbox_check(struct mbox *, uint32_t first, uint32_t last);

/*
 * The same, if another program may have written to the file after the stamp
 * since.  *now is the new stamp.  ST_OK, ST_CHANGED or ST_TEMP, logged.
 */
enum st_status	 mbox_intact(struct mbox *, uint32_t first, uint32_t last,
		    const struct stamp *since, struct stamp *now);

/*
 * The same since the messages were listed.  If they have only moved, msgs has
 * their new places.
 */
enum st_status	 mbox_here(struct mbox *, uint32_t first, uint32_t last,
		    struct stamp *now);

/*
 * Loaded messages are not what or where they were when listed: look for them.
 * 1: they are in the mailbox, changed only in what mail readers keep in
 * headers, and msgs has their new places; 0: they are not, or it is unknown.
 */
int		 mbox_moved(struct mbox *);

#endif
