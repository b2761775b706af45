/* SPDX-License-Identifier: ISC */
/* Runs in: engine.  Certificates and server contexts. */

#ifndef POP3D_POP3D_TLSCONF_H
#define POP3D_POP3D_TLSCONF_H

#include <stddef.h>
#include <stdint.h>

struct tls;

/* Set up the library, with keyd in place of private keys. */
void		 tlsconf_init(void);

/*
 * Take over the certificate of a pki, PEM text of len bytes.  Sets *reason to
 * "NAME: what" if it cannot be used.  Fatal if memory is short.
 */
void		 tlsconf_add(const char *name, char *pem, size_t len,
		    const char **reason);

/*
 * Return the server context whose default certificate is that of pki name; SNI
 * selects the others.  There is one for each name.  TLS 1.2 and 1.3, ECDHE
 * with AEAD only.  Returns NULL, with *reason set to "NAME: what", on error.
 */
struct tls	*tlsconf_server(const char *name, const char **reason);

#endif
