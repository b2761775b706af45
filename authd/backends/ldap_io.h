/* SPDX-License-Identifier: ISC */
/* Runs in: auth_ldap.  What libldap reads and writes through. */

#ifndef POP3D_AUTHD_BACKENDS_LDAP_IO_H
#define POP3D_AUTHD_BACKENDS_LDAP_IO_H

#include <stddef.h>
#include <stdint.h>

#include <lber.h>

/* How long a connection may be waited for, and how much it may say. */
struct ldapio {
	int64_t		 end;	/* of the operation, as clock_msec() */
	size_t		 octets;/* that may still be read */
	const char	*why;	/* which of the two is over, or NULL */
};

/*
 * Put a layer between a socket and all that libldap does with it, TLS included:
 * no read or write waits beyond io->end, and nothing is read after it, nor more
 * than io->octets.  libldap itself would go round without a pause, for ever,
 * while a handshake of TLS gets no answer.  0, or -1.
 */
int	 ldapio_add(Sockbuf *, struct ldapio *io);

#endif
