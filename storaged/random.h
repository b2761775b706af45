/* SPDX-License-Identifier: ISC */
/* Runs in: storaged, as the user.  Random bytes. */

#ifndef POP3D_STORAGED_RANDOM_H
#define POP3D_STORAGED_RANDOM_H

#include <stddef.h>

/*
 * Fill buf with len bytes, at most 256, from getentropy(2); failure is fatal.
 * The first byte from arc4random(3) costs a process a page of memory or two,
 * and most sessions need no more than a seed.
 */
void	 random_fill(void *buf, size_t len);

#endif
