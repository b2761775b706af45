/* SPDX-License-Identifier: ISC */
/*
 * Runs in: backends on OpenBSD.  It cannot seal memory, and without a seal one
 * process could truncate it under the others' feet, so each has its own.
 */

#include <sys/types.h>
#include <sys/mman.h>

#include <errno.h>
#include <string.h>

#include "sealed.h"

int
sealed_new(struct sealed *s, size_t size)
{
	void	*p;

	p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON |
	    MAP_CONCEAL, -1, 0);
	if (p == MAP_FAILED)
		return -1;
	*s = (struct sealed){ p, size, -1 };
	return 0;
}

int
sealed_resize(struct sealed *s, size_t size)
{
	struct sealed	 other;

	if (sealed_new(&other, size) == -1)
		return -1;
	memcpy(other.p, s->p, size < s->size ? size : s->size);
	sealed_free(s);
	*s = other;
	return 0;
}

int
sealed_seal(struct sealed *s)
{
	return mprotect(s->p, s->size, PROT_READ);
}

int
sealed_open(struct sealed *s, int fd)
{
	errno = EINVAL;
	return -1;
}

void
sealed_free(struct sealed *s)
{
	if (mprotect(s->p, s->size, PROT_READ | PROT_WRITE) == 0)
		explicit_bzero(s->p, s->size);
	(void)munmap(s->p, s->size);
	*s = (struct sealed){ NULL, 0, -1 };
}
