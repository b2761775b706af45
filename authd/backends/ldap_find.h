/* SPDX-License-Identifier: ISC */
/* Runs in: auth_ldap.  Searches. */

#ifndef POP3D_AUTHD_BACKENDS_LDAP_FIND_H
#define POP3D_AUTHD_BACKENDS_LDAP_FIND_H

#include "ldap_conn.h"
#include "ldap_entry.h"

/*
 * Search for u->name and fill in the rest of u, which is empty.  u->code:
 * BACKEND_DENIED, no such user; BACKEND_RECORD, the entry cannot be used or
 * there are several; BACKEND_INTERNAL, the directory does not answer.
 */
void	 ldapfind_user(struct ldapconn *, struct ldap_user *u);

/*
 * A stored password like those of the users.  Checking an unknown user's
 * password against it takes as long as a real check.  Searched for once per
 * connection; password_dummy() if there is none.
 */
const char	*ldapfind_example(struct ldapconn *);

/* Call backend_list() for all users. */
enum backend_code	 ldapfind_list(struct ldapconn *, char *err);

/*
 * The distinguished name that an unknown user would have, for a bind that
 * fails.  Returns 0, or -1 if there is none.
 */
int	 ldapfind_no_dn(const char *user, char *dn, size_t size);

#endif
