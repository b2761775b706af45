/* SPDX-License-Identifier: ISC */
/* Runs in: every process on Linux.  The numbers of the calls that we name. */

#ifndef POP3D_COMMON_SANDBOX_SYSCALLS_LINUX_H
#define POP3D_COMMON_SANDBOX_SYSCALLS_LINUX_H

/* A call that an architecture does not have. */
#define NOCALL	(-1)

/* Name, number on x86_64, on aarch64; regress/unit/t_seccomp.c checks them. */
#define SYSCALL_TABLE(X)						\
	X(accept, 43, 202)						\
	X(accept4, 288, 242)						\
	X(access, 21, NOCALL)						\
	X(alarm, 37, NOCALL)						\
	X(arch_prctl, 158, NOCALL)					\
	X(bind, 49, 200)						\
	X(brk, 12, 214)							\
	X(capget, 125, 90)						\
	X(capset, 126, 91)						\
	X(chdir, 80, 49)						\
	X(chroot, 161, 51)						\
	X(clock_getres, 229, 114)					\
	X(clock_gettime, 228, 113)					\
	X(clock_nanosleep, 230, 115)					\
	X(clone, 56, 220)						\
	X(clone3, 435, 435)						\
	X(close, 3, 57)							\
	X(close_range, 436, 436)					\
	X(connect, 42, 203)						\
	X(dup, 32, 23)							\
	X(dup2, 33, NOCALL)						\
	X(dup3, 292, 24)						\
	X(epoll_create, 213, NOCALL)					\
	X(epoll_create1, 291, 20)					\
	X(epoll_ctl, 233, 21)						\
	X(epoll_pwait, 281, 22)						\
	X(epoll_pwait2, 441, 441)					\
	X(epoll_wait, 232, NOCALL)					\
	X(eventfd2, 290, 19)						\
	X(execve, 59, 221)						\
	X(exit, 60, 93)							\
	X(exit_group, 231, 94)						\
	X(faccessat, 269, 48)						\
	X(faccessat2, 439, 439)						\
	X(fadvise64, 221, 223)						\
	X(fallocate, 285, 47)						\
	X(fchdir, 81, 50)						\
	X(fchmod, 91, 52)						\
	X(fchmodat, 268, 53)						\
	X(fchown, 93, 55)						\
	X(fchownat, 260, 54)						\
	X(fcntl, 72, 25)						\
	X(sync_file_range, 277, 84)					\
	X(symlinkat, 266, 36)						\
	X(fdatasync, 75, 83)						\
	X(flock, 73, 32)						\
	X(fork, 57, NOCALL)						\
	X(fstat, 5, 80)							\
	X(fstatfs, 138, 44)						\
	X(fsync, 74, 82)						\
	X(ftruncate, 77, 46)						\
	X(futex, 202, 98)						\
	X(getcwd, 79, 17)						\
	X(getdents, 78, NOCALL)						\
	X(getdents64, 217, 61)						\
	X(getegid, 108, 177)						\
	X(geteuid, 107, 175)						\
	X(getgid, 104, 176)						\
	X(getgroups, 115, 158)						\
	X(getitimer, 36, 102)						\
	X(getpeername, 52, 205)						\
	X(getpgid, 121, 155)						\
	X(getpgrp, 111, NOCALL)						\
	X(getpid, 39, 172)						\
	X(getppid, 110, 173)						\
	X(getpriority, 140, 141)					\
	X(getrandom, 318, 278)						\
	X(getresgid, 120, 150)						\
	X(getresuid, 118, 148)						\
	X(getrlimit, 97, 163)						\
	X(getrusage, 98, 165)						\
	X(getsid, 124, 156)						\
	X(getsockname, 51, 204)						\
	X(getsockopt, 55, 209)						\
	X(gettid, 186, 178)						\
	X(gettimeofday, 96, 169)					\
	X(getuid, 102, 174)						\
	X(ioctl, 16, 29)						\
	X(kill, 62, 129)						\
	X(landlock_add_rule, 445, 445)					\
	X(landlock_create_ruleset, 444, 444)				\
	X(landlock_restrict_self, 446, 446)				\
	X(listen, 50, 201)						\
	X(lseek, 8, 62)							\
	X(lstat, 6, NOCALL)						\
	X(madvise, 28, 233)						\
	X(memfd_create, 319, 279)					\
	X(mkdir, 83, NOCALL)						\
	X(mkdirat, 258, 34)						\
	X(mlock, 149, 228)						\
	X(mlock2, 325, 284)						\
	X(mlockall, 151, 230)						\
	X(mmap, 9, 222)							\
	X(mprotect, 10, 226)						\
	X(mremap, 25, 216)						\
	X(munmap, 11, 215)						\
	X(nanosleep, 35, 101)						\
	X(newfstatat, 262, 79)						\
	X(open, 2, NOCALL)						\
	X(openat, 257, 56)						\
	X(openat2, 437, 437)						\
	X(pause, 34, NOCALL)						\
	X(pipe, 22, NOCALL)						\
	X(pipe2, 293, 59)						\
	X(poll, 7, NOCALL)						\
	X(ppoll, 271, 73)						\
	X(prctl, 157, 167)						\
	X(pread64, 17, 67)						\
	X(prlimit64, 302, 261)						\
	X(pselect6, 270, 72)						\
	X(pwrite64, 18, 68)						\
	X(read, 0, 63)							\
	X(readlink, 89, NOCALL)						\
	X(readlinkat, 267, 78)						\
	X(readv, 19, 65)						\
	X(recvfrom, 45, 207)						\
	X(recvmsg, 47, 212)						\
	X(rename, 82, NOCALL)						\
	X(renameat, 264, 38)						\
	X(renameat2, 316, 276)						\
	X(restart_syscall, 219, 128)					\
	X(rmdir, 84, NOCALL)						\
	X(rseq, 334, 293)						\
	X(rt_sigaction, 13, 134)					\
	X(rt_sigpending, 127, 136)					\
	X(rt_sigprocmask, 14, 135)					\
	X(rt_sigreturn, 15, 139)					\
	X(rt_sigsuspend, 130, 133)					\
	X(rt_sigtimedwait, 128, 137)					\
	X(sched_getaffinity, 204, 123)					\
	X(sched_yield, 24, 124)						\
	X(seccomp, 317, 277)						\
	X(select, 23, NOCALL)						\
	X(sendmmsg, 307, 269)						\
	X(sendmsg, 46, 211)						\
	X(sendto, 44, 206)						\
	X(set_robust_list, 273, 99)					\
	X(set_tid_address, 218, 96)					\
	X(setgid, 106, 144)						\
	X(setgroups, 116, 159)						\
	X(setitimer, 38, 103)						\
	X(setns, 308, 268)						\
	X(setpgid, 109, 154)						\
	X(setregid, 114, 143)						\
	X(setresgid, 119, 149)						\
	X(setresuid, 117, 147)						\
	X(setreuid, 113, 145)						\
	X(setrlimit, 160, 164)						\
	X(setsid, 112, 157)						\
	X(setsockopt, 54, 208)						\
	X(setuid, 105, 146)						\
	X(shutdown, 48, 210)						\
	X(sigaltstack, 131, 132)					\
	X(signalfd4, 289, 74)						\
	X(socket, 41, 198)						\
	X(socketpair, 53, 199)						\
	X(stat, 4, NOCALL)						\
	X(statfs, 137, 43)						\
	X(statx, 332, 291)						\
	X(sysinfo, 99, 179)						\
	X(tgkill, 234, 131)						\
	X(time, 201, NOCALL)						\
	X(times, 100, 153)						\
	X(umask, 95, 166)						\
	X(uname, 63, 160)						\
	X(unlink, 87, NOCALL)						\
	X(unlinkat, 263, 35)						\
	X(utimensat, 280, 88)						\
	X(vfork, 58, NOCALL)						\
	X(wait4, 61, 260)						\
	X(waitid, 247, 95)						\
	X(write, 1, 64)							\
	X(writev, 20, 66)

/* The highest number that was known when the table was made: Linux 6.1. */
#define SYSCALL_LAST	450

#define SYSCALL_ENUM(name, x86_64, aarch64)	CALL_##name,
enum syscall_id {
	SYSCALL_TABLE(SYSCALL_ENUM)
	CALL_COUNT
};
#undef SYSCALL_ENUM

#endif
