/* SPDX-License-Identifier: ISC */
/* Runs in: engine.  What the TLS library leaves of clients' words in memory. */

#ifndef POP3D_TLSWIPE_H
#define POP3D_TLSWIPE_H

#include <openssl/ssl.h>

/*
 * To be called for each connection as it is made: has the library wipe what it
 * deciphered as soon as it has been read, and buffers before it frees them.
 */
void	 tlswipe_on_new(SSL *);

#endif
