/* SPDX-License-Identifier: ISC */
/* Runs in: engine.  Certificates that share names, and contexts with two. */

#ifndef POP3D_POP3D_TLSCERT_H
#define POP3D_POP3D_TLSCERT_H

#include <stddef.h>

#include <openssl/ssl.h>

/* Return the first certificate of a PEM text, or NULL. */
X509	*tlscert_read(const char *pem, size_t len);

/* Whether own is valid for every DNS name of other.  1 or 0. */
int	 tlscert_covers(X509 *own, X509 *other);

/* Whether their keys have different types (RSA, ECDSA).  1 or 0. */
int	 tlscert_differ(X509 *, X509 *);

/*
 * Give a context a second certificate, with its chain and key.  The library
 * picks the one that a client can verify.  Returns 0 or -1.
 */
int	 tlscert_second(SSL_CTX *, const char *cert, size_t certlen,
	    const char *key, size_t keylen);

#endif
