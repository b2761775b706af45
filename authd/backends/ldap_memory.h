/* SPDX-License-Identifier: ISC */
/* Runs in: auth_ldap.  Passwords in memory that is not ours. */

#ifndef POP3D_AUTHD_BACKENDS_LDAP_MEMORY_H
#define POP3D_AUTHD_BACKENDS_LDAP_MEMORY_H

/*
 * Have malloc(3) overwrite all that is freed: libldap copies passwords into its
 * requests and does not wipe them, and TLS libraries copy these.  (liblber's
 * functions for memory, LBER_OPT_MEMORY_FNS, are not called by libldap.)  First
 * thing in main; it may execute the program again.
 */
void	 ldapmemory_wipe(char **argv);

#endif
