/* SPDX-License-Identifier: ISC */
/* Runs in: auth_ldap.  The I/O layer below libldap. */

#ifndef POP3D_AUTHD_BACKENDS_LDAP_IO_H
#define POP3D_AUTHD_BACKENDS_LDAP_IO_H

#include <stddef.h>
#include <stdint.h>

#include <lber.h>

/* Limits on the time and the size of what a connection receives. */
struct ldapio {
	int64_t		 end;	/* of the operation, as clock_msec() */
	size_t		 octets;/* bytes that may still be read */
	const char	*why;	/* which limit was hit, or NULL */
};

/*
 * Put a layer between the socket and libldap, below TLS.  No read or write
 * waits beyond io->end, and nothing is read after it, nor more than io->octets
 * bytes. Without it, libldap would spin for ever while a TLS handshake gets no
 * answer. Returns 0, or -1.
 */
int	 ldapio_add(Sockbuf *, struct ldapio *io);

#endif
