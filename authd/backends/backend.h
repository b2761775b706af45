/* SPDX-License-Identifier: ISC */
/* Runs in: backends.  What a program auth_NAME is made of. */

#ifndef POP3D_AUTHD_BACKENDS_BACKEND_H
#define POP3D_AUTHD_BACKENDS_BACKEND_H

#include <stddef.h>

#include "backend_code.h"
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
 * One request is served at a time, and no routine is called before open.  A
 * routine answers a code and writes its reason to err (backend_err) unless it
 * answers BACKEND_OK: a line for the log, that no client sees, without
 * passwords.  Arguments have been checked: names by conf_user_valid(),
 * passwords not empty, new ones without control characters.  They are wiped
 * after the request, so a routine wipes the copies that it makes.
 *
 * What one request leaves for the next is a connection handle or a table,
 * opened when it is needed, and when found dead freed and opened once more; no
 * more than that.  The contract is told in pop3d-auth(5).
 */
#define BACKEND_ERR_LEN		(PATH_LEN_MAX + 1)

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
	 * All options are known; NULL: nothing to do.  Any code but OK (an
	 * option is missing) ends the program.  A server that is down or a file
	 * that cannot be read now is for the requests to report.
	 */
	enum backend_code (*open)(char *err);

	/*
	 * Asked by "pop3d -n", as requests are: could somebody log in?  Any
	 * code but OK says that nobody can until an operator does something,
	 * and err what.  A server that is down is a warning (log_warnx) and
	 * OK.  NULL: there is nothing that could be missing.
	 */
	enum backend_code (*ready)(char *err);

	/* backend_list(name) for each user.  NULL: not supported. */
	enum backend_code (*get_userlist)(char *err);

	/*
	 * Fill in the record, which is zero but for the quota (-1, not known).
	 * DENIED: no such user.  RECORD: what is there cannot be used, and
	 * trying again does not help; only the right password shows that.
	 */
	enum backend_code (*get_userinfo)(const char *user,
	    struct userinfo *info, char *err);

	/*
	 * DENIED: password incorrect, also for a user that does not exist, or
	 * whose record cannot be used, after the same time.  The reason may
	 * differ: it is for the log.
	 */
	enum backend_code (*check_userpassword)(const char *user,
	    const char *pass, char *err);

	/* DENIED: old password incorrect.  NULL: not supported. */
	enum backend_code (*change_userpassword)(const char *user,
	    const char *oldpass, const char *newpass, char *err);

	/*
	 * check_userpassword and get_userinfo in one, for a backend that learns
	 * only with the password who a user is; it cannot tell an unknown one
	 * from a wrong password.  NULL: one after the other.
	 */
	enum backend_code (*login)(const char *user, const char *pass,
	    struct userinfo *info, char *err);

	/*
	 * The request is over: wipe what its first routine has left for the
	 * second, since a login asks for get_userinfo and
	 * check_userpassword.  NULL: nothing.
	 */
	void		 (*done)(void);

	/*
	 * What another worker of this backend has given to backend_share;
	 * called between requests, or just before open.  fd is the routine's.
	 * Whoever took over that worker has made it: look at it as at a
	 * message.  NULL: nothing is shared.
	 */
	void		 (*shared)(int fd);
};

/* What the framework must not take away from the process. */
#define BACKEND_NEEDS_FILES	0x01	/* writes files */
#define BACKEND_NEEDS_FORK	0x02	/* starts helpers */
#define BACKEND_NEEDS_NET	0x04	/* connects to servers */
#define BACKEND_NEEDS_FOREIGN	0x08	/* runs code that is not ours: any;
					 * also what needs files and net */

/* Serve authd until it closes the channel; returns the exit status. */
int	 backend_main(const struct backend *, int argc, char **argv);

/* Name one user; for get_userlist.  Names no login could use are left out. */
void	 backend_list(const char *name);

/*
 * For open: the folder of this file is all that remains of the file system
 * (with those of other calls), to be written too with BACKEND_NEEDS_FILES.
 * Where the file is a symbolic link, so is the folder that it leads to.
 */
void	 backend_reads(const char *path);

/*
 * For a routine that cannot read a file but could answer all the same: whether
 * the file is where this worker has no right to, since a directory on the way
 * was replaced, or a link.  Then answer BACKEND_INTERNAL: another worker, which
 * has the right, will be asked.
 */
int	 backend_moved(void);

/*
 * Let the other workers of this backend have what fd is, in place of what they
 * were given before.  fd stays the caller's; -1: there is nothing to share.
 */
void	 backend_share(int fd);

/* Write the reason; returns code, so that a routine can return this call. */
enum backend_code backend_err(char *err, enum backend_code code,
	    const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/*
 * A number of an option or of a field, decimal, len octets long, within min and
 * max.  0, or -1: it is not one.
 */
int	 backend_number(const char *s, size_t len, uint64_t min, uint64_t max,
	    uint64_t *n);

/* The value of an option that is a timeout: seconds, from 1 to 600. */
enum backend_code backend_timeout(const char *value, uint64_t *seconds,
	    char *err);

#endif
