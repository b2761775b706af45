/* SPDX-License-Identifier: ISC */
/* Runs in: authd, root. */

#include "clock.h"
#include "flood.h"

unsigned int
flood_count(struct flood *f)
{
	const time_t	 now = clock_seconds();

	if (f->second != now) {
		f->second = now;
		f->n = 0;
	}
	return ++f->n;
}
