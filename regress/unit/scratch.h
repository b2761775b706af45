/* SPDX-License-Identifier: ISC */
/*
 * Runs in: unit tests.  A directory of the test's own, its files, and what the
 * code under test logs meanwhile.
 */

#ifndef POP3D_SCRATCH_H
#define POP3D_SCRATCH_H

#include <sys/types.h>

#include "mbox_ref.h"
#include "store.h"

extern char	 folder[64];		/* its path */
extern char	 said[8192];		/* the log, a line each */

/*
 * Make the directory, PREFIX.*, and listen to the log; a descriptor of it.
 * scratch_end() closes that and removes all.
 */
int		 scratch_begin(const char *prefix);
void		 scratch_end(void);

/* scratch_begin(), for a store: anna's mailbox is at box, inside it. */
void		 scratch_store(const char *prefix, struct store_conf *);
extern char	 box[80];

/* Whether the directory has such a file, or a symbolic link of that name. */
int		 exists(const char *name);

/* Write a file, made if it is not there (flags: more for open(2)); read one. */
void		 put(const char *path, const void *, size_t, int flags);
struct buf	 get(const char *path);

#endif
