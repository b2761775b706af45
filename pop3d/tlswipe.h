/* SPDX-License-Identifier: ISC */
/* Runs in: engine.  Has the TLS library wipe what it decrypted. */

#ifndef POP3D_POP3D_TLSWIPE_H
#define POP3D_POP3D_TLSWIPE_H

#include <openssl/ssl.h>

/*
 * In each connection of this context have the library wipe decrypted data once
 * it has been read, and buffers before it frees them.
 */
void	 tlswipe_context(SSL_CTX *);

#endif
