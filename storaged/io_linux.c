/* SPDX-License-Identifier: ISC */
/* Runs in: storaged, as the user.  Trusts: nothing. */

#include <errno.h>
#include <fcntl.h>

#include "io.h"

int
io_reserve(int fd, off_t off, off_t size)
{
	int	 error;

	if ((error = posix_fallocate(fd, off, size)) == 0)
		return 0;
	errno = error;
	return -1;
}

void
io_start(int fd, off_t off, off_t size)
{
	(void)sync_file_range(fd, off, size, SYNC_FILE_RANGE_WRITE);
}
