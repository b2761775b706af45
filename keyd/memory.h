/* SPDX-License-Identifier: ISC */
/* Runs in: keyd.  Memory for keys. */

#ifndef POP3D_KEYD_MEMORY_H
#define POP3D_KEYD_MEMORY_H

/*
 * Keep all memory of the process, now and later, out of the swap, and let
 * libcrypto hold private keys between guard pages.  Before the first key and
 * before the sandbox.  Where the system does not let us, the log says so.
 */
void	 memory_lock(void);

#endif
