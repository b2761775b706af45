/* SPDX-License-Identifier: ISC */
/* Runs in: every process. */

#ifndef POP3D_COMMON_CLOCK_H
#define POP3D_COMMON_CLOCK_H

#include <stdint.h>
#include <time.h>

/*
 * The monotonic clock, for intervals and deadlines: time since some fixed
 * point, usually the boot.  Setting the system's time does not change it.
 * Neither function fails.
 */
time_t	 clock_seconds(void);
int64_t	 clock_msec(void);

#endif
