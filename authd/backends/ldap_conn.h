/* SPDX-License-Identifier: ISC */
/* Runs in: auth_ldap.  Connections to the servers, and their time limits. */

#ifndef POP3D_AUTHD_BACKENDS_LDAP_CONN_H
#define POP3D_AUTHD_BACKENDS_LDAP_CONN_H

#include <ldap.h>

#include "backend_code.h"
#include "ldap_io.h"

struct ldap_server;

/* A connection; it persists between requests. */
struct ldapconn {
	int			 service;	/* bound as binddn, once open */
	struct ldap_conncb	 cb;
	struct ldapio		 io;
	int			 connected;	/* it has a socket */
	int			 secured;	/* by TLS, if configured */
	LDAP			*ld;		/* NULL: not open */
	struct ldap_server	*server;
	int			 used;		/* it has answered something */
	char			*example;	/* see ldapfind_example() */
};

/* A result of an operation besides enum backend_code. */
#define LDAPCONN_LOST	1	/* the connection is closed: try again */

/*
 * Set up libldap from ldapconf, once, before any connection is opened.  Reads
 * the certificates.  Returns BACKEND_OK, or an error with the reason in err.
 */
enum backend_code	 ldapconn_setup(char *err);

/* Begin a request (again: no effect) and end it; it has timeout. */
void	 ldapconn_begin(void);
void	 ldapconn_end(void);

/*
 * Open the connection, unless it is open, to the first server in order that is
 * not known to be down, and bind it.  Tries all of them while there is time.
 * BACKEND_OK, or BACKEND_INTERNAL and the reason in err.
 */
enum backend_code	 ldapconn_open(struct ldapconn *, char *err);
void	 ldapconn_close(struct ldapconn *);

/* The server of the connection, even after it was closed. */
const char		*ldapconn_url(const struct ldapconn *);

/*
 * Handle rc, the result of libldap for sending an operation, which has
 * server-timeout from now.  Returns 0, LDAPCONN_LOST, or BACKEND_INTERNAL with
 * the reason in err if it cannot be sent at all.
 */
int	 ldapconn_sent(struct ldapconn *, int rc, char *err);

/*
 * Wait for the next message of an operation.  Returns its type (LDAP_RES_*) and
 * the message, which the caller frees.  -1: the connection is lost.
 */
int	 ldapconn_wait(struct ldapconn *, int msgid, LDAPMessage **, char *err);

/*
 * Wait for the only answer to an operation.  Returns its result code (LDAP_*, 0
 * or more) and, if res is not NULL, the message, which the caller frees.  -1:
 * the connection is lost, or the server is busy or shutting down.  err has the
 * server's words if the code is not LDAP_SUCCESS.
 */
int	 ldapconn_result(struct ldapconn *, int msgid, LDAPMessage **res,
	    char *err);

/* The same for a received message, which is freed unless the code is 0. */
int	 ldapconn_code(struct ldapconn *, LDAPMessage *, char *err);

/*
 * Simple bind on an open connection; returns as ldapconn_result().  An empty
 * name or password is never sent (LDAP_PARAM_ERROR): the server would take it
 * as an anonymous bind, which succeeds (RFC 4513, section 5.1.2).
 */
int	 ldapconn_bind(struct ldapconn *, const char *dn, const char *pass,
	    char *err);

/*
 * The server violates the protocol: close the connection and leave it alone for
 * a while.  Returns -1, as for a lost connection.
 */
int	 ldapconn_hostile(struct ldapconn *, const char *what, char *err);

#endif
