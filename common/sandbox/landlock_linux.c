/* SPDX-License-Identifier: ISC */
/*
 * Runs in: every process on Linux.  Structures and numbers are the kernel's,
 * defined here because a Debian 12 has headers of ABI 2 and may run ABI 7.
 */

#include <sys/types.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "landlock_linux.h"
#include "log.h"

struct ruleset_attr {
	uint64_t	 fs;		/* ABI 1 */
	uint64_t	 net;		/* ABI 4 */
	uint64_t	 scoped;	/* ABI 6 */
};

struct path_attr {
	uint64_t	 allowed;
	int32_t		 fd;
} __attribute__((packed));

#define RULE_PATH	1
#define FLAG_VERSION	1

#define FS_EXECUTE	(1ULL << 0)
#define FS_WRITE_FILE	(1ULL << 1)
#define FS_READ_FILE	(1ULL << 2)
#define FS_READ_DIR	(1ULL << 3)
#define FS_REMOVE_DIR	(1ULL << 4)
#define FS_REMOVE_FILE	(1ULL << 5)
#define FS_MAKE_DIR	(1ULL << 7)
#define FS_MAKE_REG	(1ULL << 8)
#define FS_MAKE_SYM	(1ULL << 12)
#define FS_REFER	(1ULL << 13)	/* ABI 2 */
#define FS_TRUNCATE	(1ULL << 14)	/* ABI 3 */
#define FS_ALL_1	((1ULL << 13) - 1)
#define FS_ALL_5	((1ULL << 16) - 1)	/* with IOCTL_DEV */

/* What makes sense for a file that is named itself. */
#define FS_OF_FILE	(FS_EXECUTE | FS_WRITE_FILE | FS_READ_FILE | \
			    FS_TRUNCATE)

#define NET_BIND	(1ULL << 0)
#define NET_CONNECT	(1ULL << 1)
#define SCOPE_ALL	3ULL

int
landlock_abi(void)
{
	long	 abi;

	abi = syscall(SYS_landlock_create_ruleset, NULL, 0, FLAG_VERSION);
	return abi > 0 ? (int)abi : 0;
}

const char *
landlock_lacks(int abi)
{
	if (abi < 3)
		return "truncation by name, TCP ports, ioctls of devices, "
		    "signals, abstract sockets";
	if (abi < 4)
		return "TCP ports, ioctls of devices, signals, "
		    "abstract sockets";
	if (abi < 5)
		return "ioctls of devices, signals, abstract sockets";
	if (abi < 6)
		return "signals, abstract sockets";
	return NULL;
}

/* What each ABI can deny. */
static void
attr_fill(struct ruleset_attr *attr, int abi, int may_bind, int may_connect)
{
	memset(attr, 0, sizeof(*attr));
	attr->fs = FS_ALL_1;
	if (abi >= 2)
		attr->fs |= FS_REFER;
	if (abi >= 3)
		attr->fs |= FS_TRUNCATE;
	if (abi >= 5)
		attr->fs = FS_ALL_5;
	if (abi >= 4)
		attr->net = (may_bind ? 0 : NET_BIND) |
		    (may_connect ? 0 : NET_CONNECT);
	if (abi >= 6)
		attr->scoped = SCOPE_ALL;
}

/* A kernel may say ABI 6 and lack a scope: then without. */
static int
ruleset_make(struct ruleset_attr *attr, int abi)
{
	size_t	 size = abi >= 6 ? 24 : abi >= 4 ? 16 : 8;
	long	 fd;

	fd = syscall(SYS_landlock_create_ruleset, attr, size, 0);
	if (fd == -1 && errno == EINVAL && attr->scoped != 0) {
		attr->scoped = 0;
		fd = syscall(SYS_landlock_create_ruleset, attr, 16, 0);
	}
	return (int)fd;
}

static int
ruleset_add(int ruleset, const struct ruleset_attr *attr,
    const struct sandbox_path *path)
{
	struct path_attr	 rule;
	struct stat		 st;
	int			 rv;

	memset(&rule, 0, sizeof(rule));
	rule.fd = open(path->path, O_PATH | O_CLOEXEC);
	if (rule.fd == -1) {
		if (errno == ENOENT)
			return 0;
		fatal("sandbox: %s", path->path);
	}
	if (path->rights & SANDBOX_READ)
		rule.allowed |= FS_READ_FILE | FS_READ_DIR;
	if (path->rights & SANDBOX_WRITE)
		rule.allowed |= FS_WRITE_FILE | FS_TRUNCATE | FS_MAKE_REG |
		    FS_MAKE_DIR | FS_MAKE_SYM | FS_REMOVE_FILE | FS_REMOVE_DIR;
	if (path->rights & SANDBOX_EXEC)
		rule.allowed |= FS_EXECUTE;
	rule.allowed &= attr->fs;
	if ((rv = fstat(rule.fd, &st)) == 0) {
		if (!S_ISDIR(st.st_mode))
			rule.allowed &= FS_OF_FILE;
		rv = (int)syscall(SYS_landlock_add_rule, ruleset, RULE_PATH,
		    &rule, 0);
	}
	(void)close(rule.fd);
	return rv;
}

/* A session's own dotlock, and what stands in its place. */
static int
ruleset_add_dotlock(int ruleset, int dir)
{
	struct path_attr	 rule;

	memset(&rule, 0, sizeof(rule));
	rule.fd = dir;
	rule.allowed = FS_MAKE_REG | FS_WRITE_FILE | FS_READ_FILE |
	    FS_REMOVE_FILE;
	return (int)syscall(SYS_landlock_add_rule, ruleset, RULE_PATH, &rule,
	    0);
}

int
landlock_enter(const struct sandbox *what, int may_bind, int may_connect)
{
	struct ruleset_attr	 attr;
	size_t			 i;
	int			 abi, rv = 0, ruleset, saved;

	if ((abi = landlock_abi()) == 0)
		return -1;
	attr_fill(&attr, abi, may_bind, may_connect);
	if ((ruleset = ruleset_make(&attr, abi)) == -1)
		return -1;
	for (i = 0; i < what->npaths && rv == 0; i++)
		rv = ruleset_add(ruleset, &attr, &what->paths[i]);
	if (rv == 0 && what->dotlock_own)
		rv = ruleset_add_dotlock(ruleset, what->dir);
	if (rv == 0)
		rv = (int)syscall(SYS_landlock_restrict_self, ruleset, 0);
	saved = errno;
	(void)close(ruleset);
	errno = saved;
	return rv;
}
