/* SPDX-License-Identifier: ISC */
/* Runs in: engine (_pop3d, chroot).  OpenSSL wipes only on request. */

#include <openssl/ssl.h>

#include "tlswipe.h"

void
tlswipe_context(SSL_CTX *ctx)
{
	(void)SSL_CTX_set_options(ctx, SSL_OP_CLEANSE_PLAINTEXT);
}
