/* SPDX-License-Identifier: ISC */
/* auth_exec against programs that do not behave, and all exit codes. */

#include <sys/types.h>
#include <sys/stat.h>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <atf-c.h>

#include "backend_worker.h"

#define PROGRAM		"program=DIR/program"

static const struct subject	 exec_backend = {
	"auth_exec", NULL, NULL, { PROGRAM, "uid=5001", "gid=5001" }, 0
};
static const struct subject	 exec_bare = {
	"auth_exec", NULL, NULL, { PROGRAM, "timeout=2" }, 0
};

/* The program is this script; "$@" is what it runs if the password is right. */
static void
program(const char *script)
{
	char	 text[1024];

	ATF_REQUIRE(snprintf(text, sizeof(text), "#!/bin/sh\n%s\n", script) <
	    (int)sizeof(text));
	write_file("program", 0755, text);
}

ATF_TC_WITHOUT_HEAD(exit_codes);
ATF_TC_BODY(exit_codes, tc)
{
	static const struct {
		int	 status;
		int	 code;
		int	 qmail_ldap;
	} codes[] = {
		{ 1, BACKEND_DENIED, BACKEND_INTERNAL },
		{ 2, BACKEND_INTERNAL, BACKEND_INTERNAL },
		{ 3, BACKEND_DENIED, BACKEND_DENIED },
		{ 4, BACKEND_DENIED, BACKEND_DENIED },
		{ 5, BACKEND_INTERNAL, BACKEND_INTERNAL },
		{ 6, BACKEND_INTERNAL, BACKEND_INTERNAL },
		{ 7, BACKEND_INTERNAL, BACKEND_INTERNAL },
		{ 8, BACKEND_INTERNAL, BACKEND_INTERNAL },
		{ 25, BACKEND_INTERNAL, BACKEND_INTERNAL },
		{ 61, BACKEND_INTERNAL, BACKEND_INTERNAL },
		{ 62, BACKEND_INTERNAL, BACKEND_INTERNAL },
		{ 100, BACKEND_INTERNAL, BACKEND_INTERNAL },
		{ 111, BACKEND_INTERNAL, BACKEND_INTERNAL },
		{ 255, BACKEND_INTERNAL, BACKEND_INTERNAL }
	};
	struct worker	 a, b;
	size_t		 i;

	program("exit 1");
	worker_start(tc, &a, &exec_backend, NULL);
	worker_start(tc, &b, &exec_backend, "exit-codes=qmail-ldap");
	for (i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		program(format("exit %d", codes[i].status));
		ATF_CHECK_EQ_MSG(codes[i].code, login(&a, "anna", PASS), "%d",
		    codes[i].status);
		ATF_CHECK_EQ(0, res.nouser);
		ATF_CHECK_EQ_MSG(codes[i].qmail_ldap,
		    login(&b, "anna", PASS), "%d",
		    codes[i].status);
	}
	program("exit 25");
	ATF_CHECK_EQ(BACKEND_INTERNAL, login(&a, "anna", PASS));
	says("record is incorrect");
	/* Signals are no verdict; nor is success of one that did nothing. */
	program("kill -ABRT $$");
	ATF_CHECK_EQ(BACKEND_INTERNAL, login(&a, "anna", PASS));
	says("killed by signal 6");
	program("exit 0");
	ATF_CHECK_EQ(BACKEND_INTERNAL, login(&a, "anna", PASS));
	says("did not run");
	program("echo rubbish >&4; exit 0");
	ATF_CHECK_EQ(BACKEND_INTERNAL, login(&a, "anna", PASS));
	program("\"$@\"; exit 1");
	ATF_CHECK_EQ(BACKEND_DENIED, login(&a, "anna", PASS));
	program("exec \"$@\"");
	ATF_CHECK_EQ(BACKEND_OK, login(&a, "anna", PASS));
	worker_ends(&a, 0);
	worker_ends(&b, 0);
}

ATF_TC_WITHOUT_HEAD(input);
ATF_TC_BODY(input, tc)
{
	static const char	 head[] = "anna\0" PASS "\0<";
	struct worker		 w;
	char			 got[1024], pass[PASS_LEN_MAX + 1];
	size_t			 n;
	FILE			*fp;

	program(format("cat <&3 >%s/got; [ -s %s/got ] && exec \"$@\"",
	    getcwd(pass, sizeof(pass)), pass));
	worker_start(tc, &w, &exec_backend, NULL);
	ATF_CHECK_EQ(BACKEND_OK, login(&w, "anna", PASS));
	ATF_REQUIRE((fp = fopen("got", "r")) != NULL);
	n = fread(got, 1, sizeof(got), fp);
	(void)fclose(fp);
	ATF_REQUIRE(n > sizeof(head) && n <= 512);
	ATF_CHECK_EQ(0, memcmp(got, head, sizeof(head) - 1));
	ATF_CHECK_EQ('\0', got[n - 1]);
	ATF_CHECK(memchr(got + sizeof(head) - 1, '\0', n) == got + n - 1);
	/* 512 octets are all that there may be: the program is not asked. */
	memset(pass, 'x', sizeof(pass));
	pass[470] = '\0';
	ATF_CHECK_EQ(BACKEND_OK, check(&w, "anna", pass));
	pass[470] = 'x';
	pass[512] = '\0';
	ATF_CHECK_EQ(BACKEND_DENIED, check(&w, "anna", pass));
	worker_ends(&w, 0);
}

/* All that a program can see of us. */
ATF_TC_WITHOUT_HEAD(surroundings);
ATF_TC_BODY(surroundings, tc)
{
	struct worker	 w;
	char		 dir[512];

	ATF_REQUIRE(getcwd(dir, sizeof(dir)) != NULL);
	ATF_REQUIRE_EQ(0, setenv("SECRET", "of authd", 1));
	write_file("program", 0755, format("#!/usr/bin/python3\n"
	    "import os, sys\n"
	    "fds = sorted(int(f) for f in os.listdir('/proc/self/fd'))\n"
	    "with open('%s/got', 'w') as f:\n"
	    "    print(dict(os.environ), file=f)\n"
	    "    print([n for n in fds if n < 5], file=f)\n"
	    "    print([os.readlink('/proc/self/fd/%%d' %% n)\n"
	    "           for n in (0, 1, 2)], file=f)\n"
	    "    print(os.getpgid(0) == os.getpid(), len(fds), file=f)\n"
	    "os.execv(sys.argv[1], sys.argv[1:])\n", dir));
	worker_start(tc, &w, &exec_backend, NULL);
	ATF_CHECK_EQ(BACKEND_OK, login(&w, "anna", PASS));
	shell("cat got; ! grep -q SECRET got && "
	    "grep -q \"^{'PATH': '[^']*'.*}$\" got && "
	    "grep -q '^.0, 1, 2, 3, 4.$' got && "
	    "grep -q \"^\\['/dev/null', '/dev/null', '/dev/null'\\]$\" got && "
	    "grep -q '^True 6$' got");
	worker_ends(&w, 0);
}

ATF_TC_WITHOUT_HEAD(verdicts);
ATF_TC_BODY(verdicts, tc)
{
	struct worker	 w;

	program("exec \"$@\"");
	worker_start(tc, &w, &exec_backend, "home=/var/mail/%u");
	ATF_CHECK_EQ(BACKEND_OK, login(&w, "anna", PASS));
	ATF_CHECK_EQ(5001, res.info.uid);
	ATF_CHECK_STREQ("/var/mail/anna", res.info.home);
	ATF_CHECK_EQ(-1, res.info.quota_octets);
	/* qmail-ldap's and Dovecot's names. */
	program("HOME=/h MAILDIR=/h/Maildir MAILDIRQUOTA=1000S,20C "
	    "userdb_uid=7 userdb_gid=8 exec \"$@\"");
	ATF_CHECK_EQ(BACKEND_OK, login(&w, "anna", PASS));
	ATF_CHECK_EQ(7, res.info.uid);
	ATF_CHECK_EQ(8, res.info.gid);
	ATF_CHECK_STREQ("/h", res.info.home);
	ATF_CHECK_STREQ("/h/Maildir", res.info.mailbox);
	ATF_CHECK_EQ(1000, res.info.quota_octets);
	ATF_CHECK_EQ(20, res.info.quota_messages);
	/* A program that may, changes its uid. */
	if (getuid() == 0) {
		program("exec python3 -c 'import os, sys; os.setgroups([]);"
		    "os.setgid(4321); os.setuid(1234);"
		    "os.execv(sys.argv[1], sys.argv[1:])' \"$@\"");
		ATF_CHECK_EQ(BACKEND_OK, login(&w, "anna", PASS));
		ATF_CHECK_EQ(1234, res.info.uid);
		ATF_CHECK_EQ(4321, res.info.gid);
	}
	/* Lies. */
	program("userdb_uid=0 exec \"$@\"");
	ATF_CHECK_EQ(BACKEND_RECORD, login(&w, "anna", PASS));
	says("userdb_uid");
	program("userdb_gid=-1 exec \"$@\"");
	ATF_CHECK_EQ(BACKEND_RECORD, login(&w, "anna", PASS));
	program("HOME=../.. exec \"$@\"");
	ATF_CHECK_EQ(BACKEND_RECORD, login(&w, "anna", PASS));
	says("HOME");
	program("HOME=/$(printf %2000s | tr ' ' x) exec \"$@\"");
	ATF_CHECK_EQ(BACKEND_RECORD, login(&w, "anna", PASS));
	/* Quotas and mailboxes that are none are left out. */
	program("MAILDIR=./Maildir MAILDIRQUOTA=,,S,xC,-1S,9Q,, exec \"$@\"");
	ATF_CHECK_EQ(BACKEND_OK, login(&w, "anna", PASS));
	ATF_CHECK_STREQ("", res.info.mailbox);
	ATF_CHECK_EQ(-1, res.info.quota_octets);
	worker_ends(&w, 0);

	/* Nothing says which user owns the mail. */
	program("exec \"$@\"");
	worker_start(tc, &w, &exec_bare, NULL);
	ATF_CHECK_EQ(BACKEND_RECORD, login(&w, "anna", PASS));
	says("no uid for user anna");
	ATF_CHECK_EQ(BACKEND_OK, check(&w, "anna", PASS));
	worker_ends(&w, 0);
}

static void
gone(const char *file)
{
	char	 text[32] = "";
	FILE	*fp;
	int	 i, pid;

	ATF_REQUIRE((fp = fopen(file, "r")) != NULL);
	ATF_REQUIRE(fgets(text, sizeof(text), fp) != NULL);
	(void)fclose(fp);
	ATF_REQUIRE((pid = atoi(text)) > 1);
	for (i = 0; i < 100 && kill(pid, 0) == 0; i++) {
		/* Orphans become zombies of pid 1. */
		if (system(format("grep -q 'State:.Z' /proc/%d/status", pid)) ==
		    0)
			return;
		(void)usleep(20000);
	}
	ATF_CHECK_MSG(i < 100, "%s: %d is still there", file, pid);
}

ATF_TC_WITHOUT_HEAD(hangs);
ATF_TC_BODY(hangs, tc)
{
	struct worker	 w;
	char		 dir[512];
	double		 begin;

	ATF_REQUIRE(getcwd(dir, sizeof(dir)) != NULL);
	program(format("trap '' TERM INT HUP PIPE ALRM; cd %s; sleep 600 & "
	    "echo $! >child; echo $$ >self; wait; sleep 600", dir));
	worker_start(tc, &w, &exec_bare, "uid=1");
	begin = now();
	ATF_CHECK_EQ(BACKEND_INTERNAL, login(&w, "anna", PASS));
	says("killed after 2 s");
	ATF_CHECK(now() - begin > 1.9 && now() - begin < 8);
	gone("child");
	gone("self");
	/* What it leaves behind ends with it, and holds up nobody. */
	program(format("cd %s; sleep 600 & echo $! >child; exec \"$@\"", dir));
	begin = now();
	ATF_CHECK_EQ(BACKEND_OK, check(&w, "anna", PASS));
	ATF_CHECK(now() - begin < 1.9);
	gone("child");
	/* One that ends without its channel, and floods it, or all others. */
	program("exec 4>&- 3<&-; exit 1");
	ATF_CHECK_EQ(BACKEND_DENIED, login(&w, "anna", PASS));
	program("head -c 3000000 /dev/zero >&4; exit 1");
	ATF_CHECK_EQ(BACKEND_DENIED, login(&w, "anna", PASS));
	program("head -c 3000000 /dev/zero | tee /dev/stderr; exec \"$@\"");
	ATF_CHECK_EQ(BACKEND_OK, check(&w, "anna", PASS));
	program("yes >&4");
	ATF_CHECK_EQ(BACKEND_INTERNAL, login(&w, "anna", PASS));
	program("exec \"$@\"");
	ATF_CHECK_EQ(BACKEND_OK, check(&w, "anna", PASS));
	worker_ends(&w, 0);
	/* No zombies. */
	ATF_CHECK_STREQ("", w.logged);
}

/* authd kills a worker that is late: what it has started ends all the same. */
ATF_TC_WITHOUT_HEAD(killed);
ATF_TC_BODY(killed, tc)
{
	struct worker	 w;
	char		 dir[512];
	int		 i;

	ATF_REQUIRE(getcwd(dir, sizeof(dir)) != NULL);
	program(format("cd %s; echo $$ >new; mv new self; exec sleep 600",
	    dir));
	worker_start(tc, &w, &exec_bare, "timeout=1");
	ask(&w, BE_OP_LOGIN, BE_LAST, "anna", PASS, "");
	for (i = 0; i < 200 && access("self", F_OK) == -1; i++)
		(void)usleep(20000);
	ATF_REQUIRE_EQ(0, kill(w.pid, SIGKILL));
	(void)sleep(3);
	gone("self");
}

ATF_TC_WITHOUT_HEAD(mistakes);
ATF_TC_BODY(mistakes, tc)
{
	static const struct subject	 none = {
		"auth_exec", NULL, NULL, { "uid=1" }, 0
	};
	static const struct subject	 missing = {
		"auth_exec", NULL, NULL, { "program=/nonexistent/program x",
		"uid=1", "gid=1" }, 0
	};
	struct worker	 w;

	worker_exec(tc, &w, &none, 0, 0);
	worker_options(&w, &none, NULL);
	worker_ends(&w, 1);
	ATF_CHECK(strstr(w.logged, "no program is configured") != NULL);
	worker_exec(tc, &w, &exec_backend, 0, 0);
	worker_options(&w, &exec_backend, "program=relative");
	worker_ends(&w, 1);
	worker_exec(tc, &w, &exec_backend, 0, 0);
	worker_options(&w, &exec_backend, "exit-codes=mine");
	worker_ends(&w, 1);
	worker_start(tc, &w, &missing, NULL);
	ATF_CHECK(strstr(w.logged, "/nonexistent/program: No such file") !=
	    NULL);
	ATF_CHECK_EQ(BACKEND_INTERNAL, login(&w, "anna", PASS));
	says("111");
	worker_ends(&w, 0);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, exit_codes);
	ATF_TP_ADD_TC(tp, input);
	ATF_TP_ADD_TC(tp, surroundings);
	ATF_TP_ADD_TC(tp, verdicts);
	ATF_TP_ADD_TC(tp, hangs);
	ATF_TP_ADD_TC(tp, killed);
	ATF_TP_ADD_TC(tp, mistakes);
	return atf_no_error();
}
