/* SPDX-License-Identifier: ISC */
/* Runs in: storaged, as the user.  System calls that read and write mail. */

#ifndef POP3D_STORAGED_IO_H
#define POP3D_STORAGED_IO_H

#include <sys/types.h>

/*
 * The system calls in use.  Tests replace them to inject failures, short writes
 * and crashes; the daemon never changes them.
 */
struct io_calls {
	ssize_t	(*pread)(int, void *, size_t, off_t);
	ssize_t	(*pwrite)(int, const void *, size_t, off_t);
	int	(*ftruncate)(int, off_t);
	int	(*fsync)(int);
	int	(*fdatasync)(int);
	off_t	(*size)(int);
	int	(*allocate)(int, off_t, off_t);
};
extern struct io_calls	 io_calls;

/*
 * The system-specific part of io_allocate(); see io_linux.c and io_openbsd.c.
 * Existing data is kept.  The file may grow, and may stay partly grown on
 * failure.
 */
int	 io_reserve(int fd, off_t off, off_t size);

/*
 * Read size bytes at off; retries after interruptions and short reads.  Returns
 * the number read, less than size only at end of file, or -1 with errno.
 */
ssize_t	 io_pread(int fd, void *buf, size_t size, off_t off);

/*
 * Write all size bytes at off.  Returns 0, or -1 with errno; any part may have
 * been written then.
 */
int	 io_pwrite(int fd, const void *buf, size_t size, off_t off);

/* Like ftruncate(2), fsync(2) and fdatasync(2), but retry on EINTR. */
int	 io_ftruncate(int fd, off_t size);
int	 io_fsync(int fd);
int	 io_fdatasync(int fd);

/* Returns the size of a file in bytes, or -1 with errno. */
off_t	 io_size(int fd);

/*
 * Reserve disk space for size bytes at off, like posix_fallocate(3).  Returns
 * 0, or -1 with errno: ENOSPC and EDQUOT among others.
 */
int	 io_allocate(int fd, off_t off, off_t size);

/*
 * Start writeback of a range, which shortens the wait in a later sync.  Only a
 * hint: it promises nothing and cannot fail.
 */
void	 io_start(int fd, off_t off, off_t size);

#endif
