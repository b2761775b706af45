/* SPDX-License-Identifier: ISC */
/* Runs in: auth_ldap.  Trusts: the environment, for what malloc(3) reads. */

#include <sys/types.h>

#include <err.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ldap_memory.h"

/* No per-thread cache, which reuses chunks without overwriting them. */
#define TUNABLES	"glibc.malloc.perturb=85:glibc.malloc.tcache_count=0"

/* glibc reads this once, before main. */
void
ldapmemory_wipe(char **argv)
{
	const char	*now = getenv("GLIBC_TUNABLES");

	if (now != NULL && strcmp(now, TUNABLES) == 0)
		return;
	if (setenv("GLIBC_TUNABLES", TUNABLES, 1) == -1)
		err(1, "setenv");
	(void)execv("/proc/self/exe", argv);
	err(1, "/proc/self/exe: cannot start again with GLIBC_TUNABLES");
}
