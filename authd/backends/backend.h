/* SPDX-License-Identifier: ISC */
/* Runs in: backends.  The framework of a program auth_NAME. */

#ifndef POP3D_AUTHD_BACKENDS_BACKEND_H
#define POP3D_AUTHD_BACKENDS_BACKEND_H

#include <stddef.h>

#include "backend_code.h"
#include "backend_value.h"
#include "msg.h"

/*
 * A backend is its routines and
 *
 *	int
 *	main(int argc, char **argv)
 *	{
 *		return backend_main(&backend_xyz, argc, argv);
 *	}
 *
 * Requests are served one at a time, and no routine is called before open.  A
 * routine returns a code and, unless that is BACKEND_OK, writes its reason to
 * err (backend_err): a line for the log that no client sees, without
 * passwords.  Arguments have been checked: names by name_user_valid(),
 * passwords are not empty, new ones have no control characters.  They are wiped
 * after the request, so a routine wipes the copies that it makes.
 *
 * Between requests a backend keeps a connection handle or a table, and nothing
 * else.  It opens that when first needed; if it turns out to be dead, it frees
 * it and opens it once more.  The contract is described in pop3d-auth(5).
 */
struct backend {
	const char	*name;		/* as the program's: "auth_xyz" */
	unsigned int	 needs;		/* BACKEND_NEEDS_* */

	/*
	 * One option of the configuration; NULL: the backend has none.  Any
	 * code but OK (unknown, bad value) ends the program.
	 */
	enum backend_code (*option)(const char *key, const char *value,
	    char *err);

	/*
	 * Called once all options are known; NULL: nothing to do.  Any code but
	 * OK (an option is missing) ends the program.  Requests report a server
	 * that is down or a file that cannot be read yet.
	 */
	enum backend_code (*open)(char *err);

	/*
	 * Called for "pop3d -n", like a request: could anybody log in?  Any
	 * code but OK means that nobody can until an operator acts; err says
	 * how.  A server that is down is a warning (log_warnx) and OK.  NULL:
	 * nothing can be missing.
	 */
	enum backend_code (*ready)(char *err);

	/* backend_list(name) for each user.  NULL: not supported. */
	enum backend_code (*get_userlist)(char *err);

	/*
	 * Fill in the record, which is zero except for the quota (-1, unknown).
	 * DENIED: no such user.  RECORD: the record cannot be used, and trying
	 * again does not help; a client learns that only with the password.
	 */
	enum backend_code (*get_userinfo)(const char *user,
	    struct userinfo *info, char *err);

	/*
	 * DENIED: password incorrect; also, after the same time, if the user
	 * does not exist or the record cannot be used.  The reason may differ:
	 * it is for the log.
	 */
	enum backend_code (*check_userpassword)(const char *user,
	    const char *pass, char *err);

	/* DENIED: old password incorrect.  NULL: not supported. */
	enum backend_code (*change_userpassword)(const char *user,
	    const char *oldpass, const char *newpass, char *err);

	/*
	 * check_userpassword and get_userinfo in one, for a backend that knows
	 * the identity only once it has the password; it cannot tell an unknown
	 * user from a wrong password.  NULL: call one after the other.
	 */
	enum backend_code (*login)(const char *user, const char *pass,
	    struct userinfo *info, char *err);

	/*
	 * The request is over: wipe what its first routine left for the second,
	 * since a login calls get_userinfo and check_userpassword.  NULL:
	 * nothing to wipe.
	 */
	void		 (*done)(void);

	/*
	 * Receive the descriptor that another worker of this backend passed to
	 * backend_share; called between requests, or just before open.  fd is
	 * the routine's.  An attacker who took over that worker may have made
	 * it: distrust it like a message.  NULL: nothing is shared.
	 */
	void		 (*shared)(int fd);
};

/* Rights that the framework must leave to the process. */
#define BACKEND_NEEDS_FILES	0x01	/* writes files */
#define BACKEND_NEEDS_FORK	0x02	/* starts helpers */
#define BACKEND_NEEDS_NET	0x04	/* connects to servers */
#define BACKEND_NEEDS_FOREIGN	0x08	/* runs third-party code; also needed
					 * for FILES and NET together */

/* Serve authd until it closes the channel; returns the exit status. */
int	 backend_main(const struct backend *, int argc, char **argv);

/* List one user; for get_userlist.  Skips names that no login can have. */
void	 backend_list(const char *name);

/*
 * For open: keep the directory of this file accessible after confinement, and
 * with BACKEND_NEEDS_FILES writable.  Only directories named by these calls
 * remain.  If the file is a symbolic link, its target's directory remains, too.
 */
void	 backend_reads(const char *path);

/*
 * For a routine that cannot read a file but could answer without it: return
 * whether the file has moved out of this worker's sandbox, because a directory
 * or a link on its path was replaced.  If so, return BACKEND_INTERNAL: authd
 * asks a new worker, whose sandbox includes the new place.
 */
int	 backend_moved(void);

/*
 * Pass fd to the other workers of this backend, replacing what was passed
 * before.  fd stays the caller's; -1: there is nothing to share.
 */
void	 backend_share(int fd);

#endif
