/* SPDX-License-Identifier: ISC */
/* Runs in: authd, root.  How much of something there is in a second. */

#ifndef POP3D_AUTHD_FLOOD_H
#define POP3D_AUTHD_FLOOD_H

#include <time.h>

/* All zero at first. */
struct flood {
	time_t		 second;
	unsigned int	 n;
};

/* One more: how many it are in this second. */
unsigned int	 flood_count(struct flood *);

#endif
