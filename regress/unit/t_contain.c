/* SPDX-License-Identifier: ISC */
/*
 * Two programs that got out of their sandbox, as they were found: an engine
 * that made its listener connect, and a spawner that took the group shadow.
 */

#include <sys/types.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <netinet/in.h>

#include <linux/seccomp.h>

#include <atf-c.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "log.h"
#include "namespace.h"
#include "privdrop.h"
#include "sandbox.h"
#include "sandbox_policy_linux.h"

/* A listener on the loopback, and where it is. */
static int
listener(struct sockaddr_in *sin)
{
	socklen_t	 len = sizeof(*sin);
	int		 fd;

	memset(sin, 0, sizeof(*sin));
	sin->sin_family = AF_INET;
	sin->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	ATF_REQUIRE((fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0)) !=
	    -1);
	ATF_REQUIRE_EQ(0, bind(fd, (struct sockaddr *)sin, sizeof(*sin)));
	ATF_REQUIRE_EQ(0, listen(fd, 16));
	ATF_REQUIRE_EQ(0, getsockname(fd, (struct sockaddr *)sin, &len));
	return fd;
}

/* As an engine: what came of it, the status of wait(2). */
static int
engine_tries(void (*try)(int, struct sockaddr_in *), int fd,
    struct sockaddr_in *to)
{
	int	 status;
	pid_t	 pid;

	if (sandbox_knobs()->action != SECCOMP_RET_KILL_PROCESS)
		atf_tc_skip("not with the sanitizers");
	ATF_REQUIRE((pid = fork()) != -1);
	if (pid == 0) {
		sandbox_enter(SANDBOX_ENGINE, NULL);
		try(fd, to);
		_exit(0);
	}
	ATF_REQUIRE_EQ(pid, waitpid(pid, &status, 0));
	return status;
}

static void
try_shutdown(int fd, struct sockaddr_in *to)
{
	if (shutdown(fd, SHUT_RD) == -1)
		_exit(1);
}

static void
try_connect(int fd, struct sockaddr_in *to)
{
	static char	 out[] = "out";
	struct iovec	 iov = { out, sizeof(out) };
	struct msghdr	 mh;

	memset(&mh, 0, sizeof(mh));
	mh.msg_name = to;
	mh.msg_namelen = sizeof(*to);
	mh.msg_iov = &iov;
	mh.msg_iovlen = 1;
	(void)sendmsg(fd, &mh, MSG_FASTOPEN | MSG_NOSIGNAL);
}

static void
try_block(int fd, struct sockaddr_in *to)
{
	(void)fcntl(fd, F_SETFL, O_RDWR);
}

ATF_TC_WITHOUT_HEAD(engine_out);
ATF_TC_BODY(engine_out, tc)
{
	struct sockaddr_in	 own, to;
	struct pollfd		 pfd;
	socklen_t		 len = sizeof(int);
	int			 fd, target, listening = 0, status;

	fd = listener(&own);
	target = listener(&to);
	status = engine_tries(try_shutdown, fd, &to);
	ATF_CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS);
	ATF_REQUIRE_EQ(0, getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN,
	    &listening, &len));
	ATF_CHECK(listening);
	status = engine_tries(try_block, fd, &to);
	ATF_CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS);
	ATF_CHECK(fcntl(fd, F_GETFL) & O_NONBLOCK);

	/* If it had been shut down all the same. */
	ATF_REQUIRE_EQ(0, shutdown(fd, SHUT_RD));
	status = engine_tries(try_connect, fd, &to);
	ATF_CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS);
	pfd.fd = target;
	pfd.events = POLLIN;
	ATF_CHECK_EQ(0, poll(&pfd, 1, 100));
	(void)close(fd);
	(void)close(target);
}

/* As a spawner, in namespaces of its own or not, whose mailboxes are at "/". */
static void __attribute__((noreturn))
spawner_tries(int spaces)
{
	static const struct ids	 ids = { 1000, 60000, 1000, 60000, { 100 } };
	static struct sandbox	 what;

	privdrop_groups();
	if (spaces) {
		namespace_init(893, 893, &ids);
		if (namespace_pass(40) <= 0 || namespace_enter(40) == -1)
			_exit(77);
	}
	privdrop_spawner(893, 893);
	sandbox_path(&what, "/", SANDBOX_READ | SANDBOX_WRITE);
	what.ids = &ids;
	what.spaces = spaces;
	sandbox_enter(SANDBOX_SPAWNER, &what);
	if (setresgid(42, 42, 42) == 0 || setresgid(6, 6, 6) == 0 ||
	    setresgid(0, 0, 0) == 0)
		_exit(1);
	if (openat(AT_FDCWD, "/etc/shadow", O_RDONLY) != -1)
		_exit(2);
	if (setresgid(100, 100, 100) == -1 ||
	    setresgid(5001, 5001, 5001) == -1)
		_exit(3);
	_exit(0);
}

ATF_TC(spawner_gid);
ATF_TC_HEAD(spawner_gid, tc)
{
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(spawner_gid, tc)
{
	int	 spaces, status;
	pid_t	 pid;

	for (spaces = 0; spaces < 2; spaces++) {
		ATF_REQUIRE((pid = fork()) != -1);
		if (pid == 0)
			spawner_tries(spaces);
		ATF_REQUIRE_EQ(pid, waitpid(pid, &status, 0));
		ATF_REQUIRE(WIFEXITED(status));
		/* Where there are no namespaces. */
		ATF_CHECK_MSG(WEXITSTATUS(status) == 0 ||
		    (spaces && WEXITSTATUS(status) == 77), "%d: %d", spaces,
		    WEXITSTATUS(status));
	}
}

ATF_TP_ADD_TCS(tp)
{
	log_init("t_contain");
	ATF_TP_ADD_TC(tp, engine_out);
	ATF_TP_ADD_TC(tp, spawner_gid);
	return atf_no_error();
}
