/* SPDX-License-Identifier: ISC */
/* Runs in: storaged, as the user.  Finishing a commit that was cut short. */

#ifndef POP3D_STORAGED_MBOX_MBOX_RECOVER_H
#define POP3D_STORAGED_MBOX_MBOX_RECOVER_H

#include <sys/types.h>

#include <stdint.h>

#include "journal.h"

enum mbox_recover_result {
	RECOVER_NONE = 0,	/* there was nothing to do */
	RECOVER_DONE,		/* the mailbox is as the commit wanted it */
	RECOVER_LOST,		/* the journal does not fit the mailbox, which
				 * was not touched; *why says what is wrong */
	RECOVER_FAILED		/* errno (ENOENT: no mailbox); to be tried
				 * again, mail is not to be read before */
};

/*
 * Do what a journal asks for, to the mailbox fd (locked; -1: there is none)
 * with that inode.  It can be called again after whatever became of it.
 */
enum mbox_recover_result mbox_recover_file(struct journal *, int fd, uint64_t ino,
		    const char **why);

struct mbox;

/*
 * As mbox_recover_file(), for a store that is open and locked and has not been
 * scanned; says in the log what it did.  A journal that does not fit is kept,
 * under another name, with what mail it holds (lost.h).  ST_OK or ST_TEMP.
 */
enum st_status	 mbox_recover_store(struct mbox *);

#endif
