/* SPDX-License-Identifier: ISC */
/* Runs in: storaged, as the user.  Trusts: nothing. */

#include <string.h>
#include <unistd.h>

#include "io.h"

#define BLOCK	4096

/*
 * OpenBSD has no posix_fallocate(3).  Write back what is there, and zeros past
 * the end of the file: written bytes have their blocks.
 */
int
io_reserve(int fd, off_t off, off_t size)
{
	char	 block[BLOCK];
	size_t	 n;
	ssize_t	 have;

	for (; size > 0; off += (off_t)n, size -= (off_t)n) {
		n = size < BLOCK ? (size_t)size : BLOCK;
		if ((have = io_pread(fd, block, n, off)) == -1)
			return -1;
		memset(block + have, 0, n - (size_t)have);
		if (io_pwrite(fd, block, n, off) == -1)
			return -1;
	}
	return 0;
}

/* OpenBSD has no such call; fsync(2) does all the work. */
void
io_start(int fd, off_t off, off_t size)
{
}
