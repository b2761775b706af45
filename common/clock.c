/* SPDX-License-Identifier: ISC */
/* Runs in: every process.  Trusts: the kernel. */

#include "clock.h"
#include "log.h"

static struct timespec
clock_read(void)
{
	struct timespec	 ts;

	if (clock_gettime(CLOCK_MONOTONIC, &ts) == -1)
		fatal("clock_gettime");
	return ts;
}

time_t
clock_seconds(void)
{
	return clock_read().tv_sec;
}

int64_t
clock_msec(void)
{
	const struct timespec	 ts = clock_read();

	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}
