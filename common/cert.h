/* SPDX-License-Identifier: ISC */
/* Runs in: engine and keyd.  A certificate and its public half. */

#ifndef POP3D_COMMON_CERT_H
#define POP3D_COMMON_CERT_H

#include <stddef.h>
#include <stdint.h>

#include <openssl/x509.h>

#include "keyreq.h"

/*
 * The first certificate of a PEM text of len octets, to be freed by
 * X509_free(3); NULL and a reason (static text) if there is none whose key
 * could be used: ECDSA on P-256 or P-384, RSA of 2048 to 4096 bits.
 */
X509	*cert_read(const char *pem, size_t len, const char **why);

/* What its key is called between engine and keyd.  0 or -1. */
int	 cert_key_id(X509 *, uint8_t id[KEY_ID_LEN]);

#endif
