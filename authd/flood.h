/* SPDX-License-Identifier: ISC */
/* Runs in: authd, root.  Events in a second. */

#ifndef POP3D_AUTHD_FLOOD_H
#define POP3D_AUTHD_FLOOD_H

#include <time.h>

/* Initially all zero. */
struct flood {
	time_t		 second;
	unsigned int	 n;
};

/* Count one more; return the count for this second. */
unsigned int	 flood_count(struct flood *);

#endif
