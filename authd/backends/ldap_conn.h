/* SPDX-License-Identifier: ISC */
/* Runs in: auth_ldap.  Connections to the servers, and the time they get. */

#ifndef POP3D_AUTHD_BACKENDS_LDAP_CONN_H
#define POP3D_AUTHD_BACKENDS_LDAP_CONN_H

#include <ldap.h>

#include "backend_code.h"
#include "ldap_io.h"

struct ldap_server;

/* A connection: a handle that lives on between requests. */
struct ldapconn {
	int			 service;	/* bound as binddn, once open */
	struct ldap_conncb	 cb;
	struct ldapio		 io;
	int			 connected;	/* it has got a socket */
	int			 secured;	/* by TLS, if it shall be */
	LDAP			*ld;		/* NULL: not open */
	struct ldap_server	*server;
	int			 used;		/* it has answered something */
	char			*example;	/* see ldapfind_example() */
};

/* What became of an operation, beside BACKEND_OK and its like. */
#define LDAPCONN_LOST	1	/* the connection is closed: try again */

/*
 * Set libldap up, from ldapconf: once, before anything is opened.  Files of
 * certificates are read now.  BACKEND_OK, or the reason in err.
 */
enum backend_code	 ldapconn_setup(char *err);

/* A request begins (again: nothing happens), and ends: it has timeout. */
void	 ldapconn_begin(void);
void	 ldapconn_end(void);

/*
 * Open the connection if it is not, to the first server in order that is not
 * known to be down, and bind it.  Tries all of them while there is time.
 * BACKEND_OK, or BACKEND_INTERNAL and the reason in err.
 */
enum backend_code	 ldapconn_open(struct ldapconn *, char *err);
void	 ldapconn_close(struct ldapconn *);

/* The server that a connection goes, or went, to. */
const char		*ldapconn_url(const struct ldapconn *);

/*
 * An operation has been sent, or has not: rc is what libldap said.  It has
 * server-timeout from now.  0, LDAPCONN_LOST, or BACKEND_INTERNAL and the
 * reason in err: it cannot be sent at all.
 */
int	 ldapconn_sent(struct ldapconn *, int rc, char *err);

/*
 * Wait for the next message of an operation; its type (LDAP_RES_*), and the
 * message to be freed.  -1: the connection is lost.
 */
int	 ldapconn_wait(struct ldapconn *, int msgid, LDAPMessage **, char *err);

/*
 * Wait for the one message that answers an operation: its result code (LDAP_*,
 * 0 or more), and, where res is not NULL, the message to be freed.  -1: the
 * connection is lost; servers that are busy or about to end count as that.
 * err tells the server's words if the code is not LDAP_SUCCESS.
 */
int	 ldapconn_result(struct ldapconn *, int msgid, LDAPMessage **res,
	    char *err);

/* The same for a message that is here; it is freed unless code is 0. */
int	 ldapconn_code(struct ldapconn *, LDAPMessage *, char *err);

/*
 * A simple bind, on an open connection; the code as ldapconn_result's.  A name
 * or password that is empty is never sent: the server would take it as a bind
 * of nobody, which succeeds (RFC 4513, section 5.1.2); LDAP_PARAM_ERROR.
 */
int	 ldapconn_bind(struct ldapconn *, const char *dn, const char *pass,
	    char *err);

/*
 * The server does not keep to the protocol: close, and leave it alone for a
 * while.  -1, as of a connection that is lost.
 */
int	 ldapconn_hostile(struct ldapconn *, const char *what, char *err);

#endif
