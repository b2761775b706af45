/* SPDX-License-Identifier: ISC */
/* Runs in: every process that starts with more than it needs. */

#include <sys/types.h>
#include <sys/stat.h>

#include <errno.h>
#include <grp.h>
#include <string.h>
#include <unistd.h>

#include "log.h"
#include "privdrop.h"

void
privdrop_to(uid_t uid, gid_t gid, size_t ngroups, const gid_t *groups)
{
	uid_t	 ruid, euid, suid;
	gid_t	 rgid, egid, sgid;

	if (uid == 0 || gid == 0)
		fatalx("refusing to run with uid %u, gid %u", uid, gid);
	/* A session's spawner has none, and may not even ask for that. */
	if ((ngroups > 0 || getgroups(0, NULL) != 0) &&
	    setgroups(ngroups, groups) == -1)
		fatal("setgroups");
	if (setresgid(gid, gid, gid) == -1)
		fatal("setresgid %u", gid);
	if (setresuid(uid, uid, uid) == -1)
		fatal("setresuid %u", uid);
	privdrop_caps();

	if (setuid(0) != -1 || seteuid(0) != -1)
		fatalx("could become root again");
	if (setgid(0) != -1 || setegid(0) != -1)
		fatalx("could get group 0 back");
	if (getresuid(&ruid, &euid, &suid) == -1 ||
	    getresgid(&rgid, &egid, &sgid) == -1)
		fatal("getresuid");
	if (ruid != uid || euid != uid || suid != uid ||
	    rgid != gid || egid != gid || sgid != gid)
		fatalx("uid or gid did not change to %u:%u", uid, gid);
	if (getgroups(0, NULL) != (int)ngroups)
		fatalx("supplementary groups did not change");
}

void
privdrop_groups(void)
{
	if (setgroups(0, NULL) == -1)
		fatal("setgroups");
}

void
privdrop_check_chroot(const char *path)
{
	struct stat	 st;

	if (stat(path, &st) == -1)
		fatalx("chroot %s: %s; it must be an empty directory that only "
		    "root can write: mkdir -p -m 755 %s", path,
		    strerror(errno), path);
	if (!S_ISDIR(st.st_mode) || st.st_uid != 0 ||
	    (st.st_mode & (S_IWGRP | S_IWOTH)) != 0)
		fatalx("chroot %s: must be a directory that only root can "
		    "write: chown root %s && chmod 755 %s", path, path, path);
}

void
privdrop_chroot(const char *path)
{
	privdrop_check_chroot(path);
	if (chroot(path) == -1)
		fatal("chroot %s", path);
	if (chdir("/") == -1)
		fatal("chdir");
}
