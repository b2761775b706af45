/* SPDX-License-Identifier: ISC */
/*
 * Runs in: backends on Linux.  Trusts: the kernel for a seal; nobody for the
 * contents.
 */

#include <sys/types.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <unistd.h>

#include "sealed.h"

#define SEALS	(F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

static void *
map(int fd, size_t size, int prot, int flags)
{
	void	*p = mmap(NULL, size, prot, flags, fd, 0);

	return p == MAP_FAILED ? NULL : p;
}

int
sealed_new(struct sealed *s, size_t size)
{
	void	*p;
	int	 fd, saved;

	fd = memfd_create("pop3d", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd == -1)
		return -1;
	if (ftruncate(fd, (off_t)size) == -1 || (p = map(fd, size,
	    PROT_READ | PROT_WRITE, MAP_SHARED)) == NULL) {
		saved = errno;
		(void)close(fd);
		errno = saved;
		return -1;
	}
	*s = (struct sealed){ p, size, fd };
	return 0;
}

int
sealed_resize(struct sealed *s, size_t size)
{
	void	*p;

	if (ftruncate(s->fd, (off_t)size) == -1 ||
	    (p = mremap(s->p, s->size, size, MREMAP_MAYMOVE)) == MAP_FAILED)
		return -1;
	s->p = p;
	s->size = size;
	return 0;
}

/*
 * A seal needs all writable mappings gone, ours included.  MAP_PRIVATE because
 * until Linux 6.7 a shared mapping is refused, since mprotect(2) could make it
 * writable; pages that are only read are shared anyway.
 */
int
sealed_seal(struct sealed *s)
{
	void	*p;

	if ((p = map(s->fd, s->size, PROT_READ, MAP_PRIVATE)) == NULL)
		return -1;
	(void)munmap(s->p, s->size);
	s->p = p;
	return fcntl(s->fd, F_ADD_SEALS, SEALS);
}

int
sealed_open(struct sealed *s, int fd)
{
	struct stat	 st;
	void		*p;
	int		 seals = fcntl(fd, F_GET_SEALS);

	/*
	 * Unsealed memory could be truncated under our feet.  There may be more
	 * seals: the sysctl vm.memfd_noexec adds one to each memfd.
	 */
	if (seals == -1 || (seals & SEALS) != SEALS || fstat(fd, &st) == -1 ||
	    st.st_size <= 0 || (uintmax_t)st.st_size > SIZE_MAX) {
		errno = EINVAL;
		return -1;
	}
	if ((p = map(fd, (size_t)st.st_size, PROT_READ, MAP_PRIVATE)) == NULL)
		return -1;
	*s = (struct sealed){ p, (size_t)st.st_size, fd };
	return 0;
}

void
sealed_free(struct sealed *s)
{
	(void)munmap(s->p, s->size);
	(void)close(s->fd);
	*s = (struct sealed){ NULL, 0, -1 };
}
