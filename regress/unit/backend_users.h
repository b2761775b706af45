/* SPDX-License-Identifier: ISC */
/*
 * Runs in: unit tests.  Users for each backend, in the current directory: anna
 * and bert with the password PASS, and one locked account.  Where a backend can
 * tell, anna is called Anna and is in group 5100.
 */

#ifndef POP3D_BACKEND_USERS_H
#define POP3D_BACKEND_USERS_H

#include <atf-c.h>

/* Of PASS; made by the setups. */
extern const char	*hash;
void	 make_hash(void);

void	 setup_file(void);	/* users */
void	 setup_exec(void);	/* checkpw, a checkpassword program */
void	 setup_sqlite(void);	/* users, a database */
void	 setup_dir(void);	/* users, a directory */

/* From here on this process and its children have another /etc. */
void	 setup_passwd(void);
void	 setup_pam(void);	/* with /etc/pam.d/pop3d */

/* Options for the table that the databases have. */
#define SQL_USER_QUERY							\
	"user-query=SELECT hash AS password, id AS uid, id AS gid,"	\
	" gecos AS name, groups, status, '/home/' || name AS home,"	\
	" -1 AS quota FROM users WHERE name = %u"
#define SQL_CHANGE_QUERY						\
	"change-query=UPDATE users SET hash = %p WHERE name = %u"	\
	" AND hash = %o"

/*
 * A server of this process, which ends with it: started, given the users as
 * they were, ended by a signal.
 */
void	 setup_pgsql(const atf_tc_t *);
void	 pgsql_fill(void);
void	 pgsql_stop(int sig);
pid_t	 pgsql_pid(void);

#endif
