/* SPDX-License-Identifier: ISC */
/* Adds to the system's header what OpenBSD's declares. */

#ifndef STUB_STDLIB_H
#define STUB_STDLIB_H

#include_next <stdlib.h>

void	 setproctitle(const char *, ...)
	    __attribute__((format(printf, 1, 2)));

#endif
