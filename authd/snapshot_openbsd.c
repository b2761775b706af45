/* SPDX-License-Identifier: ISC */
/*
 * Runs in: backends on OpenBSD, which has no memory that can be sealed, and
 * without a seal whoever has it could cut it under the others' feet: so each
 * process has its own.
 */

#include <sys/types.h>
#include <sys/mman.h>

#include <errno.h>
#include <string.h>

#include "snapshot.h"

int
snapshot_new(struct snapshot *s, size_t size)
{
	void	*p;

	p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON |
	    MAP_CONCEAL, -1, 0);
	if (p == MAP_FAILED)
		return -1;
	*s = (struct snapshot){ p, size, -1 };
	return 0;
}

int
snapshot_resize(struct snapshot *s, size_t size)
{
	struct snapshot	 other;

	if (snapshot_new(&other, size) == -1)
		return -1;
	memcpy(other.p, s->p, size < s->size ? size : s->size);
	snapshot_free(s);
	*s = other;
	return 0;
}

int
snapshot_seal(struct snapshot *s)
{
	return mprotect(s->p, s->size, PROT_READ);
}

int
snapshot_open(struct snapshot *s, int fd)
{
	errno = EINVAL;
	return -1;
}

void
snapshot_free(struct snapshot *s)
{
	if (mprotect(s->p, s->size, PROT_READ | PROT_WRITE) == 0)
		explicit_bzero(s->p, s->size);
	(void)munmap(s->p, s->size);
	*s = (struct snapshot){ NULL, 0, -1 };
}
