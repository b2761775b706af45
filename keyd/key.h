/* SPDX-License-Identifier: ISC */
/* Runs in: keyd.  The private keys. */

#ifndef POP3D_KEYD_KEY_H
#define POP3D_KEYD_KEY_H

#include <stddef.h>

#include "keyreq.h"

/*
 * Take the private key of a certificate, both PEM text of that many octets,
 * which stay the caller's to wipe.  One with the same public half is replaced.
 * NULL, or what is wrong (static text).  *expired says whether the certificate
 * has.
 */
const char	*key_add(const char *cert, size_t certlen, const char *pem,
		    size_t pemlen, int *expired);

/*
 * Take a packet of len octets for a request.  NULL and *req, or what is wrong
 * with it: then whoever sent it has lost its mind.
 */
const char	*key_request(const void *packet, size_t len,
		    struct key_req *req);

/* Do what is asked for, or say why not: *res is complete in any case. */
void		 key_answer(const struct key_req *, struct key_res *);

#endif
