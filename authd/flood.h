/* SPDX-License-Identifier: ISC */
/* Runs in: authd, root.  Counts per second. */

#ifndef POP3D_AUTHD_FLOOD_H
#define POP3D_AUTHD_FLOOD_H

#include <time.h>

/* All zero at first. */
struct flood {
	time_t		 second;
	unsigned int	 n;
};

/* Count one more; return the count for this second. */
unsigned int	 flood_count(struct flood *);

#endif
