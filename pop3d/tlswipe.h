/* SPDX-License-Identifier: ISC */
/* Runs in: engine.  What the TLS library leaves of clients' words in memory. */

#ifndef POP3D_POP3D_TLSWIPE_H
#define POP3D_POP3D_TLSWIPE_H

#include <openssl/ssl.h>

/*
 * Have the library wipe, in each connection of this context, what it deciphered
 * as soon as that is read, and buffers before it frees them.
 */
void	 tlswipe_context(SSL_CTX *);

#endif
