/* SPDX-License-Identifier: ISC */
/* Runs in: auth_ldap.  Parsing of a user's directory entry. */

#ifndef POP3D_AUTHD_BACKENDS_LDAP_ENTRY_H
#define POP3D_AUTHD_BACKENDS_LDAP_ENTRY_H

#include <ldap.h>

#include "backend.h"
#include "password.h"

#define LDAP_PASSWORDS_MAX	8	/* of one user; ignore more */

/* A user, for the duration of a request. */
struct ldap_user {
	int			 known;		/* name has been asked for */
	enum backend_code	 code;		/* DENIED: no such user */
	int			 elsewhere;	/* DENIED: another server may
						 * know the user */
	char			 err[BACKEND_ERR_LEN];
	char			 name[USER_LEN_MAX + 1];
	char			*dn;		/* of ldap_get_dn(3) */
	enum backend_code	 info_code;	/* of what follows */
	char			 info_err[BACKEND_ERR_LEN];
	struct userinfo		 info;
	size_t			 npasswords;
	char			 passwords[LDAP_PASSWORDS_MAX]
				    [PASSWORD_STORED_MAX + 1];
};

/*
 * Fill in u from the entry of u->name: dn, passwords, info, code.  Bad values
 * set info_code to an error, which only a client with the password learns.
 */
void	 ldapentry_read(LDAP *, LDAPMessage *, struct ldap_user *);

/*
 * Copy the first usable stored password of an entry to stored.  Returns 1, or 0
 * if there is none.
 */
int	 ldapentry_example(LDAP *, LDAPMessage *,
	    char stored[PASSWORD_STORED_MAX + 1]);

/* backend_list() each login name of an entry. */
void	 ldapentry_list(LDAP *, LDAPMessage *);

#endif
