/* SPDX-License-Identifier: ISC */
/* Runs in: storaged, as the user.  Rewriting an mbox in place. */

#ifndef POP3D_STORAGED_MBOX_COMMIT_H
#define POP3D_STORAGED_MBOX_COMMIT_H

#include <stdint.h>

#include "proto.h"

struct mbox;

/*
 * Remove the marked messages from the file, which is locked, and see it on
 * disk.  What was appended since the scan stays.
 *
 * No doubt about what is removed: if anybody may have written to the file since
 * the scan, the octets of every message to be removed are compared with what
 * was scanned, by hash, and what stands behind them must still begin a message;
 * if anything differs, ST_TEMP and nothing is touched.  With device, inode,
 * size and times as they were nobody has, and there is nothing to compare.
 *
 * ST_OK: all of it is durable.  ST_TEMP, logged: nothing was removed, unless
 * the log says that recovery will complete it.
 */
enum st_status	 commit_marked(struct mbox *);

#endif
