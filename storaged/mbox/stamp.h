/* SPDX-License-Identifier: ISC */
/* Runs in: storaged, as the user.  Checks whether a file was written to. */

#ifndef POP3D_STORAGED_MBOX_STAMP_H
#define POP3D_STORAGED_MBOX_STAMP_H

#include <sys/types.h>
#include <sys/stat.h>

#include <stdint.h>
#include <time.h>

/* The result of fstat(2), and whether it can be relied on. */
struct stamp {
	dev_t		 dev;
	ino_t		 ino;
	uint64_t	 size;
	struct timespec	 mtime;
	struct timespec	 ctime;
	int		 fresh;		/* written to just before */
};

/*
 * Take the stamp of an open file: 0, or -1 with errno.  It is fresh if the file
 * changed so recently that the clock of its file system may not have ticked
 * since: a later change could leave the same times.
 */
int	 stamp_take(struct stamp *, int fd);

/* The same from a current result of fstat(2); -1 if there is no clock. */
int	 stamp_of(struct stamp *, const struct stat *);

/*
 * After a change of our own, under lock: give the file a modification time that
 * no write leaves, a random one in the second before, and take the stamp.  That
 * stamp is not fresh: any write in this very tick changes the time.  If the
 * file system does not keep nanoseconds, or refuses, the result is that of
 * stamp_take().
 */
int	 stamp_seal(struct stamp *, int fd);

/*
 * Whether no process has written to the file between two stamps, the older one
 * first.  0 means "perhaps": compare the content.
 */
int	 stamp_same(const struct stamp *, const struct stamp *);

#endif
