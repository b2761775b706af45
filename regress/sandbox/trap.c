/* SPDX-License-Identifier: ISC */
/*
 * Linked into test builds in place of sandbox_strict_linux.c: a call that the
 * policy does not have is named on standard error and fails with ENOSYS, where
 * a release would be killed.  t_sandbox.sh runs the daemon like this.
 */

#include <linux/seccomp.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <ucontext.h>
#include <unistd.h>

#include "sandbox_policy_linux.h"
#include "trap.h"

static const char	*program = "?";

const struct sandbox_knobs *
sandbox_knobs(void)
{
	/* A limit on files would silence standard error. */
	static const struct sandbox_knobs	 knobs = {
		SECCOMP_RET_TRAP, LAYERS_ALL & ~LAYER_LIMITS, 0
	};

	return &knobs;
}

static void
on_sigsys(int sig, siginfo_t *si, void *context)
{
	char		 text[160];
	const char	*name;
	int		 n;

	name = seccomp_name(seccomp_native, si->si_syscall);
	n = snprintf(text, sizeof(text), "unlisted call %d (%s) in %s, args "
	    "%#lx %#lx %#lx\n", si->si_syscall, name == NULL ? "?" : name,
	    program, trap_arg(context, 0), trap_arg(context, 1),
	    trap_arg(context, 2));
	if (write(STDERR_FILENO, text, (size_t)n) == -1)
		_exit(1);
	trap_result(context, -ENOSYS);
}

static void __attribute__((constructor))
trap_init(int argc, char **argv)
{
	struct sigaction	 sa;

	memset(&sa, 0, sizeof(sa));
	sa.sa_sigaction = on_sigsys;
	sa.sa_flags = SA_SIGINFO;
	(void)sigemptyset(&sa.sa_mask);
	if (sigaction(SIGSYS, &sa, NULL) == -1)
		_exit(1);
	program = strdup(argv[0]);
}
