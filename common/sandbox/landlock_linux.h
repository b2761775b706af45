/* SPDX-License-Identifier: ISC */
/* Runs in: every process on Linux.  Landlock, as old or new as the kernel. */

#ifndef POP3D_COMMON_SANDBOX_LANDLOCK_LINUX_H
#define POP3D_COMMON_SANDBOX_LANDLOCK_LINUX_H

#include "sandbox.h"

/* The ABI of the running kernel, 1 or more; 0 if it has no Landlock. */
int	 landlock_abi(void);

/* What this ABI, 1 or more, cannot deny and a later one can; NULL: nothing. */
const char *landlock_lacks(int abi);

/*
 * Deny what this ABI knows of: files but those below the paths, TCP ports, and
 * from ABI 6 on signals and abstract sockets of other processes.  bind and
 * connect leave the ports alone.  A path that does not exist is left out, one
 * that cannot be opened is fatal.
 * no_new_privs must be set.  0, or -1 with errno.
 */
int	 landlock_enter(const struct sandbox *, int bind, int connect);

#endif
