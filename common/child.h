/* SPDX-License-Identifier: ISC */
/*
 * Runs in: engine, spawner, keyd, backends: what authd starts by fork and exec.
 */

#ifndef POP3D_COMMON_CHILD_H
#define POP3D_COMMON_CHILD_H

#include <sys/types.h>

/* Directories of mail, those that links lead to, and all with the state's. */
#define CHILD_MAIL	16
#define CHILD_LINKS	64
#define CHILD_DIRS	(CHILD_MAIL + CHILD_LINKS + 1)

/* What authd gave this process on its command line. */
struct child {
	uid_t		 uid;		/* to become; 0: stay as we are */
	gid_t		 gid;
	const char	*chroot;	/* to enter first; NULL: none */
	/* spawner: all that sessions use, ended by NULL */
	const char	*dirs[CHILD_DIRS + 1];
	int		 spaces;	/* spawner: it has been handed
					 * namespaces, behind PROTO_FD */
};

/*
 * First thing in main: log to standard error as role, read the options that
 * authd gave (-u uid -g gid -r chroot -p directory -n -S -v; -S is "sandbox
 * optional", -n namespaces), die politely when PROTO_FD is not a
 * socket (somebody started the program by hand), no core dumps, umask 077,
 * SIGPIPE, SIGINT, SIGTERM and SIGHUP ignored: they end with their channel.
 */
void	 child_init(struct child *, const char *role, int argc, char **argv);

#endif
