/* SPDX-License-Identifier: ISC */
/* Runs in: authd, root.  The files of certificates and keys. */

#ifndef POP3D_AUTHD_PKI_H
#define POP3D_AUTHD_PKI_H

#include <stddef.h>

#include "conf.h"

/*
 * Read a PEM file of a pki.  Returns its text of *len bytes, NUL-terminated, to
 * be freed by freezero(3); or NULL and the reason, with the path, in why (size
 * bytes).  With secret, a file that others can read is refused.
 */
char		*pki_read(const char *path, int secret, size_t *len,
		    char *why, size_t size);

/* The pki with that name, or NULL. */
struct conf_pki	*pki_find(const char *name);

/* Log what is wrong with a pki, with its place in the configuration. */
void		 pki_complain(const struct conf_pki *, const char *reason);

#endif
