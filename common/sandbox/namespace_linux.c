/* SPDX-License-Identifier: ISC */
/*
 * Runs in: authd, root, before any other process; and the spawner, before it
 * is anything else.  Trusts: the configuration.
 *
 * The namespaces are made once, by a child that ends as soon as authd holds
 * them as descriptors.  So authd, which replaces spawners, needs neither
 * CAP_SYS_ADMIN for ever nor anything in /proc: who made a user namespace, by
 * uid, may enter it.
 */

#include <sys/types.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "log.h"
#include "namespace.h"
#include "proto.h"
#include "sandbox_policy_linux.h"

/* In this order they are entered, too: the first gives leave for the others. */
static const struct {
	const char	*name;
	int		 type;
} kinds[] = {
	{ "user", CLONE_NEWUSER },
	{ "net", CLONE_NEWNET },
	{ "ipc", CLONE_NEWIPC }
};

#define SPACES	(CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWIPC)

/* What every id that a namespace lacks looks like from inside. */
#define NOBODY	65534

/* Out of the way of the numbers that descriptors are handed over with. */
#define FD_MIN	16

static int	 fds[NITEMS(kinds)] = { -1, -1, -1 };

/* Make them, say that they are there (0, or errno), stay until asked to go. */
static void __attribute__((noreturn))
namespace_make(int fd)
{
	int	 error = 0;

	if (unshare(SPACES) == -1)
		error = errno;
	if (write(fd, &error, sizeof(error)) != sizeof(error) ||
	    read(fd, &error, sizeof(error)) != 0)
		_exit(1);
	_exit(0);
}

/* Add ids that stand for themselves, but never nobody's. */
static void
map_add(char *map, size_t size, uint32_t min, uint32_t max)
{
	size_t	 len;

	if (min < NOBODY && max >= NOBODY) {
		map_add(map, size, min, NOBODY - 1);
		min = NOBODY;
	}
	if (min == NOBODY)
		min++;
	if (min <= max) {
		len = strlen(map);
		(void)snprintf(map + len, size - len, "%u %u %u\n", min, min,
		    max - min + 1);
	}
}

static int
space_write(pid_t pid, const char *name, const char *text)
{
	char	 path[64];
	ssize_t	 n;
	int	 fd;

	/* An ordinary user who is nobody. */
	if (*text == '\0') {
		errno = EINVAL;
		return -1;
	}
	(void)snprintf(path, sizeof(path), "/proc/%ld/%s", (long)pid, name);
	if ((fd = open(path, O_WRONLY | O_CLOEXEC)) == -1)
		return -1;
	n = write(fd, text, strlen(text));
	(void)close(fd);
	return n == (ssize_t)strlen(text) ? 0 : -1;
}

/* Hold the namespaces of the child beyond its end. */
static int
namespace_hold(pid_t pid)
{
	char	 path[64];
	size_t	 i;
	int	 fd;

	for (i = 0; i < NITEMS(kinds); i++) {
		(void)snprintf(path, sizeof(path), "/proc/%ld/ns/%s",
		    (long)pid, kinds[i].name);
		if ((fd = open(path, O_RDONLY | O_CLOEXEC)) == -1)
			return -1;
		fds[i] = fcntl(fd, F_DUPFD_CLOEXEC, FD_MIN);
		(void)close(fd);
		if (fds[i] == -1)
			return -1;
	}
	return 0;
}

static void
namespace_drop(void)
{
	size_t	 i;

	for (i = 0; i < NITEMS(fds); i++) {
		if (fds[i] != -1)
			(void)close(fds[i]);
		fds[i] = -1;
	}
}

/* With the child at the other end of fd.  0, or -1 with errno. */
static int
namespace_take(pid_t pid, int fd, const char *uids, const char *gids)
{
	int	 error;

	if (read(fd, &error, sizeof(error)) != sizeof(error))
		error = ECHILD;
	if (error != 0) {
		errno = error;
		return -1;
	}
	/* Groups that nobody sets cannot be got. */
	if (space_write(pid, "setgroups", "deny") == -1 ||
	    space_write(pid, "uid_map", uids) == -1 ||
	    space_write(pid, "gid_map", gids) == -1)
		return -1;
	return namespace_hold(pid);
}

/* The ids of sessions, each once. */
static void
map_ids(char *uids, char *gids, size_t size, const struct ids *ids)
{
	size_t	 i;

	map_add(uids, size, ids->uid_min, ids->uid_max);
	map_add(gids, size, ids->gid_min, ids->gid_max);
	for (i = 0; i < IDS_GROUPS; i++) {
		if (ids->gids[i] != 0)
			map_add(gids, size, ids->gids[i], ids->gids[i]);
	}
}

void
namespace_init(uid_t uid, gid_t gid, const struct ids *ids)
{
	char	 uids[512] = "", gids[512] = "";
	pid_t	 pid;
	int	 sp[2];

	if (ids != NULL)
		map_ids(uids, gids, sizeof(uids), ids);
	if (ids == NULL || !ids_uid(ids, uid))
		map_add(uids, sizeof(uids), uid, uid);
	if (ids == NULL || !ids_gid(ids, gid))
		map_add(gids, sizeof(gids), gid, gid);
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sp) == -1)
		fatal("socketpair");
	if ((pid = fork()) == -1)
		fatal("fork");
	if (pid == 0) {
		(void)close(sp[0]);
		namespace_make(sp[1]);
	}
	(void)close(sp[1]);
	if (namespace_take(pid, sp[0], uids, gids) == -1) {
		log_info("sandbox: spawner: this system does not give "
		    "namespaces (%s), going on without", strerror(errno));
		namespace_drop();
	}
	(void)close(sp[0]);
	(void)waitpid(pid, NULL, 0);
}

int
namespace_has(uint32_t id)
{
	return fds[0] == -1 || id != NOBODY;
}

int
namespace_pass(int fd)
{
	size_t	 i;

	if (fds[0] == -1)
		return 0;
	for (i = 0; i < NITEMS(fds); i++) {
		if (dup2(fds[i], fd + (int)i) == -1)
			fatal("namespaces");
	}
	return NITEMS(fds);
}

int
namespace_enter(int fd)
{
	size_t	 i;
	int	 error = 0;

	if ((sandbox_knobs()->layers & LAYER_SPACES) == 0)
		error = ENOSYS;
	for (i = 0; i < NITEMS(kinds); i++) {
		if (error == 0 && setns(fd + (int)i, kinds[i].type) == -1)
			error = errno;
		(void)close(fd + (int)i);
	}
	errno = error;
	return error == 0 ? 0 : -1;
}
