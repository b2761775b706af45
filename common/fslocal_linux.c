/* SPDX-License-Identifier: ISC */
/* Runs in: storaged, as the user; authd, root.  Trusts: nothing. */

#include <sys/vfs.h>

#include <linux/magic.h>

#include <stdint.h>

#include "fslocal.h"

/* Any may be behind FUSE. */
int
fs_local(int fd)
{
	struct statfs	 sf;

	if (fstatfs(fd, &sf) == -1)
		return 0;
	switch ((uint32_t)sf.f_type) {
	case NFS_SUPER_MAGIC:
	case SMB_SUPER_MAGIC:
	case CIFS_SUPER_MAGIC:
	case SMB2_SUPER_MAGIC:
	case AFS_SUPER_MAGIC:
	case AFS_FS_MAGIC:
	case CEPH_SUPER_MAGIC:
	case CODA_SUPER_MAGIC:
	case V9FS_MAGIC:
	case FUSE_SUPER_MAGIC:
		return 0;
	default:
		return 1;
	}
}
