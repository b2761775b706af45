/* SPDX-License-Identifier: ISC */
/* Runs in: authd, which makes namespaces; the spawner, which enters them. */

#ifndef POP3D_COMMON_SANDBOX_NAMESPACE_H
#define POP3D_COMMON_SANDBOX_NAMESPACE_H

#include <sys/types.h>

#include <stdint.h>

#include "ids.h"

/*
 * authd, before it is confined: make a user namespace that has no ids but those
 * of sessions and of the spawner, and where setgroups(2) does not work; and
 * with it a network that leads nowhere, and an IPC namespace.  Where the system
 * does not let us, the log says so, and there are none.  Not started as root
 * (ids NULL): with the uid and gid given, which are our own, alone.
 */
void	 namespace_init(uid_t, gid_t, const struct ids *);

/* Can a session have this number, as uid or gid?  Without namespaces any. */
int	 namespace_has(uint32_t id);

/*
 * In the child of authd that becomes the spawner: hand the namespaces over, as
 * descriptors from this number on.  How many these are; 0: there is nothing to
 * enter.
 */
int	 namespace_pass(int fd);

/*
 * The spawner, while it still is what authd was: enter what was handed over,
 * and close it.  0, or -1 with errno: not in all of them.  From then on every
 * capability that it has is one over these namespaces, and it has all of them.
 */
int	 namespace_enter(int fd);

#endif
