/* SPDX-License-Identifier: ISC */
/* Runs in: storaged, as the user; authd, root.  Trusts: nothing. */

#include <sys/param.h>
#include <sys/mount.h>

#include "fslocal.h"

int
fs_local(int fd)
{
	struct statfs	 sf;

	return fstatfs(fd, &sf) == 0 && (sf.f_flags & MNT_LOCAL);
}
