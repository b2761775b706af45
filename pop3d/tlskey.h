/* SPDX-License-Identifier: ISC */
/* Runs in: engine.  TLS with a private key that is not here. */

#ifndef POP3D_POP3D_TLSKEY_H
#define POP3D_POP3D_TLSKEY_H

#include <stddef.h>

/*
 * Have RSA and ECDSA signatures made by keyd; those by a key that no decoy was
 * made for fail.  Once, before any key is read.
 */
void	 tlskey_init(void);

/*
 * A private key for this certificate (PEM text, len octets) as libtls wants
 * one: the certificate's real public half and a worthless private half.  *pem
 * is to be freed.  NULL, or what is wrong with the certificate (static text).
 */
const char	*tlskey_decoy(const char *cert, size_t len, char **pem,
		    size_t *pemlen);

/*
 * The socket to keyd (keyreq.h), instead of the one before; taken over.
 * Without one, or when keyd does not answer, handshakes fail.
 */
void	 tlskey_socket(int fd);

#endif
