/* SPDX-License-Identifier: ISC */
/*
 * Runs in: every process on Linux.  The policy of each role.
 *
 * A filter is inherited and none takes back another's refusal.  So authd may
 * make every call that a program needs to start, and the spawner every one of
 * its sessions; a session then gives up what is not its own.
 *
 * F runs programs and modules that we do not know, so it has what authd has
 * beyond its start of others: no roots, no servers, no filters of their own.
 */

#include <sys/types.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include <linux/sched.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>

#include "nitems.h"
#include "sandbox_policy_linux.h"

#define A	(1U << SANDBOX_AUTHD)
#define E	(1U << SANDBOX_ENGINE)
#define B	(1U << SANDBOX_BACKEND)
#define W	(1U << SANDBOX_BACKEND_WRITE)
#define N	(1U << SANDBOX_BACKEND_NET)
#define F	(1U << SANDBOX_BACKEND_FOREIGN)
#define K	(1U << SANDBOX_KEYD)
#define S	(1U << SANDBOX_SPAWNER)
#define U	(1U << SANDBOX_SESSION)
#define D	(1U << SANDBOX_SESSION_DOTLOCK)
#define ALL	(A | E | B | W | N | F | K | S | U | D)

/* Not in the C library's headers with these values, or not on Debian 12. */
#define ADD_SEALS	1033
#define GET_SEALS	1034
#define OFD_GETLK	36
#define OFD_SETLK	37
#define OFD_SETLKW	38
#define IOCTL_FIONREAD	0x541b
#define IOCTL_FIONBIO	0x5421
#define IOCTL_FIOCLEX	0x5451
#define IOCTL_FIONCLEX	0x5450
#define IOCTL_TCGETS	0x5401
#define IOCTL_TIOCGWINSZ 0x5413
#define MAP_PLACED	(0x10 | 0x40 | 0x100000) /* FIXED, 32BIT, NOREPLACE */
#define CLONE_SPACES	(CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS |	\
			    CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | \
			    CLONE_NEWNET | 0x80 /* CLONE_NEWTIME */)

/* Connects a socket that does not listen any more. */
#define MSG_CONNECT	0x20000000	/* MSG_FASTOPEN */

/* The exact flags that dotlock.c opens with. */
#define DOTLOCK_MAKE	(O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC)
#define DOTLOCK_READ	(O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)

typedef const struct seccomp_test	 test;

/* Memory: nothing written becomes code. */
static test	 no_exec[] = { { TEST_CLEAR, 2, 1, { 4 /* PROT_EXEC */ } },
		    { TEST_END, 0, 0, { 0 } } };

/*
 * A session keeps the names that it may give to the system in a page below
 * 2^32, which nobody may map over, unmap or make writable.
 */
static test	 anywhere[] = { { TEST_ADDR_NULL, 0, 0, { 0 } },
		    { TEST_CLEAR, 2, 1, { 4 /* PROT_EXEC */ } },
		    { TEST_CLEAR, 3, 1, { MAP_PLACED } },
		    { TEST_END, 0, 0, { 0 } } };
static test	 high[] = { { TEST_ADDR_HIGH, 0, 0, { 0 } },
		    { TEST_END, 0, 0, { 0 } } };

/*
 * Descriptors.  A file may be open in several processes, and what fcntl(2) does
 * to its flags is done to all of them: nobody clears O_NONBLOCK or sets O_ASYNC
 * who has no need to.
 */
static test	 fcntl_loop[] = { { TEST_IN, 1, 4, { F_GETFD, F_SETFD,
		    F_GETFL, F_SETFL } }, { TEST_WHEN, 1, 1, { F_SETFL } },
		    { TEST_IN, 2, 1, { O_RDWR | O_NONBLOCK } },
		    { TEST_END, 0, 0, { 0 } } };
static test	 fcntl_locks[] = { { TEST_IN, 1, 8, { F_GETFD, F_SETFD,
		    F_GETFL, F_GETLK, F_SETLK, F_SETLKW, OFD_GETLK,
		    OFD_SETLK } }, { TEST_END, 0, 0, { 0 } } };
static test	 fcntl_client[] = { { TEST_IN, 1, 9, { F_GETFD, F_SETFD,
		    F_GETFL, F_SETFL, F_GETLK, F_SETLK, F_SETLKW, OFD_GETLK,
		    OFD_SETLK } }, { TEST_WHEN, 1, 1, { F_SETFL } },
		    { TEST_IN, 2, 3, { O_NONBLOCK, O_RDWR,
		    O_RDWR | O_NONBLOCK } }, { TEST_END, 0, 0, { 0 } } };
static test	 fcntl_dup[] = { { TEST_IN, 1, 10, { F_DUPFD, F_DUPFD_CLOEXEC,
		    F_GETFD, F_SETFD, F_GETFL, F_GETLK, F_SETLK, F_SETLKW,
		    OFD_GETLK, OFD_SETLK } }, { TEST_END, 0, 0, { 0 } } };
static test	 fcntl_seals[] = { { TEST_IN, 1, 11, { F_DUPFD_CLOEXEC,
		    F_GETFD, F_SETFD, F_GETFL, F_GETLK, F_SETLK, F_SETLKW,
		    OFD_GETLK, OFD_SETLK, ADD_SEALS, GET_SEALS } },
		    { TEST_END, 0, 0, { 0 } } };
/* No signals by I/O: F_SETOWN, F_SETSIG, F_NOTIFY, F_SETLEASE. */
static test	 fcntl_any[] = { { TEST_IN, 1, 16, { F_DUPFD, F_DUPFD_CLOEXEC,
		    F_GETFD, F_SETFD, F_GETFL, F_SETFL, F_GETLK, F_SETLK,
		    F_SETLKW, OFD_GETLK, OFD_SETLK, OFD_SETLKW, F_SETPIPE_SZ,
		    F_GETPIPE_SZ, ADD_SEALS, GET_SEALS } },
		    { TEST_WHEN, 1, 1, { F_SETFL } },
		    { TEST_CLEAR, 2, 1, { O_ASYNC } },
		    { TEST_END, 0, 0, { 0 } } };
/* MFD_CLOEXEC and MFD_ALLOW_SEALING: memory to be shared with the siblings. */
static test	 memfd_sealed[] = { { TEST_IN, 1, 1, { 0x1 | 0x2 } },
		    { TEST_END, 0, 0, { 0 } } };
static test	 ioctl_count[] = { { TEST_IN, 1, 1, { IOCTL_FIONREAD } },
		    { TEST_END, 0, 0, { 0 } } };
static test	 ioctl_client[] = { { TEST_IN, 1, 2, { IOCTL_FIONREAD,
		    IOCTL_FIONBIO } }, { TEST_END, 0, 0, { 0 } } };
static test	 ioctl_program[] = { { TEST_IN, 1, 6, { IOCTL_FIONREAD,
		    IOCTL_FIONBIO, IOCTL_FIOCLEX, IOCTL_FIONCLEX, IOCTL_TCGETS,
		    IOCTL_TIOCGWINSZ } }, { TEST_END, 0, 0, { 0 } } };

/* Sockets: what a process has it was given. */
static test	 local_pair[] = { { TEST_IN, 0, 1, { AF_UNIX } },
		    { TEST_END, 0, 0, { 0 } } };
static test	 families[] = { { TEST_IN, 0, 3, { AF_UNIX, AF_INET,
		    AF_INET6 } }, { TEST_IN, 1, 8, { SOCK_STREAM,
		    SOCK_STREAM | SOCK_CLOEXEC, SOCK_STREAM | SOCK_NONBLOCK,
		    SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, SOCK_DGRAM,
		    SOCK_DGRAM | SOCK_CLOEXEC, SOCK_DGRAM | SOCK_NONBLOCK,
		    SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK } },
		    { TEST_END, 0, 0, { 0 } } };
/* Of TCP no DEFER_ACCEPT, no FASTOPEN: what is set on a listener stays. */
static test	 options[] = { { TEST_IN, 1, 2, { SOL_SOCKET,
		    6 /* IPPROTO_TCP */ } },
		    { TEST_WHEN, 1, 1, { SOL_SOCKET } },
		    { TEST_IN, 2, 3, { SO_KEEPALIVE, SO_RCVTIMEO,
		    SO_SNDTIMEO } },
		    { TEST_WHEN, 1, 1, { 6 } },
		    { TEST_IN, 2, 4, { 1 /* TCP_NODELAY */,
		    4 /* TCP_KEEPIDLE */, 5 /* TCP_KEEPINTVL */,
		    6 /* TCP_KEEPCNT */ } },
		    { TEST_END, 0, 0, { 0 } } };
static test	 asked_options[] = { { TEST_IN, 1, 2, { SOL_SOCKET,
		    6 /* IPPROTO_TCP */ } },
		    { TEST_WHEN, 1, 1, { SOL_SOCKET } },
		    { TEST_IN, 2, 3, { SO_ERROR, SO_TYPE, SO_ACCEPTCONN } },
		    { TEST_WHEN, 1, 1, { 6 } },
		    { TEST_IN, 2, 1, { 11 /* TCP_INFO */ } },
		    { TEST_END, 0, 0, { 0 } } };
/* Of connections, timeouts among them; and errors of UDP, for the resolver. */
static test	 client_options[] = { { TEST_IN, 1, 4, { SOL_SOCKET,
		    6 /* IPPROTO_TCP */, 0 /* IPPROTO_IP */,
		    41 /* IPPROTO_IPV6 */ } }, { TEST_IN, 2, 15, {
		    1 /* TCP_NODELAY */, SO_REUSEADDR, 4 /* TCP_KEEPIDLE */,
		    5 /* TCP_KEEPINTVL */, 6 /* TCP_KEEPCNT */, SO_SNDBUF,
		    SO_RCVBUF, SO_KEEPALIVE, 11 /* IP_RECVERR */, SO_LINGER,
		    18 /* TCP_USER_TIMEOUT */, SO_RCVTIMEO, SO_SNDTIMEO,
		    SO_ERROR, 25 /* IPV6_RECVERR */ } },
		    { TEST_END, 0, 0, { 0 } } };
/* Beyond are those of packet filters. */
static test	 any_options[] = { { TEST_CLEAR, 2, 1, { ~63U } },
		    { TEST_END, 0, 0, { 0 } } };
/*
 * Flags, of what is sent and received: exactly those that we use.  MSG_FASTOPEN
 * would connect a socket that has been shut down, past connect(2) and Landlock.
 */
#define FLAGS_SENT	4, { 0, MSG_DONTWAIT, MSG_NOSIGNAL, \
			    MSG_DONTWAIT | MSG_NOSIGNAL }
static test	 sendmsg_plain[] = { { TEST_IN, 2, FLAGS_SENT },
		    { TEST_END, 0, 0, { 0 } } };
static test	 sendto_plain[] = { { TEST_IN, 3, FLAGS_SENT },
		    { TEST_ADDR_NULL, 4, 0, { 0 } },
		    { TEST_END, 0, 0, { 0 } } };
static test	 sendto_client[] = { { TEST_CLEAR, 3, 1, { MSG_CONNECT |
		    MSG_OOB } }, { TEST_ADDR_NULL, 4, 0, { 0 } },
		    { TEST_END, 0, 0, { 0 } } };
static test	 unconnecting2[] = { { TEST_CLEAR, 2, 1, { MSG_CONNECT |
		    MSG_OOB } }, { TEST_END, 0, 0, { 0 } } };
static test	 unconnecting3[] = { { TEST_CLEAR, 3, 1, { MSG_CONNECT |
		    MSG_OOB } }, { TEST_END, 0, 0, { 0 } } };
static test	 recvmsg_plain[] = { { TEST_IN, 2, 4, { 0, MSG_DONTWAIT,
		    MSG_CMSG_CLOEXEC, MSG_CMSG_CLOEXEC | MSG_DONTWAIT } },
		    { TEST_END, 0, 0, { 0 } } };
static test	 recvfrom_plain[] = { { TEST_IN, 3, 2, { 0, MSG_DONTWAIT } },
		    { TEST_END, 0, 0, { 0 } } };
static test	 accept_plain[] = { { TEST_IN, 3, 1, { SOCK_NONBLOCK |
		    SOCK_CLOEXEC } }, { TEST_END, 0, 0, { 0 } } };
/* The other way would end a listener. */
static test	 shutdown_write[] = { { TEST_IN, 1, 1, { SHUT_WR } },
		    { TEST_END, 0, 0, { 0 } } };

/* Files. */
static test	 descriptor_times[] = { { TEST_ADDR_NULL, 1, 0, { 0 } },
		    { TEST_END, 0, 0, { 0 } } };
static test	 open_read[] = { { TEST_CLEAR, 2, 1, { O_ACCMODE | O_CREAT |
		    O_TRUNC | O_APPEND | O_PATH } },
		    { TEST_END, 0, 0, { 0 } } };
static test	 open_file[] = { { TEST_CLEAR, 2, 1, { O_PATH } },
		    { TEST_END, 0, 0, { 0 } } };
static test	 open_mailbox[] = { { TEST_PARAM, 0, 1, { PARAM_DIR } },
		    { TEST_ADDR, 1, 1, { PARAM_DOTLOCK } },
		    { TEST_IN, 2, 2, { DOTLOCK_MAKE, DOTLOCK_READ } },
		    { TEST_END, 0, 0, { 0 } } };
static test	 stat_both[] = { { TEST_PARAM, 0, 1, { PARAM_DIR } },
		    { TEST_ADDR, 1, 2, { PARAM_MAILBOX, PARAM_DOTLOCK } },
		    { TEST_IN, 3, 1, { AT_SYMLINK_NOFOLLOW } },
		    { TEST_END, 0, 0, { 0 } } };
static test	 unlink_dotlock[] = { { TEST_PARAM, 0, 1, { PARAM_DIR } },
		    { TEST_ADDR, 1, 1, { PARAM_DOTLOCK } },
		    { TEST_IN, 2, 1, { 0 } }, { TEST_END, 0, 0, { 0 } } };

/* Processes and who they are. */
static test	 no_spaces[] = { { TEST_CLEAR, 0, 1, { CLONE_SPACES } },
		    { TEST_END, 0, 0, { 0 } } };
static test	 own_spaces[] = { { TEST_IN, 1, 3, { CLONE_NEWUSER,
		    CLONE_NEWNET, CLONE_NEWIPC } }, { TEST_END, 0, 0, { 0 } } };
static test	 plain_fork[] = { { TEST_CLEAR, 0, 1, { CLONE_SPACES |
		    CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND |
		    CLONE_PTRACE | CLONE_VFORK | CLONE_PARENT | CLONE_THREAD |
		    CLONE_UNTRACED } }, { TEST_END, 0, 0, { 0 } } };
static test	 signals[] = { { TEST_IN, 1, 4, { 0, SIGKILL, SIGTERM,
		    SIGABRT } }, { TEST_END, 0, 0, { 0 } } };
static test	 is_there[] = { { TEST_IN, 1, 1, { 0 } },
		    { TEST_END, 0, 0, { 0 } } };
static test	 user_ids[] = { { TEST_SAME, 0, 1, { 1 } },
		    { TEST_SAME, 0, 1, { 2 } },
		    { TEST_MIN, 0, 1, { PARAM_UID_MIN } },
		    { TEST_MAX, 0, 1, { PARAM_UID_MAX } },
		    { TEST_END, 0, 0, { 0 } } };
static test	 user_gids[] = { { TEST_SAME, 0, 1, { 1 } },
		    { TEST_SAME, 0, 1, { 2 } },
		    { TEST_GROUP, 0, 0, { 0 } },
		    { TEST_END, 0, 0, { 0 } } };
static test	 oneself[] = { { TEST_IN, 0, 1, { 0 } },
		    { TEST_END, 0, 0, { 0 } } };
static test	 prctls[] = { { TEST_IN, 0, 8, { PR_SET_PDEATHSIG,
		    PR_GET_DUMPABLE, PR_SET_DUMPABLE, PR_GET_KEEPCAPS,
		    PR_SET_KEEPCAPS, PR_SET_NAME, PR_CAPBSET_READ,
		    PR_SET_NO_NEW_PRIVS } }, { TEST_END, 0, 0, { 0 } } };
static test	 prctl_seal[] = { { TEST_IN, 0, 2, { PR_SET_DUMPABLE,
		    PR_SET_NO_NEW_PRIVS } }, { TEST_END, 0, 0, { 0 } } };

/* Call, roles, what is tested, the error if that fails (0: killed), never. */
const struct seccomp_rule	 policy_rules[] = {
	/* Serving, in every process: what it holds, time, chance, memory. */
	{ CALL_read, ALL, NULL, 0, 0 },
	{ CALL_readv, ALL, NULL, 0, 0 },
	{ CALL_write, ALL, NULL, 0, 0 },
	{ CALL_writev, ALL, NULL, 0, 0 },
	{ CALL_recvmsg, A | F | N, NULL, 0, 0 },
	{ CALL_recvmsg, E | B | W | K | S | U | D, recvmsg_plain, 0, 0 },
	{ CALL_sendmsg, A | F | N, unconnecting2, EPERM, 0 },
	{ CALL_sendmsg, E | B | W | K | S | U | D, sendmsg_plain, 0, 0 },
	{ CALL_close, ALL, NULL, 0, 0 },
	{ CALL_poll, ALL, NULL, 0, 0 },
	{ CALL_ppoll, ALL, NULL, 0, 0 },
	{ CALL_fcntl, E | K, fcntl_loop, 0, 0 },
	{ CALL_fcntl, B | U | D, fcntl_locks, 0, 0 },
	{ CALL_fcntl, N, fcntl_client, 0, 0 },
	{ CALL_fcntl, W, fcntl_seals, 0, 0 },
	{ CALL_fcntl, S, fcntl_dup, 0, 0 },
	{ CALL_fcntl, A | F, fcntl_any, EPERM, 0 },
	{ CALL_brk, ALL, NULL, 0, 0 },
	{ CALL_mmap, A | F, NULL, 0, 0 },
	{ CALL_mmap, E | B | W | K | S, no_exec, 0, 0 },
	{ CALL_mmap, N, no_exec, EACCES, 0 },		/* plug-ins */
	{ CALL_mmap, U | D, anywhere, 0, 0 },
	{ CALL_munmap, A | F | E | B | N | W | K | S, NULL, 0, 0 },
	{ CALL_munmap, U | D, high, 0, 0 },
	{ CALL_madvise, A | F | E | B | N | W | K | S, NULL, 0, 0 },
	{ CALL_madvise, U | D, high, 0, 0 },
	{ CALL_mprotect, A | F, NULL, 0, 0 },
	{ CALL_mprotect, E | B | W | K | S, no_exec, 0, 0 },
	{ CALL_mprotect, N, no_exec, EACCES, 0 },
	{ CALL_mremap, A | F | E | B | N | W | K | S, NULL, 0, 0 },
	{ CALL_mremap, U | D, NULL, ENOMEM, 1 },	/* realloc(3) copies */
	{ CALL_clock_gettime, ALL, NULL, 0, 0 },
	{ CALL_gettimeofday, ALL, NULL, 0, 0 },
	{ CALL_time, ALL, NULL, 0, 0 },
	{ CALL_nanosleep, ALL, NULL, 0, 0 },
	{ CALL_clock_nanosleep, ALL, NULL, 0, 0 },
	{ CALL_getrandom, ALL, NULL, 0, 0 },
	{ CALL_getpid, ALL, NULL, 0, 0 },
	{ CALL_futex, ALL, NULL, 0, 0 },
	{ CALL_rt_sigaction, ALL, NULL, 0, 0 },
	{ CALL_rt_sigprocmask, ALL, NULL, 0, 0 },
	{ CALL_rt_sigreturn, ALL, NULL, 0, 0 },
	{ CALL_restart_syscall, ALL, NULL, 0, 0 },
	{ CALL_sysinfo, ALL, NULL, 0, 0 },		/* qsort(3) */
	{ CALL_exit, ALL, NULL, 0, 0 },
	{ CALL_exit_group, ALL, NULL, 0, 0 },

	/* Newer than what the C library can do without: it falls back. */
	{ CALL_clone3, ALL, NULL, ENOSYS, 1 },
	{ CALL_openat2, ALL, NULL, ENOSYS, 1 },
	{ CALL_statx, E | B | N | W | K | S | U | D, NULL, ENOSYS, 1 },
	{ CALL_faccessat2, E | K | S | U | D, NULL, ENOSYS, 1 },
	{ CALL_epoll_pwait2, B | N | W | S | U | D, NULL, ENOSYS, 1 },
	{ CALL_rseq, E | B | N | W | K | U | D, NULL, ENOSYS, 1 },

	/* The event loop, and connections that are there. */
	{ CALL_epoll_create1, A | F | E | K, NULL, 0, 0 },
	{ CALL_epoll_ctl, A | F | E | K, NULL, 0, 0 },
	{ CALL_epoll_wait, A | F | E | K, NULL, 0, 0 },
	{ CALL_epoll_pwait, A | F | E | K, NULL, 0, 0 },
	{ CALL_epoll_pwait2, A | F | E | K, NULL, 0, 0 },
	{ CALL_accept4, A, NULL, 0, 0 },
	{ CALL_accept4, E, accept_plain, 0, 0 },
	{ CALL_shutdown, A | F | N, NULL, 0, 0 },
	{ CALL_shutdown, E, shutdown_write, 0, 0 },
	{ CALL_recvfrom, A | F | N, NULL, 0, 0 },
	{ CALL_recvfrom, E | B | W | K, recvfrom_plain, 0, 0 },
	{ CALL_sendto, E | B | W | K, sendto_plain, 0, 0 },
	{ CALL_sendto, N, sendto_client, EPERM, 0 },
	{ CALL_sendto, A | F, unconnecting3, EPERM, 0 },
	{ CALL_sendmmsg, A | F | N, unconnecting3, EPERM, 0 }, /* resolver */
	{ CALL_getsockname, A | F | N | E, NULL, 0, 0 },
	{ CALL_getpeername, A | F | N | E, NULL, 0, 0 },
	{ CALL_getsockopt, A | F | N, NULL, 0, 0 },
	{ CALL_getsockopt, E | B | W | K | S, asked_options, EPERM, 0 },
	{ CALL_setsockopt, E, options, 0, 0 },
	{ CALL_setsockopt, N, client_options, ENOPROTOOPT, 0 },
	{ CALL_setsockopt, A | F, any_options, ENOPROTOOPT, 0 },
	{ CALL_ioctl, E | K, ioctl_count, 0, 0 },
	{ CALL_ioctl, B | W, NULL, ENOTTY, 1 },		/* stdio asks */
	{ CALL_ioctl, N, ioctl_client, ENOTTY, 0 },
	{ CALL_ioctl, A | F, ioctl_program, ENOTTY, 0 },

	/* Files: a mailbox that is open. */
	{ CALL_pread64, A | F | B | N | W | S | U | D, NULL, 0, 0 },
	{ CALL_pwrite64, A | F | W | S | U | D, NULL, 0, 0 },
	{ CALL_ftruncate, A | F | W | S | U | D, NULL, 0, 0 },
	{ CALL_fsync, A | F | W | S | U | D, NULL, 0, 0 },
	{ CALL_fdatasync, A | F | W | S | U | D, NULL, 0, 0 },
	{ CALL_fallocate, A | F | W | S | U | D, NULL, 0, 0 },
	{ CALL_sync_file_range, A | S | U | D, NULL, 0, 0 },
	{ CALL_utimensat, S | U | D, descriptor_times, 0, 0 },
	{ CALL_memfd_create, A | W, memfd_sealed, 0, 0 },
	{ CALL_flock, A | F | W | S | U | D, NULL, 0, 0 },
	{ CALL_lseek, A | F | B | N | W | S | U | D, NULL, 0, 0 },
	{ CALL_fstat, A | F | E | B | N | W | K | S | U | D, NULL, 0, 0 },

	/* Files by name: of a session its own two, see sandbox_name(). */
	{ CALL_newfstatat, U | D, stat_both, 0, 0 },
	{ CALL_openat, D, open_mailbox, 0, 0 },
	{ CALL_unlinkat, D, unlink_dotlock, 0, 0 },
	{ CALL_kill, D, is_there, 0, 0 },
	{ CALL_uname, A | F | N | S | U | D, NULL, 0, 0 },

	/* Of backends and spawner what Landlock leaves. */
	{ CALL_newfstatat, A | F | B | N | W | S, NULL, 0, 0 },
	{ CALL_openat, B | N, open_read, EACCES, 0 },
	{ CALL_openat, W, open_file, 0, 0 },
	{ CALL_openat, A | F | S, NULL, 0, 0 },
	{ CALL_unlinkat, A | F | W | S, NULL, 0, 0 },
	{ CALL_access, A | F | B | N | W, NULL, 0, 0 },
	{ CALL_faccessat, A | F | B | N | W, NULL, 0, 0 },
	{ CALL_faccessat2, A | F | B | N | W, NULL, 0, 0 },
	{ CALL_stat, A | F | B | N | W, NULL, 0, 0 },
	{ CALL_fadvise64, A | F | B | N | W, NULL, 0, 0 },
	{ CALL_unlink, A | F | W, NULL, 0, 0 },
	{ CALL_rename, A | F | W, NULL, 0, 0 },
	{ CALL_renameat, A | F | W | S, NULL, 0, 0 },
	{ CALL_renameat2, A | F | W | S, NULL, 0, 0 },
	{ CALL_fchmod, A | F | W, NULL, 0, 0 },
	{ CALL_fchown, A | F | W, NULL, 0, 0 },
	{ CALL_getuid, A | F | B | N | W | S, NULL, 0, 0 },
	{ CALL_geteuid, A | F | B | N | W | S, NULL, 0, 0 },
	{ CALL_getgid, A | F | B | N | W | S, NULL, 0, 0 },
	{ CALL_getegid, A | F | B | N | W | S, NULL, 0, 0 },
	/* The C library asks a name service cache that there may be. */
	{ CALL_socket, B | W, NULL, EACCES, 1 },
	{ CALL_socket, A | F | N, families, EAFNOSUPPORT, 0 },

	/* The spawner: sessions, up to their seal. */
	{ CALL_socketpair, S, local_pair, 0, 0 },
	{ CALL_socketpair, A | F, NULL, 0, 0 },
	{ CALL_clone, S, plain_fork, 0, 0 },
	{ CALL_clone, A | F, no_spaces, 0, 0 },
	{ CALL_wait4, A | F | S, NULL, 0, 0 },
	{ CALL_kill, S, is_there, 0, 0 },
	{ CALL_kill, A | F, signals, 0, 0 },
	{ CALL_gettid, A | F | S, NULL, 0, 0 },
	{ CALL_set_robust_list, A | F | S, NULL, 0, 0 },
	{ CALL_rseq, A | F | S, NULL, 0, 0 },
	{ CALL_dup2, A | F | S, NULL, 0, 0 },
	{ CALL_dup3, A | F | S, NULL, 0, 0 },
	{ CALL_close_range, A | F | S, NULL, 0, 0 },
	{ CALL_setgroups, A | F, NULL, 0, 0 },
	{ CALL_setresgid, S, user_gids, EPERM, 0 },
	{ CALL_setresgid, A | F, NULL, 0, 0 },
	{ CALL_setresuid, S, user_ids, EPERM, 0 },
	{ CALL_setresuid, A | F, NULL, 0, 0 },
	/* privdrop_to() tries whether it could come back. */
	{ CALL_setuid, S, NULL, EPERM, 1 },
	{ CALL_setgid, S, NULL, EPERM, 1 },
	{ CALL_getresuid, A | F | S, NULL, 0, 0 },
	{ CALL_getresgid, A | F | S, NULL, 0, 0 },
	{ CALL_getgroups, A | F | S, NULL, 0, 0 },
	{ CALL_capget, A | F | S, NULL, 0, 0 },
	{ CALL_capset, A | S, NULL, 0, 0 },
	{ CALL_prlimit64, A | F | S, oneself, 0, 0 },
	{ CALL_prctl, S, prctl_seal, 0, 0 },
	{ CALL_prctl, A | F, prctls, EPERM, 0 },
	{ CALL_landlock_create_ruleset, A | F | S, NULL, 0, 0 },
	{ CALL_landlock_add_rule, A | F | S, NULL, 0, 0 },
	{ CALL_landlock_restrict_self, A | F | S, NULL, 0, 0 },
	{ CALL_seccomp, A | F | S, NULL, 0, 0 },

	/* authd, and what a program that it starts needs until it serves. */
	{ CALL_execve, A | F, NULL, 0, 0 },
	{ CALL_fork, A | F, NULL, 0, 0 },
	{ CALL_vfork, A | F, NULL, 0, 0 },
	{ CALL_waitid, A | F, NULL, 0, 0 },
	{ CALL_tgkill, A | F, NULL, 0, 0 },
	{ CALL_setuid, A | F, NULL, 0, 0 },
	{ CALL_setgid, A | F, NULL, 0, 0 },
	{ CALL_setreuid, A | F, NULL, 0, 0 },
	{ CALL_setregid, A | F, NULL, 0, 0 },
	{ CALL_setsid, A | F, NULL, 0, 0 },
	{ CALL_getppid, A | F, NULL, 0, 0 },
	{ CALL_chroot, A, NULL, 0, 0 },
	{ CALL_mlock, A, NULL, 0, 0 },			/* keyd */
	{ CALL_mlock2, A, NULL, 0, 0 },
	{ CALL_mlockall, A, NULL, 0, 0 },
	{ CALL_setns, A, own_spaces, 0, 0 },		/* the spawner */
	{ CALL_chdir, A | F, NULL, 0, 0 },
	{ CALL_getcwd, A | F | W | N, NULL, 0, 0 },
	{ CALL_umask, A | F, NULL, 0, 0 },
	{ CALL_open, A | F, NULL, 0, 0 },
	{ CALL_lstat, A | F | N | W, NULL, 0, 0 },
	{ CALL_statx, A | F, NULL, 0, 0 },
	{ CALL_statfs, A | F, NULL, 0, 0 },
	{ CALL_fstatfs, A | F | S | U | D, NULL, 0, 0 },
	{ CALL_getdents64, A | F | N | W, NULL, 0, 0 },
	{ CALL_readlink, A | F | N | W, NULL, 0, 0 },
	{ CALL_readlinkat, A | F | N | W, NULL, 0, 0 },
	{ CALL_mkdir, A | F, NULL, 0, 0 },
	{ CALL_mkdirat, A | F, NULL, 0, 0 },
	{ CALL_symlinkat, A, NULL, 0, 0 },
	{ CALL_rmdir, A | F, NULL, 0, 0 },
	{ CALL_fchownat, A | F, NULL, 0, 0 },
	{ CALL_fchmodat, A | F, NULL, 0, 0 },
	{ CALL_utimensat, A | F, NULL, 0, 0 },
	{ CALL_dup, A | F, NULL, 0, 0 },
	{ CALL_pipe, A | F, NULL, 0, 0 },
	{ CALL_pipe2, A | F, NULL, 0, 0 },
	{ CALL_select, A | F | N, NULL, 0, 0 },
	{ CALL_pselect6, A | F | N, NULL, 0, 0 },
	{ CALL_epoll_create, A | F, NULL, 0, 0 },
	{ CALL_eventfd2, A | F, NULL, 0, 0 },
	{ CALL_signalfd4, A | F, NULL, 0, 0 },
	{ CALL_connect, A | F | N, NULL, 0, 0 },
	{ CALL_bind, A, NULL, 0, 0 },
	{ CALL_listen, A, NULL, 0, 0 },
	{ CALL_accept, A, NULL, 0, 0 },
	{ CALL_arch_prctl, A | F, NULL, 0, 0 },
	{ CALL_set_tid_address, A | F, NULL, 0, 0 },
	{ CALL_sigaltstack, A | F, NULL, 0, 0 },
	{ CALL_setitimer, A | F, NULL, 0, 0 },
	{ CALL_clock_getres, A | F, NULL, 0, 0 },
	{ CALL_sched_yield, A | F, NULL, 0, 0 },
	{ CALL_sched_getaffinity, A | F, NULL, 0, 0 },
	{ CALL_getrlimit, A | F, NULL, 0, 0 },
	{ CALL_setrlimit, A | F, NULL, 0, 0 },
	{ CALL_getrusage, A | F, NULL, 0, 0 },

	/* Shells, and what they start. */
	{ CALL_alarm, A | F, NULL, 0, 0 },
	{ CALL_fchdir, A | F, NULL, 0, 0 },
	{ CALL_getdents, A | F, NULL, 0, 0 },
	{ CALL_getitimer, A | F, NULL, 0, 0 },
	{ CALL_getpgid, A | F, NULL, 0, 0 },
	{ CALL_getpgrp, A | F, NULL, 0, 0 },
	{ CALL_getpriority, A | F, NULL, 0, 0 },
	{ CALL_getsid, A | F, NULL, 0, 0 },
	{ CALL_pause, A | F, NULL, 0, 0 },
	{ CALL_rt_sigpending, A | F, NULL, 0, 0 },
	{ CALL_rt_sigsuspend, A | F, NULL, 0, 0 },
	{ CALL_rt_sigtimedwait, A | F, NULL, 0, 0 },
	{ CALL_setpgid, A | F, NULL, 0, 0 },
	{ CALL_times, A | F, NULL, 0, 0 }
};
const size_t	 policy_nrules = NITEMS(policy_rules);

#define MB	((uint64_t)1024 * 1024)

/* Name; TCP bind, connect; descriptors, no children, no files, memory, CPU. */
const struct policy	 policies[SANDBOX_ROLES] = {
	[SANDBOX_AUTHD] = { "authd", 0, 1, 0, 0, 0, 0, 0 },
	[SANDBOX_ENGINE] = { "engine", 0, 0, 0, 1, 1, 16384 * MB, 0 },
	[SANDBOX_BACKEND] = { "backend", 0, 0, 64, 1, 1, 4096 * MB, 0 },
	[SANDBOX_BACKEND_WRITE] = { "backend", 0, 0, 64, 1, 0, 4096 * MB, 0 },
	[SANDBOX_BACKEND_NET] = { "backend", 0, 1, 64, 1, 1, 4096 * MB, 0 },
	[SANDBOX_BACKEND_FOREIGN] = { "backend", 0, 1, 0, 0, 0, 0, 0 },
	/* 64 engines, each with an old socket while it gets a new one. */
	[SANDBOX_KEYD] = { "keyd", 0, 0, 160, 1, 1, 256 * MB, 0 },
	[SANDBOX_SPAWNER] = { "spawner", 0, 0, 0, 0, 0, 0, 0 },
	[SANDBOX_SESSION] = { "session", 0, 0, 32, 1, 0, 0, 3600 },
	[SANDBOX_SESSION_DOTLOCK] = { "session", 0, 0, 32, 1, 0, 0, 3600 }
};
