/* SPDX-License-Identifier: ISC */
/* Stands in for OpenBSD's header where its files are only compiled. */

#ifndef STUB_BSD_AUTH_H
#define STUB_BSD_AUTH_H

int	 auth_userokay(char *, char *, char *, char *);

#endif
