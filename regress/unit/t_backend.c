/* SPDX-License-Identifier: ISC */
/*
 * The contract of pop3d-auth(5), over every backend: the real programs, started
 * as authd starts them, and talked to as authd talks.  A new backend adds a row
 * to subjects.  auth_passwd sees accounts of its own: a private /etc.
 */

#include <sys/types.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <atf-c.h>

#include "backend_needs.h"
#include "backend_slapd.h"
#include "backend_users.h"
#include "backend_worker.h"
#include "tc.h"

#define LDAP_OPTIONS							\
	"url=ldapi://%DIR%2fsock", "bindsecret=DIR/secret",		\
	"binddn=cn=pop3d,dc=example,dc=org",				\
	"basedn=dc=example,dc=org", "groups-attribute=departmentNumber"

static const struct subject	 subjects[] = {
	{ "auth_file", NULL, setup_file, { "path=DIR/users" },
	    CHANGES | LISTS | KNOWS | HASHES | NAMES | WRITES },
	{ "auth_passwd", NULL, setup_passwd, { "uid-min=5000" },
	    LISTS | KNOWS | HASHES | NAMES },
	{ "auth_exec", NULL, setup_exec, { "program=DIR/checkpw  arg",
	    "uid=5001", "gid=5001" }, WRITES | STARTS },
	{ "auth_sqlite", NULL, setup_sqlite, { "path=DIR/users",
	    SQL_USER_QUERY, SQL_CHANGE_QUERY,
	    "list-query=SELECT name FROM users" },
	    CHANGES | LISTS | KNOWS | HASHES | NAMES | WRITES },
	{ "auth_pam", NULL, setup_pam, { "uid-min=5000" },
	    LISTS | KNOWS | NAMES | WRITES | STARTS },
	{ "auth_ldap", NULL, setup_ldap, { LDAP_OPTIONS },
	    CHANGES | LISTS | KNOWS | HASHES | NAMES | CONNECTS },
	/* How long a server takes that does it for us is its own affair. */
	{ "auth_ldap", NULL, setup_ldap, { LDAP_OPTIONS, "rebind=yes" },
	    CHANGES | LISTS | KNOWS | NAMES | CONNECTS },
	{ "auth_dir", "etc/auth_example", setup_dir, { "path=DIR/users" },
	    CHANGES | LISTS | KNOWS | HASHES | NAMES | WRITES },
};
#define FILE_BACKEND	(&subjects[0])
#define PASSWD_BACKEND	(&subjects[1])
#define EXEC_BACKEND	(&subjects[2])
#define SQLITE_BACKEND	(&subjects[3])
#define PAM_BACKEND	(&subjects[4])
#define LDAP_BACKEND	(&subjects[5])
#define LDAP_REBIND	(&subjects[6])
#define NSUBJECTS	(sizeof(subjects) / sizeof(subjects[0]))

/* Its server takes a while to start, so it has a test case of its own. */
static const struct subject	 pgsql = {
	"auth_pgsql", NULL, NULL, {
	    "connect=host=DIR dbname=postgres user=postgres",
	    SQL_USER_QUERY, SQL_CHANGE_QUERY,
	    "list-query=SELECT name FROM users" },
	    CHANGES | LISTS | KNOWS | HASHES | NAMES
};

/* Each in its own process and directory, since setups do not undo. */
static void
for_each(const atf_tc_t *tc, void (*fn)(const atf_tc_t *,
    const struct subject *))
{
	pid_t	 pid;
	size_t	 i;
	char	 folder[8];
	int	 status, slapd = slapd_is_there(tc);

	for (i = 0; i < NSUBJECTS; i++) {
		if (!is_built(tc, &subjects[i]) ||
		    (subjects[i].setup == setup_ldap && !slapd))
			continue;
		(void)fflush(NULL);
		ATF_REQUIRE((pid = fork()) != -1);
		if (pid == 0) {
			(void)snprintf(folder, sizeof(folder), "%zu", i);
			ATF_REQUIRE_EQ(0, mkdir(folder, 0755));
			ATF_REQUIRE_EQ(0, chdir(folder));
			subjects[i].setup();
			fn(tc, &subjects[i]);
			/* With its failed checks, if there were any. */
			return;
		}
		ATF_REQUIRE_EQ(pid, waitpid(pid, &status, 0));
		ATF_CHECK_MSG(WIFEXITED(status) && WEXITSTATUS(status) == 0,
		    "%s: see above", subjects[i].program);
	}
}

/* A case that is the function of that name, over all of them. */
#define OVER_ALL(name, text)						\
	TC_ROOT(name, text)						\
	ATF_TC_BODY(name, tc)						\
	{								\
		for_each(tc, name);					\
	}

static void
info_is_annas(const struct subject *s, const struct userinfo *u)
{
	ATF_CHECK_EQ(5001, u->uid);
	ATF_CHECK_EQ(5001, u->gid);
	if (s->can & NAMES) {
		ATF_REQUIRE_EQ(1, u->ngroups);
		ATF_CHECK_EQ(5100, u->groups[0]);
		ATF_CHECK_STREQ("Anna", u->realname);
	}
	ATF_CHECK_EQ(USER_ACTIVE, u->status);
	ATF_CHECK_EQ(-1, u->quota_octets);
	ATF_CHECK_EQ(-1, u->quota_messages);
	ATF_CHECK_STREQ("/home/anna", u->home);
	ATF_CHECK_STREQ("", u->mailbox);
	ATF_CHECK_STREQ("", u->host);
}

static void
routines(const atf_tc_t *tc, const struct subject *s)
{
	struct worker	 w;
	char		 wrong[sizeof(res.err)];

	worker_start(tc, &w, s, NULL);

	/* check_userpassword */
	ATF_CHECK_EQ(BACKEND_OK, check(&w, "anna", PASS));
	ATF_CHECK_EQ(0, res.nouser);
	ATF_CHECK_EQ(BACKEND_DENIED, check(&w, "anna", WRONG));
	(void)strlcpy(wrong, res.err, sizeof(wrong));
	ATF_CHECK_EQ(BACKEND_DENIED, check(&w, "unknown", PASS));
	ATF_CHECK_STREQ(wrong, res.err);
	ATF_CHECK_EQ(0, res.nouser);
	ATF_CHECK_EQ(BACKEND_DENIED, check(&w, "locked", PASS));
	ATF_CHECK_STREQ(wrong, res.err);
	ATF_CHECK_EQ(BACKEND_DENIED, check(&w, "Anna", PASS));
	ATF_CHECK_EQ(BACKEND_DENIED, check(&w, "ann", PASS));
	ATF_CHECK_EQ(BACKEND_DENIED, check(&w, "annaa", PASS));

	/* get_userinfo */
	ATF_CHECK_EQ(BACKEND_OK, request(&w, BE_OP_INFO, 0, "anna", ""));
	if (s->can & KNOWS)
		info_is_annas(s, &res.info);
	ATF_CHECK_EQ(s->can & KNOWS ? BACKEND_DENIED : BACKEND_OK,
	    request(&w, BE_OP_INFO, 0, "unknown", ""));

	/* Both: a login. */
	ATF_CHECK_EQ(BACKEND_OK, request(&w, BE_OP_LOGIN, 0, "anna", PASS));
	info_is_annas(s, &res.info);
	ATF_CHECK_EQ(0, res.nouser);
	ATF_CHECK_EQ(BACKEND_OK, login(&w, "anna", PASS));
	info_is_annas(s, &res.info);
	ATF_CHECK_EQ(BACKEND_DENIED,
	    request(&w, BE_OP_LOGIN, 0, "anna", WRONG));
	ATF_CHECK_EQ(0, res.nouser);
	ATF_CHECK_STREQ(wrong, res.err);
	ATF_CHECK_EQ(BACKEND_DENIED,
	    request(&w, BE_OP_LOGIN, 0, "unknown", PASS));
	ATF_CHECK_EQ((s->can & KNOWS) != 0, res.nouser);
	ATF_CHECK_EQ(BACKEND_DENIED, login(&w, "unknown", PASS));
	ATF_CHECK_EQ((s->can & KNOWS) != 0, res.nouser);
	ATF_CHECK_STREQ(wrong, res.err);

	/* get_userlist */
	ATF_CHECK_EQ(s->can & LISTS ? BACKEND_OK : BACKEND_UNSUPPORTED,
	    request(&w, BE_OP_LIST, 0, "", ""));
	if (s->can & LISTS) {
		ATF_CHECK(strncmp(w.names, "anna\n", 5) == 0 ||
		    strstr(w.names, "\nanna\n") != NULL);
		ATF_CHECK(strstr(w.names, "bert\n") != NULL);
		ATF_CHECK(strstr(w.names, "root") == NULL);
		ATF_CHECK(strstr(w.names, "daemon") == NULL);
	}

	/* And after all that it serves as before. */
	ATF_CHECK_EQ(BACKEND_OK, check(&w, "anna", PASS));
	worker_ends(&w, 0);
	ATF_CHECK_STREQ("", w.logged);
}

OVER_ALL(routines, "the four routines and their codes")

static void
change(const atf_tc_t *tc, const struct subject *s)
{
	struct worker	 w;

	worker_start(tc, &w, s, NULL);
	if (!(s->can & CHANGES)) {
		ask(&w, BE_OP_CHANGE, 0, "anna", PASS, "new");
		ATF_CHECK_EQ(BACKEND_UNSUPPORTED, answer(&w, last_id, &res));
		ATF_CHECK_EQ(BACKEND_OK, check(&w, "anna", PASS));
		worker_ends(&w, 0);
		return;
	}
	ask(&w, BE_OP_CHANGE, 0, "anna", WRONG, "new");
	ATF_CHECK_EQ(BACKEND_DENIED, answer(&w, last_id, &res));
	ask(&w, BE_OP_CHANGE, 0, "unknown", PASS, "new");
	ATF_CHECK_EQ(BACKEND_DENIED, answer(&w, last_id, &res));
	ask(&w, BE_OP_CHANGE, 0, "anna", PASS, "");
	ATF_CHECK_EQ(BACKEND_PARAM, answer(&w, last_id, &res));
	ask(&w, BE_OP_CHANGE, 0, "anna", "", "new");
	ATF_CHECK_EQ(BACKEND_PARAM, answer(&w, last_id, &res));
	ask(&w, BE_OP_CHANGE, 0, "anna", PASS, "new\nroot::0:0");
	ATF_CHECK_EQ(BACKEND_PARAM, answer(&w, last_id, &res));
	ask(&w, BE_OP_CHANGE, 0, "a/b", PASS, "new");
	ATF_CHECK_EQ(BACKEND_PARAM, answer(&w, last_id, &res));
	ATF_CHECK_EQ(BACKEND_OK, check(&w, "anna", PASS));
	ask(&w, BE_OP_CHANGE, 0, "anna", PASS, "new");
	ATF_CHECK_EQ_MSG(BACKEND_OK, answer(&w, last_id, &res), "%s", res.err);
	ATF_CHECK_EQ(BACKEND_OK, check(&w, "anna", "new"));
	ATF_CHECK_EQ(BACKEND_DENIED, check(&w, "anna", PASS));
	ATF_CHECK_EQ(BACKEND_OK, check(&w, "bert", PASS));
	worker_ends(&w, 0);
}

OVER_ALL(change, "change_userpassword")

static void
parameters(const atf_tc_t *tc, const struct subject *s)
{
	static const char *const	 names[] = {
		"", ".", "..", ".anna", "-anna", "/anna", "an/na", "../anna",
		"an na", "anna\n", "an\tna", "\001", "anna\177", "\xc3\xa4nna"
	};
	static const char *const	 denied[] = {
		"*", "anna*", "an:na", "anna:", "%s%s%n", "(uid=*)", "anna\\",
		"anna'--", "$(id)", "anna,anna", "#", "+"
	};
	static const uint32_t		 ops[] = {
		BE_OP_LOGIN, BE_OP_INFO, BE_OP_CHECK
	};
	struct worker			 w;
	char				 name[USER_LEN_MAX + 1];
	char				 pass[PASS_LEN_MAX + 1];
	size_t				 i, op;
	int				 code;

	worker_start(tc, &w, s, NULL);
	for (op = 0; op < sizeof(ops) / sizeof(ops[0]); op++) {
		for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
			ATF_CHECK_EQ_MSG(BACKEND_PARAM, request(&w, ops[op], 0,
			    names[i], PASS), "%s", names[i]);
		/* Without a password there may be nobody to tell. */
		if (ops[op] == BE_OP_INFO && !(s->can & KNOWS))
			continue;
		for (i = 0; i < sizeof(denied) / sizeof(denied[0]); i++) {
			code = request(&w, ops[op], BE_LAST, denied[i], PASS);
			ATF_CHECK_MSG(code == BACKEND_DENIED ||
			    (code == BACKEND_PARAM &&
			    strchr(denied[i], ':') != NULL), "%s", denied[i]);
		}
		memset(name, 'a', sizeof(name) - 1);
		name[USER_LEN_MAX] = '\0';
		ATF_CHECK_EQ(BACKEND_DENIED, request(&w, ops[op], BE_LAST,
		    name, PASS));
	}
	ATF_CHECK_EQ(BACKEND_PARAM, check(&w, "anna", ""));
	ATF_CHECK_EQ(BACKEND_PARAM, request(&w, BE_OP_LOGIN, 0, "anna", ""));
	ATF_CHECK_EQ(BACKEND_PARAM, login(&w, "unknown", ""));
	memset(pass, 'x', sizeof(pass) - 1);
	pass[PASS_LEN_MAX] = '\0';
	ATF_CHECK_EQ(BACKEND_DENIED, check(&w, "anna", pass));
	ATF_CHECK_EQ(BACKEND_DENIED, check(&w, "anna", PASS " "));
	ATF_CHECK_EQ(BACKEND_DENIED, check(&w, "anna", " " PASS));
	ATF_CHECK_EQ(BACKEND_OK, check(&w, "anna", PASS));
	worker_ends(&w, 0);
}

ATF_TC(parameters);
ATF_TC_HEAD(parameters, tc)
{
	atf_tc_set_md_var(tc, "descr", "odd names and passwords");
	atf_tc_set_md_var(tc, "require.user", "root");
	atf_tc_set_md_var(tc, "timeout", "300");
}
ATF_TC_BODY(parameters, tc)
{
	for_each(tc, parameters);
}

static void
out_of_turn(const atf_tc_t *tc, const struct subject *s)
{
	struct worker	 w;

	/* A request before the start. */
	worker_exec(tc, &w, s, 0, 0);
	ask(&w, BE_OP_CHECK, 0, "anna", PASS, "");
	worker_ends(&w, 1);
	ATF_CHECK(strstr(w.logged, "BE_REQ out of turn") != NULL);
	/* A second start; an option after it. */
	worker_start(tc, &w, s, NULL);
	ATF_REQUIRE_EQ(0, msg_empty_send(&w.ib, IMSG_BE_START, 0));
	worker_flush(&w);
	worker_ends(&w, 1);
	ATF_CHECK(strstr(w.logged, "BE_START out of turn") != NULL);
	worker_start(tc, &w, s, NULL);
	ATF_REQUIRE_EQ(0, msg_be_opt_send(&w.ib, "uid=1"));
	worker_flush(&w);
	worker_ends(&w, 1);
	ATF_CHECK(strstr(w.logged, "BE_OPT out of turn") != NULL);
	/* End of file: at once, after the start, in the middle of a header. */
	worker_exec(tc, &w, s, 0, 0);
	worker_ends(&w, 0);
	worker_start(tc, &w, s, NULL);
	worker_ends(&w, 0);
	worker_start(tc, &w, s, NULL);
	ATF_REQUIRE_EQ(5, write(w.ib.fd, "\1\0\0\0\2", 5));
	worker_ends(&w, 0);
}

OVER_ALL(out_of_turn, "messages at the wrong time")

/* Send one message as it is; the program logs why it ends. */
static void
malformed_one(const atf_tc_t *tc, const struct subject *s, uint32_t type,
    const void *data, size_t len)
{
	struct worker	 w;

	worker_start(tc, &w, s, NULL);
	ATF_REQUIRE(imsg_compose(&w.ib, type, 1, 0, -1, data, len) != -1);
	worker_flush(&w);
	worker_ends(&w, 1);
	ATF_CHECK_MSG(w.logged[0] != '\0', "type %u, %zu octets", type, len);
}

static void
malformed(const atf_tc_t *tc, const struct subject *s)
{
	static char	 big[sizeof(struct m_be_req) + USER_LEN_MAX +
			    2 * PASS_LEN_MAX + 1];
	char		 text[sizeof(struct m_be_req) + 16];
	struct m_be_req	 m = { .op = BE_OP_CHECK, .userlen = 4, .passlen = 4 };
	struct imsg_hdr	 hdr = { .type = IMSG_BE_REQ, .len = 0x7fffffff };
	struct worker	 w;

	memset(text, 'a', sizeof(text));
	memcpy(text, &m, sizeof(m));
	malformed_one(tc, s, IMSG_BE_REQ, text, sizeof(m) + 7);
	malformed_one(tc, s, IMSG_BE_REQ, text, sizeof(m) + 9);
	malformed_one(tc, s, IMSG_BE_REQ, text, sizeof(m) - 1);
	malformed_one(tc, s, IMSG_BE_REQ, NULL, 0);
	text[sizeof(m) + 2] = '\0';
	malformed_one(tc, s, IMSG_BE_REQ, text, sizeof(m) + 8);
	text[sizeof(m) + 2] = 'a';
	m.op = BE_OP_MAX;
	memcpy(text, &m, sizeof(m));
	malformed_one(tc, s, IMSG_BE_REQ, text, sizeof(m) + 8);
	m.op = BE_OP_CHECK;
	m.userlen = 0xffff;
	memcpy(text, &m, sizeof(m));
	malformed_one(tc, s, IMSG_BE_REQ, text, sizeof(m) + 8);
	malformed_one(tc, s, IMSG_BE_REQ, big, sizeof(big));
	/* Not for a backend, not from authd, not in the catalogue. */
	malformed_one(tc, s, IMSG_HALT, NULL, 0);
	malformed_one(tc, s, IMSG_BE_RES, big, sizeof(struct m_be_res));
	malformed_one(tc, s, IMSG_BE_READY, NULL, 0);
	malformed_one(tc, s, IMSG_MAX, NULL, 0);
	malformed_one(tc, s, 0xffffffff, NULL, 0);
	malformed_one(tc, s, IMSG_NONE, NULL, 0);
	/* Headers that lie about the length. */
	worker_start(tc, &w, s, NULL);
	ATF_REQUIRE_EQ(sizeof(hdr), write(w.ib.fd, &hdr, sizeof(hdr)));
	worker_ends(&w, 1);
	hdr.len = 3;
	worker_start(tc, &w, s, NULL);
	ATF_REQUIRE_EQ(sizeof(hdr), write(w.ib.fd, &hdr, sizeof(hdr)));
	worker_ends(&w, 1);
}

OVER_ALL(malformed, "messages out of shape")

static void
bad_options(const atf_tc_t *tc, const struct subject *s)
{
	static const char *const	 opts[] = {
		"nonsense=1", "nonsense", "=", "uid-min=x", "uid=", "uid=0",
		"path=users"
	};
	struct worker			 w;
	size_t				 i;

	for (i = 0; i < sizeof(opts) / sizeof(opts[0]); i++) {
		worker_exec(tc, &w, s, 0, 0);
		worker_options(&w, s, opts[i]);
		worker_ends(&w, 1);
		ATF_CHECK_MSG(strstr(w.logged, "option") != NULL, "%s: %s",
		    opts[i], w.logged);
	}
}

OVER_ALL(bad_options, "options that are unknown or wrong")

static void
pipelined(const atf_tc_t *tc, const struct subject *s)
{
	struct worker	 w;
	uint32_t	 first = last_id + 1, i;

	worker_start(tc, &w, s, NULL);
	for (i = 0; i < 100; i++)
		ask(&w, BE_OP_INFO, 0, i % 2 == 0 ? "anna" : "unknown", "", "");
	for (i = 0; i < 100; i++)
		ATF_CHECK_EQ(i % 2 == 0 || !(s->can & KNOWS) ? BACKEND_OK :
		    BACKEND_DENIED, answer(&w, first + i, &res));
	worker_ends(&w, 0);
}

OVER_ALL(pipelined, "many requests, answered in order")

static struct timespec
cpu_time(const struct worker *w)
{
	struct timespec	 ts;
	clockid_t	 clock;

	ATF_REQUIRE_EQ(0, clock_getcpuclockid(w->pid, &clock));
	ATF_REQUIRE_EQ(0, clock_gettime(clock, &ts));
	return ts;
}

/* A login with this verdict: what it costs. */
static double
login_cpu(struct worker *w, int verdict, const char *user, const char *pass)
{
	struct timespec	 begin = cpu_time(w), end;

	ATF_CHECK_EQ(verdict, login(w, user, pass));
	end = cpu_time(w);
	return (double)(end.tv_sec - begin.tv_sec) +
	    (double)(end.tv_nsec - begin.tv_nsec) / 1e9;
}

static int
alike(const double best[4])
{
	size_t	 i;

	for (i = 1; i < 4; i++) {
		if (best[i] <= 0.7 * best[0] || best[i] >= 1.4 * best[0])
			return 0;
	}
	return 1;
}

/*
 * Nothing waits in there, so the processor's time is the time that it takes; of
 * some the least: what the others add is the machine's doing.  A busy machine
 * needs more of them.
 */
static void
same_time(const atf_tc_t *tc, const struct subject *s)
{
	static const char *const	 users[] = {
		"anna", "unknown", "locked", "nobody-else"
	};
	struct worker			 w;
	double				 best[4], t;
	size_t				 i, round;

	if (!(s->can & HASHES))
		return;
	worker_start(tc, &w, s, NULL);
	for (round = 0; round < 12 || (round < 150 && !alike(best)); round++) {
		for (i = 0; i < 4; i++) {
			t = login_cpu(&w, BACKEND_DENIED, users[i], WRONG);
			if (round == 0 || t < best[i])
				best[i] = t;
		}
	}
	for (i = 0; i < 4; i++)
		printf("%s %s: %.2f ms\n", s->program, users[i],
		    best[i] * 1e3);
	ATF_CHECK(alike(best));
	worker_ends(&w, 0);
}

OVER_ALL(same_time, "unknown users cost what a wrong password costs")

/* How often text stands in the memory of a process. */
static int
memory_count(pid_t pid, const char *text)
{
	FILE		*maps;
	char		 line[512], perms[8], *buf, *p;
	unsigned long	 from, to;
	size_t		 len = strlen(text);
	ssize_t		 n;
	int		 fd, count = 0;

	fd = open(format("/proc/%d/mem", pid), O_RDONLY);
	ATF_REQUIRE(fd != -1);
	maps = fopen(format("/proc/%d/maps", pid), "r");
	ATF_REQUIRE(maps != NULL);
	while (fgets(line, sizeof(line), maps) != NULL) {
		ATF_REQUIRE_EQ(3, sscanf(line, "%lx-%lx %7s", &from, &to,
		    perms));
		/* Sanitizers reserve terabytes; nothing of ours is there. */
		if (perms[0] != 'r' || to - from > 1UL << 30)
			continue;
		ATF_REQUIRE((buf = malloc(to - from)) != NULL);
		n = pread(fd, buf, to - from, (off_t)from);
		p = buf;
		while (n > 0 && (p = memmem(p, (size_t)(buf + n - p), text,
		    len)) != NULL) {
			count++;
			p += len;
		}
		free(buf);
	}
	(void)fclose(maps);
	(void)close(fd);
	return count;
}

static void
forgets(const atf_tc_t *tc, const struct subject *s)
{
	static const char	 secret[] = "Sekr3t-that-n0body-else-has";
	struct worker		 w;

	worker_start(tc, &w, s, NULL);
	ATF_CHECK_EQ(BACKEND_DENIED, check(&w, "anna", secret));
	ATF_CHECK_EQ(BACKEND_DENIED, check(&w, "unknown", secret));
	ATF_CHECK_EQ(BACKEND_OK, login(&w, "anna", PASS));
	ATF_CHECK_EQ_MSG(0, memory_count(w.pid, secret), "%s", s->program);
	ATF_CHECK_EQ_MSG(0, memory_count(w.pid, PASS), "%s", s->program);
	if (s->can & CHANGES) {
		ask(&w, BE_OP_CHANGE, 0, "anna", PASS, secret);
		ATF_CHECK_EQ(BACKEND_OK, answer(&w, last_id, &res));
		ATF_CHECK_EQ(0, memory_count(w.pid, secret));
		ATF_CHECK_EQ(0, memory_count(w.pid, PASS));
	}
	/* What the count can find: anna's user name is in no secret place. */
	ATF_CHECK(s != FILE_BACKEND || memory_count(w.pid, "anna:$") > 0);
	worker_ends(&w, 0);
}

OVER_ALL(forgets, "no password stays in memory after its request")

/* Whether authd, which sees no options here, lets this backend remember. */
static int
needs_hashes(const struct subject *s)
{
	return (s->can & HASHES) != 0 ||
	    backend_needs(s->program + strlen("auth_"))->forced_by != NULL;
}

/* What hashes knows a password again; memory does not have it. */
static void
cached(const atf_tc_t *tc, const struct subject *s)
{
	static const char	 secret[] = "Sekr3t-that-n0body-else-has";
	struct worker		 w;
	double			 full, t;

	/* authd refuses the option before the program does. */
	ATF_CHECK_EQ_MSG(backend_needs(s->program + strlen("auth_"))->cache ==
	    BACKEND_CACHE, needs_hashes(s), "%s", s->program);
	if (!(s->can & HASHES)) {
		worker_exec(tc, &w, s, 0, 0);
		worker_options(&w, s, "success-cache=300");
		worker_ends(&w, 1);
		ATF_CHECK_MSG(strstr(w.logged, "success-cache: ") != NULL,
		    "%s", w.logged);
		return;
	}
	worker_start(tc, &w, s, "success-cache=300");
	full = login_cpu(&w, BACKEND_OK, "anna", PASS);
	t = login_cpu(&w, BACKEND_OK, "anna", PASS);
	printf("%s: first %.2f ms, then %.2f ms\n", s->program, full * 1e3,
	    t * 1e3);
	ATF_CHECK(t < full / 3);
	ATF_CHECK(login_cpu(&w, BACKEND_DENIED, "anna", WRONG) > full / 3);
	ATF_CHECK(login_cpu(&w, BACKEND_DENIED, "anna", WRONG) > full / 3);
	ATF_CHECK(login_cpu(&w, BACKEND_DENIED, "unknown", PASS) > full / 3);
	ATF_CHECK(login_cpu(&w, BACKEND_OK, "anna", PASS) < full / 3);
	ATF_CHECK_EQ(0, memory_count(w.pid, PASS));
	if (s->can & CHANGES) {
		ask(&w, BE_OP_CHANGE, 0, "anna", PASS, secret);
		ATF_REQUIRE_EQ(BACKEND_OK, answer(&w, last_id, &res));
		(void)login_cpu(&w, BACKEND_DENIED, "anna", PASS);
		/* A server chooses the scheme itself. */
		(void)login_cpu(&w, BACKEND_OK, "anna", secret);
		ATF_CHECK(login_cpu(&w, BACKEND_OK, "anna", secret) <
		    full / 3);
		ATF_CHECK_EQ(0, memory_count(w.pid, secret));
	}
	worker_ends(&w, 0);
}

OVER_ALL(cached, "success-cache, or its refusal")

TC(cached_file, "success-cache: the file is edited")
ATF_TC_BODY(cached_file, tc)
{
	struct worker	 w;

	setup_file();
	worker_start(tc, &w, FILE_BACKEND, "success-cache=yes");
	(void)login_cpu(&w, BACKEND_OK, "anna", PASS);
	(void)login_cpu(&w, BACKEND_OK, "anna", PASS);
	/* Another password, locked, gone, and back again. */
	write_file("users", 0600, "anna:{PLAIN}other:1:1\n");
	(void)login_cpu(&w, BACKEND_DENIED, "anna", PASS);
	(void)login_cpu(&w, BACKEND_OK, "anna", "other");
	write_file("users", 0600, format("anna:!%s:1:1\nb:{PLAIN}x:1:1\n",
	    hash));
	(void)login_cpu(&w, BACKEND_DENIED, "anna", PASS);
	write_file("users", 0600, "bert:{PLAIN}x:1:1\n");
	(void)login_cpu(&w, BACKEND_DENIED, "anna", PASS);
	/* What is beside the password is never remembered. */
	write_file("users", 0600, format("anna:%s:7:8::::status=disabled\n",
	    hash));
	(void)login_cpu(&w, BACKEND_OK, "anna", PASS);
	ATF_CHECK_EQ(USER_DISABLED, res.info.status);
	ATF_CHECK_EQ(7, res.info.uid);
	worker_ends(&w, 0);
}

/* The operator insists. */
TC_ROOT(cached_forced, "success-cache-force, with PAM")
ATF_TC_BODY(cached_forced, tc)
{
	struct subject	 s = *PAM_BACKEND;
	struct worker	 w;

	if (!is_built(tc, &s))
		return;
	setup_pam();
	s.opts[1] = "success-cache-force=yes";
	worker_start(tc, &w, &s, "success-cache=300");
	(void)login_cpu(&w, BACKEND_OK, "anna", PASS);
	/* It is not asked: there are no passwords any more. */
	shell("rm /etc/shadow");
	(void)login_cpu(&w, BACKEND_OK, "anna", PASS);
	ATF_CHECK(login(&w, "anna", WRONG) !=
	    BACKEND_OK);
	ATF_CHECK(login(&w, "bert", PASS) !=
	    BACKEND_OK);
	(void)login_cpu(&w, BACKEND_OK, "anna", PASS);
	ATF_CHECK_EQ(0, memory_count(w.pid, PASS));
	worker_ends(&w, 0);
	/* Only running the program reveals the user's identity. */
	setup_exec();
	s = *EXEC_BACKEND;
	s.opts[3] = "success-cache-force=yes";
	worker_exec(tc, &w, &s, 0, 0);
	worker_options(&w, &s, "success-cache=300");
	worker_ends(&w, 1);
	ATF_CHECK(strstr(w.logged, "more than a verdict") != NULL);
}

static int
channel_flags(pid_t pid)
{
	FILE		*fp;
	unsigned int	 flags;

	fp = fopen(format("/proc/%d/fdinfo/%d", pid, PROTO_FD), "r");
	ATF_REQUIRE(fp != NULL);
	ATF_REQUIRE_EQ(1, fscanf(fp, "pos: %*d flags: %o", &flags));
	(void)fclose(fp);
	return (int)flags;
}

static void
limits(const atf_tc_t *tc, const struct subject *s)
{
	struct worker	 w;
	struct rlimit	 rl;

	worker_start(tc, &w, s, NULL);
	ATF_REQUIRE_EQ(0, prlimit(w.pid, RLIMIT_CORE, NULL, &rl));
	ATF_CHECK_EQ(0, rl.rlim_max);
	ATF_REQUIRE_EQ(0, prlimit(w.pid, RLIMIT_NPROC, NULL, &rl));
	ATF_CHECK_EQ((s->can & STARTS) != 0, rl.rlim_max != 0);
	ATF_REQUIRE_EQ(0, prlimit(w.pid, RLIMIT_FSIZE, NULL, &rl));
	ATF_CHECK_EQ((s->can & WRITES) != 0, rl.rlim_max != 0);
	/* It was not, but is now a channel that blocks. */
	ATF_CHECK_EQ(0, channel_flags(w.pid) & O_NONBLOCK);
	/* The terminal's signals are authd's business. */
	ATF_REQUIRE_EQ(0, kill(w.pid, SIGINT));
	ATF_REQUIRE_EQ(0, kill(w.pid, SIGHUP));
	ATF_CHECK_EQ(BACKEND_OK, check(&w, "anna", PASS));
	worker_ends(&w, 0);
}

OVER_ALL(limits, "resource limits and signals")

TC(by_hand, "started by a person: says so, ends")
ATF_TC_BODY(by_hand, tc)
{
	const char	*cmd;
	char		 path[PATH_LEN_MAX + 1];
	size_t		 i;

	for (i = 0; i < NSUBJECTS; i++) {
		if (!is_built(tc, &subjects[i]))
			continue;
		(void)strlcpy(path, program_path(tc, &subjects[i]),
		    sizeof(path));
		cmd = format("%s 3>&- 2>&1 | "
		    "grep -q 'started by authd only'", path);
		ATF_CHECK_EQ_MSG(0, system(cmd), "%s", cmd);
	}
}

TC(file_reload, "auth_file: the file changes")
ATF_TC_BODY(file_reload, tc)
{
	struct worker	 w;

	setup_file();
	worker_start(tc, &w, FILE_BACKEND, NULL);
	ATF_CHECK_EQ(BACKEND_OK, check(&w, "anna", PASS));
	/* Written in place, with the same size: other times, or within 2 s. */
	write_file("users", 0600, format("anna:{PLAIN}one:1:1\n"));
	ATF_CHECK_EQ(BACKEND_OK, check(&w, "anna", "one"));
	write_file("users", 0600, format("anna:{PLAIN}two:1:1\n"));
	(void)check(&w, "anna", "two");
	(void)sleep(3);
	ATF_CHECK_EQ(BACKEND_OK, check(&w, "anna", "two"));
	ATF_CHECK_EQ(BACKEND_DENIED, check(&w, "anna", "one"));
	/* By rename, as editors do. */
	write_file("new", 0600, "anna:{PLAIN}three:1:1\nbert:{PLAIN}b:2:2\n");
	ATF_REQUIRE_EQ(0, rename("new", "users"));
	ATF_CHECK_EQ(BACKEND_OK, check(&w, "anna", "three"));
	ATF_CHECK_EQ(BACKEND_OK, check(&w, "bert", "b"));
	w.logged[0] = '\0';
	/* Broken, writable by others, gone: the old one stays. */
	write_file("users", 0600, "\177ELF\001\n\002\n");
	ATF_CHECK_EQ(BACKEND_OK, check(&w, "anna", "three"));
	ATF_CHECK(strstr(w.logged, "users:1: control character") != NULL);
	ATF_CHECK(strstr(w.logged, "not one good line; the 2 users read "
	    "before stay") != NULL);
	/* It is retried again and again, but logged once. */
	w.logged[0] = '\0';
	(void)sleep(3);
	ATF_CHECK_EQ(BACKEND_OK, check(&w, "bert", "b"));
	ATF_CHECK_STREQ("", w.logged);
	write_file("users", 0666, "bert:{PLAIN}evil:2:2\n");
	ATF_CHECK_EQ(BACKEND_OK, check(&w, "bert", "b"));
	ATF_CHECK(strstr(w.logged, "chmod go-w") != NULL);
	w.logged[0] = '\0';
	ATF_REQUIRE_EQ(0, unlink("users"));
	ATF_CHECK_EQ(BACKEND_OK, check(&w, "bert", "b"));
	ATF_CHECK(strstr(w.logged, "No such file") != NULL);
	/* A broken line leaves out one user; removed users are gone. */
	write_file("users", 0600, "# new\nanna;x\nbert:{PLAIN}c:2:2\n");
	ATF_CHECK_EQ(BACKEND_OK, check(&w, "bert", "c"));
	ATF_CHECK(strstr(w.logged, "users:2: bad user name") != NULL ||
	    strstr(w.logged, "users:2: no password field") != NULL);
	ATF_CHECK_EQ(BACKEND_DENIED, check(&w, "anna", "three"));
	worker_ends(&w, 0);
}

/* As authd hands it on, with the next request. */
static void
hand_on(struct worker *from, struct worker *to)
{
	ATF_REQUIRE(from->shares > 0);
	ATF_REQUIRE_EQ(0, msg_fd_send(&to->ib, IMSG_BE_SHARED, 0,
	    dup(from->shared)));
}

/* A second worker, which has what the first has shared. */
static void
start_second(const atf_tc_t *tc, struct worker *first, struct worker *w)
{
	struct imsg	 imsg;
	char		 dir[512];

	ATF_REQUIRE(getcwd(dir, sizeof(dir)) != NULL);
	worker_exec(tc, w, FILE_BACKEND, 0, 0);
	ATF_REQUIRE_EQ(0, msg_be_opt_send(&w->ib, format("path=%s/users",
	    dir)));
	hand_on(first, w);
	ATF_REQUIRE_EQ(0, msg_empty_send(&w->ib, IMSG_BE_START, 0));
	worker_flush(w);
	ATF_REQUIRE_EQ(IMSG_BE_READY, worker_next(w, &imsg));
	imsg_free(&imsg);
}

TC_ROOT(file_shared, "auth_file: one worker reads for all")
ATF_TC_BODY(file_shared, tc)
{
	struct worker	 a, b, c;

	write_file("users", 0600, "broken\nanna:{PLAIN}one:1:1\n");
	/* Long settled, or it would be read once more. */
	shell("touch -d '1 hour ago' users");
	worker_start(tc, &a, FILE_BACKEND, NULL);
	ATF_CHECK_EQ(1, a.shares);
	ATF_CHECK(strstr(a.logged, "users:1: no password") != NULL);
	/* b does not read: it would say what is wrong with line 1. */
	start_second(tc, &a, &b);
	ATF_CHECK_EQ(BACKEND_OK, check(&b, "anna", "one"));
	ATF_CHECK_EQ(0, b.shares);
	ATF_CHECK_STREQ("", b.logged);
	/* What is shared is no longer what the file says: b reads itself. */
	write_file("new", 0600, "anna:{PLAIN}two:1:1\n");
	shell("touch -d '50 minutes ago' new");
	ATF_REQUIRE_EQ(0, rename("new", "users"));
	hand_on(&a, &b);
	ATF_CHECK_EQ(BACKEND_OK, check(&b, "anna", "two"));
	ATF_CHECK_EQ(1, b.shares);
	/* And a has it from b. */
	hand_on(&b, &a);
	ATF_CHECK_EQ(BACKEND_OK, check(&a, "anna", "two"));
	ATF_CHECK_EQ(1, a.shares);
	/* A worker started while the file is broken has the earlier users. */
	write_file("users", 0600, "broken\n");
	start_second(tc, &b, &c);
	ATF_CHECK_EQ(BACKEND_OK, check(&c, "anna", "two"));
	ATF_CHECK(strstr(c.logged, "the 1 users read before stay") != NULL);
	/* Nonsense is logged and left alone. */
	ATF_REQUIRE_EQ(0, msg_fd_send(&c.ib, IMSG_BE_SHARED, 0,
	    open("/dev/null", O_RDONLY)));
	ATF_CHECK_EQ(BACKEND_OK, check(&c, "anna", "two"));
	ATF_CHECK(strstr(c.logged, "is not a table of users") != NULL);
	worker_ends(&a, 0);
	worker_ends(&b, 0);
	worker_ends(&c, 0);
	/* Others have nothing to share, and do not end for one that lies. */
	setup_passwd();
	worker_start(tc, &a, PASSWD_BACKEND, NULL);
	ATF_REQUIRE_EQ(0, msg_fd_send(&a.ib, IMSG_BE_SHARED, 0,
	    open("/dev/null", O_RDONLY)));
	ATF_CHECK_EQ(BACKEND_OK, check(&a, "anna", PASS));
	ATF_CHECK(strstr(a.logged, "ignored") != NULL);
	worker_ends(&a, 0);
}

TC(file_late, "auth_file: no file yet at start")
ATF_TC_BODY(file_late, tc)
{
	struct worker	 w;

	worker_start(tc, &w, FILE_BACKEND, NULL);
	ATF_CHECK(strstr(w.logged, "users: No such file") != NULL);
	ATF_CHECK_EQ(BACKEND_INTERNAL, check(&w, "anna", PASS));
	says("No such file");
	ATF_CHECK_EQ(BACKEND_INTERNAL, login(&w, "anna", PASS));
	ATF_CHECK_EQ(0, res.nouser);
	ATF_CHECK_EQ(BACKEND_INTERNAL, request(&w, BE_OP_LIST, 0, "", ""));
	setup_file();
	ATF_CHECK_EQ(BACKEND_OK, check(&w, "anna", PASS));
	worker_ends(&w, 0);
	/* No path at all is a mistake in the configuration. */
	worker_exec(tc, &w, FILE_BACKEND, 0, 0);
	ATF_REQUIRE_EQ(0, msg_empty_send(&w.ib, IMSG_BE_START, 0));
	worker_flush(&w);
	worker_ends(&w, 1);
	ATF_CHECK(strstr(w.logged, "no file of users is configured") != NULL);
}

TC(file_info, "auth_file: defaults and options")
ATF_TC_BODY(file_info, tc)
{
	struct worker	 w;

	write_file("users", 0600,
	    "full:{PLAIN}x:7:8:Full Name:/h:/var/mail/f:status=disabled,"
	    "groups=5+6,quota=1M,messages=100,host=other\n"
	    "bare:{PLAIN}x\n");
	worker_start(tc, &w, FILE_BACKEND, NULL);
	ATF_REQUIRE_EQ(BACKEND_OK,
	    request(&w, BE_OP_LOGIN, 0, "full", "x"));
	ATF_CHECK_EQ(7, res.info.uid);
	ATF_CHECK_EQ(8, res.info.gid);
	ATF_CHECK_EQ(2, res.info.ngroups);
	ATF_CHECK_EQ(6, res.info.groups[1]);
	ATF_CHECK_EQ(USER_DISABLED, res.info.status);
	ATF_CHECK_EQ(1048576, res.info.quota_octets);
	ATF_CHECK_EQ(100, res.info.quota_messages);
	ATF_CHECK_STREQ("Full Name", res.info.realname);
	ATF_CHECK_STREQ("/h", res.info.home);
	ATF_CHECK_STREQ("/var/mail/f", res.info.mailbox);
	ATF_CHECK_STREQ("other", res.info.host);
	/* No uid: an error, but only with the right password. */
	ATF_CHECK_EQ(BACKEND_RECORD,
	    request(&w, BE_OP_LOGIN, 0, "bare", "x"));
	says("no uid for user bare");
	ATF_CHECK_EQ(BACKEND_DENIED,
	    request(&w, BE_OP_LOGIN, 0, "bare", "y"));
	ATF_CHECK_STREQ("password incorrect", res.err);
	worker_ends(&w, 0);

	worker_exec(tc, &w, FILE_BACKEND, 0, 0);
	ATF_REQUIRE_EQ(0, msg_be_opt_send(&w.ib, "uid=5000"));
	ATF_REQUIRE_EQ(0, msg_be_opt_send(&w.ib, "gid=5001"));
	ATF_REQUIRE_EQ(0, msg_be_opt_send(&w.ib, "home=/var/mail/%u"));
	worker_options(&w, FILE_BACKEND, NULL);
	{
		struct imsg	 imsg;

		ATF_REQUIRE_EQ(IMSG_BE_READY, worker_next(&w, &imsg));
		imsg_free(&imsg);
	}
	ATF_REQUIRE_EQ(BACKEND_OK,
	    request(&w, BE_OP_LOGIN, 0, "bare", "x"));
	ATF_CHECK_EQ(5000, res.info.uid);
	ATF_CHECK_EQ(5001, res.info.gid);
	ATF_CHECK_STREQ("/var/mail/bare", res.info.home);
	ATF_REQUIRE_EQ(BACKEND_OK,
	    request(&w, BE_OP_LOGIN, 0, "full", "x"));
	ATF_CHECK_EQ(7, res.info.uid);
	ATF_CHECK_STREQ("/h", res.info.home);
	worker_ends(&w, 0);
}

/* What was weak is not, after a change. */
TC(file_scheme, "auth_file: the scheme of a new one")
ATF_TC_BODY(file_scheme, tc)
{
	struct worker	 w;

	write_file("users", 0600, "anna:{PLAIN}old:1:1\nbert:{PLAIN}b:2:2\n");
	worker_start(tc, &w, FILE_BACKEND, "scheme=scram-sha-256");
	ask(&w, BE_OP_CHANGE, 0, "anna", "old", "new");
	ATF_CHECK_EQ_MSG(BACKEND_OK, answer(&w, last_id, &res), "%s", res.err);
	shell("grep -q '^anna:{SCRAM-SHA-256}[^:]*:1:1$' users");
	ATF_CHECK_EQ(BACKEND_OK, check(&w, "anna", "new"));
	ATF_CHECK_EQ(BACKEND_DENIED, check(&w, "anna", "old"));
	ATF_CHECK_EQ(BACKEND_OK, check(&w, "bert", "b"));
	worker_ends(&w, 0);
	worker_exec(tc, &w, FILE_BACKEND, 0, 0);
	worker_options(&w, FILE_BACKEND, "scheme=rot13");
	worker_ends(&w, 1);
	ATF_CHECK(strstr(w.logged, "cannot make such passwords") != NULL);
}

TC(file_list, "auth_file: a list in several batches")
ATF_TC_BODY(file_list, tc)
{
	struct worker	 w;
	FILE		*fp;
	int		 i;

	ATF_REQUIRE((fp = fopen("users", "w")) != NULL);
	ATF_REQUIRE_EQ(0, fchmod(fileno(fp), 0600));
	for (i = 0; i < 5000; i++)
		ATF_REQUIRE(fprintf(fp, "user%08d:*:1:1\n", i) > 0);
	ATF_REQUIRE_EQ(0, fclose(fp));
	worker_start(tc, &w, FILE_BACKEND, NULL);
	ATF_CHECK_EQ(BACKEND_OK, request(&w, BE_OP_LIST, 0, "", ""));
	ATF_CHECK_EQ(5000 * 13, strlen(w.names));
	ATF_CHECK_EQ(5, w.batches);
	for (i = 0; i < 5000; i++)
		ATF_REQUIRE_EQ(0, memcmp(w.names + i * 13,
		    format("user%08d\n", i), 13));
	worker_ends(&w, 0);
}

TC_ROOT(passwd_accounts,
    "auth_passwd: root, locked, expired, without a password")
ATF_TC_BODY(passwd_accounts, tc)
{
	static const struct {
		const char	*user;
		const char	*err;
	} closed[] = {
		{ "root", "password incorrect" },
		{ "toor", "password incorrect" },
		{ "wheel", "password incorrect" },
		{ "zero", "password incorrect" },
		{ "daemon", "password incorrect" },
		{ "locked", "password incorrect" },
		{ "empty", "password incorrect" },
		{ "unshadowed", "password incorrect" },
		{ "expired", "account expired" },
		{ "old", "password expired" },
		{ "older", "account inactive" },
		{ "new", "must be changed" }
	};
	struct worker	 w;
	size_t		 i;

	setup_passwd();
	worker_start(tc, &w, PASSWD_BACKEND, NULL);
	for (i = 0; i < sizeof(closed) / sizeof(closed[0]); i++) {
		ATF_CHECK_EQ_MSG(BACKEND_DENIED, check(&w, closed[i].user,
		    PASS), "%s", closed[i].user);
		ATF_CHECK_MSG(strstr(res.err, closed[i].err) != NULL,
		    "%s: %s", closed[i].user, res.err);
		ATF_CHECK_EQ(BACKEND_DENIED, login(&w, closed[i].user, PASS));
		ATF_CHECK_EQ(i < 4, res.nouser);
		/* The reason is given only with the right password. */
		ATF_CHECK_EQ(BACKEND_DENIED, check(&w, closed[i].user, WRONG));
		ATF_CHECK_STREQ("password incorrect", res.err);
	}
	ATF_CHECK_EQ(BACKEND_OK, check(&w, "edge", PASS));
	ATF_CHECK_EQ(BACKEND_PARAM, check(&w, "anna:skey", PASS));
	/* bert's password expires today, not before. */
	ATF_CHECK_EQ(BACKEND_OK, check(&w, "bert", PASS));
	ATF_REQUIRE_EQ(BACKEND_OK, request(&w, BE_OP_INFO, 0, "bert", ""));
	ATF_CHECK_EQ(2, res.info.ngroups);
	worker_ends(&w, 0);
}

TC_ROOT(passwd_options, "auth_passwd: check-shell, nologin")
ATF_TC_BODY(passwd_options, tc)
{
	struct worker	 w;

	setup_passwd();
	worker_start(tc, &w, PASSWD_BACKEND, "check-shell=yes");
	ATF_CHECK_EQ(BACKEND_OK, check(&w, "anna", PASS));
	ATF_CHECK_EQ(BACKEND_DENIED, check(&w, "bert", PASS));
	says("shell");
	ATF_CHECK_EQ(BACKEND_DENIED, check(&w, "bert", WRONG));
	ATF_CHECK_STREQ("password incorrect", res.err);
	write_file("/etc/nologin", 0644, "back at noon\n");
	ATF_CHECK_EQ(BACKEND_OK, check(&w, "anna", PASS));
	worker_ends(&w, 0);
	worker_start(tc, &w, PASSWD_BACKEND, "nologin=yes");
	ATF_CHECK_EQ(BACKEND_INTERNAL, check(&w, "anna", PASS));
	says("/etc/nologin");
	ATF_REQUIRE_EQ(0, unlink("/etc/nologin"));
	ATF_CHECK_EQ(BACKEND_OK, check(&w, "anna", PASS));
	worker_ends(&w, 0);
	worker_start(tc, &w, PASSWD_BACKEND, "uid-min=5002");
	ATF_CHECK_EQ(BACKEND_OK, request(&w, BE_OP_LIST, 0, "", ""));
	ATF_CHECK(strstr(w.names, "anna") == NULL);
	ATF_CHECK(strstr(w.names, "bert") != NULL);
	ATF_CHECK_EQ(BACKEND_OK, check(&w, "anna", PASS));
	worker_ends(&w, 0);
}

TC_ROOT(passwd_group, "auth_passwd: not root; group shadow is what it needs")
ATF_TC_BODY(passwd_group, tc)
{
	struct imsg	 imsg;
	struct worker	 w;

	setup_passwd();
	worker_exec(tc, &w, PASSWD_BACKEND, NOBODY, SHADOW_GID);
	worker_options(&w, PASSWD_BACKEND, NULL);
	ATF_REQUIRE_EQ(IMSG_BE_READY, worker_next(&w, &imsg));
	imsg_free(&imsg);
	ATF_CHECK_EQ(BACKEND_OK, check(&w, "anna", PASS));
	ATF_CHECK_EQ(BACKEND_DENIED, check(&w, "anna", WRONG));
	worker_ends(&w, 0);
	ATF_CHECK_STREQ("", w.logged);

	worker_exec(tc, &w, PASSWD_BACKEND, NOBODY, NOBODY);
	worker_options(&w, PASSWD_BACKEND, NULL);
	ATF_REQUIRE_EQ(IMSG_BE_READY, worker_next(&w, &imsg));
	imsg_free(&imsg);
	ATF_CHECK(strstr(w.logged, "needs its group") != NULL);
	ATF_CHECK_EQ(BACKEND_INTERNAL, check(&w, "anna", PASS));
	says("needs its group");
	worker_ends(&w, 0);
}

ATF_TC(pgsql_all);
ATF_TC_HEAD(pgsql_all, tc)
{
	atf_tc_set_md_var(tc, "descr", "auth_pgsql: all of the above");
	atf_tc_set_md_var(tc, "require.user", "root");
	atf_tc_set_md_var(tc, "require.progs", "psql setpriv");
	atf_tc_set_md_var(tc, "timeout", "300");
}
ATF_TC_BODY(pgsql_all, tc)
{
	static void (*const	 all[])(const atf_tc_t *,
				    const struct subject *) = {
		routines, change, parameters, out_of_turn, malformed,
		bad_options, pipelined, same_time, forgets, limits
	};
	size_t			 i;

	if (!is_built(tc, &pgsql))
		atf_tc_skip("not built");
	setup_pgsql(tc);
	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		pgsql_fill();
		all[i](tc, &pgsql);
	}
	pgsql_stop(SIGQUIT);
}

/* Start slapd, or leave the test out where there is none. */
static void
ldap_begin(const atf_tc_t *tc, void (*more)(FILE *), const char *global)
{
	if (!slapd_is_there(tc))
		atf_tc_skip("there is no slapd");
	slapd_start(more, global);
}

TC_ROOT(ldap_modify, "auth_ldap: a server that does not know RFC 3062")
ATF_TC_BODY(ldap_modify, tc)
{
	struct worker	 w;

	ldap_begin(tc, NULL,
	    "olcRestrict: extended=1.3.6.1.4.1.4203.1.11.1");
	worker_start(tc, &w, LDAP_BACKEND, NULL);
	ask(&w, BE_OP_CHANGE, 0, "anna", WRONG, "new");
	ATF_CHECK_EQ(BACKEND_DENIED, answer(&w, last_id, &res));
	ask(&w, BE_OP_CHANGE, 0, "anna", PASS, "new one");
	ATF_CHECK_EQ_MSG(BACKEND_OK, answer(&w, last_id, &res), "%s", res.err);
	ATF_CHECK_EQ(BACKEND_OK, check(&w, "anna", "new one"));
	ATF_CHECK_EQ(BACKEND_DENIED, check(&w, "anna", PASS));
	ATF_CHECK_EQ(0, memory_count(w.pid, "new one"));
	worker_ends(&w, 0);
	/* As himself. */
	worker_start(tc, &w, LDAP_REBIND, NULL);
	ask(&w, BE_OP_CHANGE, 0, "bert", PASS, "newer");
	ATF_CHECK_EQ_MSG(BACKEND_OK, answer(&w, last_id, &res), "%s", res.err);
	ATF_CHECK_EQ(BACKEND_OK, check(&w, "bert", "newer"));
	ATF_CHECK_EQ(BACKEND_DENIED, check(&w, "bert", PASS));
	worker_ends(&w, 0);
}

static void
many_entries(FILE *fp)
{
	char	 name[16];
	int	 i;

	for (i = 0; i < 2500; i++) {
		(void)snprintf(name, sizeof(name), "user%04d", i);
		slapd_entry(fp, name, 6000, "*");
	}
}

TC_ROOT(ldap_list, "auth_ldap: more users than the server gives at once")
ATF_TC_BODY(ldap_list, tc)
{
	struct worker	 w;
	const char	*p;
	int		 i, n = 0;

	ldap_begin(tc, many_entries, NULL);
	worker_start(tc, &w, LDAP_BACKEND, NULL);
	ATF_CHECK_EQ_MSG(BACKEND_OK, request(&w, BE_OP_LIST, 0, "", ""), "%s",
	    res.err);
	for (p = w.names; (p = strchr(p, '\n')) != NULL; p++)
		n++;
	ATF_CHECK_EQ(2503, n);
	for (i = 0; i < 2500; i++)
		ATF_CHECK(strstr(w.names, format("user%04d\n", i)) != NULL);
	worker_ends(&w, 0);
	/* Each in a subtree of its own: nothing can list them. */
	worker_start(tc, &w, LDAP_BACKEND, "basedn=uid=%u,dc=example,dc=org");
	ATF_CHECK_EQ(BACKEND_UNSUPPORTED,
	    request(&w, BE_OP_LIST, 0, "", ""));
	worker_ends(&w, 0);
}

static void
odd_entries(FILE *fp)
{
	slapd_entry(fp, "full", 5004, "*");
	/* The empty line at the end of the entry goes. */
	ATF_REQUIRE_EQ(0, fseek(fp, -1, SEEK_CUR));
	ATF_REQUIRE(fputs("accountStatus: disabled\nmailHost: Mail.example\n"
	    "mailMessageStore: full/\nmailQuotaSize: 1048576\n"
	    "mailQuotaCount: 0\ndepartmentNumber: 7\ndepartmentNumber: 8\n\n",
	    fp) != EOF);
	ATF_REQUIRE(fputs("dn: uid=bare,ou=people,dc=example,dc=org\n"
	    "objectClass: inetOrgPerson\nuid: bare\nuid: naked\ncn: B\n"
	    "sn: B\n\n", fp) != EOF);
}

TC_ROOT(ldap_info, "auth_ldap: attributes and defaults")
ATF_TC_BODY(ldap_info, tc)
{
	static const char *const	 defaults[] = {
		"uid=7001", "gid=7002", "home=/var/mail/%u", "quota=5",
		"messages=6", "mailbox-prefix=/var/store"
	};
	struct worker			 w;
	struct imsg			 imsg;
	size_t				 i;

	ldap_begin(tc, odd_entries, NULL);
	worker_exec(tc, &w, LDAP_BACKEND, 0, 0);
	for (i = 0; i < sizeof(defaults) / sizeof(defaults[0]); i++)
		ATF_REQUIRE_EQ(0, msg_be_opt_send(&w.ib, defaults[i]));
	worker_options(&w, LDAP_BACKEND, NULL);
	ATF_REQUIRE_EQ(IMSG_BE_READY, worker_next(&w, &imsg));
	imsg_free(&imsg);
	ATF_REQUIRE_EQ_MSG(BACKEND_OK,
	    request(&w, BE_OP_INFO, 0, "full", ""), "%s", res.err);
	ATF_CHECK_EQ(5004, res.info.uid);
	ATF_CHECK_EQ(2, res.info.ngroups);
	ATF_CHECK_EQ(USER_DISABLED, res.info.status);
	ATF_CHECK_EQ(1048576, res.info.quota_octets);
	ATF_CHECK_EQ(0, res.info.quota_messages);
	ATF_CHECK_STREQ("/var/store/full/", res.info.mailbox);
	ATF_CHECK_STREQ("Mail.example", res.info.host);
	ATF_CHECK_STREQ("/home/full", res.info.home);
	for (i = 0; i < 2; i++) {
		ATF_REQUIRE_EQ(BACKEND_OK, request(&w, BE_OP_INFO, 0,
		    i == 0 ? "bare" : "naked", ""));
		ATF_CHECK_EQ(7001, res.info.uid);
		ATF_CHECK_EQ(7002, res.info.gid);
		ATF_CHECK_EQ(0, res.info.ngroups);
		ATF_CHECK_EQ(5, res.info.quota_octets);
		ATF_CHECK_EQ(6, res.info.quota_messages);
		ATF_CHECK_STREQ(i == 0 ? "/var/mail/bare" : "/var/mail/naked",
		    res.info.home);
	}
	/* No password at all fits none, and the operator hears of it. */
	ATF_CHECK_EQ(BACKEND_DENIED, check(&w, "bare", PASS));
	says("no userPassword that");
	worker_ends(&w, 0);
	/* Without the defaults. */
	worker_start(tc, &w, LDAP_BACKEND, NULL);
	ATF_CHECK_EQ(BACKEND_RECORD,
	    request(&w, BE_OP_INFO, 0, "bare", ""));
	says("no qmailUID");
	ATF_CHECK_EQ(BACKEND_RECORD,
	    request(&w, BE_OP_INFO, 0, "full", ""));
	says("no mailbox-prefix");
	worker_ends(&w, 0);
}

/* Their names, and the one line that each has of its own. */
static const struct {
	const char	*user;
	const char	*line;
	const char	*says;
} bounds[] = {
	{ "outside", "mailMessageStore: /etc/cron.d/x", "mailbox-prefix" },
	{ "beside", "mailMessageStore: /var/stores/x", "mailbox-prefix" },
	{ "prefix", "mailMessageStore: /var/store", "mailbox-prefix" },
	{ "above", "mailMessageStore: ../x", ". or .." },
	{ "within", "mailMessageStore: /var/store/a/../../b", ". or .." },
	{ "option", "mailHost: -oProxyCommand", "the name of a host" },
	{ "words", "mailHost: two words", "the name of a host" },
	{ "path", "mailHost: a/b", "the name of a host" }
};

static void
bounds_entries(FILE *fp)
{
	size_t	 i;

	for (i = 0; i < sizeof(bounds) / sizeof(bounds[0]); i++) {
		slapd_entry(fp, bounds[i].user, 5010, hash);
		ATF_REQUIRE_EQ(0, fseek(fp, -1, SEEK_CUR));
		ATF_REQUIRE(fprintf(fp, "%s\n\n", bounds[i].line) > 0);
	}
}

TC_ROOT(ldap_bounds,
    "auth_ldap: mailboxes and hosts that must not be; scope base")
ATF_TC_BODY(ldap_bounds, tc)
{
	struct worker	 w;
	struct imsg	 imsg;
	size_t		 i;

	ldap_begin(tc, bounds_entries, NULL);
	worker_start(tc, &w, LDAP_BACKEND, "mailbox-prefix=/var/store/");
	for (i = 0; i < sizeof(bounds) / sizeof(bounds[0]); i++) {
		ATF_CHECK_EQ_MSG(BACKEND_RECORD, request(&w, BE_OP_LOGIN,
		    BE_LAST, bounds[i].user, PASS), "%s", bounds[i].user);
		ATF_CHECK_MSG(strstr(res.err, bounds[i].says) != NULL,
		    "%s: %s", bounds[i].user, res.err);
		/* Only with the right password. */
		ATF_CHECK_EQ(BACKEND_DENIED, login(&w, bounds[i].user, WRONG));
	}
	worker_ends(&w, 0);
	/* The entry has the name that is made, and no other is looked at. */
	worker_exec(tc, &w, LDAP_BACKEND, 0, 0);
	ATF_REQUIRE_EQ(0, msg_be_opt_send(&w.ib, "scope=base"));
	worker_options(&w, LDAP_BACKEND,
	    "basedn=uid=%u,ou=people,dc=example,dc=org");
	ATF_REQUIRE_EQ(IMSG_BE_READY, worker_next(&w, &imsg));
	imsg_free(&imsg);
	ATF_CHECK_EQ(BACKEND_OK, check(&w, "anna", PASS));
	ATF_CHECK_EQ(BACKEND_DENIED, check(&w, "anna", WRONG));
	ATF_CHECK_EQ(BACKEND_DENIED,
	    request(&w, BE_OP_LOGIN, 0, "unknown", PASS));
	ATF_CHECK_EQ(1, res.nouser);
	worker_ends(&w, 0);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, routines);
	ATF_TP_ADD_TC(tp, change);
	ATF_TP_ADD_TC(tp, parameters);
	ATF_TP_ADD_TC(tp, out_of_turn);
	ATF_TP_ADD_TC(tp, malformed);
	ATF_TP_ADD_TC(tp, bad_options);
	ATF_TP_ADD_TC(tp, pipelined);
	ATF_TP_ADD_TC(tp, same_time);
	ATF_TP_ADD_TC(tp, forgets);
	ATF_TP_ADD_TC(tp, cached);
	ATF_TP_ADD_TC(tp, cached_file);
	ATF_TP_ADD_TC(tp, cached_forced);
	ATF_TP_ADD_TC(tp, limits);
	ATF_TP_ADD_TC(tp, by_hand);
	ATF_TP_ADD_TC(tp, pgsql_all);
	ATF_TP_ADD_TC(tp, file_reload);
	ATF_TP_ADD_TC(tp, file_shared);
	ATF_TP_ADD_TC(tp, file_late);
	ATF_TP_ADD_TC(tp, file_info);
	ATF_TP_ADD_TC(tp, file_scheme);
	ATF_TP_ADD_TC(tp, file_list);
	ATF_TP_ADD_TC(tp, passwd_accounts);
	ATF_TP_ADD_TC(tp, passwd_options);
	ATF_TP_ADD_TC(tp, passwd_group);
	ATF_TP_ADD_TC(tp, ldap_modify);
	ATF_TP_ADD_TC(tp, ldap_list);
	ATF_TP_ADD_TC(tp, ldap_info);
	ATF_TP_ADD_TC(tp, ldap_bounds);
	return atf_no_error();
}
