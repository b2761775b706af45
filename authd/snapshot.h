/* SPDX-License-Identifier: ISC */
/* Runs in: backends.  Memory that is written once, then shared. */

#ifndef POP3D_SNAPSHOT_H
#define POP3D_SNAPSHOT_H

#include <stddef.h>

/*
 * Where the system has no memory that can be sealed (snapshot_openbsd.c) it is
 * a process's own, and fd always -1.
 */
struct snapshot {
	void	*p;
	size_t	 size;		/* octets */
	int	 fd;		/* for others; -1: nobody else can have it */
};

/* All 0, or -1 with errno; s is as it was then. */

/* Zeroes, to be written to. */
int	 snapshot_new(struct snapshot *, size_t size);

/* More of it, or less; what was there stays, at another address. */
int	 snapshot_resize(struct snapshot *, size_t size);

/* Nobody changes it, or its size, from now on. */
int	 snapshot_seal(struct snapshot *);

/*
 * What another process has made and sealed; takes fd if it succeeds.  EINVAL:
 * it is something else.
 */
int	 snapshot_open(struct snapshot *, int fd);

/* Our view of it; the last one who has it ends it. */
void	 snapshot_free(struct snapshot *);

#endif
