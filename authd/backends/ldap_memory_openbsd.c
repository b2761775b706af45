/* SPDX-License-Identifier: ISC */
/* Runs in: auth_ldap.  Trusts: nothing; sets an option of malloc(3). */

#include "ldap_memory.h"

extern const char	*malloc_options;

/* Overwrite freed memory. */
const char	*malloc_options = "J";

/* malloc(3) has read it before main. */
void
ldapmemory_wipe(char **argv)
{
}
