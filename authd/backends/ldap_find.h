/* SPDX-License-Identifier: ISC */
/* Runs in: auth_ldap.  Searches. */

#ifndef POP3D_AUTHD_BACKENDS_LDAP_FIND_H
#define POP3D_AUTHD_BACKENDS_LDAP_FIND_H

#include "ldap_conn.h"
#include "ldap_entry.h"

/*
 * Ask the directory for u->name and take over what it says, in u, which is
 * empty otherwise.  u->code: BACKEND_DENIED, no such user; BACKEND_RECORD,
 * there is an entry that cannot be used, or more than one; BACKEND_INTERNAL, the
 * directory cannot be asked.
 */
void	 ldapfind_user(struct ldapconn *, struct ldap_user *u);

/*
 * A stored password that is like those of the users: whoever has none is
 * checked against it, so that this takes as long.  It is looked for once in the
 * life of a connection, and is password_dummy() where there is none.
 */
const char	*ldapfind_example(struct ldapconn *);

/* Name all users to backend_list(). */
enum backend_code	 ldapfind_list(struct ldapconn *, char *err);

/*
 * The distinguished name that a user who does not exist would have, for a bind
 * that fails.  0, or -1: there is none.
 */
int	 ldapfind_no_dn(const char *user, char *dn, size_t size);

#endif
