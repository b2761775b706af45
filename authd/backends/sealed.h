/* SPDX-License-Identifier: ISC */
/* Runs in: backends.  Memory that is written once, then shared. */

#ifndef POP3D_AUTHD_BACKENDS_SEALED_H
#define POP3D_AUTHD_BACKENDS_SEALED_H

#include <stddef.h>

/*
 * Where the system has no memory that can be sealed (sealed_openbsd.c) it is
 * a process's own, and fd always -1.
 */
struct sealed {
	void	*p;
	size_t	 size;		/* octets */
	int	 fd;		/* for others; -1: nobody else can have it */
};

/* All 0, or -1 with errno; s is as it was then. */

/* Zeroes, to be written to. */
int	 sealed_new(struct sealed *, size_t size);

/* More of it, or less; what was there stays, at another address. */
int	 sealed_resize(struct sealed *, size_t size);

/* Nobody changes it, or its size, from now on. */
int	 sealed_seal(struct sealed *);

/*
 * What another process has made and sealed; takes fd if it succeeds.  EINVAL:
 * it is something else.
 */
int	 sealed_open(struct sealed *, int fd);

/* Our view of it; the last one who has it ends it. */
void	 sealed_free(struct sealed *);

#endif
