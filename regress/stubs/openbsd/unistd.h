/* SPDX-License-Identifier: ISC */
/* Adds to the system's header what OpenBSD's declares. */

#ifndef STUB_UNISTD_H
#define STUB_UNISTD_H

#include_next <unistd.h>

int	 crypt_checkpass(const char *, const char *);
int	 crypt_newhash(const char *, const char *, char *, size_t);
int	 pledge(const char *, const char *);
int	 unveil(const char *, const char *);

#endif
