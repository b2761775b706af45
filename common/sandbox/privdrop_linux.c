/* SPDX-License-Identifier: ISC */
/* Runs in: every process that starts with more than it needs, on Linux. */

#include <sys/types.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <linux/capability.h>

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "log.h"
#include "privdrop.h"
#include "proto.h"

const char *const	 privdrop_passwd_group = "shadow";

/* Set the effective and permitted sets to mask, the inheritable to none. */
static int
caps_set(uint32_t mask)
{
	struct __user_cap_header_struct	 hdr;
	struct __user_cap_data_struct	 data[_LINUX_CAPABILITY_U32S_3];

	memset(&hdr, 0, sizeof(hdr));
	memset(data, 0, sizeof(data));
	hdr.version = _LINUX_CAPABILITY_VERSION_3;
	data[0].effective = data[0].permitted = mask;
	return (int)syscall(SYS_capset, &hdr, data);
}

/* Anything permitted or effective left but mask? */
static int
caps_check(uint32_t mask)
{
	struct __user_cap_header_struct	 hdr;
	struct __user_cap_data_struct	 data[_LINUX_CAPABILITY_U32S_3];

	memset(&hdr, 0, sizeof(hdr));
	memset(data, 0, sizeof(data));
	hdr.version = _LINUX_CAPABILITY_VERSION_3;
	if (syscall(SYS_capget, &hdr, data) == -1)
		return -1;
	if (data[0].permitted != mask || data[0].effective != mask ||
	    data[0].inheritable != 0 || data[1].permitted != 0 ||
	    data[1].effective != 0 || data[1].inheritable != 0)
		return -1;
	return 0;
}

void
privdrop_caps(void)
{
	if (caps_set(0) == -1)
		fatal("capset");
	if (caps_check(0) == -1)
		fatalx("capabilities are left");
}

/*
 * What authd keeps: setgroups, setresgid and setresuid, chroot, kill, and chown
 * for the state directories.  Not the one that lets root read and write what is
 * not root's.
 */
static const struct {
	unsigned int	 cap;
	const char	*name;
} authd_caps[] = {
	{ CAP_CHOWN, "CAP_CHOWN" },
	{ CAP_KILL, "CAP_KILL" },
	{ CAP_SETGID, "CAP_SETGID" },
	{ CAP_SETUID, "CAP_SETUID" },
	{ CAP_SYS_CHROOT, "CAP_SYS_CHROOT" }
};

/* Units and containers take capabilities away even from root. */
static uint32_t
authd_mask(void)
{
	struct __user_cap_header_struct	 hdr;
	struct __user_cap_data_struct	 data[_LINUX_CAPABILITY_U32S_3];
	uint32_t			 mask = 0;
	size_t				 i;

	memset(&hdr, 0, sizeof(hdr));
	memset(data, 0, sizeof(data));
	hdr.version = _LINUX_CAPABILITY_VERSION_3;
	if (syscall(SYS_capget, &hdr, data) == -1)
		fatal("capget");
	for (i = 0; i < NITEMS(authd_caps); i++) {
		if ((data[0].permitted & 1U << authd_caps[i].cap) == 0)
			fatalx("root lacks %s here; give it back (systemd: "
			    "CapabilityBoundingSet=, containers: --cap-add)",
			    authd_caps[i].name);
		mask |= 1U << authd_caps[i].cap;
	}
	return mask;
}

/*
 * No program that is started gets more than mask, even as root: the bounding
 * set says so.  It can be made smaller with CAP_SETPCAP alone; where that has
 * been taken away, no_new_privs has the same effect for us and for whatever
 * we start: execve(2) adds nothing to what is permitted.
 */
static void
caps_bound(uint32_t mask)
{
	unsigned long long	 left = 0;
	unsigned long		 cap;
	int			 has;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1)
		fatal("PR_SET_NO_NEW_PRIVS");
	for (cap = 0; (has = prctl(PR_CAPBSET_READ, cap, 0, 0, 0)) != -1;
	    cap++) {
		if (has == 0 || (cap < 32 && mask & 1U << cap))
			continue;
		if (prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) == 0)
			continue;
		if (errno != EPERM)
			fatal("PR_CAPBSET_DROP");
		left |= 1ULL << cap;
	}
	if (left != 0)
		log_info("no CAP_SETPCAP: the bounding set keeps %016llx; "
		    "no_new_privs alone keeps programs from these", left);
}

void
privdrop_authd(void)
{
	const uint32_t	 mask = authd_mask();

	caps_bound(mask);
	if (caps_set(mask) == -1)
		fatal("capset");
	if (caps_check(mask) == -1)
		fatalx("capabilities that authd does not need are left");
}

void
privdrop_spawner(uid_t uid, gid_t gid)
{
	const uint32_t	 mask = 1U << CAP_SETUID | 1U << CAP_SETGID;

	if (uid == 0 || gid == 0)
		fatalx("refusing to run with uid %u, gid %u", uid, gid);
	if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) == -1)
		fatal("PR_SET_KEEPCAPS");
	if (getgroups(0, NULL) != 0)
		fatalx("supplementary groups are left");
	if (setresgid(gid, gid, gid) == -1)
		fatal("setresgid %u", gid);
	if (setresuid(uid, uid, uid) == -1)
		fatal("setresuid %u", uid);
	if (caps_set(mask) == -1)
		fatal("capset");
	if (caps_check(mask) == -1)
		fatalx("capabilities other than CAP_SETUID, CAP_SETGID left");
	if (prctl(PR_SET_KEEPCAPS, 0, 0, 0, 0) == -1)
		fatal("PR_SET_KEEPCAPS");
}
