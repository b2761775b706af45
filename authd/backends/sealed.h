/* SPDX-License-Identifier: ISC */
/* Runs in: backends.  Memory that is written once, then shared. */

#ifndef POP3D_AUTHD_BACKENDS_SEALED_H
#define POP3D_AUTHD_BACKENDS_SEALED_H

#include <stddef.h>

/*
 * Where the system cannot seal memory (sealed_openbsd.c), it is private to the
 * process, and fd is always -1.
 */
struct sealed {
	void	*p;
	size_t	 size;		/* bytes */
	int	 fd;		/* to share it; -1: cannot be shared */
};

/* These return 0, or -1 with errno and s unchanged. */

/* Allocate writable zeroes. */
int	 sealed_new(struct sealed *, size_t size);

/* Grow or shrink; the contents stay, perhaps at another address. */
int	 sealed_resize(struct sealed *, size_t size);

/* From now on neither contents nor size can change. */
int	 sealed_seal(struct sealed *);

/*
 * Map what another process made and sealed; takes fd on success.  EINVAL: it is
 * not sealed memory.
 */
int	 sealed_open(struct sealed *, int fd);

/* Unmap it; the memory goes when the last process unmaps it. */
void	 sealed_free(struct sealed *);

#endif
