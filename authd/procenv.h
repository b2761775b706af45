/* SPDX-License-Identifier: ISC */
/* Runs in: authd, root.  A variable for the environment of all processes. */

#ifndef POP3D_AUTHD_PROCENV_H
#define POP3D_AUTHD_PROCENV_H

/*
 * "NAME=VALUE", which makes libcrypto keep no plaintext in the state of a
 * cipher; NULL: not needed.
 */
char	*procenv_cipher(void);

#endif
