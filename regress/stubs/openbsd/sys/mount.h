/* SPDX-License-Identifier: ISC */
/* OpenBSD's, as far as it is used. */

#ifndef STUB_SYS_MOUNT_H
#define STUB_SYS_MOUNT_H

#include <stdint.h>

#define MNT_LOCAL	0x00001000

struct statfs {
	uint32_t	 f_flags;
};

int	 fstatfs(int, struct statfs *);

#endif
