/* SPDX-License-Identifier: ISC */
/* Runs in: engine.  TLS with a private key that is not here. */

#ifndef POP3D_POP3D_TLSKEY_H
#define POP3D_POP3D_TLSKEY_H

#include <stddef.h>

/*
 * Have keyd make all RSA and ECDSA signatures; those by a key without a decoy
 * fail.  Call it once, before any key is read.
 */
void	 tlskey_init(void);

/*
 * Make the private key that libtls demands for this certificate (PEM text of
 * len bytes): the real public half and a worthless private half.  The caller
 * frees *pem.  Returns NULL, or what is wrong with the certificate (static
 * text).
 */
const char	*tlskey_decoy(const char *cert, size_t len, char **pem,
		    size_t *pemlen);

/*
 * Take over the socket to keyd (keyreq.h); it replaces an earlier one.  Without
 * one, or when keyd does not answer, handshakes fail.
 */
void	 tlskey_socket(int fd);

#endif
