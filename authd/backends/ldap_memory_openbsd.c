/* SPDX-License-Identifier: ISC */
/* Runs in: auth_ldap.  Trusts: nothing; sets what malloc(3) reads. */

#include "ldap_memory.h"

extern const char	*malloc_options;

/* Overwrite what is freed. */
const char	*malloc_options = "J";

/* malloc(3) has read it before main. */
void
ldapmemory_wipe(char **argv)
{
}
