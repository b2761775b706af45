/* SPDX-License-Identifier: ISC */
/*
 * without landlock|seccomp|namespaces|setns PROGRAM ...: run it as on a kernel
 * that does not have this: what sets it up is answered as such a kernel does.
 */

#include <sys/prctl.h>
#include <sys/syscall.h>

#include <linux/filter.h>
#include <linux/seccomp.h>

#include <err.h>
#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

static const struct {
	const char	*name;
	unsigned int	 call;
} layers[] = {
	{ "landlock", SYS_landlock_create_ruleset },
	{ "seccomp", SYS_seccomp },
	{ "namespaces", SYS_unshare },
	{ "setns", SYS_setns }
};

int
main(int argc, char **argv)
{
	struct sock_filter	 insn[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
		    offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)
	};
	struct sock_fprog	 prog = { 4, insn };
	size_t			 i;

	for (i = 0; argc > 2 && i < 4; i++) {
		if (strcmp(argv[1], layers[i].name) == 0)
			insn[1].k = layers[i].call;
	}
	if (argc < 3 || insn[1].k == 0)
		errx(1, "usage: without landlock|seccomp|namespaces|setns "
		    "program ...");
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1 ||
	    syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &prog) == -1)
		err(1, "seccomp");
	execv(argv[2], argv + 2);
	err(1, "%s", argv[2]);
}
