/* SPDX-License-Identifier: ISC */
/*
 * Runs in: auth_exec, as _pop3auth; the child until it execs.  Trusts: the
 * program for its verdict, but not to end, to be quiet or to be alone.
 */

#include <sys/types.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "auth_exec_run.h"
#include "backend.h"
#include "clock.h"
#include "log.h"
#include "proto.h"

#define EXIT_NO_EXEC	111	/* checkpassword's "try again later" */

static void
on_child(int sig)
{
	/* Its delivery interrupts ppoll(2). */
}

void
exec_init(void)
{
	struct sigaction	 sa;
	sigset_t		 set;

	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = on_child;
	sigemptyset(&sa.sa_mask);
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	/* Only ppoll(2) lets it in, so none is missed. */
	if (sigaction(SIGCHLD, &sa, NULL) == -1 ||
	    sigprocmask(SIG_BLOCK, &set, NULL) == -1)
		fatal("SIGCHLD");
}

/* Give the child fd under the number want, open across exec. */
static int
child_fd(int fd, int want)
{
	if (fd == want)
		return fcntl(fd, F_SETFD, 0);
	return dup2(fd, want);
}

/*
 * The child gets its own process group, so the whole group can be killed, and
 * an alarm, in case this process is killed first.
 */
static void __attribute__((noreturn))
child_exec(char *const argv[], int in, int out, int timeout_ms)
{
	static char	 path[] = "PATH=/usr/local/bin:/usr/bin:/bin";
	char		*env[2] = { path, NULL };
	sigset_t	 none;
	int		 null, sig;

	for (sig = 1; sig < NSIG; sig++)
		(void)signal(sig, SIG_DFL);
	sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	(void)alarm((unsigned int)timeout_ms / 1000 + 2);
	if (setpgid(0, 0) == -1 ||
	    (null = open("/dev/null", O_RDWR)) == -1 ||
	    child_fd(in, PROTO_FD) == -1 ||
	    child_fd(out, EXEC_REPLY_FD) == -1 ||
	    child_fd(null, STDIN_FILENO) == -1 ||
	    child_fd(null, STDOUT_FILENO) == -1 ||
	    child_fd(null, STDERR_FILENO) == -1)
		_exit(EXIT_NO_EXEC);
	closefrom(EXEC_REPLY_FD + 1);
	execve(argv[0], argv, env);
	_exit(EXIT_NO_EXEC);
}

/* Read more of the reply; 0 at its end. */
static int
reply_read(int fd, struct exec_result *r)
{
	char	 rest[256];
	ssize_t	 n;

	if (r->len < EXEC_REPLY_MAX)
		n = read(fd, r->reply + r->len, EXEC_REPLY_MAX - r->len);
	else
		n = read(fd, rest, sizeof(rest));
	if (n == -1)
		return errno == EINTR || errno == EAGAIN;
	if (r->len < EXEC_REPLY_MAX)
		r->len += (size_t)n;
	return n > 0;
}

/* 0: it has ended, 1: the time is over, -1: wait(2) failed. */
static int
child_wait(pid_t pid, int fd, int64_t until, struct exec_result *r)
{
	struct pollfd	 pfd = { .fd = fd, .events = POLLIN };
	struct timespec	 ts;
	sigset_t	 none;
	int64_t		 left;
	pid_t		 ended;

	sigemptyset(&none);
	for (;;) {
		ended = waitpid(pid, &r->status, WNOHANG);
		if (ended == pid || (ended == -1 && errno != EINTR))
			break;
		if ((left = until - clock_msec()) <= 0)
			return 1;
		ts.tv_sec = left / 1000;
		ts.tv_nsec = left % 1000 * 1000000;
		if (ppoll(&pfd, 1, &ts, &none) == 1 && !reply_read(fd, r))
			pfd.fd = -1;
	}
	if (ended == -1)
		return -1;
	/* Read its last output; other processes may still hold the pipe. */
	while (pfd.fd != -1 && poll(&pfd, 1, 0) == 1 && clock_msec() < until) {
		if (!reply_read(fd, r))
			break;
	}
	return 0;
}

static int
run_child(char *const argv[], int in, const int out[2], int timeout_ms,
    struct exec_result *r)
{
	int64_t	 until = clock_msec() + timeout_ms;
	pid_t	 pid;
	int	 rv;

	if ((pid = fork()) == -1)
		return -1;
	if (pid == 0)
		child_exec(argv, in, out[1], timeout_ms);
	/* Parent and child both do it; after exec this one may fail. */
	(void)setpgid(pid, pid);
	(void)close(out[1]);
	rv = child_wait(pid, out[0], until, r);
	(void)kill(-pid, SIGKILL);
	if (rv == 1)
		(void)kill(pid, SIGKILL);
	while (rv == 1 && waitpid(pid, &r->status, 0) == -1 && errno == EINTR)
		continue;
	return rv;
}

int
exec_run(char *const argv[], const void *input, size_t len, int timeout_ms,
    struct exec_result *r)
{
	int	 in[2], out[2], rv = -1;

	memset(r, 0, sizeof(*r));
	if (len > EXEC_INPUT_MAX) {
		errno = EMSGSIZE;
		return -1;
	}
	if (pipe2(in, O_CLOEXEC) == -1)
		return -1;
	if (pipe2(out, O_CLOEXEC) == -1) {
		(void)close(in[0]);
		(void)close(in[1]);
		return -1;
	}
	/* A pipe holds at least 512 bytes (POSIX): this does not block. */
	if (write(in[1], input, len) == (ssize_t)len) {
		(void)close(in[1]);
		in[1] = -1;
		rv = run_child(argv, in[0], out, timeout_ms, r);
	} else
		(void)close(out[1]);
	if (in[1] != -1)
		(void)close(in[1]);
	(void)close(in[0]);
	(void)close(out[0]);
	r->reply[r->len] = '\0';
	return rv;
}
