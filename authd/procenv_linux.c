/* SPDX-License-Identifier: ISC */
/* Runs in: authd, root. */

#include <stddef.h>

#include "procenv.h"

/*
 * Since OpenSSL 3.1 the AES-GCM code for AVX-512 keeps the last, short block
 * that it decrypted, up to 15 bytes, in the state of the connection: the end of
 * a password, as long as the session lasts.  No option wipes it.
 * OPENSSL_ia32cap(3) disables that code: bits 41 and 42 of the second vector
 * are VAES and VPCLMULQDQ.  The code for AES-NI keeps nothing.
 */
char *
procenv_cipher(void)
{
	static char	 setting[] = "OPENSSL_ia32cap=:~0x60000000000:::";

	return setting;
}
