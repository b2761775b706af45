/* SPDX-License-Identifier: ISC */
/* Runs in: engine (_pop3d, chroot).  OpenSSL wipes only what it is told to. */

#include <openssl/ssl.h>

#include "tlswipe.h"

void
tlswipe_on_new(SSL *ssl)
{
	(void)SSL_set_options(ssl, SSL_OP_CLEANSE_PLAINTEXT);
}
