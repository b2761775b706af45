/* SPDX-License-Identifier: ISC */
/*
 * Linked into test builds of every role, with --wrap=sandbox_enter: once the
 * process has given everything up it tries to get out, in every way of
 * escape_tries.c, and says in the log what came of it.  What a release would be
 * killed for is trapped here, counts as denied, and the next is tried.
 *
 * Which layers are active says the file "escape" beside the program: its lines
 * are "all", "seccomp", "landlock", "namespaces" or "none" ("none" tries
 * nothing and is for measuring), a mailbox, a key, and a directory that all may
 * write.
 */

#include <sys/types.h>

#include <linux/seccomp.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "escape.h"
#include "landlock_linux.h"
#include "log.h"
#include "sandbox_policy_linux.h"
#include "trap.h"

void	 __real_sandbox_enter(enum sandbox_role, const struct sandbox *);
void	 __wrap_sandbox_enter(enum sandbox_role, const struct sandbox *);

char	 escape_mailbox[1024], escape_key[1024], escape_made[5][1100];

static char			 layers[16] = "all";
static volatile sig_atomic_t	 trapped;
static int			 abi;		/* of Landlock */

static void
on_sigsys(int sig, siginfo_t *si, void *context)
{
	trapped = 1;
	trap_result(context, -ENOSYS);
}

static void
read_line(FILE *fp, char *line, size_t size)
{
	if (fgets(line, (int)size, fp) == NULL)
		_exit(99);
	line[strcspn(line, "\n")] = '\0';
}

static void __attribute__((constructor))
escape_init(void)
{
	struct sigaction	 sa;
	char			 path[1100], folder[1024], *slash;
	ssize_t			 n;
	FILE			*fp;
	int			 i;

	memset(&sa, 0, sizeof(sa));
	sa.sa_sigaction = on_sigsys;
	sa.sa_flags = SA_SIGINFO;
	(void)sigemptyset(&sa.sa_mask);
	n = readlink("/proc/self/exe", path, 1024);
	path[n > 0 ? n : 0] = '\0';
	if (sigaction(SIGSYS, &sa, NULL) == -1 ||
	    (slash = strrchr(path, '/')) == NULL)
		_exit(99);
	(void)strlcpy(slash, "/escape", sizeof("/escape"));
	if ((fp = fopen(path, "r")) == NULL)
		_exit(99);
	abi = landlock_abi();
	read_line(fp, layers, sizeof(layers));
	read_line(fp, escape_mailbox, sizeof(escape_mailbox));
	read_line(fp, escape_key, sizeof(escape_key));
	read_line(fp, folder, sizeof(folder));
	for (i = 0; i < 5; i++)
		(void)snprintf(escape_made[i], sizeof(escape_made[i]),
		    "%s/made%d", folder, i);
	(void)fclose(fp);
}

const struct sandbox_knobs *
sandbox_knobs(void)
{
	static struct sandbox_knobs	 knobs = { SECCOMP_RET_TRAP, 0, 1 };

	if (strcmp(layers, "all") == 0)
		knobs.layers = LAYERS_ALL;
	else if (strcmp(layers, "seccomp") == 0)
		knobs.layers = LAYER_SECCOMP;
	else if (strcmp(layers, "landlock") == 0)
		knobs.layers = LAYER_LANDLOCK;
	else if (strcmp(layers, "namespaces") == 0)
		knobs.layers = LAYER_SPACES;
	return &knobs;
}

/* What a kernel says that does not do it, beside what the trap says. */
static int
is_denial(int error, enum sandbox_role role)
{
	/* An id, a network, a name that is not there. */
	if (strcmp(layers, "namespaces") == 0 && (error == EINVAL ||
	    error == ENETUNREACH || error == ECONNREFUSED))
		return 1;
	return trapped || error == EPERM || error == EACCES ||
	    error == EXDEV || error == ENOSYS || error == EAFNOSUPPORT ||
	    error == ENOTTY || error == ENOPROTOOPT ||
	    (error == ENOENT && (role == SANDBOX_ENGINE ||
	    role == SANDBOX_KEYD));
}

/* Whether Landlock alone denies it, and whether this kernel's is too old to. */
static int
by_landlock(int alone)
{
	return (alone & BY_LANDLOCK) || ((alone & BY_PORTS) && abi >= 4) ||
	    ((alone & BY_SCOPES) && abi >= 6);
}

static int
too_old(int alone)
{
	return (alone & (BY_PORTS | BY_SCOPES)) && !by_landlock(alone);
}

static void
verdict(enum sandbox_role role, const char *name, long rv, int error,
    unsigned int design, unsigned int seccomp, int alone)
{
	const char	*what;
	unsigned int	 bit = 1U << role;
	int		 may;

	may = (design & bit) != 0;
	if (strcmp(layers, "seccomp") == 0 ||
	    (strcmp(layers, "all") == 0 && too_old(alone)))
		may |= (seccomp & bit) != 0;
	if (strcmp(layers, "landlock") == 0)
		may |= !by_landlock(alone);
	if (strcmp(layers, "namespaces") == 0)
		may |= !(alone & BY_SPACES) || role < SANDBOX_SPAWNER;
	if (rv == -1 && is_denial(error, role))
		what = trapped ? "denied, by its death" : "denied";
	else if (may)
		what = too_old(alone) ? "may, by an old Landlock" : "may";
	else
		what = "GOT OUT";
	log_info("escape: role %d, %s: %s: %s%s%s", role, layers, name, what,
	    rv == -1 && !trapped ? ": " : "",
	    rv == -1 && !trapped ? strerror(error) : "");
}

void
__wrap_sandbox_enter(enum sandbox_role role, const struct sandbox *what)
{
	const struct escape		*e;
	const struct escape_story	*s;
	long				 rv;
	size_t				 i, n;

	__real_sandbox_enter(role, what);
	if (strcmp(layers, "none") == 0)
		return;
	e = escapes(&n);
	for (i = 0; i < n; i++) {
		trapped = 0;
		errno = 0;
		rv = syscall(e[i].call, e[i].args[0], e[i].args[1],
		    e[i].args[2], e[i].args[3], e[i].args[4], e[i].args[5]);
		verdict(role, e[i].name, rv, errno, e[i].design, e[i].seccomp,
		    e[i].alone);
	}
	for (i = 0; i < escape_nstories; i++) {
		s = &escape_stories[i];
		trapped = 0;
		errno = 0;
		rv = s->try(what);
		verdict(role, s->name, rv, errno, s->design, s->seccomp,
		    s->alone);
	}
	log_info("escape: role %d, %s: %zu ways tried", role, layers,
	    n + escape_nstories);
}
