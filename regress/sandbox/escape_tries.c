/* SPDX-License-Identifier: ISC */
/* Runs in: test builds, in every role, once it serves.  The ways out. */

#include <sys/types.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <netinet/in.h>

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "escape.h"

#define A	(1U << SANDBOX_AUTHD)
#define B	(1U << SANDBOX_BACKEND)
#define W	(1U << SANDBOX_BACKEND_WRITE)
#define N	(1U << SANDBOX_BACKEND_NET)
#define F	(1U << SANDBOX_BACKEND_FOREIGN)
#define S	(1U << SANDBOX_SPAWNER)
#define D	(1U << SANDBOX_SESSION_DOTLOCK)
#define L(x)	((long)(x))
#define CALL(n)	L(SYS_##n)

/* The page of sandbox_linux.c. */
#define NAMES	0x20000000L

static const char	 passwd[] = "/etc/passwd";
static struct stat	 st;
static char		 room[4096];
static struct rlimit	 more = { 1024, 4096 };

/*
 * Name, call, arguments; roles that may by design, roles that may with seccomp
 * alone, layers that deny it alone.  Arguments are such that a call that comes
 * through does no harm: it fails in the kernel in another way.
 */
static struct escape	 tries[] = {
	/* Files. */
	{ "open a file", CALL(openat), { AT_FDCWD, L(passwd), O_RDONLY },
	    A | B | W | N | F, S, BY_LANDLOCK },
	{ "open /", CALL(openat), { AT_FDCWD, L("/"), O_RDONLY |
	    O_DIRECTORY }, A | F, B | W | S | N, BY_LANDLOCK },
	{ "make a file", CALL(openat), { AT_FDCWD, L(escape_made[0]), O_WRONLY |
	    O_CREAT, 0600 }, 0, A | W | S, BY_LANDLOCK },
	{ "O_PATH", CALL(openat), { AT_FDCWD, L("/"), O_PATH },
	    A | S | F, 0, 0 },
	{ "open another's mailbox", CALL(openat), { AT_FDCWD,
	    L(escape_mailbox), O_RDONLY }, 0, A | S, 0 },
	{ "open the TLS key", CALL(openat), { AT_FDCWD, L(escape_key),
	    O_RDONLY }, A, 0, 0 },
	{ "open /proc/1/status", CALL(openat), { AT_FDCWD,
	    L("/proc/1/status"), O_RDONLY }, A | F, B | W | S | N,
	    BY_LANDLOCK },
	{ "open the namespace of init", CALL(openat), { AT_FDCWD,
	    L("/proc/1/ns/user"), O_RDONLY }, 0, 0, BY_LANDLOCK | BY_SPACES },
	{ "open /proc/self/mem", CALL(openat), { AT_FDCWD,
	    L("/proc/self/mem"), O_RDWR }, 0, A | W | S, BY_LANDLOCK },
	{ "openat2", CALL(openat2), { AT_FDCWD, L(passwd), L(room), 24 },
	    0, 0, 0 },
	{ "open_by_handle_at", CALL(open_by_handle_at), { AT_FDCWD, L(room),
	    O_RDONLY }, 0, 0, 0 },
	{ "name_to_handle_at", CALL(name_to_handle_at), { AT_FDCWD, L(passwd),
	    L(room), L(room + 2048), 0 }, 0, 0, 0 },
	{ "stat", CALL(newfstatat), { AT_FDCWD, L(passwd), L(&st), 0 },
	    A | B | W | S | N | F, 0, 0 },
	{ "stat by an empty path", CALL(newfstatat), { 0, L(""), L(&st),
	    AT_EMPTY_PATH }, A | B | W | S | N | F, 0, 0 },
	{ "statx", CALL(statx), { AT_FDCWD, L(passwd), 0, 0xfff, L(room) },
	    A | F, 0, 0 },
	{ "faccessat", CALL(faccessat), { AT_FDCWD, L(passwd), R_OK },
	    A | B | W | N | F, 0, 0 },
	{ "readlinkat", CALL(readlinkat), { AT_FDCWD, L("/proc/self/exe"),
	    L(room), 100 }, A | W | N | F, 0, 0 },
	{ "getdents64", CALL(getdents64), { 0, L(room), 4096 },
	    A | W | N | F, 0, 0 },
	{ "statfs", CALL(statfs), { L("/"), L(room) }, A | F, 0, 0 },
	{ "mkdirat", CALL(mkdirat), { AT_FDCWD, L(escape_made[1]),
	    0700 }, 0, A | F, BY_LANDLOCK },
	{ "symlinkat", CALL(symlinkat), { L(passwd), AT_FDCWD,
	    L(escape_made[2]) }, 0, A, BY_LANDLOCK },
	{ "linkat", CALL(linkat), { AT_FDCWD, L(passwd), AT_FDCWD,
	    L(escape_made[3]) }, 0, 0, BY_LANDLOCK },
	{ "mknodat", CALL(mknodat), { AT_FDCWD, L(escape_made[4]), S_IFIFO |
	    0600 }, 0, 0, BY_LANDLOCK },
	{ "renameat", CALL(renameat2), { AT_FDCWD, L("/etc/hosts"), AT_FDCWD,
	    L("/etc/hosts"), 0 }, A | W, F | S, 0 },
	{ "unlinkat", CALL(unlinkat), { AT_FDCWD, L("/etc/hostname/none") },
	    A | W | S | F, 0, 0 },
	{ "truncate", CALL(truncate), { L("/etc/none"), 0 }, 0, 0, 0 },
	{ "fchmodat", CALL(fchmodat), { AT_FDCWD, L("/etc/none"), 0600 },
	    A | F, 0, 0 },
	{ "fchownat", CALL(fchownat), { AT_FDCWD, L("/etc/none"), 0, 0, 0 },
	    A | F, 0, 0 },
	{ "setxattr", CALL(setxattr), { L("/etc/none"), L("user.x"), L(room),
	    1, 0 }, 0, 0, 0 },
	{ "utimensat", CALL(utimensat), { AT_FDCWD, L("/etc/none"), 0, 0 },
	    A | F, 0, 0 },
	{ "chdir", CALL(chdir), { L("/") }, A | F, 0, 0 },
	{ "chroot", CALL(chroot), { L("/") }, A, 0, 0 },
	{ "inotify_init1", CALL(inotify_init1), { 0 }, 0, 0, 0 },
	{ "fanotify_init", CALL(fanotify_init), { 0, 0 }, 0, 0, 0 },
	{ "memfd_create", CALL(memfd_create), { L("x"), 0 }, 0, 0, 0 },
	{ "copy_file_range", CALL(copy_file_range), { -1, 0, -1, 0, 1, 0 },
	    0, 0, 0 },

	/* The network. */
	{ "TCP socket", CALL(socket), { AF_INET, SOCK_STREAM, 0 },
	    A | N | F, 0, 0 },
	{ "UDP socket", CALL(socket), { AF_INET6, SOCK_DGRAM, 0 },
	    A | N | F, 0, 0 },
	{ "unix socket", CALL(socket), { AF_UNIX, SOCK_STREAM, 0 },
	    A | N | F, 0, 0 },
	{ "raw socket", CALL(socket), { AF_INET, SOCK_RAW, IPPROTO_ICMP },
	    0, 0, 0 },
	{ "netlink socket", CALL(socket), { AF_NETLINK, SOCK_RAW, 0 },
	    0, 0, 0 },
	{ "packet socket", CALL(socket), { AF_PACKET, SOCK_RAW, 0 },
	    0, 0, 0 },
	{ "vsock socket", CALL(socket), { AF_VSOCK, SOCK_STREAM, 0 },
	    0, 0, 0 },
	{ "socketpair", CALL(socketpair), { AF_UNIX, SOCK_STREAM, 0,
	    L(room) }, A | S | F, 0, 0 },
	{ "connect", CALL(connect), { 0, L(room), 16 }, A | N | F, 0, 0 },
	{ "bind", CALL(bind), { 0, L(room), 16 }, A, 0, 0 },
	{ "listen", CALL(listen), { 0, 1 }, A, 0, 0 },
	{ "connect by sendmsg", CALL(sendmsg), { 0, L(room), MSG_FASTOPEN |
	    MSG_NOSIGNAL }, 0, 0, 0 },
	{ "connect by sendto", CALL(sendto), { 0, L(room), 1, MSG_FASTOPEN,
	    0, 0 }, 0, 0, 0 },
	{ "connect by sendmmsg", CALL(sendmmsg), { 0, L(room), 1,
	    MSG_FASTOPEN }, 0, 0, 0 },
	{ "urgent data", CALL(sendmsg), { 0, L(room), MSG_OOB }, 0, 0, 0 },
	{ "no more callers", CALL(shutdown), { 0, SHUT_RD }, A | N | F, 0, 0 },
	{ "no more callers, both ways", CALL(shutdown), { 0, SHUT_RDWR },
	    A | N | F, 0, 0 },
	{ "accept4 for programs", CALL(accept4), { 0, 0, 0, 0 }, A, 0, 0 },
	{ "TCP_DEFER_ACCEPT", CALL(setsockopt), { 0, IPPROTO_TCP, 9, L(room),
	    4 }, A | N | F, 0, 0 },
	{ "TCP_FASTOPEN_CONNECT", CALL(setsockopt), { 0, IPPROTO_TCP, 30,
	    L(room), 4 }, A | F, 0, 0 },
	{ "SO_REUSEPORT", CALL(setsockopt), { 0, SOL_SOCKET, SO_REUSEPORT,
	    L(room), 4 }, A | F, 0, 0 },
	{ "SO_ATTACH_FILTER", CALL(setsockopt), { 0, SOL_SOCKET,
	    SO_ATTACH_FILTER, L(room), 16 }, A | F, 0, 0 },
	{ "SO_PEERPIDFD", CALL(getsockopt), { 0, SOL_SOCKET, 77, L(room),
	    L(room) }, A | N | F, 0, 0 },
	{ "splice", CALL(splice), { 0, 0, 0, 0, 1, 0 }, 0, 0, 0 },
	{ "sendfile", CALL(sendfile), { 0, 0, 0, 1 }, 0, 0, 0 },

	/* Other processes. */
	{ "clone3", CALL(clone3), { L(room), 64 }, 0, 0, 0 },
	{ "thread", CALL(clone), { CLONE_VM | CLONE_SIGHAND | CLONE_THREAD |
	    CLONE_NEWUSER, 0, 0, 0, 0 }, 0, 0, 0 },
	{ "execve", CALL(execve), { L("/none"), 0, 0 }, A | F, 0, 0 },
	{ "execveat", CALL(execveat), { -1, L(""), 0, 0, AT_EMPTY_PATH },
	    0, 0, 0 },
	{ "signal to init", CALL(kill), { 1, SIGCONT }, 0, 0, BY_SCOPES },
	{ "look for init", CALL(kill), { 1, 0 }, 0, A | S | D, BY_SCOPES },
	{ "tkill", CALL(tkill), { 1, 0 }, 0, 0, BY_SCOPES },
	{ "ptrace", CALL(ptrace), { PTRACE_PEEKDATA, 1, 0, 0 }, 0, 0, 0 },
	{ "process_vm_readv", CALL(process_vm_readv), { 1, L(room), 1, L(room),
	    1, 0 }, 0, 0, 0 },
	{ "process_vm_writev", CALL(process_vm_writev), { 1, L(room), 1,
	    L(room), 1, 0 }, 0, 0, 0 },
	{ "pidfd_open", CALL(pidfd_open), { 1, 0 }, 0, 0, 0 },
	{ "pidfd_getfd", CALL(pidfd_getfd), { 0, 0, 0 }, 0, 0, 0 },
	{ "pidfd_send_signal", CALL(pidfd_send_signal), { 0, 0, 0, 0 },
	    0, 0, 0 },
	{ "kcmp", CALL(kcmp), { 1, 1, 0, 0, 0 }, 0, 0, 0 },
	{ "setpriority", CALL(setpriority), { 0, 0, 0 }, 0, 0, 0 },
	{ "sched_setscheduler", CALL(sched_setscheduler), { 0, -1, L(room) },
	    0, 0, 0 },
	{ "wait4", CALL(wait4), { -1, 0, WNOHANG, 0 }, A | S | F, 0, 0 },

	/* Our own ids. */
	{ "setuid 0", CALL(setuid), { 0 }, A, 0, BY_SPACES },
	{ "setresuid 0", CALL(setresuid), { 0, 0, 0 }, A, 0, BY_SPACES },
	{ "setresuid uneven", CALL(setresuid), { 5001, 0, 0 }, A, 0,
	    BY_SPACES },
	{ "setresuid -1", CALL(setresuid), { -1, 0, -1 }, A, 0, BY_SPACES },
	{ "setreuid", CALL(setreuid), { 0, 0 }, A, 0, BY_SPACES },
	{ "setfsuid", CALL(setfsuid), { 0 }, 0, 0, 0 },
	{ "setgid 0", CALL(setgid), { 0 }, A, 0, BY_SPACES },
	{ "setresgid 0", CALL(setresgid), { 0, 0, 0 }, A, 0, BY_SPACES },
	{ "setgroups", CALL(setgroups), { 1, L(room) }, A, 0, BY_SPACES },
	{ "capset", CALL(capset), { L(room), L(room + 64) }, A | S, 0, 0 },
	{ "securebits", CALL(prctl), { 28, 0, 0, 0, 0 }, 0, 0, 0 },
	{ "keep capabilities", CALL(prctl), { 8, 0, 0, 0, 0 }, A | F, 0, 0 },
	{ "PR_SET_MM", CALL(prctl), { 35, 99, 0, 0, 0 }, 0, 0, 0 },
	{ "personality", CALL(personality), { 0xffffffff }, 0, 0, 0 },
	{ "raise a limit", CALL(prlimit64), { 0, RLIMIT_CORE, L(&more), 0 },
	    0, A | S, 0 },
	{ "limits of init", CALL(prlimit64), { 1, RLIMIT_NOFILE, 0, L(room) },
	    0, 0, 0 },
	{ "setsid", CALL(setsid), { 0 }, A | F, 0, 0 },

	/* The kernel. */
	{ "mount", CALL(mount), { 0, 0, 0, 0, 0 }, 0, 0, 0 },
	{ "umount2", CALL(umount2), { L("/none"), 0 }, 0, 0, 0 },
	{ "open_tree", CALL(open_tree), { -1, L(""), 0 }, 0, 0, 0 },
	{ "fsopen", CALL(fsopen), { 0, 0 }, 0, 0, 0 },
	{ "move_mount", CALL(move_mount), { -1, 0, -1, 0, 0 }, 0, 0, 0 },
	{ "pivot_root", CALL(pivot_root), { 0, 0 }, 0, 0, 0 },
	{ "unshare", CALL(unshare), { 0 }, 0, 0, 0 },
	{ "setns", CALL(setns), { -1, 0 }, 0, 0, 0 },
	{ "setns, a mount namespace", CALL(setns), { -1, CLONE_NEWNS },
	    0, 0, 0 },
	{ "setns, a user namespace", CALL(setns), { -1, CLONE_NEWUSER },
	    A, 0, 0 },
	{ "init_module", CALL(init_module), { 0, 0, 0 }, 0, 0, 0 },
	{ "finit_module", CALL(finit_module), { -1, 0, 0 }, 0, 0, 0 },
	{ "delete_module", CALL(delete_module), { 0, 0 }, 0, 0, 0 },
	{ "kexec_load", CALL(kexec_load), { 0, 17, 0, 0 }, 0, 0, 0 },
	{ "reboot", CALL(reboot), { 0, 0, 0, 0 }, 0, 0, 0 },
	{ "swapon", CALL(swapon), { 0, 0 }, 0, 0, 0 },
	{ "acct", CALL(acct), { L("/none") }, 0, 0, 0 },
	{ "quotactl", CALL(quotactl), { 0, 0, 0, 0 }, 0, 0, 0 },
	{ "clock_settime", CALL(clock_settime), { 0, 0 }, 0, 0, 0 },
	{ "settimeofday", CALL(settimeofday), { 1, 1 }, 0, 0, 0 },
	{ "adjtimex", CALL(adjtimex), { 0 }, 0, 0, 0 },
	{ "sethostname", CALL(sethostname), { 0, -1 }, 0, 0, 0 },
	{ "syslog", CALL(syslog), { 10, 0, 0 }, 0, 0, 0 },
	{ "add_key", CALL(add_key), { 0, 0, 0, 0, 0 }, 0, 0, 0 },
	{ "keyctl", CALL(keyctl), { -1, 0, 0, 0, 0 }, 0, 0, 0 },
	{ "request_key", CALL(request_key), { 0, 0, 0, 0 }, 0, 0, 0 },
	{ "bpf", CALL(bpf), { -1, 0, 0 }, 0, 0, 0 },
	{ "perf_event_open", CALL(perf_event_open), { 0, 0, 0, 0, 0 },
	    0, 0, 0 },
	{ "userfaultfd", CALL(userfaultfd), { 1 }, 0, 0, 0 },
	{ "io_uring_setup", CALL(io_uring_setup), { 0, 0 }, 0, 0, 0 },
	{ "shmget", CALL(shmget), { 1, 0, 0 }, 0, 0, 0 },
	{ "msgget", CALL(msgget), { 1, 0 }, 0, 0, 0 },
	{ "semget", CALL(semget), { 1, 0, 0 }, 0, 0, 0 },
	{ "mq_open", CALL(mq_open), { L("none"), 0, 0, 0 }, 0, 0, 0 },
	{ "seccomp", CALL(seccomp), { 2, 0, L(room) }, A | S | F, 0, 0 },
	{ "a call of the future", 900, { 0 }, 0, 0, 0 },

	/* Terminal and descriptors. */
	{ "TIOCSTI", CALL(ioctl), { 2, TIOCSTI, L(room) }, 0, 0, 0 },
	{ "F_SETOWN", CALL(fcntl), { 0, F_SETOWN, 0 }, 0, 0, 0 },
	{ "F_SETSIG", CALL(fcntl), { 0, F_SETSIG, 0 }, 0, 0, 0 },
	{ "F_SETLEASE", CALL(fcntl), { 0, F_SETLEASE, F_UNLCK }, 0, 0, 0 },
	{ "F_NOTIFY", CALL(fcntl), { 0, F_NOTIFY, 0 }, 0, 0, 0 },
	{ "O_NONBLOCK cleared", CALL(fcntl), { 0, F_SETFL, O_RDWR },
	    A | N | F, 0, 0 },
	{ "O_ASYNC set", CALL(fcntl), { 0, F_SETFL, O_RDWR | O_NONBLOCK |
	    O_ASYNC }, 0, 0, 0 },
	{ "FIONBIO", CALL(ioctl), { 0, FIONBIO, L(room) }, A | N | F, 0, 0 },
	{ "FIOASYNC", CALL(ioctl), { 0, FIOASYNC, L(room) }, 0, 0, 0 },
	{ "FIOSETOWN", CALL(ioctl), { 0, 0x8901, L(room) }, 0, 0, 0 },

	/* Code. */
	{ "memory to execute", CALL(mmap), { 0, 4096, PROT_READ | PROT_EXEC,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0 }, A | F, 0, 0 },
	{ "data to execute", CALL(mprotect), { -4096, 4096, PROT_READ |
	    PROT_EXEC }, A | F, 0, 0 },
	{ "remap_file_pages", CALL(remap_file_pages), { 0, 0, 0, 0, 0 },
	    0, 0, 0 },
	{ "pkey_mprotect", CALL(pkey_mprotect), { 0, 0, 0, 0 }, 0, 0, 0 }
};

const struct escape *
escapes(size_t *n)
{
	*n = sizeof(tries) / sizeof(tries[0]);
	return tries;
}

/*
 * As fork(3) asks for it, but without that: glibc 2.41 blocks all signals
 * around the call, and the kernel ends a process whose SIGSYS is blocked.
 */
static pid_t
bare_fork(void)
{
	return (pid_t)syscall(SYS_clone, CLONE_CHILD_SETTID |
	    CLONE_CHILD_CLEARTID | SIGCHLD, 0, 0, 0, 0);
}

static int
story_fork(const struct sandbox *what)
{
	pid_t	 pid;

	if ((pid = bare_fork()) == -1)
		return -1;
	if (pid == 0)
		_exit(0);
	return waitpid(pid, NULL, 0) == pid ? 0 : -1;
}

/* The test listens there. */
static int
story_abstract(const struct sandbox *what)
{
	struct sockaddr_un	 sun;
	int			 fd, rv, saved;

	if ((fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) == -1)
		return -1;
	memset(&sun, 0, sizeof(sun));
	sun.sun_family = AF_UNIX;
	(void)strlcpy(sun.sun_path + 1, escape_mailbox,
	    sizeof(sun.sun_path) - 1);
	rv = connect(fd, (struct sockaddr *)&sun, sizeof(sun));
	saved = errno;
	(void)close(fd);
	errno = saved;
	return rv;
}

static int
story_bind(const struct sandbox *what)
{
	struct sockaddr_in	 sin;
	int			 fd, rv, saved;

	if ((fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) == -1)
		return -1;
	memset(&sin, 0, sizeof(sin));
	sin.sin_family = AF_INET;
	sin.sin_port = htons(3110);
	rv = bind(fd, (struct sockaddr *)&sin, sizeof(sin));
	saved = errno;
	(void)close(fd);
	errno = saved;
	return rv;
}

/* No connection is made: is there a network at all? */
static int
story_network(const struct sandbox *what)
{
	struct sockaddr_in	 sin;
	int			 fd, rv, saved;

	if ((fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) == -1)
		return -1;
	memset(&sin, 0, sizeof(sin));
	sin.sin_family = AF_INET;
	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	sin.sin_port = htons(9);
	rv = connect(fd, (struct sockaddr *)&sin, sizeof(sin));
	saved = errno;
	(void)close(fd);
	errno = saved;
	return rv;
}

/* In a child, if there can be one: what it becomes is not to stay. */
static int
in_child(int (*try)(void))
{
	pid_t	 pid;
	int	 status;

	if ((pid = bare_fork()) == -1)
		return -1;
	if (pid == 0)
		_exit(try() == -1 ? errno : 0);
	if (waitpid(pid, &status, 0) != pid)
		return -1;
	errno = WIFEXITED(status) ? WEXITSTATUS(status) : ENOSYS;
	return errno == 0 ? 0 : -1;
}

static int
try_account(void)
{
	return setresuid(1, 1, 1);
}

/* To become daemon, whom no configuration of these tests has in its range. */
static int
story_account(const struct sandbox *what)
{
	return in_child(try_account);
}

static int
try_group(void)
{
	return setresgid(42, 42, 42);
}

/* The group that reads /etc/shadow. */
static int
story_group(const struct sandbox *what)
{
	return in_child(try_group);
}

/* With all rights in the spawner's namespace: what could be done by them? */
static int
try_spaces(void)
{
	int	 fd;

	for (fd = 0; fd < 64; fd++) {
		if (setns(fd, CLONE_NEWUSER) == 0)
			return unshare(CLONE_NEWNS);
	}
	errno = EPERM;
	return -1;
}

static int
story_spaces(const struct sandbox *what)
{
	return in_child(try_spaces);
}

/* A session's names: could another stand at the same address? */
static int
story_names_write(const struct sandbox *what)
{
	return mprotect((void *)NAMES, 4096, PROT_READ | PROT_WRITE);
}

static int
story_names_map(const struct sandbox *what)
{
	static char	 names[4096];
	int		 session = what != NULL && what->mailbox != NULL;
	void		*p;

	if (session)
		memcpy(names, (void *)NAMES, sizeof(names));
	p = mmap((void *)NAMES, 4096, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	if (p == MAP_FAILED)
		return -1;
	/* Where it could be done the session still needs them. */
	if (session)
		memcpy(p, names, sizeof(names));
	else
		(void)munmap(p, 4096);
	return 0;
}

static int
story_names_unmap(const struct sandbox *what)
{
	return munmap((void *)(NAMES + 4096), 4096);
}

static int
story_names_drop(const struct sandbox *what)
{
	return madvise((void *)(NAMES + 4096), 4096, MADV_DONTNEED);
}

/* Its directory, but another name. */
static int
story_neighbour(const struct sandbox *what)
{
	if (what == NULL || what->mailbox == NULL)
		return open(escape_mailbox, O_RDONLY);
	return openat(what->dir, "../mail/bert",
	    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
}

/* Its dotlock's name, but through a symbolic link or to be written. */
static int
story_dotlock(const struct sandbox *what)
{
	const char	*name = NULL;

	if (what != NULL && what->dotlock != NULL)
		name = sandbox_name(what->dotlock);
	return openat(what == NULL || what->mailbox == NULL ? AT_FDCWD :
	    what->dir,
	    name == NULL ? "anna.lock" : name, O_RDWR | O_CREAT | O_TRUNC,
	    0600);
}

#define K_E	(1U << SANDBOX_KEYD | 1U << SANDBOX_ENGINE)

const struct escape_story	 escape_stories[] = {
	{ "fork", story_fork, A | S | F, 0, 0 },
	{ "abstract socket", story_abstract, 0, A | N | F,
	    BY_SCOPES | BY_SPACES },
	{ "TCP bind", story_bind, 0, A, BY_PORTS },
	{ "the network", story_network, A | N | F, 0, BY_SPACES },
	{ "become daemon", story_account, A, 0, BY_SPACES },
	{ "take the group shadow", story_group, A, 0, BY_SPACES },
	{ "mounts in a user namespace", story_spaces, 0, 0, 0 },
	{ "names written", story_names_write,
	    A | B | W | S | K_E | N | F, 0, 0 },
	{ "names mapped over", story_names_map,
	    A | B | W | S | K_E | N | F, 0, 0 },
	{ "names unmapped", story_names_unmap,
	    A | B | W | S | K_E | N | F, 0, 0 },
	{ "names dropped", story_names_drop,
	    A | B | W | S | K_E | N | F, 0, 0 },
	{ "the folder's neighbour", story_neighbour, 0, A | B | W | S, 0 },
	{ "the dotlock written", story_dotlock, 0, A | W | S, BY_LANDLOCK }
};
const size_t	 escape_nstories = sizeof(escape_stories) /
		    sizeof(escape_stories[0]);
