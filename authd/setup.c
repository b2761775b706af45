/* SPDX-License-Identifier: ISC */
/*
 * Runs in: authd, root, before any other process.  Trusts: the configuration.
 * A failure here is an operator's mistake: one line names it, exit 1.
 */

#include <sys/types.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <netinet/in.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "authd.h"
#include "defaults.h"
#include "log.h"
#include "namespace.h"
#include "pki.h"
#include "privdrop.h"
#include "setup.h"
#include "state.h"

/* Descriptors of a process beside those of sessions and listeners. */
#define RESERVE		28

static void
setup_account(struct account *account, const char *name)
{
	struct passwd	*pw;

	account->name = name;
	if ((pw = getpwnam(name)) == NULL)
		fatalx("account %s does not exist: create it, see pop3d(8)",
		    name);
	if (pw->pw_uid == 0 || pw->pw_gid == 0)
		fatalx("account %s: must not have uid or gid 0", name);
	account->uid = pw->pw_uid;
	account->gid = pw->pw_gid;
}

static void
setup_group(const char *name)
{
	struct group	*gr;

	if ((gr = getgrnam(name)) == NULL)
		fatalx("groups: there is no group %s", name);
	if (gr->gr_gid == 0)
		fatalx("groups: %s is root's", name);
	if (ids_add(&authd.conf->ids, gr->gr_gid) == -1)
		fatalx("groups: more than %d", IDS_GROUPS);
}

/*
 * Groups that users may have although they are outside the range.  By default
 * "users", the primary group of users on some systems.
 */
static void
setup_groups(void)
{
	const struct conf_host	*h;

	TAILQ_FOREACH(h, &authd.conf->groups, entry)
		setup_group(h->name);
	if (!authd.conf->groups_said && getgrnam(DEFAULT_GROUP) != NULL)
		setup_group(DEFAULT_GROUP);
}

void
setup_accounts(void)
{
	if (!authd.privileged)
		return;
	setup_account(&authd.engine, "_pop3d");
	setup_account(&authd.auth, "_pop3auth");
	setup_account(&authd.key, "_pop3key");
	setup_account(&authd.stor, "_pop3stor");
	setup_groups();
	/* Each child checks this again; checked here, it is logged once. */
	privdrop_check_chroot(authd.conf->chroot);
}

static void
setup_program(const char *name, const char *file, unsigned int line)
{
	char	*path;

	if (asprintf(&path, "%s/%s", authd.libexec, name) == -1)
		fatal("%s", name);
	if (access(path, X_OK) == -1) {
		if (file != NULL)
			fatal("%s:%u: no such backend: %s", file, line, path);
		fatal("program %s", path);
	}
	free(path);
}

void
setup_programs(void)
{
	struct conf_auth	*auth;
	char			 name[80];

	setup_program("engine", NULL, 0);
	setup_program("keyd", NULL, 0);
	setup_program("storaged", NULL, 0);
	TAILQ_FOREACH(auth, &authd.conf->auths, entry) {
		(void)snprintf(name, sizeof(name), "auth_%s", auth->name);
		setup_program(name, auth->file, auth->line);
	}
}

/*
 * Keys are read again when keyd runs, so that they stay here no longer than it
 * takes to pass them on.  Report at once if one is missing.
 */
void
setup_pki(void)
{
	struct conf_pki	*pki;
	char		 why[PATH_LEN_MAX + 128], *key;
	size_t		 len;

	TAILQ_FOREACH(pki, &authd.conf->pkis, entry) {
		pki->cert = pki_read(pki->cert_path, 0, &len, why,
		    sizeof(why));
		if (pki->cert == NULL)
			fatalx("%s:%u: %s", pki->file, pki->line, why);
		key = pki_read(pki->key_path, 1, &len, why, sizeof(why));
		if (key == NULL)
			fatalx("%s:%u: %s", pki->file, pki->line, why);
		freezero(key, len);
	}
}

/* The port of a socket address, host order; 0 if it has none. */
static unsigned int
setup_port(const struct sockaddr_storage *ss)
{
	struct sockaddr_in	 sin;
	struct sockaddr_in6	 sin6;

	if (ss->ss_family == AF_INET) {
		memcpy(&sin, ss, sizeof(sin));
		return ntohs(sin.sin_port);
	}
	if (ss->ss_family == AF_INET6) {
		memcpy(&sin6, ss, sizeof(sin6));
		return ntohs(sin6.sin6_port);
	}
	return 0;
}

/*
 * From inetd(8): the connection on standard input replaces the listeners.  The
 * listener with its port, or else the first one, decides whether it is TLS.
 * Standard output and error lead to the client, too: nothing may go there.
 */
void
setup_inetd(void)
{
	struct conf_listens	*all = &authd.conf->listens;
	struct conf_listen	*l, *found = TAILQ_FIRST(all);
	struct sockaddr_storage	 ss;
	socklen_t		 len = sizeof(ss);
	int			 fd, null;

	memset(&ss, 0, sizeof(ss));
	if (getsockname(STDIN_FILENO, (struct sockaddr *)&ss, &len) == -1)
		fatal("-i: standard input is not a connection");
	TAILQ_FOREACH(l, all, entry) {
		if (setup_port(&ss) != 0 && setup_port(&l->ss) ==
		    setup_port(&ss)) {
			found = l;
			break;
		}
	}
	if ((fd = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3)) == -1 ||
	    (null = open("/dev/null", O_RDWR | O_CLOEXEC)) == -1 ||
	    dup2(null, STDIN_FILENO) == -1 ||
	    dup2(null, STDOUT_FILENO) == -1 ||
	    dup2(null, STDERR_FILENO) == -1)
		fatal("-i");
	(void)close(null);
	while ((l = TAILQ_FIRST(all)) != NULL) {
		TAILQ_REMOVE(all, l, entry);
		if (l != found)
			conf_listen_free(l);
	}
	found->fd = fd;
	TAILQ_INSERT_TAIL(all, found, entry);
	authd.conf->engines = 1;
}

void
setup_state(void)
{
	if (state_open(1) == -1)
		exit(1);
}

/* The descriptors of authd beside one for each login. */
static rlim_t
setup_own(rlim_t listens)
{
	struct conf_auth	*auth;
	rlim_t			 workers = 0;

	TAILQ_FOREACH(auth, &authd.conf->auths, entry)
		workers += auth->workers + 1;	/* the shared one */
	return RESERVE + (authd.conf->engines + 1) * listens + workers +
	    authd.conf->engines;
}

/*
 * An engine needs a descriptor for each session and a second one after its
 * login; authd one for each login.  Promise no more than there are.
 */
static void
setup_sessions(rlim_t nofile, rlim_t listens)
{
	struct m_limits	*limits = &authd.conf->limits;
	uint32_t	 wanted = limits->sessions;
	rlim_t		 most = setup_own(listens);

	if (nofile < most + 8)
		fatalx("%llu descriptors are too few, see ulimit -n",
		    (unsigned long long)nofile);
	authd.logins_max = nofile - most > UINT32_MAX ? UINT32_MAX :
	    (uint32_t)(nofile - most);
	most = nofile - RESERVE - listens;
	limits->descriptors = most > UINT32_MAX ? UINT32_MAX : (uint32_t)most;
	if (limits->sessions > limits->descriptors)
		limits->sessions = limits->descriptors;
	if (wanted > limits->descriptors / 2)
		log_warnx("%llu descriptors: only %u sessions per engine, or "
		    "%u that are logged in, not %u; see ulimit -n",
		    (unsigned long long)nofile, limits->sessions,
		    limits->descriptors / 2, wanted);
}

/* The user namespaces of the spawner and of sessions. */
void
setup_namespaces(void)
{
	const struct account	*stor = &authd.stor;

	if (authd.privileged)
		namespace_init(stor->uid, stor->gid, &authd.conf->ids);
	else
		namespace_init(geteuid(), getegid(), NULL);
}

/* keyd, which inherits this, locks its memory. */
static void
setup_locked_memory(void)
{
	const rlim_t	 wanted = 256U << 20;
	struct rlimit	 rl;

	if (getrlimit(RLIMIT_MEMLOCK, &rl) == -1 || rl.rlim_max >= wanted)
		return;
	rl.rlim_max = wanted;
	(void)setrlimit(RLIMIT_MEMLOCK, &rl);
}

/*
 * Raise the limit on descriptors to what the configuration needs, if that is
 * allowed; else to the hard limit.  Children inherit it.
 */
void
setup_limits(void)
{
	struct conf_listen	*l;
	struct rlimit		 rl, more;
	rlim_t			 listens = 0, engine, own;

	setup_locked_memory();
	TAILQ_FOREACH(l, &authd.conf->listens, entry)
		listens++;
	engine = RESERVE + listens + 2 * (rlim_t)authd.conf->limits.sessions;
	own = setup_own(listens) +
	    (rlim_t)authd.conf->engines * authd.conf->limits.sessions;
	if (getrlimit(RLIMIT_NOFILE, &rl) == -1)
		fatal("getrlimit");
	more.rlim_cur = more.rlim_max = engine > own ? engine : own;
	if (more.rlim_max > rl.rlim_max &&
	    setrlimit(RLIMIT_NOFILE, &more) == 0)
		rl = more;
	rl.rlim_cur = rl.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &rl) == -1)
		fatal("setrlimit");
	setup_sessions(rl.rlim_cur, listens);
	rl.rlim_cur = rl.rlim_max = 0;
	if (setrlimit(RLIMIT_CORE, &rl) == -1)
		fatal("setrlimit");
}
