/* SPDX-License-Identifier: ISC */
/* Runs in: keyd.  Memory for keys. */

#ifndef POP3D_KEYD_MEMORY_H
#define POP3D_KEYD_MEMORY_H

/*
 * Keep all memory of the process, now and later, out of the swap, and have
 * libcrypto keep private keys between guard pages.  Call it before the first
 * key and before the sandbox.  If the system refuses, that is logged.
 */
void	 memory_lock(void);

#endif
