/* SPDX-License-Identifier: ISC */
/* Runs in: storaged, as the user.  Whether a file was written to meanwhile. */

#ifndef POP3D_STORAGED_MBOX_STAMP_H
#define POP3D_STORAGED_MBOX_STAMP_H

#include <sys/types.h>
#include <sys/stat.h>

#include <stdint.h>
#include <time.h>

/* What fstat(2) says of a file, and whether that can be relied on. */
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
 * changed so shortly before that the clock of its file system may not have
 * ticked since: a later change could leave it the same times.
 */
int	 stamp_take(struct stamp *, int fd);

/* The same from what fstat(2) has just said; -1 if there is no clock. */
int	 stamp_of(struct stamp *, const struct stat *);

/*
 * After a change of our own, under lock: give the file a time of modification
 * that nobody's write leaves, a random one in the second before, and take the
 * stamp.  It is not fresh then: whoever writes in this very tick changes the
 * time.  Where the file system does not keep nanoseconds, or refuses, it is as
 * stamp_take() found it.
 */
int	 stamp_seal(struct stamp *, int fd);

/*
 * Whether nobody has written to the file between two stamps, the older one
 * first.  0 says "perhaps": look at the content.
 */
int	 stamp_same(const struct stamp *, const struct stamp *);

#endif
