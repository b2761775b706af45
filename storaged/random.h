/* SPDX-License-Identifier: ISC */
/* Runs in: storaged, as the user.  A few octets that nobody can guess. */

#ifndef POP3D_STORAGED_RANDOM_H
#define POP3D_STORAGED_RANDOM_H

#include <stddef.h>

/*
 * Fill buf with len octets, at most 256, by getentropy(2); that it fails is
 * fatal.  arc4random(3) costs a process its first octet a page of memory or
 * two; most sessions need no more than a seed.
 */
void	 random_fill(void *buf, size_t len);

#endif
