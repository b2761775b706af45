/* SPDX-License-Identifier: ISC */
/* Runs in: keyd.  The private keys. */

#ifndef POP3D_KEYD_KEY_H
#define POP3D_KEYD_KEY_H

#include <stddef.h>

#include "keyreq.h"

/*
 * Add the private key of a certificate, both PEM text of the given lengths in
 * bytes, which the caller wipes.  Replaces a key with the same public half.
 * Returns NULL, or what is wrong (static text).  Sets *expired if the
 * certificate has expired.
 */
const char	*key_add(const char *cert, size_t certlen, const char *pem,
		    size_t pemlen, int *expired);

/*
 * Parse a packet of len bytes into *req.  Returns NULL, or what is wrong with
 * it (static text): only a compromised engine sends such packets.
 */
const char	*key_request(const void *packet, size_t len,
		    struct key_req *req);

/* Perform the request; *res is always complete, with the status. */
void		 key_answer(const struct key_req *, struct key_res *);

#endif
