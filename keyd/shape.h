/* SPDX-License-Identifier: ISC */
/* Runs in: keyd.  Checks that data to sign have the form of a digest. */

#ifndef POP3D_KEYD_SHAPE_H
#define POP3D_KEYD_SHAPE_H

#include <stddef.h>
#include <stdint.h>

/*
 * Whether data is the DigestInfo of a SHA-256, SHA-384 or SHA-512 digest,
 * exactly (RFC 8017, section 9.2, note 1).
 */
int	 shape_digestinfo(const uint8_t *data, size_t len);

/*
 * Whether data, as long as a modulus of that many bits, is an encoded message
 * of RSASSA-PSS with one of these digests, MGF1 with the same one and a salt of
 * its length, which is what TLS has (RFC 8446, section 4.2.3).  The digest's
 * origin is unknown, but neither data encrypted to the key nor a signature of
 * another kind has this form.
 */
int	 shape_pss(const uint8_t *data, size_t len, int bits);

#endif
