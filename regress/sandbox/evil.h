/* SPDX-License-Identifier: ISC */
/* In tests: what those that have been taken over have in common. */

#ifndef POP3D_EVIL_H
#define POP3D_EVIL_H

#include <sys/types.h>

#include <stdint.h>

/* Random octets, to be sent. */
extern unsigned char	 evil_noise[128 * 1024];

/* Begin; the seed, for the log. */
unsigned long long	 evil_begin(void);

/* A random number below that. */
uint32_t	 evil_rnd(uint32_t);

/* Send these octets as they stand, with so many descriptors. */
void	 evil_throw(int fd, const void *, size_t, int nfds);

/*
 * A header of this type that says this length, with len random octets behind it
 * and so many descriptors.
 */
void	 evil_imsg(int fd, uint32_t type, uint32_t said, size_t len, int nfds);

/*
 * Something that no peer of ours may let pass, or the beginning of it: what is
 * sent next, evil_noise, makes it so.
 */
void	 evil_worst(int fd);

/* The story went differently; the log says where and why. */
void	 evil_give_up(int line) __attribute__((noreturn));

#endif
