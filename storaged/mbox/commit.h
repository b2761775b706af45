/* SPDX-License-Identifier: ISC */
/* Runs in: storaged, as the user.  Rewriting an mbox in place. */

#ifndef POP3D_STORAGED_MBOX_COMMIT_H
#define POP3D_STORAGED_MBOX_COMMIT_H

#include <stdint.h>

#include "proto.h"

struct mbox;

/*
 * Remove the marked messages from the locked file and sync it.  Mail appended
 * since the scan stays.
 *
 * Nothing in doubt is removed.  If another process may have written to the file
 * since the scan, compare every message to be removed, by hash, with what was
 * scanned, and check that what follows it still begins a message.  On any
 * difference return ST_TEMP and touch nothing.  If device, inode, size and
 * times are unchanged, no process has written and there is nothing to compare.
 *
 * ST_OK: the removal is durable.  ST_TEMP, logged: nothing was removed, unless
 * the log reports that recovery will complete it.
 */
enum st_status	 commit_marked(struct mbox *);

#endif
