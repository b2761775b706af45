/* SPDX-License-Identifier: ISC */
/* Runs in: authd, engine.  What a listener does about TLS. */

#ifndef POP3D_COMMON_LISTEN_H
#define POP3D_COMMON_LISTEN_H

enum listen_mode {
	LISTEN_STARTTLS,	/* offers STLS and takes a password only after
				 * it, except from the loopback */
	LISTEN_TLS,		/* TLS from the first octet */
	LISTEN_PLAINTEXT,	/* no TLS at all; passwords in the clear */
	LISTEN_MODE_MAX
};

#endif
