/* SPDX-License-Identifier: ISC */
/* Runs in: authd, root.  LibreSSL has no code for AVX-512. */

#include <stddef.h>

#include "procenv.h"

char *
procenv_cipher(void)
{
	return NULL;
}
