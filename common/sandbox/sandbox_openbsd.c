/* SPDX-License-Identifier: ISC */
/*
 * Runs in: every process, on OpenBSD: pledge(2) and unveil(2).  Both are part
 * of the system, so there is nothing that could be missing.
 */

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "log.h"
#include "sandbox.h"

/* What a role promises, and why it needs each. */
static const struct {
	const char	*name;
	const char	*promises;
} policies[SANDBOX_ROLES] = {
	/*
	 * rpath: pwd.db, the others' programs; wpath cpath fattr: state
	 * directories and dotlocks; proc exec id: starting and ending the
	 * others, who give up root and chroot themselves; unix inet dns:
	 * syslog, and what a backend of one's own may need after exec, which
	 * keeps no pledge.
	 */
	[SANDBOX_AUTHD] = { "authd",
	    "stdio rpath wpath cpath fattr chown flock proc exec id getpw unix "
	    "sendfd recvfd" },
	/* inet: accept and the options of connections; recvfd: sessions. */
	[SANDBOX_ENGINE] = { "engine", "stdio inet recvfd" },
	/* rpath getpw: the databases of users. */
	[SANDBOX_BACKEND] = { "backend", "stdio rpath getpw" },
	/* wpath cpath fattr flock: a new password file in the old one's place*/
	[SANDBOX_BACKEND_WRITE] = { "backend",
	    "stdio rpath wpath cpath fattr chown flock getpw" },
	/* inet dns unix: the server, by name or on this machine. */
	[SANDBOX_BACKEND_NET] = { "backend",
	    "stdio rpath getpw inet dns unix" },
	/* proc exec: somebody else's program, which keeps no pledge. */
	[SANDBOX_BACKEND_FOREIGN] = { "backend",
	    "stdio rpath getpw proc exec inet dns unix" },
	/* It reads a digest and writes a signature. */
	[SANDBOX_KEYD] = { "keyd", "stdio recvfd" },
	/*
	 * proc id: sessions, as their users; rpath wpath cpath flock unveil:
	 * what a session opens and locks before its seal; fattr: for sessions,
	 * which can promise no more than it; recvfd sendfd: its channels.
	 */
	[SANDBOX_SPAWNER] = { "spawner",
	    "stdio rpath wpath cpath fattr flock proc id sendfd recvfd "
	    "unveil" },
	/*
	 * rpath: whether the path still names the mailbox, whether somebody
	 * has the dotlock; flock: its locks; fattr: futimens(2), the mailbox's
	 * time after a removal.
	 */
	[SANDBOX_SESSION] = { "session", "stdio rpath fattr flock" },
	/* wpath cpath: the dotlock; proc: whether the maker of one lives. */
	[SANDBOX_SESSION_DOTLOCK] = { "session",
	    "stdio rpath wpath cpath fattr flock proc" }
};

/* OpenBSD looks at paths, not at addresses of names. */
const char *
sandbox_name(const char *name)
{
	return name;
}

static void
show(const char *path, const char *rights)
{
	if (unveil(path, rights) == -1 && errno != ENOENT)
		fatal("sandbox: unveil %s", path);
}

static void
show_paths(const struct sandbox *what)
{
	char	 rights[5];
	size_t	 i;

	for (i = 0; i < what->npaths; i++) {
		rights[0] = '\0';
		if (what->paths[i].rights & SANDBOX_READ)
			(void)strlcat(rights, "r", sizeof(rights));
		if (what->paths[i].rights & SANDBOX_WRITE)
			(void)strlcat(rights, "wc", sizeof(rights));
		if (what->paths[i].rights & SANDBOX_EXEC)
			(void)strlcat(rights, "x", sizeof(rights));
		show(what->paths[i].path, rights);
	}
}

/* Of a session's mailbox there is its name to look at, and its dotlock's. */
static void
show_mailbox(const struct sandbox *what)
{
	char	 path[1200];

	if (what->path == NULL)
		return;
	show(what->path, "r");
	if (what->dotlock == NULL)
		return;
	(void)snprintf(path, sizeof(path), "%.*s%s",
	    (int)(strlen(what->path) - strlen(what->mailbox)), what->path,
	    what->dotlock);
	show(path, what->dotlock_own ? "rwc" : "r");
}

void
sandbox_enter(enum sandbox_role role, const struct sandbox *what)
{
	static const struct sandbox	 nothing;
	const char			*promises = policies[role].promises;

	if (what == NULL)
		what = &nothing;
	/* BSD authentication starts login_passwd(8). */
	if (role == SANDBOX_BACKEND && what->helpers)
		promises = "stdio rpath getpw proc exec";
	/* It is open in all processes; they log through authd. */
	if (role != SANDBOX_AUTHD && dup2(STDIN_FILENO, STDERR_FILENO) == -1)
		fatal("sandbox: standard error");
	show("/dev/null", "rw");
	show_paths(what);
	if (role == SANDBOX_BACKEND && what->helpers)
		show("/usr/libexec/auth", "x");
	if (role == SANDBOX_SESSION || role == SANDBOX_SESSION_DOTLOCK)
		show_mailbox(what);
	/* Sessions hide more than the spawner they come from. */
	if (role != SANDBOX_SPAWNER && unveil(NULL, NULL) == -1)
		fatal("sandbox: unveil");
	if (pledge(promises, NULL) == -1)
		fatal("sandbox: pledge");
	if (role == SANDBOX_SESSION || role == SANDBOX_SESSION_DOTLOCK)
		log_debug("sandbox: %s: pledge unveil", policies[role].name);
	else
		log_info("sandbox: %s: pledge unveil", policies[role].name);
}
