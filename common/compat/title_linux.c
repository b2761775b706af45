/* SPDX-License-Identifier: ISC */
/* Runs in: every process, on Linux.  Trusts: its callers. */

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "proto.h"
#include "title.h"

static char	*args;		/* where the title is written to */
static size_t	 path_len;	/* octets that stood there first */

void
title_init(char *argv0)
{
	args = argv0;
	path_len = strlen(argv0);
}

/*
 * libbsd writes a full stop where a path that is longer than the title ended,
 * for kernels to see that it is one, or a space behind one as long; ps shows
 * it.
 */
void
title_set(const char *fmt, ...)
{
	char	 title[TEXT_LEN_MAX + 1];
	va_list	 ap;
	size_t	 len;

	va_start(ap, fmt);
	(void)vsnprintf(title, sizeof(title), fmt, ap);
	va_end(ap);
	setproctitle("%s", title);
	if (args == NULL)
		return;
	len = strlen(args);
	if (len < path_len || (len == path_len + 1 && args[path_len] == ' '))
		args[path_len] = '\0';
}
