/* SPDX-License-Identifier: ISC */
/* Runs in: every process on Linux.  From a table of calls to a filter. */

#ifndef POP3D_COMMON_SANDBOX_SECCOMP_LINUX_H
#define POP3D_COMMON_SANDBOX_SECCOMP_LINUX_H

#include <linux/filter.h>

#include <stddef.h>
#include <stdint.h>

#include "ids.h"
#include "syscalls_linux.h"

struct sandbox_knobs;

/* An architecture; the one that we are built for is seccomp_native. */
struct seccomp_arch {
	const char	*name;
	uint32_t	 audit;			/* AUDIT_ARCH_* */
	uint32_t	 foreign;		/* bit of the numbers of
						 * another ABI (x32), or 0 */
	int		 number[CALL_COUNT];	/* or NOCALL */
};
extern const struct seccomp_arch	 seccomp_x86_64, seccomp_aarch64;
extern const struct seccomp_arch *const	 seccomp_native;

/*
 * A test of one argument, of which the lower 32 bits count (the kernel looks at
 * no more where it takes an int), but for ADDR_*.
 */
enum seccomp_op {
	TEST_END = 0,
	TEST_IN,		/* one of the n values */
	TEST_CLEAR,		/* none of the bits of value 0 */
	TEST_WHEN,		/* the next test counts only if this is value
				 * 0 */
	TEST_SAME,		/* as the argument whose number is value 0 */
	TEST_PARAM,		/* the parameter whose number is value 0 */
	TEST_MIN,		/* that, or more */
	TEST_MAX,		/* that, or less */
	TEST_GROUP,		/* from PARAM_GID_MIN to PARAM_GID_MAX, or one
				 * of PARAM_GIDS */
	TEST_ADDR,		/* 64 bits: the address that is parameter
				 * value 0 or, with n 2, value 1 */
	TEST_ADDR_NULL,		/* 64 bits: a null pointer */
	TEST_ADDR_HIGH		/* 64 bits: 2^32 or more */
};
#define SECCOMP_VALUES	16

struct seccomp_test {
	enum seccomp_op	 op;
	unsigned int	 arg;
	unsigned int	 n;
	uint32_t	 v[SECCOMP_VALUES];
};

/*
 * A call that roles (bits 1 << role) may make, if all tests (up to TEST_END;
 * NULL: none) hold.  If not: error, or, 0, the worst.  A rule of never is
 * always answered with its error.  No call stands twice for one role.
 */
struct seccomp_rule {
	enum syscall_id			 call;
	unsigned int			 roles;
	const struct seccomp_test	*tests;
	int				 error;
	int				 never;
};

/* Numbers that only the running process knows. */
enum seccomp_param {
	PARAM_UID_MIN,
	PARAM_UID_MAX,
	PARAM_GID_MIN,			/* the next in this order */
	PARAM_GID_MAX,
	PARAM_GIDS,			/* IDS_GROUPS of them */
	PARAM_GIDS_LAST = PARAM_GIDS + IDS_GROUPS - 1,
	PARAM_DIR,			/* descriptor */
	PARAM_MAILBOX,			/* address of a name, below 2^32 */
	PARAM_DOTLOCK,			/* another */
	PARAM_COUNT
};

#define SECCOMP_LEN_MAX	1024		/* instructions */

struct seccomp_prog {
	struct sock_filter	 insn[SECCOMP_LEN_MAX];
	size_t			 len;
};

/*
 * Make the filter of a role: another architecture or ABI is killed, a number
 * above SYSCALL_LAST gets ENOSYS, what is not in the rules gets action (with
 * SECCOMP_RET_ALLOW as action errors are allowed too).  0, or -1 if it does
 * not fit.
 */
int	 seccomp_build(struct seccomp_prog *, const struct seccomp_arch *,
	    const struct seccomp_rule *, size_t nrules, unsigned int role,
	    const uint32_t param[PARAM_COUNT], uint32_t action);

/* Hand it to the kernel: 0, or -1 with errno. */
int	 seccomp_install(const struct seccomp_prog *);

/* The name of a call's number here, or NULL. */
const char	*seccomp_name(const struct seccomp_arch *, int number);

#endif
