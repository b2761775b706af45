/* SPDX-License-Identifier: ISC */
/* Runs in: authd, root.  Files of certificates and keys. */

#ifndef POP3D_AUTHD_PKI_H
#define POP3D_AUTHD_PKI_H

#include <stddef.h>

#include "conf.h"

/*
 * Read a PEM file of a pki: text of *len octets, NUL-terminated, to be freed by
 * freezero(3).  With secret, a file that others could get at is refused.  NULL
 * if it cannot be had; then why (size octets) has the reason, with the path.
 */
char		*pki_read(const char *path, int secret, size_t *len,
		    char *why, size_t size);

/* The pki of that name, or NULL. */
struct conf_pki	*pki_find(const char *name);

/* Tell the operator what a process has against a pki, and where it is. */
void		 pki_complain(const struct conf_pki *, const char *reason);

#endif
