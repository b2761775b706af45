/* SPDX-License-Identifier: ISC */
/* Runs in: storaged, as the user.  Trusts: the system. */

#include <unistd.h>

#include "log.h"
#include "random.h"

void
random_fill(void *buf, size_t len)
{
	if (getentropy(buf, len) == -1)
		fatal("getentropy");
}
