/* SPDX-License-Identifier: ISC */
/* Runs in: authd, root.  What every process gets in its environment. */

#ifndef POP3D_AUTHD_PROCENV_H
#define POP3D_AUTHD_PROCENV_H

/*
 * The setting that has libcrypto keep no plaintext in the state of a cipher, as
 * "NAME=VALUE"; NULL: none is needed.
 */
char	*procenv_cipher(void);

#endif
