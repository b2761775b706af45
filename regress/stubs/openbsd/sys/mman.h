/* SPDX-License-Identifier: ISC */
/* Adds to the system's header what OpenBSD's declares. */

#ifndef STUB_SYS_MMAN_H
#define STUB_SYS_MMAN_H

#include_next <sys/mman.h>

#define MAP_CONCEAL	0x8000

#endif
