/* SPDX-License-Identifier: ISC */
/* Runs in: storaged, as the user.  Trusts: nothing. */

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "io.h"

static off_t	 io_size_of(int);

struct io_calls io_calls = {
	pread, pwrite, ftruncate, fsync, fdatasync, io_size_of,
	io_reserve
};

static off_t
io_size_of(int fd)
{
	struct stat	 st;

	return fstat(fd, &st) == -1 ? -1 : st.st_size;
}

ssize_t
io_pread(int fd, void *buf, size_t size, off_t off)
{
	char	*p = buf;
	size_t	 done = 0;
	ssize_t	 n;

	while (done < size) {
		n = io_calls.pread(fd, p + done, size - done, off + done);
		if (n == -1) {
			if (errno == EINTR)
				continue;
			return -1;
		}
		if (n == 0)
			break;
		done += n;
	}
	return done;
}

int
io_pwrite(int fd, const void *buf, size_t size, off_t off)
{
	const char	*p = buf;
	size_t		 done = 0;
	ssize_t		 n;

	while (done < size) {
		n = io_calls.pwrite(fd, p + done, size - done, off + done);
		if (n == -1) {
			if (errno == EINTR)
				continue;
			return -1;
		}
		if (n == 0) {
			errno = EIO;
			return -1;
		}
		done += n;
	}
	return 0;
}

int
io_ftruncate(int fd, off_t size)
{
	int	 r;

	while ((r = io_calls.ftruncate(fd, size)) == -1 && errno == EINTR)
		continue;
	return r;
}

int
io_fsync(int fd)
{
	int	 r;

	while ((r = io_calls.fsync(fd)) == -1 && errno == EINTR)
		continue;
	return r;
}

int
io_fdatasync(int fd)
{
	int	 r;

	while ((r = io_calls.fdatasync(fd)) == -1 && errno == EINTR)
		continue;
	return r;
}

off_t
io_size(int fd)
{
	return io_calls.size(fd);
}

int
io_allocate(int fd, off_t off, off_t size)
{
	int	 r;

	while ((r = io_calls.allocate(fd, off, size)) == -1 && errno == EINTR)
		continue;
	return r;
}
