/* SPDX-License-Identifier: ISC */
/*
 * Runs in: authd, on OpenBSD, whose SO_REUSEPORT does not spread connections:
 * all engines share one socket.  One that is taken over can stop the others;
 * authd notices and lets it listen again.
 */

#include "sockets.h"

int
sockets_add(struct conf_listen *l, unsigned int n)
{
	return 0;
}
