/* SPDX-License-Identifier: ISC */
/* Runs in: storaged, as the user.  Reading the mailbox, and its log lines. */

#ifndef POP3D_STORAGED_MBOX_MBOX_READ_H
#define POP3D_STORAGED_MBOX_MBOX_READ_H

#include "mbox.h"

/* Log why the mailbox is not served. */
void		 mbox_refuse(const struct mbox *, const char *why);

/* Log that a call failed, with errno. */
void		 mbox_trouble(const struct mbox *, const char *what);

/*
 * Log that another program changed listed mail, and make the next session scan
 * everything.
 */
void		 mbox_changed(struct mbox *);

/* Bytes that a scan reads at a time from a file of that size. */
size_t		 mbox_block(uint64_t size);

/*
 * Run scan_file() on the mailbox, whose stamp has been taken, from an offset to
 * the end, with the key of its sums.
 */
enum scan_result mbox_scan_from(struct mbox *, struct msgs *, uint64_t from,
		    uint32_t max);

/*
 * Scan the whole file, whose stamp has been taken.  ST_OK, ST_PERM or ST_TEMP;
 * the reason is logged.
 */
enum st_status	 mbox_scan(struct mbox *);

/*
 * Get bytes of the file from off: at least one, at most limit.  If they are not
 * in the window, read them, and ahead up to limit.  *p is valid until the next
 * call.  ST_OK, ST_TEMP or ST_CHANGED, logged.
 */
enum st_status	 mbox_window(struct mbox *, uint64_t off, uint64_t limit,
		    unsigned char **p, size_t *n);

#endif
