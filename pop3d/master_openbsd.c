/* SPDX-License-Identifier: ISC */
/*
 * Runs in: master, root, on OpenBSD.  Trusts: itself alone.
 *
 * What is executed begins without promises and without a veil.
 */

#include <unistd.h>

#include "log.h"
#include "master.h"

void
master_confine(void)
{
	if (pledge("stdio rpath proc exec sendfd recvfd", NULL) == -1)
		fatal("pledge");
}
