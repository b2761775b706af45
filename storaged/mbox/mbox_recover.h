/* SPDX-License-Identifier: ISC */
/* Runs in: storaged, as the user.  Finishing a commit that was cut short. */

#ifndef POP3D_STORAGED_MBOX_MBOX_RECOVER_H
#define POP3D_STORAGED_MBOX_MBOX_RECOVER_H

#include <sys/types.h>

#include <stdint.h>

#include "journal.h"

enum mbox_recover_result {
	RECOVER_NONE = 0,	/* there was nothing to do */
	RECOVER_DONE,		/* the commit is complete */
	RECOVER_LOST,		/* the journal does not fit the mailbox, which
				 * is untouched; *why: the reason */
	RECOVER_FAILED		/* errno (ENOENT: no mailbox); try again before
				 * mail is read */
};

/*
 * Complete the removal that a journal describes, in the mailbox fd (locked; -1:
 * there is none) with inode ino.  It can be called again after any outcome.
 */
enum mbox_recover_result
	 mbox_recover_file(struct journal *, int fd, uint64_t ino,
	    const char **why);

struct mbox;

/*
 * Like mbox_recover_file(), for a store that is open, locked and not yet
 * scanned; logs the outcome.  A journal that does not fit is kept under another
 * name, with the mail in it (lost.h).  Return ST_OK or ST_TEMP.
 */
enum st_status	 mbox_recover_store(struct mbox *);

#endif
