/* SPDX-License-Identifier: ISC */
/*
 * The filters of every role, interpreted here: all calls, on both
 * architectures, with arguments around what their tests are about.
 */

#include <sys/types.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <linux/audit.h>
#include <linux/seccomp.h>

#include <atf-c.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "landlock_linux.h"
#include "proto.h"
#include "sandbox.h"
#include "sandbox_policy_linux.h"

#define KILL	SECCOMP_RET_KILL_PROCESS
#define ALLOW	SECCOMP_RET_ALLOW
#define FAIL(e)	(SECCOMP_RET_ERRNO | (e))

static const uint32_t	 param[PARAM_COUNT] = {
	[PARAM_UID_MIN] = 1000, [PARAM_UID_MAX] = 60000,
	[PARAM_GID_MIN] = 5000, [PARAM_GID_MAX] = 60000,
	[PARAM_GIDS] = 100, [PARAM_GIDS + 1] = 60001,
	[PARAM_GIDS + 2] = 70000, [PARAM_GIDS + 3] = 5000,
	[PARAM_GIDS + 4] = 5000, [PARAM_GIDS + 5] = 5000,
	[PARAM_GIDS + 6] = 5000, [PARAM_GIDS + 7] = 8,
	[PARAM_DIR] = 7, [PARAM_MAILBOX] = 0x20000000,
	[PARAM_DOTLOCK] = 0x20000010
};

static const struct seccomp_arch *const	 archs[] = {
	&seccomp_x86_64, &seccomp_aarch64
};

static struct seccomp_prog	 prog;

/* What of classic BPF there is in a filter. */
static uint32_t
interpret(const struct seccomp_prog *p, const struct seccomp_data *d)
{
	const struct sock_filter	*i;
	uint32_t			 a = 0, x = 0, word;
	size_t				 pc;
	int				 yes;

	for (pc = 0; ; pc++) {
		ATF_REQUIRE(pc < p->len);
		i = &p->insn[pc];
		yes = -1;
		switch (i->code) {
		case BPF_LD | BPF_W | BPF_ABS:
			ATF_REQUIRE(i->k + 4 <= sizeof(*d) && i->k % 4 == 0);
			memcpy(&word, (const char *)d + i->k, sizeof(word));
			a = word;
			break;
		case BPF_MISC | BPF_TAX:
			x = a;
			break;
		case BPF_JMP | BPF_JEQ | BPF_K:
			yes = a == i->k;
			break;
		case BPF_JMP | BPF_JEQ | BPF_X:
			yes = a == x;
			break;
		case BPF_JMP | BPF_JGT | BPF_K:
			yes = a > i->k;
			break;
		case BPF_JMP | BPF_JGE | BPF_K:
			yes = a >= i->k;
			break;
		case BPF_JMP | BPF_JSET | BPF_K:
			yes = (a & i->k) != 0;
			break;
		case BPF_JMP | BPF_JA:
			pc += i->k;
			break;
		case BPF_RET | BPF_K:
			return i->k;
		default:
			atf_tc_fail("instruction %#x", i->code);
		}
		if (yes != -1)
			pc += yes ? i->jt : i->jf;
	}
}

static uint32_t
ask(const struct seccomp_arch *arch, enum syscall_id call, uint64_t a0,
    uint64_t a1, uint64_t a2, uint64_t a3)
{
	struct seccomp_data	 d;

	memset(&d, 0, sizeof(d));
	d.arch = arch->audit;
	d.nr = arch->number[call];
	d.args[0] = a0;
	d.args[1] = a1;
	d.args[2] = a2;
	d.args[3] = a3;
	return interpret(&prog, &d);
}

static void
build(const struct seccomp_arch *arch, unsigned int role)
{
	ATF_REQUIRE_EQ(0, seccomp_build(&prog, arch, policy_rules,
	    policy_nrules, role, param, KILL));
	ATF_CHECK(prog.len < SECCOMP_LEN_MAX);
}

static const struct seccomp_rule *
rule_of(enum syscall_id call, unsigned int role)
{
	size_t	 i;

	for (i = 0; i < policy_nrules; i++) {
		if (policy_rules[i].call == call &&
		    policy_rules[i].roles & 1U << role)
			return &policy_rules[i];
	}
	return NULL;
}

/* A number that stands for no call of ours. */
static int
is_named(const struct seccomp_arch *arch, int nr)
{
	return seccomp_name(arch, nr) != NULL;
}

ATF_TC_WITHOUT_HEAD(numbers);
ATF_TC_BODY(numbers, tc)
{
	struct seccomp_data	 d;
	unsigned int		 role;
	size_t			 a;
	uint32_t		 want;
	int64_t			 nr;

	for (a = 0; a < NITEMS(archs); a++) {
		for (role = 0; role < SANDBOX_ROLES; role++) {
			build(archs[a], role);
			memset(&d, 0, sizeof(d));
			d.arch = archs[a]->audit;
			for (nr = 0; nr < 2000; nr++) {
				d.nr = (int)nr;
				if (is_named(archs[a], (int)nr))
					continue;
				want = nr > SYSCALL_LAST ? FAIL(ENOSYS) : KILL;
				ATF_CHECK_EQ_MSG(want, interpret(&prog, &d),
				    "%s: %lld", policies[role].name,
				    (long long)nr);
			}
			/* Other ABIs, and numbers that are none. */
			d.nr = -1;
			ATF_CHECK(interpret(&prog, &d) != ALLOW);
			for (nr = 0; nr < 1000; nr++) {
				d.nr = (int)nr | 0x40000000;
				ATF_CHECK(interpret(&prog, &d) != ALLOW);
				if (archs[a]->foreign != 0)
					ATF_CHECK_EQ(KILL,
					    interpret(&prog, &d));
				d.nr = (int)nr;
				d.arch = AUDIT_ARCH_I386;
				ATF_CHECK_EQ(KILL, interpret(&prog, &d));
				d.arch = archs[1 - a]->audit;
				ATF_CHECK_EQ(KILL, interpret(&prog, &d));
				d.arch = archs[a]->audit;
			}
		}
	}
}

/* A call of the table is answered as its rule says; without one it kills. */
ATF_TC_WITHOUT_HEAD(rules);
ATF_TC_BODY(rules, tc)
{
	const struct seccomp_rule	*r;
	unsigned int			 role, call;
	uint32_t			 got;
	size_t				 a;

	for (a = 0; a < NITEMS(archs); a++) {
		for (role = 0; role < SANDBOX_ROLES; role++) {
			build(archs[a], role);
			for (call = 0; call < CALL_COUNT; call++) {
				if (archs[a]->number[call] == NOCALL)
					continue;
				got = ask(archs[a], call, 0, 0, 0, 0);
				if ((r = rule_of(call, role)) == NULL)
					ATF_CHECK_EQ(KILL, got);
				else if (r->never)
					ATF_CHECK_EQ(FAIL(r->error), got);
				else if (r->tests == NULL)
					ATF_CHECK_EQ(ALLOW, got);
				else if (got != ALLOW)
					ATF_CHECK_EQ(r->error == 0 ? KILL :
					    FAIL((uint32_t)r->error), got);
			}
		}
	}
}

/*
 * What a C library newer than Debian 12's calls on its own, and falls back from
 * where the kernel is older: nobody is killed for it, whatever the arguments.
 */
ATF_TC_WITHOUT_HEAD(newer);
ATF_TC_BODY(newer, tc)
{
	static const enum syscall_id	 known[] = {
		CALL_rseq, CALL_clone3, CALL_statx, CALL_openat2,
		CALL_faccessat2, CALL_epoll_pwait2
	};
	/* cachestat, fchmodat2, futex_wait, mseal: no names here yet. */
	static const int		 unknown[] = { 451, 452, 455, 462 };
	static const uint64_t		 args[] = { 0, 1, UINT64_MAX };
	struct seccomp_data		 d;
	unsigned int			 role;
	uint32_t			 got;
	size_t				 a, i, k;

	for (a = 0; a < NITEMS(archs); a++) {
		for (role = 0; role < SANDBOX_ROLES; role++) {
			build(archs[a], role);
			for (i = 0; i < NITEMS(known) * NITEMS(args); i++) {
				k = i / NITEMS(known);
				got = ask(archs[a], known[i % NITEMS(known)],
				    args[k], args[k], args[k], args[k]);
				ATF_CHECK_MSG(got == ALLOW ||
				    got == FAIL(ENOSYS), "%s: %s: %#x",
				    policies[role].name,
				    seccomp_name(archs[a], archs[a]->number[
				    known[i % NITEMS(known)]]), got);
			}
			memset(&d, 0, sizeof(d));
			d.arch = archs[a]->audit;
			for (i = 0; i < NITEMS(unknown); i++) {
				d.nr = unknown[i];
				ATF_CHECK_EQ_MSG(FAIL(ENOSYS),
				    interpret(&prog, &d), "%s: %d",
				    policies[role].name, d.nr);
			}
		}
	}
}

/*
 * No two rules for the same; what is inherited lets everything through that the
 * heir may do: authd to all, the spawner to sessions.
 */
ATF_TC_WITHOUT_HEAD(table);
ATF_TC_BODY(table, tc)
{
	const struct seccomp_rule	*r, *q, *heir;
	unsigned int			 role;

	for (r = policy_rules; r < policy_rules + policy_nrules; r++) {
		ATF_CHECK(!r->never || (r->error != 0 && r->tests == NULL));
		for (q = policy_rules; q < r; q++)
			ATF_CHECK_MSG(q->call != r->call ||
			    !(q->roles & r->roles), "rule %zu",
			    (size_t)(r - policy_rules));
		for (role = 0; role < SANDBOX_ROLES; role++) {
			heir = rule_of(r->call, role);
			if (heir == NULL || heir->never)
				continue;
			ATF_CHECK_MSG(rule_of(r->call, SANDBOX_AUTHD) != NULL,
			    "authd: call %d", r->call);
			if (role == SANDBOX_SESSION ||
			    role == SANDBOX_SESSION_DOTLOCK)
				ATF_CHECK_MSG(rule_of(r->call,
				    SANDBOX_SPAWNER) != NULL,
				    "spawner: call %d", r->call);
		}
	}
}

/* The numbers are the system's; of aarch64 those of its generic header. */
ATF_TC_WITHOUT_HEAD(headers);
ATF_TC_BODY(headers, tc)
{
	char	 line[256], name[64];
	FILE	*fp;
	int	 nr, seen = 0;
	size_t	 i;

	ATF_REQUIRE((fp = fopen("/usr/include/asm-generic/unistd.h", "r")) !=
	    NULL);
	while (fgets(line, sizeof(line), fp) != NULL) {
		if (sscanf(line, "#define __NR_%63s %d", name, &nr) != 2 &&
		    sscanf(line, "#define __NR3264_%63s %d", name, &nr) != 2)
			continue;
		/* It calls these by what they are on 32 bits. */
		if (strcmp(name, "fstatat") == 0)
			(void)strlcpy(name, "newfstatat", sizeof(name));
		for (i = 0; i < CALL_COUNT; i++) {
			if (seccomp_aarch64.number[i] == NOCALL ||
			    strcmp(seccomp_name(&seccomp_aarch64,
			    seccomp_aarch64.number[i]), name) != 0)
				continue;
			ATF_CHECK_EQ_MSG(nr, seccomp_aarch64.number[i],
			    "%s", name);
			seen++;
		}
	}
	(void)fclose(fp);
	for (i = 0; i < CALL_COUNT; i++)
		seen -= seccomp_aarch64.number[i] != NOCALL;
	ATF_CHECK_EQ(0, seen);
}

/* What the compiler knows of the architecture that it compiles for. */
ATF_TC_WITHOUT_HEAD(native);
ATF_TC_BODY(native, tc)
{
	const int	*n = seccomp_native->number;

	ATF_CHECK_EQ(SYS_read, n[CALL_read]);
	ATF_CHECK_EQ(SYS_openat, n[CALL_openat]);
	ATF_CHECK_EQ(SYS_newfstatat, n[CALL_newfstatat]);
	ATF_CHECK_EQ(SYS_clone, n[CALL_clone]);
	ATF_CHECK_EQ(SYS_clone3, n[CALL_clone3]);
	ATF_CHECK_EQ(SYS_execve, n[CALL_execve]);
	ATF_CHECK_EQ(SYS_mprotect, n[CALL_mprotect]);
	ATF_CHECK_EQ(SYS_setresuid, n[CALL_setresuid]);
	ATF_CHECK_EQ(SYS_setresgid, n[CALL_setresgid]);
	ATF_CHECK_EQ(SYS_setgroups, n[CALL_setgroups]);
	ATF_CHECK_EQ(SYS_landlock_restrict_self,
	    n[CALL_landlock_restrict_self]);
	ATF_CHECK(SYSCALL_LAST >= SYS_landlock_restrict_self);
}

static const uint64_t	 ids[] = {
	0, 1, 7, 8, 42, 100, 999, 1000, 1001, 4999, 5000, 5001, 59999,
	60000, 60001, 70000, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff
};

static int
is_group(uint64_t id)
{
	return (id >= 5000 && id <= 60001) || id == 8 || id == 100 ||
	    id == 70000;
}

ATF_TC_WITHOUT_HEAD(identity);
ATF_TC_BODY(identity, tc)
{
	size_t		 a, i, j, k;
	uint32_t	 u, g;
	int		 same;

	for (a = 0; a < NITEMS(archs); a++) {
		build(archs[a], SANDBOX_SPAWNER);
		for (i = 0; i < NITEMS(ids); i++) {
			for (j = 0; j < NITEMS(ids); j++) {
				for (k = 0; k < NITEMS(ids); k++) {
					u = ask(archs[a], CALL_setresuid,
					    ids[i], ids[j], ids[k], 0);
					g = ask(archs[a], CALL_setresgid,
					    ids[i], ids[j], ids[k], 0);
					same = i == j && j == k;
					ATF_CHECK_EQ(same && ids[i] >= 1000 &&
					    ids[i] <= 60000 ? ALLOW :
					    FAIL(EPERM), u);
					ATF_CHECK_EQ(same && is_group(ids[i]) ?
					    ALLOW : FAIL(EPERM), g);
				}
			}
		}
		ATF_CHECK_EQ(KILL, ask(archs[a], CALL_setgroups, 0, 0, 0, 0));
		ATF_CHECK_EQ(FAIL(EPERM), ask(archs[a], CALL_setuid, 5001, 0,
		    0, 0));
	}
}

ATF_TC_WITHOUT_HEAD(memory);
ATF_TC_BODY(memory, tc)
{
	uint64_t	 prot;
	unsigned int	 role;
	uint32_t	 got, no;
	size_t		 a;

	for (a = 0; a < NITEMS(archs); a++) {
		for (role = SANDBOX_ENGINE; role < SANDBOX_ROLES; role++) {
			/* Modules and programs are mapped there. */
			if (role == SANDBOX_BACKEND_FOREIGN)
				continue;
			no = role == SANDBOX_BACKEND_NET ? FAIL(EACCES) : KILL;
			build(archs[a], role);
			for (prot = 0; prot < 8; prot++) {
				got = ask(archs[a], CALL_mmap, 0, 4096, prot,
				    MAP_PRIVATE | MAP_ANONYMOUS);
				ATF_CHECK_EQ(prot & PROT_EXEC ? no : ALLOW,
				    got);
				got = ask(archs[a], CALL_mprotect, 0, 4096,
				    prot, 0);
				if (role >= SANDBOX_SESSION)
					ATF_CHECK_EQ(KILL, got);
				else if (prot & PROT_EXEC)
					ATF_CHECK_EQ(no, got);
				else
					ATF_CHECK_EQ(ALLOW, got);
			}
			if (role < SANDBOX_SESSION)
				continue;
			/* The page of names. */
			ATF_CHECK_EQ(KILL, ask(archs[a], CALL_mmap, 1, 4096, 3,
			    MAP_PRIVATE));
			ATF_CHECK_EQ(KILL, ask(archs[a], CALL_mmap,
			    (uint64_t)1 << 32, 4096, 3, MAP_PRIVATE));
			ATF_CHECK_EQ(KILL, ask(archs[a], CALL_mmap, 0, 4096, 3,
			    MAP_PRIVATE | MAP_FIXED));
			ATF_CHECK_EQ(KILL, ask(archs[a], CALL_munmap,
			    0x20000000, 4096, 0, 0));
			ATF_CHECK_EQ(KILL, ask(archs[a], CALL_munmap,
			    0xffffffff, 4096, 0, 0));
			ATF_CHECK_EQ(ALLOW, ask(archs[a], CALL_munmap,
			    (uint64_t)1 << 32, 4096, 0, 0));
			ATF_CHECK_EQ(KILL, ask(archs[a], CALL_madvise,
			    0x20000000, 4096, 4, 0));
			ATF_CHECK_EQ(FAIL(ENOMEM), ask(archs[a], CALL_mremap,
			    (uint64_t)1 << 40, 4096, 8192, 0));
		}
	}
}

#define MAKE	(O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC)
#define LOOK	(O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)

/* Names of a session: this directory, these addresses, these flags. */
ATF_TC_WITHOUT_HEAD(session_names);
ATF_TC_BODY(session_names, tc)
{
	static const uint64_t	 folders[] = { 0, 7, 8, 0xffffff9c };
	static const uint64_t	 addrs[] = { 0, 0x20000000, 0x20000001,
				    0x20000010, 0x120000000, 0x120000010 };
	static const uint64_t	 flags[] = { MAKE, LOOK, MAKE & ~O_NOFOLLOW,
				    LOOK & ~O_NOFOLLOW, O_RDONLY, O_RDWR,
				    O_PATH, MAKE | O_TRUNC };
	static const uint64_t	 at[] = { 0, AT_SYMLINK_NOFOLLOW,
				    AT_EMPTY_PATH, AT_EMPTY_PATH |
				    AT_SYMLINK_NOFOLLOW };
	uint32_t		 got;
	size_t			 a, f, n, i;
	int			 there, lock;

	for (a = 0; a < NITEMS(archs); a++) {
		for (f = 0; f < NITEMS(folders); f++) {
			for (n = 0; n < NITEMS(addrs); n++) {
				there = folders[f] == 7;
				lock = there && addrs[n] == 0x20000010;
				build(archs[a], SANDBOX_SESSION_DOTLOCK);
				for (i = 0; i < NITEMS(flags); i++) {
					got = ask(archs[a], CALL_openat,
					    folders[f], addrs[n], flags[i],
					    0600);
					ATF_CHECK_EQ(lock && i < 2 ? ALLOW :
					    KILL, got);
				}
				for (i = 0; i < NITEMS(at); i++) {
					got = ask(archs[a], CALL_unlinkat,
					    folders[f], addrs[n], at[i], 0);
					ATF_CHECK_EQ(lock && at[i] == 0 ?
					    ALLOW : KILL, got);
					got = ask(archs[a], CALL_newfstatat,
					    folders[f], addrs[n], 1, at[i]);
					ATF_CHECK_EQ((lock || (there &&
					    addrs[n] == 0x20000000)) && i == 1 ?
					    ALLOW : KILL, got);
				}
				build(archs[a], SANDBOX_SESSION);
				got = ask(archs[a], CALL_openat, folders[f],
				    addrs[n], MAKE, 0600);
				ATF_CHECK_EQ(KILL, got);
				got = ask(archs[a], CALL_newfstatat,
				    folders[f], addrs[n], 1,
				    AT_SYMLINK_NOFOLLOW);
				ATF_CHECK_EQ(lock || (there &&
				    addrs[n] == 0x20000000) ? ALLOW : KILL,
				    got);
			}
		}
	}
}

ATF_TC_WITHOUT_HEAD(sockets);
ATF_TC_BODY(sockets, tc)
{
	unsigned int	 role;
	uint64_t	 family, opt;
	size_t		 a;
	int		 any;

	for (a = 0; a < NITEMS(archs); a++) {
		for (role = 0; role < SANDBOX_ROLES; role++) {
			build(archs[a], role);
			any = role == SANDBOX_AUTHD ||
			    role == SANDBOX_BACKEND_FOREIGN;
			for (family = 0; family < 50; family++) {
				ATF_CHECK_EQ((any ||
				    role == SANDBOX_BACKEND_NET) &&
				    (family == AF_UNIX || family == AF_INET ||
				    family == AF_INET6),
				    ask(archs[a], CALL_socket, family, 1, 0,
				    0) == ALLOW);
				ATF_CHECK(ask(archs[a], CALL_socket, family,
				    SOCK_RAW, 0, 0) != ALLOW);
				ATF_CHECK_EQ(any || (role == SANDBOX_SPAWNER &&
				    family == AF_UNIX), ask(archs[a],
				    CALL_socketpair, family, 1, 0, 0) ==
				    ALLOW);
			}
			ATF_CHECK_EQ(any, ask(archs[a], CALL_execve, 0, 0, 0,
			    0) == ALLOW);
			ATF_CHECK_EQ(any || role == SANDBOX_SPAWNER,
			    ask(archs[a], CALL_clone, 0x1200011, 0, 0, 0) ==
			    ALLOW);
			ATF_CHECK_EQ(role == SANDBOX_AUTHD, ask(archs[a],
			    CALL_listen, 0, 0, 0, 0) == ALLOW);
			ATF_CHECK_EQ(role == SANDBOX_AUTHD, ask(archs[a],
			    CALL_chroot, 0, 0, 0, 0) == ALLOW);
			/* New user namespace. */
			ATF_CHECK(ask(archs[a], CALL_clone, 0x10000011, 0, 0,
			    0) != ALLOW);
			/* Options of sockets, of packet filters. */
			for (opt = 64; opt < 256 && any; opt++)
				ATF_CHECK_EQ(FAIL(ENOPROTOOPT),
				    ask(archs[a], CALL_setsockopt, 0,
				    opt % 2 ? 0 : 41, opt, 0));
		}
	}
}

/* Whether a call with this value of its argument, 1 to 3, is let through. */
static int
lets(const struct seccomp_arch *arch, enum syscall_id call, int arg,
    uint64_t a1, uint64_t value)
{
	return ask(arch, call, 0, arg == 1 ? value : a1,
	    arg == 2 ? value : 0, arg == 3 ? value : 0) == ALLOW;
}

/* What lies behind a descriptor may be open elsewhere, or made to connect. */
ATF_TC_WITHOUT_HEAD(shared);
ATF_TC_BODY(shared, tc)
{
	static const struct {
		enum syscall_id	 call;
		int		 arg;
	}			 sends[] = { { CALL_sendmsg, 2 },
				    { CALL_sendto, 3 }, { CALL_sendmmsg, 3 } };
	const uint64_t		 sent = MSG_DONTWAIT | MSG_NOSIGNAL;
	const uint64_t		 never = MSG_OOB | 0x20000000;
	unsigned int		 role, bit, i;
	uint64_t		 v;
	size_t			 a;
	int			 any, net;

	for (a = 0; a < NITEMS(archs); a++) {
		for (role = 0; role < SANDBOX_ROLES; role++) {
			build(archs[a], role);
			any = role == SANDBOX_AUTHD ||
			    role == SANDBOX_BACKEND_FOREIGN;
			net = any || role == SANDBOX_BACKEND_NET;
			for (bit = 0; bit < 32; bit++) {
				v = (uint64_t)1 << bit;
				for (i = 0; i < NITEMS(sends); i++)
					ATF_CHECK_MSG(rule_of(sends[i].call,
					    role) == NULL || (net ?
					    !(v & never) : (v & sent) != 0) ==
					    lets(archs[a], sends[i].call,
					    sends[i].arg, 0, v), "%s: %u %u",
					    policies[role].name, i, bit);
				/* Signals by I/O for nobody. */
				ATF_CHECK(!lets(archs[a], CALL_fcntl, 2,
				    F_SETFL, v | O_ASYNC));
				if (!net)
					ATF_CHECK(!lets(archs[a], CALL_fcntl,
					    2, F_SETFL, v));
				ATF_CHECK(net || !(v & ~(uint64_t)1) ||
				    !lets(archs[a], CALL_shutdown, 1, 0, v));
			}
			ATF_CHECK_EQ(net || role == SANDBOX_ENGINE ||
			    role == SANDBOX_KEYD, lets(archs[a], CALL_fcntl,
			    2, F_SETFL, O_RDWR | O_NONBLOCK));
			ATF_CHECK_EQ(net, lets(archs[a], CALL_fcntl, 2,
			    F_SETFL, O_RDWR));
			ATF_CHECK(lets(archs[a], CALL_fcntl, 2, F_GETFD, ~0U));
			for (v = 0; v < 2000; v++) {
				if (v == F_SETOWN || v == F_SETSIG ||
				    v == F_NOTIFY || v == F_SETLEASE ||
				    v == F_SETOWN_EX)
					ATF_CHECK(!lets(archs[a], CALL_fcntl,
					    1, 0, v));
			}
			ATF_CHECK_EQ(net, lets(archs[a], CALL_shutdown, 1, 0,
			    SHUT_RD));
			ATF_CHECK_EQ(net, lets(archs[a], CALL_ioctl, 1, 0,
			    0x5421 /* FIONBIO */));
		}
	}
}

/* Options: TCP's of its own level, the socket's of its own. */
ATF_TC_WITHOUT_HEAD(engine_options);
ATF_TC_BODY(engine_options, tc)
{
	uint64_t	 opt;
	size_t		 a;

	for (a = 0; a < NITEMS(archs); a++) {
		build(archs[a], SANDBOX_ENGINE);
		for (opt = 0; opt < 100; opt++) {
			ATF_CHECK_EQ(opt == SO_KEEPALIVE || opt == SO_RCVTIMEO
			    || opt == SO_SNDTIMEO, lets(archs[a],
			    CALL_setsockopt, 2, SOL_SOCKET, opt));
			ATF_CHECK_EQ(opt == 1 || (opt >= 4 && opt <= 6),
			    lets(archs[a], CALL_setsockopt, 2,
			    6 /* IPPROTO_TCP */, opt));
			ATF_CHECK(!lets(archs[a], CALL_setsockopt, 2,
			    0 /* IPPROTO_IP */, opt));
			ATF_CHECK_EQ(opt == 0, lets(archs[a], CALL_accept4, 3,
			    0, opt ^ (SOCK_NONBLOCK | SOCK_CLOEXEC)));
		}
	}
}

/* Which roles enter namespaces, and of which kinds; none makes any. */
ATF_TC_WITHOUT_HEAD(spaces);
ATF_TC_BODY(spaces, tc)
{
	const uint64_t	 own = CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWIPC;
	unsigned int	 role, bit;
	uint64_t	 type;
	size_t		 a;

	for (a = 0; a < NITEMS(archs); a++) {
		for (role = 0; role < SANDBOX_ROLES; role++) {
			build(archs[a], role);
			ATF_CHECK_EQ(KILL, ask(archs[a], CALL_setns, 3, 0, 0,
			    0));
			ATF_CHECK_EQ(KILL, ask(archs[a], CALL_setns, 3, own, 0,
			    0));
			for (bit = 0; bit < 32; bit++) {
				type = (uint64_t)1 << bit;
				ATF_CHECK_EQ(role == SANDBOX_AUTHD &&
				    (type & own) ? ALLOW : KILL, ask(archs[a],
				    CALL_setns, 3, type, 0, 0));
			}
			ATF_CHECK(rule_of(CALL_setns, role) == NULL ||
			    role == SANDBOX_AUTHD);
		}
	}
}

/* For all values of an argument around those that a rule names. */
ATF_TC_WITHOUT_HEAD(open_flags);
ATF_TC_BODY(open_flags, tc)
{
	uint64_t	 flags, bad = O_WRONLY | O_RDWR | O_CREAT | O_TRUNC |
			    O_APPEND | O_PATH;
	unsigned int	 bit;
	size_t		 a;

	for (a = 0; a < NITEMS(archs); a++) {
		build(archs[a], SANDBOX_BACKEND);
		for (bit = 0; bit < 32; bit++) {
			flags = (uint64_t)1 << bit;
			ATF_CHECK_EQ(flags & bad ? FAIL(EACCES) : ALLOW,
			    ask(archs[a], CALL_openat, 0xffffff9c, 1, flags,
			    0));
		}
	}
}

/* The named directory may be written, not the one above it. */
ATF_TC_WITHOUT_HEAD(folders);
ATF_TC_BODY(folders, tc)
{
	static const struct {
		const char	*path;
		const char	*folder;
	}			 cases[] = {
		{ "a/b", "a/b" },		/* a directory */
		{ "a/b/", "a/b/" },
		{ "a/b/file", "a/b" },
		{ "a/b/none", "a/b" },		/* not there yet */
		{ "a/none/none", "a" },
		{ "a/none/", "a" }
	};
	struct sandbox		 what;
	char			 here[PATH_MAX], path[PATH_MAX + 32],
				 folder[PATH_MAX + 32];
	size_t			 i;

	ATF_REQUIRE(getcwd(here, sizeof(here)) != NULL);
	ATF_REQUIRE(mkdir("a", 0755) == 0 && mkdir("a/b", 0755) == 0);
	atf_utils_create_file("a/b/file", "x");
	for (i = 0; i < NITEMS(cases); i++) {
		memset(&what, 0, sizeof(what));
		(void)snprintf(path, sizeof(path), "%s/%s", here,
		    cases[i].path);
		(void)snprintf(folder, sizeof(folder), "%s/%s", here,
		    cases[i].folder);
		sandbox_directory(&what, path, SANDBOX_WRITE);
		ATF_REQUIRE_EQ(1, what.npaths);
		ATF_CHECK_STREQ(folder, what.paths[0].path);
	}
	memset(&what, 0, sizeof(what));
	sandbox_directory(&what, "/none/none", SANDBOX_WRITE);
	ATF_CHECK_STREQ("/", what.paths[0].path);
}

static int
no_call(long number)
{
	errno = 0;
	return syscall(number, 0, 0, 0, 0, 0, 0) == -1 && errno == ENOSYS;
}

/* And the kernel agrees: the filter kills, and only what it should. */
ATF_TC_WITHOUT_HEAD(kills);
ATF_TC_BODY(kills, tc)
{
	static const enum sandbox_role	 roles[] = { SANDBOX_ENGINE,
					    SANDBOX_BACKEND, SANDBOX_KEYD };
	size_t				 i;
	pid_t				 pid;
	int				 status;

	(void)fflush(NULL);
	ATF_REQUIRE((pid = fork()) != -1);
	if (pid == 0) {
		sandbox_enter(SANDBOX_KEYD, NULL);
		(void)getpid();
		(void)getppid();
		_exit(0);
	}
	ATF_REQUIRE_EQ(pid, waitpid(pid, &status, 0));
	if (sandbox_knobs()->action != SECCOMP_RET_KILL_PROCESS)
		atf_tc_skip("not with the sanitizers");
	ATF_CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS);

	for (i = 0; i < NITEMS(roles); i++) {
		ATF_REQUIRE((pid = fork()) != -1);
		if (pid == 0) {
			sandbox_enter(roles[i], NULL);
			_exit(no_call(SYS_clone3) && no_call(SYS_statx) &&
			    no_call(SYS_rseq) && no_call(SYS_openat2) &&
			    no_call(452 /* fchmodat2 */) &&
			    no_call(SYSCALL_LAST + 1) ? 0 : 1);
		}
		ATF_REQUIRE_EQ(pid, waitpid(pid, &status, 0));
		ATF_CHECK_MSG(WIFEXITED(status) && WEXITSTATUS(status) == 0,
		    "%s: status %#x", policies[roles[i]].name, status);
	}
}

/* What the log says of each kernel: no more than a later one could deny. */
ATF_TC_WITHOUT_HEAD(old_landlock);
ATF_TC_BODY(old_landlock, tc)
{
	static const struct {
		const char	*what;
		int		 since;
	} rights[] = {
		{ "truncation by name", 3 }, { "TCP ports", 4 },
		{ "ioctls of devices", 5 }, { "signals", 6 },
		{ "abstract sockets", 6 }
	};
	const char	*text;
	size_t		 i;
	int		 abi, said;

	for (abi = 1; abi <= 8; abi++) {
		text = landlock_lacks(abi);
		ATF_CHECK_EQ(abi < 6, text != NULL);
		for (i = 0; i < NITEMS(rights); i++) {
			said = text != NULL &&
			    strstr(text, rights[i].what) != NULL;
			ATF_CHECK_MSG(said == (abi < rights[i].since),
			    "ABI %d: %s", abi, rights[i].what);
		}
	}
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, numbers);
	ATF_TP_ADD_TC(tp, rules);
	ATF_TP_ADD_TC(tp, newer);
	ATF_TP_ADD_TC(tp, table);
	ATF_TP_ADD_TC(tp, headers);
	ATF_TP_ADD_TC(tp, native);
	ATF_TP_ADD_TC(tp, identity);
	ATF_TP_ADD_TC(tp, memory);
	ATF_TP_ADD_TC(tp, session_names);
	ATF_TP_ADD_TC(tp, sockets);
	ATF_TP_ADD_TC(tp, shared);
	ATF_TP_ADD_TC(tp, engine_options);
	ATF_TP_ADD_TC(tp, spaces);
	ATF_TP_ADD_TC(tp, open_flags);
	ATF_TP_ADD_TC(tp, folders);
	ATF_TP_ADD_TC(tp, kills);
	ATF_TP_ADD_TC(tp, old_landlock);
	return atf_no_error();
}
