/* SPDX-License-Identifier: ISC */
/* auth_file's file of users: lines, tables, new passwords. */

#include <sys/types.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <atf-c.h>

#include "auth_file_password.h"
#include "auth_file_table.h"
#include "backend.h"
#include "log.h"
#include "password.h"

#define HASH	"{SSHA}2plptL1bGKfqamkaCGxqIBKqeUxTYUx0U2FMdA=="
#define PASS	"secret password"

static char	 logged[65536];

static void
catch_log(int priority, const char *text)
{
	(void)strlcat(logged, text, sizeof(logged));
	(void)strlcat(logged, "\n", sizeof(logged));
}

static void
write_octets(const char *path, const char *text, size_t len)
{
	FILE	*fp;

	ATF_REQUIRE((fp = fopen(path, "w")) != NULL);
	ATF_REQUIRE_EQ(0, fchmod(fileno(fp), 0600));
	ATF_REQUIRE_EQ(len, fwrite(text, 1, len, fp));
	ATF_REQUIRE_EQ(0, fclose(fp));
}

static void
write_file(const char *path, const char *text)
{
	write_octets(path, text, strlen(text));
}

static const char *
read_file(const char *path)
{
	static char	 text[65536];
	FILE		*fp;
	size_t		 n;

	ATF_REQUIRE((fp = fopen(path, "r")) != NULL);
	n = fread(text, 1, sizeof(text) - 1, fp);
	text[n] = '\0';
	(void)fclose(fp);
	return text;
}

/* Read a table with its log lines caught; NULL and err. */
static struct users *
load(const char *path, char *err)
{
	struct users	*u;
	struct stat	 st;
	int		 fd;

	logged[0] = '\0';
	log_setsink(catch_log);
	log_setverbose(1);
	if ((fd = users_open(path, &st, err)) == -1)
		return NULL;
	u = users_read(fd, &st, path, 0, err);
	(void)close(fd);
	return u;
}

static const char *
parse(const char *line, struct user_line *ul)
{
	const char	*why = NULL;

	if (user_line_parse(line, strlen(line), ul, &why) == 0)
		return "";
	ATF_REQUIRE(why != NULL);
	return why;
}

static int
is(struct text t, const char *s)
{
	return t.len == strlen(s) && (t.len == 0 || memcmp(t.p, s, t.len) == 0);
}

ATF_TC_WITHOUT_HEAD(line_full);
ATF_TC_BODY(line_full, tc)
{
	struct user_line	 ul;

	ATF_REQUIRE_STREQ("", parse("anna@example.org:" HASH ":5001:5002:"
	    "Anna M\xc3\xbcller:/home/anna:/var/mail/anna:status=nopop,"
	    "groups=7+8+9,quota=2G,messages=10K,host=mail2.example.org", &ul));
	ATF_CHECK(is(ul.name, "anna@example.org"));
	ATF_CHECK(is(ul.hash, HASH));
	ATF_CHECK(is(ul.gecos, "Anna M\xc3\xbcller"));
	ATF_CHECK(is(ul.home, "/home/anna"));
	ATF_CHECK(is(ul.mailbox, "/var/mail/anna"));
	ATF_CHECK(is(ul.host, "mail2.example.org"));
	ATF_CHECK_EQ(PASSWORD_WEAK, ul.kind);
	ATF_CHECK_EQ(5001, ul.uid);
	ATF_CHECK_EQ(5002, ul.gid);
	ATF_CHECK_EQ(USER_NOPOP, ul.status);
	ATF_REQUIRE_EQ(3, ul.ngroups);
	ATF_CHECK_EQ(7, ul.groups[0]);
	ATF_CHECK_EQ(9, ul.groups[2]);
	ATF_CHECK_EQ((int64_t)2 << 30, ul.quota_octets);
	ATF_CHECK_EQ(10240, ul.quota_messages);
}

ATF_TC_WITHOUT_HEAD(line_short);
ATF_TC_BODY(line_short, tc)
{
	static const char *const	 lines[] = {
		"anna:" HASH, "anna:" HASH ":", "anna:" HASH "::",
		"anna:" HASH ":::::", "anna:" HASH "::::::"
	};
	struct user_line		 ul;
	size_t				 i;

	for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		ATF_REQUIRE_STREQ("", parse(lines[i], &ul));
		ATF_CHECK(is(ul.name, "anna"));
		ATF_CHECK(is(ul.hash, HASH));
		ATF_CHECK(is(ul.gecos, ""));
		ATF_CHECK(is(ul.home, ""));
		ATF_CHECK(is(ul.mailbox, ""));
		ATF_CHECK(is(ul.host, ""));
		ATF_CHECK_EQ(0, ul.uid);
		ATF_CHECK_EQ(0, ul.gid);
		ATF_CHECK_EQ(0, ul.ngroups);
		ATF_CHECK_EQ(USER_ACTIVE, ul.status);
		ATF_CHECK_EQ(-1, ul.quota_octets);
		ATF_CHECK_EQ(-1, ul.quota_messages);
	}
	ATF_CHECK_STREQ("", parse("locked:*:1:1", &ul));
	ATF_CHECK_EQ(PASSWORD_LOCKED, ul.kind);
}

ATF_TC_WITHOUT_HEAD(line_broken);
ATF_TC_BODY(line_broken, tc)
{
	static const struct {
		const char	*line;
		const char	*why;
	} bad[] = {
		{ "", "no user name" },
		{ "anna", "no password field" },
		{ ":" HASH, "no user name" },
		{ " anna:" HASH, "bad user name" },
		{ ".anna:" HASH, "bad user name" },
		{ "a/b:" HASH, "bad user name" },
		{ "anna:", "kind" },
		{ "anna:secret", "kind" },
		{ "anna:{WHAT}secret", "kind" },
		{ "anna:" HASH ":0:1", "bad uid" },
		{ "anna:" HASH ":-1:1", "bad uid" },
		{ "anna:" HASH ":x:1", "bad uid" },
		{ "anna:" HASH ": 1:1", "bad uid" },
		{ "anna:" HASH ":4294967295:1", "bad uid" },
		{ "anna:" HASH ":99999999999999999999999:1", "bad uid" },
		{ "anna:" HASH ":1:0", "bad gid" },
		{ "anna:" HASH ":1:1::home", "bad home" },
		{ "anna:" HASH ":1:1:::mbox:", "bad mailbox" },
		{ "anna:" HASH ":1:1:::::", "more than eight" },
		{ "anna:" HASH ":1:1::::nonsense", "without a value" },
		{ "anna:" HASH ":1:1::::,", "without a value" },
		{ "anna:" HASH ":1:1::::nonsense=1", "unknown option" },
		{ "anna:" HASH ":1:1::::staus=disabled", "unknown option" },
		{ "anna:" HASH ":1:1::::status=", "unknown status" },
		{ "anna:" HASH ":1:1::::status=Active", "unknown status" },
		{ "anna:" HASH ":1:1::::groups=", "groups" },
		{ "anna:" HASH ":1:1::::groups=5+", "groups" },
		{ "anna:" HASH ":1:1::::groups=0", "groups" },
		{ "anna:" HASH ":1:1::::groups=1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1"
		    "+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1", "too many" },
		{ "anna:" HASH ":1:1::::quota=", "quota" },
		{ "anna:" HASH ":1:1::::quota=G", "quota" },
		{ "anna:" HASH ":1:1::::quota=-1", "quota" },
		{ "anna:" HASH ":1:1::::quota=9999999999T", "quota" },
		{ "anna:" HASH ":1:1::::messages=many", "messages" },
		{ "anna:" HASH ":1:1\rx", "control character" },
		{ "anna:" HASH ":1:1:a\033b", "control character" },
		{ "anna\tuid=1|gid=1|home=/h|imappw=" HASH, "Courier" },
		{ "anna:" HASH ":1:1::/h:/bin/sh:allow_nets=10.0.0.0/8",
		    "no meaning here" },
		{ "anna:" HASH ":1:1::/h::nopassword", "no meaning here" },
		{ "anna:" HASH ":1:1::/h::userdb_uid=5 userdb_mail=x",
		    "userdb_uid" },
		{ "anna:" HASH ":bert", "popa3d" },
		{ "anna:" HASH ":1:1:staff:x:0:Anna:/h:/bin/sh", "more than" }
	};
	struct user_line	 ul;
	const char		*why;
	char			 line[9000];
	size_t			 i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		why = parse(bad[i].line, &ul);
		ATF_CHECK_MSG(strstr(why, bad[i].why) != NULL, "%s: %s",
		    bad[i].line, why);
	}
	/* NUL inside, and fields that are longer than what carries them. */
	ATF_CHECK_EQ(-1, user_line_parse("anna:{PLAIN}a\0b", 15, &ul, &why));
	memset(line, 'a', sizeof(line));
	memcpy(line + 256, ":" HASH, sizeof(":" HASH));
	ATF_CHECK_STREQ("user name too long", parse(line, &ul));
	ATF_CHECK_STREQ("", parse(line + 1, &ul));
	memset(line, 'a', sizeof(line));
	memcpy(line, "anna:{PLAIN}", 12);
	line[5 + PASSWORD_STORED_MAX] = '\0';
	ATF_CHECK_STREQ("", parse(line, &ul));
	line[5 + PASSWORD_STORED_MAX] = 'a';
	line[6 + PASSWORD_STORED_MAX] = '\0';
	ATF_CHECK_STREQ("password field too long", parse(line, &ul));
	line[6 + PASSWORD_STORED_MAX] = 'a';
	ATF_CHECK_EQ(-1, user_line_parse(line, sizeof(line), &ul, &why));
	ATF_CHECK_STREQ("line too long", why);
}

ATF_TC_WITHOUT_HEAD(line_foreign);
ATF_TC_BODY(line_foreign, tc)
{
	static const struct {
		const char	*line;
		uint32_t	 uid;
		const char	*gecos;
		const char	*home;
		uint32_t	 status;
	} good[] = {
		{ "anna:" HASH ":1:1\r", 1, "", "", USER_ACTIVE },
		{ "anna:" HASH "\r", 0, "", "", USER_ACTIVE },
		/* passwd(5), Dovecot's passwd-file */
		{ "anna:" HASH ":1:1:Anna:/h:/usr/sbin/nologin", 1, "Anna",
		    "/h", USER_ACTIVE },
		{ "anna:" HASH ":1:1:Anna:/h:/bin/false:userdb_mail=mbox:~/m "
		    "userdb_quota_rule=*:storage=1G", 1, "Anna", "/h",
		    USER_ACTIVE },
		{ "anna:" HASH ":1:1::/h::nologin userdb_x=y", 1, "", "/h",
		    USER_NOPOP },
		/* master.passwd(5): class, change, expire */
		{ "anna:" HASH ":1:1:staff:0:0:Anna:/h:/bin/ksh", 1, "Anna",
		    "/h", USER_ACTIVE },
		{ "anna:" HASH ":1:1::0:86400:Anna:/h:/bin/ksh", 1, "Anna",
		    "/h", USER_DISABLED },
		/* shadow(5) */
		{ "anna:" HASH ":19000:0:99999:7:::", 0, "", "", USER_ACTIVE },
		{ "anna:" HASH ":::::::", 0, "", "", USER_ACTIVE },
		{ "anna:" HASH ":15000::::::", 0, "", "", USER_ACTIVE },
		{ "anna:" HASH ":19000:0:99999:7::10:", 0, "", "",
		    USER_DISABLED },
		/* popa3d */
		{ "anna:" HASH ":anna", 0, "", "", USER_ACTIVE }
	};
	struct user_line	 ul;
	size_t			 i;

	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		ATF_CHECK_STREQ_MSG("", parse(good[i].line, &ul), "%s",
		    good[i].line);
		ATF_CHECK(is(ul.name, "anna"));
		ATF_CHECK_MSG(is(ul.hash, HASH), "%s", good[i].line);
		ATF_CHECK_EQ_MSG(good[i].uid, ul.uid, "%s", good[i].line);
		ATF_CHECK_MSG(is(ul.gecos, good[i].gecos), "%s", good[i].line);
		ATF_CHECK_MSG(is(ul.home, good[i].home), "%s", good[i].line);
		ATF_CHECK(is(ul.mailbox, ""));
		ATF_CHECK_EQ_MSG(good[i].status, ul.status, "%s",
		    good[i].line);
	}
	ATF_CHECK_STREQ("", parse(good[3].line, &ul));
	ATF_CHECK_EQ((int64_t)1 << 30, ul.quota_octets);
}

/* Names that no login asks for. */
ATF_TC_WITHOUT_HEAD(line_names);
ATF_TC_BODY(line_names, tc)
{
	struct user_line	 ul;

	ATF_CHECK_STREQ("", parse("Anna:" HASH, &ul));
	ATF_CHECK(strstr(parse("anna@Example.org:" HASH, &ul),
	    "in the domain") != NULL);
	ATF_REQUIRE_EQ(0, user_line_names("fold *"));
	ATF_CHECK(strstr(parse("Anna:" HASH, &ul), "case fold") != NULL);
	ATF_CHECK_STREQ("", parse("anna@example.org:" HASH, &ul));
	ATF_REQUIRE_EQ(0, user_line_names("keep example.org"));
	ATF_CHECK_STREQ("", parse("Anna@example.org:" HASH, &ul));
	ATF_CHECK(strstr(parse("anna@example.com:" HASH, &ul),
	    "not one of the domain") != NULL);
	ATF_CHECK(strstr(parse("anna:" HASH, &ul),
	    "not one of the domain") != NULL);
	ATF_REQUIRE_EQ(0, user_line_names("keep -"));
	ATF_CHECK(strstr(parse("anna@example.org:" HASH, &ul),
	    "user local") != NULL);
	ATF_CHECK_EQ(-1, user_line_names("nonsense"));
	ATF_REQUIRE_EQ(0, user_line_names("keep *"));
}

/* As Windows writes it. */
ATF_TC_WITHOUT_HEAD(dos);
ATF_TC_BODY(dos, tc)
{
	struct user_line	 ul;
	struct users		*u;
	char			 err[BACKEND_ERR_LEN];

	write_file("users", "\xef\xbb\xbf" "anna:" HASH ":1:1\r\n"
	    "\r\nbroken\r\nbert:" HASH ":2:2\r\n");
	ATF_REQUIRE((u = load("users", err)) != NULL);
	ATF_CHECK_EQ(2, u->count);
	ATF_REQUIRE_EQ(1, users_find(u, "anna", &ul));
	ATF_CHECK_EQ(1, ul.uid);
	ATF_CHECK_EQ(1, users_find(u, "bert", &ul));
	ATF_CHECK(strstr(logged, "users:3: no password field") != NULL);
	ATF_CHECK(strstr(logged, "users:2:") == NULL);
	users_free(u);
}

ATF_TC_WITHOUT_HEAD(table);
ATF_TC_BODY(table, tc)
{
	struct user_line	 ul;
	struct users		*u;
	char			 err[BACKEND_ERR_LEN];

	write_file("users",
	    "# comment\n"
	    "zoe:" HASH ":3:3\n"
	    "\n"
	    "broken\n"
	    "anna:" HASH ":1:1\n"
	    "ann:" HASH ":2:2\n"
	    "anna:{PLAIN}other:9:9\n"
	    "a:{BAD}:1:1\n"
	    "annaa:" HASH ":4:4\n"
	    "last:" HASH ":5:5");
	ATF_REQUIRE((u = load("users", err)) != NULL);
	ATF_CHECK_EQ(4, u->count);
	ATF_REQUIRE_EQ(1, users_find(u, "anna", &ul));
	ATF_CHECK_EQ(1, ul.uid);
	ATF_REQUIRE_EQ(1, users_find(u, "ann", &ul));
	ATF_CHECK_EQ(2, ul.uid);
	ATF_REQUIRE_EQ(1, users_find(u, "annaa", &ul));
	ATF_CHECK_EQ(4, ul.uid);
	ATF_REQUIRE_EQ(1, users_find(u, "zoe", &ul));
	ATF_CHECK_EQ(3, ul.uid);
	ATF_CHECK_EQ(0, users_find(u, "an", &ul));
	ATF_CHECK_EQ(0, users_find(u, "annab", &ul));
	ATF_CHECK_EQ(0, users_find(u, "zz", &ul));
	ATF_CHECK_EQ(0, users_find(u, "", &ul));
	ATF_CHECK_EQ(0, users_find(u, "anna:{SSHA}", &ul));
	ATF_CHECK_EQ(0, users_find(u, "last", &ul));
	ATF_CHECK_EQ(0, users_find(u, "broken", &ul));
	ATF_CHECK(strstr(logged, "users:4: no password field") != NULL);
	ATF_CHECK(strstr(logged, "users:7: user named before") != NULL);
	ATF_CHECK(strstr(logged, "users:8: password of a kind") != NULL);
	ATF_CHECK(strstr(logged, "users:10: no newline") != NULL);
	ATF_CHECK(strstr(logged, "users:2: weak password hash") != NULL);
	ATF_CHECK(strstr(logged, "SSHA") == NULL);
	ATF_CHECK(strstr(logged, "other") == NULL);
	users_free(u);
	users_free(NULL);
}

/* Line numbers of what is not logged are not counted either: this is quick. */
ATF_TC_WITHOUT_HEAD(many_doubles);
ATF_TC_BODY(many_doubles, tc)
{
	struct users	*u;
	FILE		*fp;
	char		 err[BACKEND_ERR_LEN];
	int		 i;

	ATF_REQUIRE((fp = fopen("users", "w")) != NULL);
	ATF_REQUIRE_EQ(0, fchmod(fileno(fp), 0600));
	for (i = 0; i < 300000; i++)
		ATF_REQUIRE(fprintf(fp, "user%d:" HASH "\n", i % 2) > 0);
	ATF_REQUIRE_EQ(0, fclose(fp));
	(void)alarm(120);
	ATF_REQUIRE((u = load("users", err)) != NULL);
	ATF_CHECK_EQ(2, u->count);
	ATF_CHECK(strstr(logged, "users:3: user named before") != NULL);
	ATF_CHECK(strstr(logged, "299988 more") != NULL);
	users_free(u);
}

ATF_TC_WITHOUT_HEAD(many_broken);
ATF_TC_BODY(many_broken, tc)
{
	struct users	*u;
	FILE		*fp;
	char		*p, err[BACKEND_ERR_LEN];
	int		 i, n = 0;

	ATF_REQUIRE((fp = fopen("users", "w")) != NULL);
	ATF_REQUIRE_EQ(0, fchmod(fileno(fp), 0644));
	for (i = 0; i < 1000; i++)
		ATF_REQUIRE(fprintf(fp, "u%d:nonsense\n", i) > 0);
	ATF_REQUIRE(fprintf(fp, "anna:" HASH "\n") > 0);
	ATF_REQUIRE_EQ(0, fclose(fp));
	ATF_REQUIRE((u = load("users", err)) != NULL);
	ATF_CHECK_EQ(1, u->count);
	for (p = logged; (p = strstr(p, "line left out")) != NULL; p++)
		n++;
	ATF_CHECK_EQ(10, n);
	ATF_CHECK(strstr(logged, "990 more") != NULL);
	ATF_CHECK(strstr(logged, "everybody may read it") != NULL);
	users_free(u);
}

ATF_TC_WITHOUT_HEAD(unusable);
ATF_TC_BODY(unusable, tc)
{
	struct users	*u;
	char		 err[BACKEND_ERR_LEN];

	ATF_CHECK_EQ(NULL, load("absent", err));
	ATF_CHECK(strstr(err, "absent: No such file") != NULL);
	write_file("users", "");
	ATF_CHECK_EQ(NULL, load("users", err));
	ATF_CHECK(strstr(err, "empty") != NULL);
	write_octets("users", "\0\0\0\0\n\0\0\0", 8);
	ATF_CHECK_EQ(NULL, load("users", err));
	ATF_CHECK(strstr(err, "not one good line") != NULL);
	write_file("users", "anna:" HASH ":1:1\n");
	ATF_REQUIRE_EQ(0, chmod("users", 0620));
	ATF_CHECK_EQ(NULL, load("users", err));
	ATF_CHECK(strstr(err, "chmod go-w") != NULL);
	ATF_REQUIRE_EQ(0, chmod("users", 0602));
	ATF_CHECK_EQ(NULL, load("users", err));
	ATF_REQUIRE_EQ(0, mkfifo("fifo", 0600));
	ATF_CHECK_EQ(NULL, load("fifo", err));
	ATF_CHECK(strstr(err, "not a regular file") != NULL);
	ATF_CHECK_EQ(NULL, load(".", err));
	/* Comments alone say that there is nobody. */
	write_file("users", "# nobody\n");
	ATF_REQUIRE((u = load("users", err)) != NULL);
	ATF_CHECK_EQ(0, u->count);
	ATF_CHECK_EQ(BACKEND_DENIED, users_check(u, "anna", PASS, err));
	ATF_CHECK_STREQ("password incorrect", err);
	users_free(u);
}

ATF_TC_WITHOUT_HEAD(check);
ATF_TC_BODY(check, tc)
{
	struct users	*u;
	char		 err[BACKEND_ERR_LEN];

	write_file("users",
	    "anna:" HASH "\n"
	    "closed:*\n"
	    "shut:!" HASH "\n"
	    "cut:$6$saltsaltsalt$rtYERwABM\n");
	ATF_REQUIRE((u = load("users", err)) != NULL);
	ATF_CHECK_EQ(3, u->count);
	ATF_CHECK_EQ(BACKEND_OK, users_check(u, "anna", PASS, err));
	ATF_CHECK_EQ(BACKEND_DENIED, users_check(u, "anna", "x", err));
	ATF_CHECK_STREQ("password incorrect", err);
	/* Of the unknown some are measured against anna's hash: not let in. */
	ATF_CHECK_EQ(BACKEND_DENIED, users_check(u, "anja", PASS, err));
	ATF_CHECK_STREQ("password incorrect", err);
	ATF_CHECK_EQ(BACKEND_DENIED, users_check(u, "closed", PASS, err));
	ATF_CHECK_STREQ("password incorrect", err);
	ATF_CHECK_EQ(BACKEND_DENIED, users_check(u, "shut", PASS, err));
	/* Left out, with a line in the log. */
	ATF_CHECK_EQ(BACKEND_DENIED, users_check(u, "cut", PASS, err));
	users_free(u);
}

ATF_TC_WITHOUT_HEAD(example);
ATF_TC_BODY(example, tc)
{
	static char		 text[65536];
	struct user_line	 ul, again;
	struct users		*u, *other;
	char			 err[BACKEND_ERR_LEN], name[32];
	int			 i, cheap = 0, same = 0, differ = 0;
	size_t			 len = 0;

	/* A quarter of the hashes is of another kind; some are locked. */
	for (i = 0; i < 400; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len,
		    "user%d:%s\n", i, i % 4 == 0 ? "{PLAIN}x" : i % 4 == 1 ?
		    "*" : HASH);
	write_file("users", text);
	ATF_REQUIRE((u = load("users", err)) != NULL);
	write_file("other", "# another key\n");
	ATF_REQUIRE((other = load("other", err)) != NULL);
	ATF_CHECK_EQ(0, users_example(other, "nobody", &ul));
	memcpy(other->key, u->key, sizeof(other->key));
	other->key[0] ^= 1;
	for (i = 0; i < 3000; i++) {
		(void)snprintf(name, sizeof(name), "nobody%d", i);
		ATF_REQUIRE_EQ(1, users_example(u, name, &ul));
		ATF_REQUIRE(ul.kind != PASSWORD_LOCKED);
		cheap += is(ul.hash, "{PLAIN}x");
		ATF_REQUIRE_EQ(1, users_example(u, name, &again));
		same += again.name.p == ul.name.p;
		/* With another key the same name has another example. */
		u->key[0] ^= 1;
		ATF_REQUIRE_EQ(1, users_example(u, name, &again));
		differ += again.name.p != ul.name.p;
		u->key[0] ^= 1;
	}
	ATF_CHECK_EQ(3000, same);
	ATF_CHECK(differ > 2900);
	ATF_CHECK_MSG(cheap > 600 && cheap < 1200, "%d", cheap);
	users_free(u);
	users_free(other);
}

static double
check_time(const struct users *u, const char *user)
{
	struct timespec	 begin, end;
	char		 err[BACKEND_ERR_LEN];

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &begin);
	ATF_CHECK_EQ(BACKEND_DENIED, users_check(u, user, "wrong", err));
	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end);
	return (double)(end.tv_sec - begin.tv_sec) +
	    (double)(end.tv_nsec - begin.tv_nsec) / 1e9;
}

/* The cost of an unknown user is that of the users there are. */
ATF_TC_WITHOUT_HEAD(example_cost);
ATF_TC_BODY(example_cost, tc)
{
	struct users	*cheap, *none;
	char		 err[BACKEND_ERR_LEN];
	double		 t, tcheap = 9, tnone = 9;
	int		 i;

	write_file("cheap", "anna:" HASH "\nbert:*\n");
	write_file("none", "bert:*\n");
	(void)password_dummy();
	ATF_REQUIRE((cheap = load("cheap", err)) != NULL);
	ATF_REQUIRE((none = load("none", err)) != NULL);
	for (i = 0; i < 5; i++) {
		if ((t = check_time(cheap, "unknown")) < tcheap)
			tcheap = t;
		if ((t = check_time(none, "unknown")) < tnone)
			tnone = t;
	}
	printf("cheap %.6f s, none %.6f s\n", tcheap, tnone);
	ATF_CHECK(tcheap < tnone / 10);
	users_free(cheap);
	users_free(none);
}

ATF_TC_WITHOUT_HEAD(change);
ATF_TC_BODY(change, tc)
{
	struct users	*u;
	struct stat	 st;
	char		 dir[1024], path[1200], err[BACKEND_ERR_LEN];
	const char	*text;

	ATF_REQUIRE(getcwd(dir, sizeof(dir)) != NULL);
	(void)snprintf(path, sizeof(path), "%s/link", dir);
	write_file("users", "# head\nzoe:" HASH ":3:3\nbroken\n"
	    "anna:" HASH ":1:1:Anna:/home/anna\n");
	ATF_REQUIRE_EQ(0, chmod("users", 0640));
	write_file("users.new", "left by somebody who crashed\n");
	ATF_REQUIRE_EQ(0, symlink("users", "link"));
	ATF_REQUIRE_EQ(BACKEND_DENIED, users_change(path, "anna", "wrong",
	    "new one", err));
	ATF_REQUIRE_EQ(BACKEND_DENIED, users_change(path, "nobody", PASS,
	    "new one", err));
	ATF_CHECK_STREQ("# head\nzoe:" HASH ":3:3\nbroken\n"
	    "anna:" HASH ":1:1:Anna:/home/anna\n", read_file("users"));
	ATF_REQUIRE_EQ_MSG(BACKEND_OK, users_change(path, "anna", PASS,
	    "new one", err), "%s", err);
	text = read_file("users");
	ATF_CHECK_EQ(text, strstr(text, "# head\nzoe:" HASH ":3:3\nbroken\n"
	    "anna:$"));
	ATF_CHECK(strstr(text, ":1:1:Anna:/home/anna\n") != NULL);
	ATF_REQUIRE_EQ(0, lstat("users", &st));
	ATF_CHECK(S_ISREG(st.st_mode));
	ATF_CHECK_EQ(0640, st.st_mode & 07777);
	ATF_REQUIRE_EQ(0, lstat("link", &st));
	ATF_CHECK(S_ISLNK(st.st_mode));
	ATF_CHECK_EQ(-1, lstat("users.new", &st));
	ATF_REQUIRE((u = load("users", err)) != NULL);
	ATF_CHECK_EQ(BACKEND_OK, users_check(u, "anna", "new one", err));
	ATF_CHECK_EQ(BACKEND_DENIED, users_check(u, "anna", PASS, err));
	ATF_CHECK_EQ(BACKEND_OK, users_check(u, "zoe", PASS, err));
	users_free(u);
}

ATF_TC_WITHOUT_HEAD(change_locked);
ATF_TC_BODY(change_locked, tc)
{
	char	 err[BACKEND_ERR_LEN];
	int	 fd;

	write_file("users", "anna:" HASH ":1:1\n");
	ATF_REQUIRE((fd = open("users", O_RDONLY)) != -1);
	ATF_REQUIRE_EQ(0, flock(fd, LOCK_EX));
	ATF_CHECK_EQ(BACKEND_INTERNAL, users_change("users", "anna", PASS,
	    "new one", err));
	ATF_CHECK(strstr(err, "locked by another process") != NULL);
	(void)close(fd);
	ATF_CHECK_EQ(BACKEND_OK, users_change("users", "anna", PASS,
	    "new one", err));
}

ATF_TC(change_foreign);
ATF_TC_HEAD(change_foreign, tc)
{
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(change_foreign, tc)
{
	char	 err[BACKEND_ERR_LEN];

	/* Directory and file are root's; then only the directory is ours. */
	ATF_REQUIRE_EQ(0, mkdir("ours", 0755));
	write_file("ours/users", "anna:" HASH ":1:1\n");
	ATF_REQUIRE_EQ(0, chmod("ours/users", 0644));
	ATF_REQUIRE_EQ(0, chmod(".", 0755));
	ATF_REQUIRE_EQ(0, seteuid(65534));
	ATF_CHECK_EQ(BACKEND_UNSUPPORTED, users_change("ours/users", "anna",
	    PASS, "new one", err));
	ATF_CHECK_MSG(strstr(err, "not writable") != NULL, "%s", err);
	ATF_REQUIRE_EQ(0, seteuid(0));
	ATF_REQUIRE_EQ(0, chown("ours", 65534, 65534));
	ATF_REQUIRE_EQ(0, seteuid(65534));
	ATF_CHECK_EQ(BACKEND_UNSUPPORTED, users_change("ours/users", "anna",
	    PASS, "new one", err));
	ATF_CHECK_MSG(strstr(err, "belongs to another") != NULL, "%s", err);
	ATF_REQUIRE_EQ(0, seteuid(0));
	ATF_CHECK_EQ(-1, access("ours/users.new", F_OK));
	ATF_CHECK_STREQ("anna:" HASH ":1:1\n", read_file("ours/users"));
}

/* What the other workers are given, and can do nothing to. */
ATF_TC_WITHOUT_HEAD(shared);
ATF_TC_BODY(shared, tc)
{
	struct user_line	 ul;
	struct users		*u, *other;
	char			 err[BACKEND_ERR_LEN];
	int			 fd;

	write_file("users", "anna:" HASH ":1:1\nbert:" HASH ":2:2\n");
	ATF_REQUIRE((u = load("users", err)) != NULL);
	ATF_REQUIRE((fd = dup(u->snap.fd)) != -1);
	ATF_CHECK_EQ(-1, pwrite(fd, "x", 1, 0));
	ATF_CHECK_EQ(EPERM, errno);
	ATF_CHECK_EQ(-1, ftruncate(fd, 0));
	ATF_CHECK_EQ(-1, ftruncate(fd, 1 << 20));
	ATF_CHECK_EQ(MAP_FAILED, mmap(NULL, 4096, PROT_READ | PROT_WRITE,
	    MAP_SHARED, fd, 0));
	ATF_REQUIRE((other = users_take(fd)) != NULL);
	ATF_CHECK_EQ(2, other->count);
	ATF_CHECK_EQ(0, memcmp(&u->stamp, &other->stamp, sizeof(u->stamp)));
	users_free(u);
	ATF_REQUIRE_EQ(1, users_find(other, "bert", &ul));
	ATF_CHECK_EQ(2, ul.uid);
	ATF_CHECK_EQ(0, users_find(other, "cleo", &ul));
	ATF_CHECK_EQ(BACKEND_OK, users_check(other, "anna", PASS, err));
	ATF_CHECK_EQ(1, users_example(other, "nobody", &ul));
	users_free(other);
}

/* A copy of u's snapshot with one word changed, and other seals. */
static int
forge(const struct users *u, size_t size, size_t at, uint64_t word, int seals)
{
	int	 fd;

	ATF_REQUIRE((fd = memfd_create("forged", MFD_ALLOW_SEALING)) != -1);
	ATF_REQUIRE_EQ(size, write(fd, u->snap.p, size));
	ATF_REQUIRE_EQ(sizeof(word), pwrite(fd, &word, sizeof(word),
	    (off_t)at));
	ATF_REQUIRE_EQ(0, fcntl(fd, F_ADD_SEALS, seals));
	return fd;
}

#define ALL_SEALS	(F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW |	\
			    F_SEAL_WRITE)

/*
 * More seals than are needed do no harm.  Linux 6.3 gives one unasked,
 * F_SEAL_EXEC, where the sysctl vm.memfd_noexec is set.
 */
ATF_TC_WITHOUT_HEAD(shared_sealed_more);
ATF_TC_BODY(shared_sealed_more, tc)
{
	struct user_line	 ul;
	struct users		*u, *other;
	char			 err[BACKEND_ERR_LEN];

	write_file("users", "anna:" HASH ":1:1\nbert:" HASH ":2:2\n");
	ATF_REQUIRE((u = load("users", err)) != NULL);
	other = users_take(forge(u, u->snap.size, 0,
	    *(uint64_t *)u->snap.p, ALL_SEALS | F_SEAL_FUTURE_WRITE));
	ATF_REQUIRE(other != NULL);
	ATF_CHECK_EQ(1, users_find(other, "bert", &ul));
	users_free(other);
	users_free(u);
}

/* The process that made a table may have been replaced by now. */
ATF_TC_WITHOUT_HEAD(shared_hostile);
ATF_TC_BODY(shared_hostile, tc)
{
	static const uint64_t	 words[] = { 0, 1, 7, 8, 9, 96, 1 << 20,
				    (uint64_t)1 << 39, (uint64_t)1 << 40,
				    (uint64_t)1 << 61, (uint64_t)1 << 63,
				    UINT64_MAX - 7, UINT64_MAX };
	static const char	*names[] = { "anna", "bert", "nobody", "" };
	struct user_line	 ul;
	struct users		*u, *other;
	char			 err[BACKEND_ERR_LEN];
	size_t			 at, w, n, size;
	int			 fd, taken = 0;

	write_file("users", "anna:" HASH ":1:1\nbert:" HASH ":2:2\n");
	ATF_REQUIRE((u = load("users", err)) != NULL);
	size = u->snap.size;
	/* Not sealed, or not a snapshot at all. */
	ATF_CHECK_EQ(NULL, users_take(forge(u, size, 0, 0,
	    ALL_SEALS & ~F_SEAL_WRITE)));
	ATF_CHECK_EQ(NULL, users_take(forge(u, size, size, 0,
	    ALL_SEALS & ~F_SEAL_SHRINK)));
	ATF_REQUIRE((fd = open("users", O_RDONLY)) != -1);
	ATF_CHECK_EQ(NULL, users_take(fd));
	ATF_REQUIRE((fd = open("/dev/null", O_RDONLY)) != -1);
	ATF_CHECK_EQ(NULL, users_take(fd));
	/* Too short for its text, or not even a head. */
	ATF_CHECK_EQ(NULL, users_take(forge(u, size - 8, 0,
	    *(uint64_t *)u->snap.p, ALL_SEALS)));
	ATF_CHECK_EQ(NULL, users_take(forge(u, 8, 0, *(uint64_t *)u->snap.p,
	    ALL_SEALS)));
	/* Every word of it, with numbers that are too large or lead astray. */
	for (at = 0; at + 8 <= size; at += 8) {
		for (w = 0; w < sizeof(words) / sizeof(words[0]); w++) {
			other = users_take(forge(u, size, at, words[w],
			    ALL_SEALS));
			if (other == NULL)
				continue;
			taken++;
			for (n = 0; n < 4; n++) {
				(void)users_find(other, names[n], &ul);
				(void)users_example(other, names[n], &ul);
			}
			users_free(other);
		}
	}
	ATF_CHECK(taken > 100);
	/* A text without an end, and as many slots as there seems room for. */
	at = (size_t)(u->text - (const char *)u->snap.p);
	ATF_REQUIRE_EQ(0, size % 8);
	ATF_REQUIRE((fd = memfd_create("endless", MFD_ALLOW_SEALING)) != -1);
	ATF_REQUIRE_EQ(size, write(fd, u->snap.p, size));
	n = (size - at) / 8;
	ATF_REQUIRE_EQ(8, pwrite(fd, &words[12], 8, 16));
	ATF_REQUIRE_EQ(8, pwrite(fd, &n, 8, 24));
	ATF_REQUIRE_EQ(0, fcntl(fd, F_ADD_SEALS, ALL_SEALS));
	ATF_CHECK_EQ(NULL, users_take(fd));
	/* No slot is empty, and none leads to the wanted user. */
	ATF_REQUIRE((fd = memfd_create("full", MFD_ALLOW_SEALING)) != -1);
	ATF_REQUIRE_EQ(size, write(fd, u->snap.p, size));
	for (at = size - u->nslots * 8; at < size; at += 8)
		ATF_REQUIRE_EQ(8, pwrite(fd, &words[1], 8, (off_t)at));
	ATF_REQUIRE_EQ(0, fcntl(fd, F_ADD_SEALS, ALL_SEALS));
	ATF_REQUIRE((other = users_take(fd)) != NULL);
	(void)alarm(120);
	ATF_CHECK_EQ(0, users_find(other, "bert", &ul));
	users_free(other);
	users_free(u);
}

/* Prints the time; what is asserted is that all are found. */
ATF_TC_WITHOUT_HEAD(million);
ATF_TC_BODY(million, tc)
{
	struct timespec		 begin, end;
	struct user_line	 ul;
	struct users		*u;
	FILE			*fp;
	char			 name[32], err[BACKEND_ERR_LEN];
	unsigned long long	 i;

	ATF_REQUIRE((fp = fopen("users", "w")) != NULL);
	ATF_REQUIRE_EQ(0, fchmod(fileno(fp), 0600));
	/* 7919 and a million have no common factor: every name once. */
	for (i = 0; i < 1000000; i++)
		ATF_REQUIRE(fprintf(fp, "user%06llu:$6$salt$%086llu:%llu:5000:"
		    "User:/var/mail/%llu::status=active\n",
		    i * 7919 % 1000000, i, i + 1, i) > 0);
	ATF_REQUIRE_EQ(0, fclose(fp));
	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &begin);
	ATF_REQUIRE((u = load("users", err)) != NULL);
	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end);
	printf("1,000,000 users read in %.3f s of CPU\n",
	    (double)(end.tv_sec - begin.tv_sec) +
	    (double)(end.tv_nsec - begin.tv_nsec) / 1e9);
	ATF_CHECK_EQ(1000000, u->count);
	ATF_CHECK_STREQ("users: 1000000 users\n", logged);
	for (i = 0; i < 1000000; i += 37) {
		(void)snprintf(name, sizeof(name), "user%06llu",
		    i * 7919 % 1000000);
		ATF_REQUIRE_EQ(1, users_find(u, name, &ul));
		ATF_REQUIRE_EQ(i + 1, ul.uid);
	}
	users_free(u);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, line_full);
	ATF_TP_ADD_TC(tp, line_short);
	ATF_TP_ADD_TC(tp, line_broken);
	ATF_TP_ADD_TC(tp, line_foreign);
	ATF_TP_ADD_TC(tp, line_names);
	ATF_TP_ADD_TC(tp, dos);
	ATF_TP_ADD_TC(tp, table);
	ATF_TP_ADD_TC(tp, many_doubles);
	ATF_TP_ADD_TC(tp, many_broken);
	ATF_TP_ADD_TC(tp, unusable);
	ATF_TP_ADD_TC(tp, check);
	ATF_TP_ADD_TC(tp, example);
	ATF_TP_ADD_TC(tp, example_cost);
	ATF_TP_ADD_TC(tp, change);
	ATF_TP_ADD_TC(tp, change_locked);
	ATF_TP_ADD_TC(tp, change_foreign);
	ATF_TP_ADD_TC(tp, shared);
	ATF_TP_ADD_TC(tp, shared_sealed_more);
	ATF_TP_ADD_TC(tp, shared_hostile);
	ATF_TP_ADD_TC(tp, million);
	return atf_no_error();
}
