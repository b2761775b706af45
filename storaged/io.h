/* SPDX-License-Identifier: ISC */
/* Runs in: storaged, as the user.  The calls that read and write mail. */

#ifndef POP3D_STORAGED_IO_H
#define POP3D_STORAGED_IO_H

#include <sys/types.h>

/*
 * The calls underneath.  Tests put failures, short writes and crashes here;
 * the daemon never changes it.
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
 * The system's own way to io_allocate(); io_linux.c, io_openbsd.c.  What the
 * file has there stays; it may grow, and keep a part of it on failure.
 */
int	 io_reserve(int fd, off_t off, off_t size);

/*
 * Read size octets at off, over interruptions and short reads.  The number
 * read, less than size only at the end of the file, or -1 with errno.
 */
ssize_t	 io_pread(int fd, void *buf, size_t size, off_t off);

/* Write all size octets at off: 0, or -1 with errno and any part written. */
int	 io_pwrite(int fd, const void *buf, size_t size, off_t off);

/* As ftruncate(2), fsync(2) and fdatasync(2), over interruptions. */
int	 io_ftruncate(int fd, off_t size);
int	 io_fsync(int fd);
int	 io_fdatasync(int fd);

/* The size of a file in octets, or -1 with errno. */
off_t	 io_size(int fd);

/*
 * See that size octets from off have room on the disk, as posix_fallocate(3):
 * 0, or -1 with errno, ENOSPC and EDQUOT among others.
 */
int	 io_allocate(int fd, off_t off, off_t size);

/*
 * Let the disk begin with octets that have been written, so that a sync has
 * less to wait for.  Only a hint: nothing is promised, nothing can fail.
 */
void	 io_start(int fd, off_t off, off_t size);

#endif
