/* SPDX-License-Identifier: ISC */
/*
 * Runs in: engine and keyd.  What an engine may ask of the private keys.
 *
 * Over a SOCK_SEQPACKET socket that authd made: one packet, exactly a struct
 * key_req, asks; one packet, exactly a struct key_res, answers.  The engine
 * waits for the answer before it asks again.  There is no other operation, in
 * particular none that decrypts.
 */

#ifndef POP3D_COMMON_KEYREQ_H
#define POP3D_COMMON_KEYREQ_H

#include <sys/types.h>

#include <stdint.h>

#define KEY_ID_LEN	32	/* SHA-256 of the public half, octets */
#define KEY_DATA_MAX	512	/* a signature by RSA of 4096 bits, octets */

enum key_op {
	KEY_OP_ECDSA = 1,	/* data: a digest of 20 to 64 octets; answer:
				 * a signature in DER */
	KEY_OP_RSA_PKCS1,	/* data: a DigestInfo of SHA-2 (RFC 8017, 9.2)*/
	KEY_OP_RSA_PSS,		/* data: an encoded message (RFC 8017, 9.1.1)
				 * of the modulus' length */
	KEY_OP_MAX
};

struct key_req {
	uint32_t	 serial;		/* comes back in the answer */
	uint32_t	 op;
	uint8_t		 key[KEY_ID_LEN];
	uint32_t	 len;			/* of data; the rest is 0 */
	uint8_t		 data[KEY_DATA_MAX];
};

struct key_res {
	uint32_t	 serial;
	uint32_t	 status;		/* enum key_status */
	uint32_t	 len;			/* of data; 0 unless KEY_OK */
	uint8_t		 data[KEY_DATA_MAX];
};

enum key_status {
	KEY_OK = 1,
	KEY_UNKNOWN,		/* keyd has no such key (now) */
	KEY_REFUSED,		/* not a digest, or not for this key */
	KEY_FAILED		/* the library could not */
};

#endif
