/* SPDX-License-Identifier: ISC */
/*
 * Runs in: engine (_pop3d, chroot).  LibreSSL frees its buffers by freezero(3),
 * and tlsconf.c has it free them as soon as they are empty.
 */

#include <openssl/ssl.h>

#include "tlswipe.h"

void
tlswipe_context(SSL_CTX *ctx)
{
}
