/* SPDX-License-Identifier: ISC */
/* Runs in: authd, root. */

#include "flood.h"

unsigned int
flood_count(struct flood *f)
{
	struct timespec	 now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	if (f->second != now.tv_sec) {
		f->second = now.tv_sec;
		f->n = 0;
	}
	return ++f->n;
}
