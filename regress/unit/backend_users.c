/* SPDX-License-Identifier: ISC */
/* Runs in: unit tests, as root. */

#include <sys/types.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <atf-c.h>

#include "backend_users.h"
#include "backend_worker.h"
#include "../../authd/backends/password.h"

/* Names that PostgreSQL and SQLite both take. */
#define SQL_TABLE							\
	"DROP TABLE IF EXISTS users;"					\
	"CREATE TABLE users (name text PRIMARY KEY, hash text, id int,"	\
	" gecos text, groups text, status text);"			\
	"INSERT INTO users VALUES"					\
	" ('anna', '%s', 5001, 'Anna', '5100', 'active'),"		\
	" ('bert', '%s', 5002, 'Bert', NULL, NULL),"			\
	" ('locked', '*', 5003, '', '', '');\n"

const char	*hash;

void
make_hash(void)
{
	static char	 stored[PASSWORD_STORED_MAX + 1];

	ATF_REQUIRE_EQ(0, password_new(PASS, stored, sizeof(stored)));
	hash = stored;
}

void
setup_file(void)
{
	make_hash();
	write_file("users", 0600, format(
	    "# name:hash:uid:gid:gecos:home:mailbox:options\n"
	    "anna:%s:5001:5001:Anna:/home/anna::groups=5100\n"
	    "bert:%s:5002:5002:Bert:/home/bert::\n"
	    "locked:*:5003:5003::/home/locked::\n", hash, hash));
}

void
setup_passwd(void)
{
	long	 day = (long)(time(NULL) / 86400);

	make_hash();
	ATF_REQUIRE_EQ(0, mkdir("etc", 0755));
	write_file("etc/nsswitch.conf", 0644,
	    "passwd: files\nshadow: files\ngroup: files\n");
	write_file("etc/shells", 0644, "/bin/sh\n");
	write_file("etc/group", 0644, "root:x:0:\nanna:x:5001:\n"
	    "extra:x:5100:bert,anna\nother:x:5101:bert\n");
	write_file("etc/passwd", 0644,
	    "root:x:0:0:root:/root:/bin/sh\n"
	    "toor:x:0:0:root:/root:/bin/sh\n"
	    "wheel:x:5009:0::/:/bin/sh\n"
	    "zero:x:0:5011::/:/bin/sh\n"
	    "daemon:x:1:1::/:/bin/false\n"
	    "anna:x:5001:5001:Anna,Room 1,,:/home/anna:/bin/sh\n"
	    "bert:x:5002:5002:Bert:/home/bert:/bin/false\n"
	    "locked:x:5003:5003::/home/locked:/bin/sh\n"
	    "empty:x:5004:5004::/:/bin/sh\n"
	    "expired:x:5005:5005::/:/bin/sh\n"
	    "old:x:5006:5006::/:/bin/sh\n"
	    "older:x:5007:5007::/:/bin/sh\n"
	    "new:x:5008:5008::/:/bin/sh\n"
	    "edge:x:5012:5012::/:/bin/sh\n"
	    "unshadowed:x:5010:5010::/:/bin/sh\n");
	/* A password of yesterday with a day to live: PAM 1.7 says no. */
	write_file("etc/shadow", 0640, format(
	    "root:%s:19000:0:99999:7:::\n"
	    "toor:%s:19000:0:99999:7:::\n"
	    "wheel:%s:19000:0:99999:7:::\n"
	    "zero:%s:19000:0:99999:7:::\n"
	    "daemon:*:19000:0:99999:7:::\n"
	    "anna:%s:19000:0:99999:7::%ld:\n"
	    "bert:%s:%ld:0:1:7:::\n"
	    "locked:!%s:19000:0:99999:7:::\n"
	    "empty::19000:0:99999:7:::\n"
	    "expired:%s:19000:0:99999:7::%ld:\n"
	    "edge:%s:%ld:0:1:7:::\n"
	    "old:%s:%ld:0:1:7:::\n"
	    "older:%s:%ld:0:1:7:0::\n"
	    "new:%s:0:0:99999:7:::\n",
	    hash, hash, hash, hash, hash, day + 2, hash, day, hash, hash,
	    day, hash, day - 1, hash, day - 2, hash, day - 2, hash));
	ATF_REQUIRE_EQ(0, chown("etc/shadow", 0, SHADOW_GID));
	ATF_REQUIRE_EQ(0, unshare(CLONE_NEWNS));
	ATF_REQUIRE_EQ(0, mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL));
	ATF_REQUIRE_EQ(0, mount("etc", "/etc", NULL, MS_BIND, NULL));
}

void
setup_exec(void)
{
	write_file("checkpw", 0755,
	    "#!/bin/sh\n"
	    "data=$(tr '\\n\\0' '\\001\\n' <&3)\n"
	    "user=${data%%\n*}\n"
	    "data=${data#*\n}\n"
	    "pass=${data%%\n*}\n"
	    "echo noise; echo noise >&2\n"
	    "[ \"$#/$1\" = 2/arg ] || exit 2\n"
	    "[ \"$pass\" = '" PASS "' ] || exit 1\n"
	    "case $user in\n"
	    "anna|bert) ;;\n"
	    "*) exit 1 ;;\n"
	    "esac\n"
	    "export HOME=/home/$user USER=$user\n"
	    "[ $user != bert ] || export userdb_uid=5002 userdb_gid=5002\n"
	    "shift\n"
	    "exec \"$@\"\n");
}

void
setup_dir(void)
{
	make_hash();
	ATF_REQUIRE_EQ(0, mkdir("users", 0755));
	write_file("users/anna", 0600, format("password %s\nuid 5001\n"
	    "gid 5001\ngroups 5100\nname Anna\nhome /home/anna\n", hash));
	write_file("users/bert", 0600, format("password %s\nuid 5002\n"
	    "gid 5002\n", hash));
	write_file("users/locked", 0600, "password *\nuid 5003\ngid 5003\n");
}

void
setup_pam(void)
{
	setup_passwd();
	ATF_REQUIRE_EQ(0, mkdir("/etc/pam.d", 0755));
	write_file("/etc/pam.d/pop3d", 0644, "auth required pam_unix.so\n"
	    "account required pam_unix.so\n");
	write_file("/etc/pam.d/other", 0644, "auth required pam_deny.so\n"
	    "account required pam_deny.so\n");
}

void
setup_sqlite(void)
{
	make_hash();
	write_file("users.sql", 0600, format(SQL_TABLE, hash, hash));
	shell("sqlite3 users <users.sql");
}

static pid_t	 server;

void
setup_pgsql(const atf_tc_t *tc)
{
	char		 dir[512], prog[600];
	const char	*srcdir = atf_tc_get_config_var(tc, "srcdir");
	int		 i;

	ATF_REQUIRE(getcwd(dir, sizeof(dir)) != NULL);
	(void)snprintf(prog, sizeof(prog), "%s/../lib/pg.sh", srcdir);
	ATF_REQUIRE((server = fork()) != -1);
	if (server == 0) {
		(void)execl(prog, prog, dir, (char *)NULL);
		_exit(99);
	}
	for (i = 0; i < 600; i++) {
		if (system("psql -q -h \"$PWD\" -U postgres -c '' "
		    ">/dev/null 2>&1") == 0)
			break;
		(void)usleep(50000);
		ATF_REQUIRE_MSG(waitpid(server, NULL, WNOHANG) == 0,
		    "no server: see server.log, initdb.log");
	}
	make_hash();
}

void
pgsql_fill(void)
{
	write_file("users.sql", 0644, format(SQL_TABLE, hash, hash));
	shell("psql -q -h \"$PWD\" -U postgres -f users.sql >/dev/null 2>&1");
}

void
pgsql_stop(int sig)
{
	ATF_REQUIRE_EQ(0, kill(server, sig));
	ATF_REQUIRE_EQ(server, waitpid(server, NULL, 0));
}

pid_t
pgsql_pid(void)
{
	return server;
}
