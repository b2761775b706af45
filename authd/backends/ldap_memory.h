/* SPDX-License-Identifier: ISC */
/* Runs in: auth_ldap.  Wiping of passwords in memory of libraries. */

#ifndef POP3D_AUTHD_BACKENDS_LDAP_MEMORY_H
#define POP3D_AUTHD_BACKENDS_LDAP_MEMORY_H

/*
 * Make malloc(3) overwrite freed memory.  libldap copies passwords into its
 * requests without wiping them, and TLS libraries copy these.  (libldap does
 * not call the memory functions of liblber, LBER_OPT_MEMORY_FNS.)  Call it
 * first in main; it may execute the program again.
 */
void	 ldapmemory_wipe(char **argv);

#endif
