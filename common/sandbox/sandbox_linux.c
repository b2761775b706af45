/* SPDX-License-Identifier: ISC */
/*
 * Runs in: every process, on Linux: no_new_privs, limits, Landlock, seccomp.
 * Trusts: the tables of sandbox_policy_linux.c.
 */

#include <sys/types.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include <linux/seccomp.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "ids.h"
#include "landlock_linux.h"
#include "log.h"
#include "sandbox.h"
#include "sandbox_policy_linux.h"

/*
 * Where a session keeps the names that it may still give to the system: below
 * 2^32, where nothing else of a position-independent program is.
 */
#define NAMES_ADDR	0x20000000UL
#define NAMES_SIZE	4096

static char	*names;			/* strings, one behind the other */
static size_t	 names_len;
static int	 names_sealed;
static const char *names_left[2];	/* that the seal lets through */

const char *
sandbox_name(const char *name)
{
	const char	*p;
	size_t		 size = strlen(name) + 1;

	for (p = names; p != NULL && p < names + names_len;
	    p += strlen(p) + 1) {
		if (strcmp(p, name) == 0 && (!names_sealed ||
		    p == names_left[0] || p == names_left[1]))
			return p;
	}
	if (names_sealed || size > NAMES_SIZE - names_len) {
		errno = EPERM;
		return NULL;
	}
	if (names == NULL) {
		names = mmap((void *)NAMES_ADDR, NAMES_SIZE,
		    PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS |
		    MAP_FIXED_NOREPLACE, -1, 0);
		if (names == MAP_FAILED) {
			names = NULL;
			return NULL;
		}
	}
	memcpy(names + names_len, name, size);
	names_len += size;
	return names + names_len - size;
}

static void
limit(int resource, const char *name, uint64_t max)
{
	struct rlimit	 rl;

	if (getrlimit(resource, &rl) == -1)
		fatal("sandbox: %s", name);
	if (rl.rlim_max != RLIM_INFINITY && rl.rlim_max < max)
		max = rl.rlim_max;
	rl.rlim_cur = rl.rlim_max = max;
	if (setrlimit(resource, &rl) == -1)
		fatal("sandbox: %s", name);
}

static void
limits(const struct policy *p, const struct sandbox *what, int memory)
{
	uint64_t	 max = p->memory != 0 ? p->memory : what->octets_max;

	limit(RLIMIT_CORE, "RLIMIT_CORE", 0);
	if (p->files != 0)
		limit(RLIMIT_NOFILE, "RLIMIT_NOFILE", (uint64_t)p->files);
	if (p->no_children)
		limit(RLIMIT_NPROC, "RLIMIT_NPROC", 0);
	if (p->no_files || what->file_max != 0)
		limit(RLIMIT_FSIZE, "RLIMIT_FSIZE", what->file_max);
	if (memory && max != 0)
		limit(RLIMIT_AS, "RLIMIT_AS", max);
	if (p->cpu != 0)
		limit(RLIMIT_CPU, "RLIMIT_CPU", p->cpu);
	/* A limit that is reached is an error, not the end. */
	if (signal(SIGXFSZ, SIG_IGN) == SIG_ERR)
		fatal("sandbox: signal");
}

static uint32_t
name_left(int i, const char *name)
{
	if (name != NULL && (names_left[i] = sandbox_name(name)) == NULL)
		fatal("sandbox: name");
	return (uint32_t)(uintptr_t)names_left[i];
}

/* setresgid(2) takes it for "as it is". */
#define NO_GROUP	UINT32_MAX

/* With nobody to become no number is in range. */
static void
param_ids(uint32_t *param, const struct ids *ids)
{
	static const struct ids	 nobody = { .uid_min = 1, .gid_min = 1 };
	size_t			 i;

	if (ids == NULL)
		ids = &nobody;
	param[PARAM_UID_MIN] = ids->uid_min;
	param[PARAM_UID_MAX] = ids->uid_max;
	param[PARAM_GID_MIN] = ids->gid_min;
	param[PARAM_GID_MAX] = ids->gid_max;
	for (i = 0; i < IDS_GROUPS; i++)
		param[PARAM_GIDS + i] = ids->gids[i] != 0 ? ids->gids[i] :
		    NO_GROUP;
}

static void
make_filter(struct seccomp_prog *prog, enum sandbox_role role,
    const struct sandbox *what, uint32_t action)
{
	uint32_t	 param[PARAM_COUNT];

	memset(param, 0, sizeof(param));
	param_ids(param, what->ids);
	param[PARAM_DIR] = (uint32_t)what->dir;
	param[PARAM_MAILBOX] = name_left(0, what->mailbox);
	param[PARAM_DOTLOCK] = name_left(1, what->dotlock);
	if (names != NULL && mprotect(names, NAMES_SIZE, PROT_READ) == -1)
		fatal("sandbox: mprotect");
	/* A session inherits the spawner's memory. */
	names_sealed = role == SANDBOX_SESSION ||
	    role == SANDBOX_SESSION_DOTLOCK;
	if (seccomp_build(prog, seccomp_native, policy_rules, policy_nrules,
	    role, param, action) == -1)
		fatalx("sandbox: the filter is too long");
}

/* A layer that is not there: the end, or a warning. */
static void
missing(const char *layer, const char *role)
{
	if (!sandbox_is_optional())
		fatal("sandbox: %s: this system does not give %s; \"sandbox "
		    "optional\" in pop3d.conf goes on without", role, layer);
	log_warn("sandbox: %s: this system does not give %s, going on without",
	    role, layer);
}

/* The same for every role: authd says it. */
static void
lacks(enum sandbox_role role, int abi)
{
	const char	*what = landlock_lacks(abi);

	if (role == SANDBOX_AUTHD && what != NULL)
		log_info("sandbox: this kernel's Landlock, ABI %d, cannot "
		    "deny: %s", abi, what);
}

void
sandbox_enter(enum sandbox_role role, const struct sandbox *what)
{
	static const struct sandbox	 nothing;
	static struct seccomp_prog	 prog;
	const struct sandbox_knobs	*knobs = sandbox_knobs();
	const struct policy		*p = &policies[role];
	char				 layers[80] = "no_new_privs";
	char				 text[32];
	int				 abi = 0;

	if (what == NULL)
		what = &nothing;
	make_filter(&prog, role, what, knobs->action);
	/*
	 * Standard error is open in all processes, and may be a log file: what
	 * is said from here on goes through authd.
	 */
	if (role != SANDBOX_AUTHD &&
	    knobs->action == SECCOMP_RET_KILL_PROCESS &&
	    dup2(STDIN_FILENO, STDERR_FILENO) == -1)
		fatal("sandbox: standard error");
	if (knobs->layers & LAYER_LIMITS)
		limits(p, what, knobs->memory);
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == -1 ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1)
		fatal("sandbox: prctl");
	if (knobs->layers & LAYER_LANDLOCK) {
		if (landlock_enter(what, p->bind, p->connect) == -1)
			missing("Landlock", p->name);
		else {
			abi = landlock_abi();
			(void)snprintf(text, sizeof(text), " landlock-abi=%d",
			    abi);
			(void)strlcat(layers, text, sizeof(layers));
		}
	}
	if (knobs->layers & LAYER_SECCOMP) {
		if (seccomp_install(&prog) == -1)
			missing("seccomp", p->name);
		else
			(void)strlcat(layers, " seccomp", sizeof(layers));
	}
	if (what->spaces)
		(void)strlcat(layers, " namespaces", sizeof(layers));
	/* Every login would say the same. */
	if (role == SANDBOX_SESSION || role == SANDBOX_SESSION_DOTLOCK)
		log_debug("sandbox: %s: %s", p->name, layers);
	else
		log_info("sandbox: %s: %s", p->name, layers);
	if (abi != 0)
		lacks(role, abi);
}
