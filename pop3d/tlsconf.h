/* SPDX-License-Identifier: ISC */
/* Runs in: engine.  Certificates and server contexts. */

#ifndef POP3D_POP3D_TLSCONF_H
#define POP3D_POP3D_TLSCONF_H

#include <stddef.h>
#include <stdint.h>

struct tls;

/* Set up the library, with keyd in the place of private keys. */
void		 tlsconf_init(void);

/*
 * Take the certificate of a pki, PEM text, whose memory is taken over; *reason
 * is set to "NAME: what" if it cannot be used.  Fatal if memory is short.
 */
void		 tlsconf_add(const char *name, char *pem, size_t len,
		    const char **reason);

/*
 * The server context whose default certificate is that of pki name; the others
 * are chosen by SNI.  Made once for each name.  TLS 1.2 and 1.3, ECDHE with
 * AEAD only.  NULL and a reason "NAME: what" if it cannot be.
 */
struct tls	*tlsconf_server(const char *name, const char **reason);

#endif
