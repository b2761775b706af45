/* SPDX-License-Identifier: ISC */
/* Runs in: every process, on OpenBSD.  Trusts: its callers. */

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "proto.h"
#include "title.h"

void
title_init(char *argv0)
{
}

void
title_set(const char *fmt, ...)
{
	char	 title[TEXT_LEN_MAX + 1];
	va_list	 ap;

	va_start(ap, fmt);
	(void)vsnprintf(title, sizeof(title), fmt, ap);
	va_end(ap);
	setproctitle("%s", title);
}
