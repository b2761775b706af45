/* SPDX-License-Identifier: ISC */
/* Runs in: every process that starts with more than it needs, on OpenBSD. */

#include <sys/types.h>

#include <unistd.h>

#include "log.h"
#include "privdrop.h"

const char *const	 privdrop_passwd_group = "auth";

void
privdrop_caps(void)
{
	/* OpenBSD has no capabilities: the uid is all there is. */
}

void
privdrop_authd(void)
{
	/* As above: its pledge is what holds it. */
}

/*
 * Only root can start a process as another user, so the spawner stays root;
 * its pledge (stdio rpath proc id sendfd recvfd) is what holds it.
 */
void
privdrop_spawner(uid_t uid, gid_t gid)
{
	if (uid == 0 || gid == 0)
		fatalx("refusing to run with uid %u, gid %u", uid, gid);
	if (getgroups(0, NULL) != 0)
		fatalx("supplementary groups are left");
}
