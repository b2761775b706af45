/* SPDX-License-Identifier: ISC */
/* auth_sqlite, auth_pgsql: statements, databases in trouble, hostile rows. */

#include <sys/types.h>
#include <sys/stat.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <atf-c.h>

#include "backend_users.h"
#include "backend_worker.h"
#include "sql_statement.h"

#define ALLOWED		(1U << SQL_USER | 1U << SQL_DOMAIN | 1U << SQL_PASSWORD)

static const struct subject	 sqlite = {
	"auth_sqlite", NULL, NULL, { "path=DIR/users", SQL_USER_QUERY }, 0
};
static const struct subject	 pgsql = {
	"auth_pgsql", NULL, NULL, {
	    "connect=host=DIR dbname=postgres user=postgres", SQL_USER_QUERY,
	    "timeout=2" }, 0
};

ATF_TC_WITHOUT_HEAD(statements);
ATF_TC_BODY(statements, tc)
{
	static const struct {
		const char	*in;
		const char	*out;	/* NULL: wrong */
		size_t		 n;
	} cases[] = {
		{ "", "", 0 },
		{ "SELECT 1", "SELECT 1", 0 },
		{ "a = %u", "a = $1", 1 },
		{ "a = %u AND b = %d OR c = %u", "a = $1 AND b = $2 OR c = $1",
		    2 },
		{ "%p%u%d%p", "$1$2$3$1", 3 },
		{ "a %% 2 = '50%%' || \"%%u\"", "a % 2 = '50%' || \"%u\"", 0 },
		{ "a LIKE '%x'", "a LIKE '%x'", 0 },
		{ "a = 'it''s' || %u", "a = 'it''s' || $1", 1 },
		{ "a = \"b'c\" || %u", "a = \"b'c\" || $1", 1 },
		{ "a = '%u'", NULL, 0 },
		{ "a = \"%u\"", NULL, 0 },
		{ "a = 'it''%u'", NULL, 0 },
		{ "a = %n", NULL, 0 },		/* not allowed here */
		{ "a = %x", NULL, 0 },
		{ "a = %", NULL, 0 },
		{ "a = 'b", NULL, 0 },
		{ "a = %u'", NULL, 0 },
		{ "a = '%", NULL, 0 }
	};
	struct sql_statement	 s;
	const char		*why;
	size_t			 i;
	int			 rv;

	memset(&s, 0, sizeof(s));
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		why = NULL;
		rv = sql_statement_parse(&s, cases[i].in, '$', ALLOWED, &why);
		if (cases[i].out == NULL) {
			ATF_CHECK_EQ_MSG(-1, rv, "%s", cases[i].in);
			ATF_CHECK(why != NULL && s.text == NULL);
			continue;
		}
		ATF_REQUIRE_EQ_MSG(0, rv, "%s: %s", cases[i].in, why);
		ATF_CHECK_STREQ(cases[i].out, s.text);
		ATF_CHECK_EQ_MSG(cases[i].n, s.nparams, "%s", cases[i].in);
	}
	sql_statement_free(&s);
}

static void
sql(const char *text)
{
	write_file("more.sql", 0600, text);
	shell("sqlite3 users <more.sql");
}

/* What a query can do wrong, one worker each. */
static void
query_says(const atf_tc_t *tc, const struct subject *s, int code,
    const char *query, const char *text)
{
	struct worker	 w;
	char		 opt[512];

	(void)snprintf(opt, sizeof(opt), "user-query=%s", query);
	worker_start(tc, &w, s, opt);
	ATF_CHECK_EQ_MSG(code, login(&w, "anna", PASS), "%s", query);
	ATF_CHECK_EQ(0, res.nouser);
	ATF_CHECK_MSG(strstr(res.err, text) != NULL, "%s: %s", query, res.err);
	worker_ends(&w, 0);
}

static void
queries(const atf_tc_t *tc, const struct subject *s, const char *no_table)
{
	query_says(tc, s, BACKEND_RECORD,
	    "SELECT hash AS password FROM users WHERE name = %u",
	    "no uid for user anna");
	query_says(tc, s, BACKEND_INTERNAL,
	    "SELECT 1 AS uid, 1 AS gid FROM users WHERE "
	    "name = %u", "no column password");
	query_says(tc, s, BACKEND_RECORD,
	    "SELECT hash AS password, 0 AS uid FROM users "
	    "WHERE name = %u", "bad value of column uid");
	query_says(tc, s, BACKEND_RECORD,
	    "SELECT hash AS password, 1 AS uid, 'x' AS gid FROM "
	    "users WHERE name = %u", "bad value of column gid");
	query_says(tc, s, BACKEND_RECORD,
	    "SELECT hash AS password, 'relative' AS home FROM "
	    "users WHERE name = %u", "bad value of column home");
	query_says(tc, s, BACKEND_RECORD,
	    "SELECT hash AS password, 'gone' AS status FROM "
	    "users WHERE name = %u", "bad value of column status");
	query_says(tc, s, BACKEND_INTERNAL,
	    "SELECT hash FROM users WHERE name = %u",
	    "column \"hash\" is not one of those");
	query_says(tc, s, BACKEND_DENIED,
	    "SELECT hash AS password FROM users",
	    "gives 3 rows for user anna");
	query_says(tc, s, BACKEND_INTERNAL,
	    "SELECT hash AS password FROM nosuchtable WHERE "
	    "name = %u", no_table);
	query_says(tc, s, BACKEND_INTERNAL,
	    "SELEKT %u", "syntax error");
}

/* Names are bound: whatever they contain, they are names. */
static void
injections(struct worker *w)
{
	static const char *const	 names[] = {
		"anna'--", "'OR'1'='1", "anna';DROP", "\"anna\"", "anna;",
		"$1", "?1", "%u", "anna\\", "';COMMIT;--", "anna%", "_nna"
	};
	size_t				 i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		ATF_CHECK_EQ_MSG(BACKEND_DENIED, login(w, names[i], PASS),
		    "%s", names[i]);
		ATF_CHECK_EQ(1, res.nouser);
	}
	ATF_CHECK_EQ(BACKEND_DENIED, login(w, "anna", "'OR'1'='1"));
	ATF_CHECK_EQ(BACKEND_OK, login(w, "anna", PASS));
}

ATF_TC_WITHOUT_HEAD(sqlite_rows);
ATF_TC_BODY(sqlite_rows, tc)
{
	struct worker	 w;
	char		 longpass[1017] = "";

	if (!is_built(tc, &sqlite))
		atf_tc_skip("not built");
	setup_sqlite();
	queries(tc, &sqlite, "no such table");
	query_says(tc, &sqlite, BACKEND_INTERNAL,
	    "SELECT 1 AS uid WHERE %u = 'anna'; "
	    "DROP TABLE users", "more than one statement");
	worker_start(tc, &w, &sqlite, NULL);
	injections(&w);
	/* Closed accounts are the password's owner's to hear of. */
	sql("UPDATE users SET status = 'disabled' WHERE name = 'bert';");
	ATF_CHECK_EQ(BACKEND_OK, login(&w, "bert", PASS));
	ATF_CHECK_EQ(USER_DISABLED, res.info.status);
	ATF_CHECK_EQ(BACKEND_DENIED, login(&w, "bert", WRONG));
	/* Damaged rows are theirs alone. */
	sql("UPDATE users SET hash = NULL WHERE name = 'bert';");
	ATF_CHECK_EQ(BACKEND_DENIED, login(&w, "bert", PASS));
	sql("UPDATE users SET hash = '$6$x$y' WHERE name = 'bert';");
	ATF_CHECK_EQ(BACKEND_DENIED, login(&w, "bert", PASS));
	says("or damaged");
	sql("UPDATE users SET hash = '$6$rounds=999999999$a$' || "
	    "printf('%.86c', 'x') WHERE name = 'bert';");
	ATF_CHECK_EQ(BACKEND_DENIED, login(&w, "bert", PASS));
	says("too long to check");
	sql("UPDATE users SET hash = 'rubbish' WHERE name = 'bert';");
	ATF_CHECK_EQ(BACKEND_DENIED, login(&w, "bert", PASS));
	says("of a kind that is not known");
	/* A NUL ends no value, and what is too long is not cut. */
	sql("UPDATE users SET hash = CAST(x'7b504c41494e7d7365006372657421'"
	    " AS TEXT) WHERE name = 'bert';");
	ATF_CHECK_EQ(BACKEND_DENIED, login(&w, "bert", "se"));
	says("or has a NUL in it");
	ATF_CHECK_EQ(BACKEND_DENIED, check(&w, "bert", "se"));
	sql("UPDATE users SET hash = '{PLAIN}' || printf('%.2000c', 'x') "
	    "WHERE name = 'bert';");
	memset(longpass, 'x', 1016);
	ATF_CHECK_EQ(BACKEND_DENIED, check(&w, "bert", longpass));
	says("longer than 1023 octets");
	sql("UPDATE users SET hash = '{PLAIN}b', gecos = "
	    "CAST(x'2f612f00622f' AS TEXT) WHERE name = 'bert';");
	ATF_CHECK(login(&w, "bert", "b") != BACKEND_OK);
	says("bad value of column name");
	sql("UPDATE users SET gecos = 'Bert' WHERE name = 'bert';");
	ATF_CHECK_EQ(BACKEND_OK, login(&w, "bert", "b"));
	sql("UPDATE users SET hash = zeroblob(4000) WHERE name = 'bert';");
	ATF_CHECK(login(&w, "bert", PASS) != BACKEND_OK);
	sql("UPDATE users SET gecos = printf('%.5000c', 'x'), hash = '*' "
	    "WHERE name = 'bert';");
	ATF_CHECK(login(&w, "bert", PASS) != BACKEND_OK);
	sql("UPDATE users SET groups = '1+2+x' WHERE name = 'bert';");
	ATF_CHECK_EQ(BACKEND_DENIED, login(&w, "bert", PASS));
	ATF_CHECK_EQ(BACKEND_RECORD, request(&w, BE_OP_INFO, 0, "bert", ""));
	ATF_CHECK_EQ(BACKEND_OK, login(&w, "anna", PASS));
	/* No change-query, no list-query. */
	ask(&w, BE_OP_CHANGE, 0, "anna", PASS, "new");
	ATF_CHECK_EQ(BACKEND_UNSUPPORTED, answer(&w, last_id, &res));
	ATF_CHECK_EQ(BACKEND_UNSUPPORTED, request(&w, BE_OP_LIST, 0, "", ""));
	worker_ends(&w, 0);
}

ATF_TC_WITHOUT_HEAD(sqlite_files);
ATF_TC_BODY(sqlite_files, tc)
{
	struct worker	 w;

	if (!is_built(tc, &sqlite))
		atf_tc_skip("not built");
	/* None yet, rubbish, a good one, another, rubbish, none. */
	worker_start(tc, &w, &sqlite, NULL);
	ATF_CHECK_EQ(BACKEND_INTERNAL, login(&w, "anna", PASS));
	says("users: No such file");
	write_file("users", 0600, "this is not a database, whatever it says\n");
	ATF_CHECK_EQ(BACKEND_INTERNAL, login(&w, "anna", PASS));
	ATF_REQUIRE_EQ(0, unlink("users"));
	setup_sqlite();
	ATF_CHECK_EQ(BACKEND_OK, login(&w, "anna", PASS));
	shell("mv users old; sqlite3 new <users.sql; "
	    "sqlite3 new \"DELETE FROM users WHERE name = 'anna'\"; "
	    "mv new users");
	ATF_CHECK_EQ(BACKEND_DENIED, login(&w, "anna", PASS));
	ATF_CHECK_EQ(BACKEND_OK, login(&w, "bert", PASS));
	shell("mv old users");
	ATF_CHECK_EQ(BACKEND_OK, login(&w, "anna", PASS));
	shell("cp users keep; head -c 2000 /dev/urandom >users");
	ATF_CHECK_EQ(BACKEND_INTERNAL, login(&w, "anna", PASS));
	shell("chmod 666 keep; mv keep users");
	ATF_CHECK_EQ(BACKEND_INTERNAL, login(&w, "anna", PASS));
	says("everybody may write it");
	shell("rm users; mkfifo users");
	ATF_CHECK_EQ(BACKEND_INTERNAL, login(&w, "anna", PASS));
	worker_ends(&w, 0);
}

/* Somebody writes: for a moment, and for ever. */
ATF_TC_WITHOUT_HEAD(sqlite_locked);
ATF_TC_BODY(sqlite_locked, tc)
{
	struct worker	 w;

	if (!is_built(tc, &sqlite))
		atf_tc_skip("not built");
	setup_sqlite();
	worker_start(tc, &w, &sqlite, NULL);
	ATF_CHECK_EQ(BACKEND_OK, login(&w, "anna", PASS));
	write_file("lock.py", 0600,
	    "import sqlite3, sys, time\n"
	    "db = sqlite3.connect('users', isolation_level=None)\n"
	    "db.execute('BEGIN EXCLUSIVE')\n"
	    "open('locked', 'w').close()\n"
	    "time.sleep(float(sys.argv[1]))\n");
	shell("python3 lock.py 1 & until [ -e locked ]; do sleep 0.1; done");
	ATF_CHECK_EQ(BACKEND_OK, login(&w, "anna", PASS));
	shell("rm locked; timeout 30 python3 lock.py 8 & "
	    "until [ -e locked ]; do sleep 0.1; done");
	ATF_CHECK_EQ(BACKEND_INTERNAL, login(&w, "anna", PASS));
	says("locked");
	(void)sleep(5);
	ATF_CHECK_EQ(BACKEND_OK, login(&w, "anna", PASS));
	worker_ends(&w, 0);
}

static void
option_says(const atf_tc_t *tc, const struct subject *s, const char *opt,
    const char *text)
{
	struct worker	 w;

	worker_exec(tc, &w, s, 0, 0);
	worker_options(&w, s, opt);
	worker_ends(&w, 1);
	ATF_CHECK_MSG(strstr(w.logged, text) != NULL, "%s: %s", opt, w.logged);
}

ATF_TC_WITHOUT_HEAD(mistakes);
ATF_TC_BODY(mistakes, tc)
{
	static const struct subject	 no_query = {
		"auth_sqlite", NULL, NULL, { "path=/nonexistent" }, 0
	};
	static const struct subject	 no_path = {
		"auth_sqlite", NULL, NULL, { SQL_USER_QUERY }, 0
	};
	static const struct subject	 no_database = {
		"auth_pgsql", NULL, NULL, { SQL_USER_QUERY }, 0
	};

	if (!is_built(tc, &sqlite) || !is_built(tc, &pgsql))
		atf_tc_skip("not built");
	option_says(tc, &no_query, NULL, "no user-query is configured");
	option_says(tc, &no_path, NULL, "no database is configured");
	option_says(tc, &no_database, NULL, "no database is configured");
	option_says(tc, &sqlite, "user-query=SELECT '%u'", "no quotes");
	option_says(tc, &sqlite, "list-query=SELECT %u", "no meaning here");
	option_says(tc, &sqlite, "scheme=rot13", "cannot make such passwords");
	option_says(tc, &sqlite, "connect=x", "no such option");
	option_says(tc, &pgsql, "path=/x", "no such option");
	option_says(tc, &pgsql, "timeout=0", "not a number from 1");
	option_says(tc, &pgsql, "connect=nonsense", "missing \"=\"");
	option_says(tc, &pgsql, "connect=password=x", "option secret");
	option_says(tc, &pgsql, "secret=relative", "not an absolute path");
}

/* psql as the superuser. */
static void
psql(const char *text)
{
	write_file("more.sql", 0644, text);
	shell("psql -q -h \"$PWD\" -U postgres -f more.sql >psql.out 2>&1");
}

ATF_TC(pgsql_trouble);
ATF_TC_HEAD(pgsql_trouble, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "auth_pgsql: a server that is lost, stalls, is not there");
	atf_tc_set_md_var(tc, "require.user", "root");
	atf_tc_set_md_var(tc, "require.progs", "psql setpriv");
	atf_tc_set_md_var(tc, "timeout", "300");
}
ATF_TC_BODY(pgsql_trouble, tc)
{
	struct worker	 w;
	double		 begin;

	if (!is_built(tc, &pgsql))
		atf_tc_skip("not built");
	/* Not there. */
	worker_start(tc, &w, &pgsql, NULL);
	ATF_CHECK_EQ(BACKEND_INTERNAL, login(&w, "anna", PASS));
	says("PostgreSQL: ");
	setup_pgsql(tc);
	pgsql_fill();
	ATF_CHECK_EQ(BACKEND_OK, login(&w, "anna", PASS));
	injections(&w);
	queries(tc, &pgsql, "does not exist");
	query_says(tc, &pgsql, BACKEND_INTERNAL,
	    "SELECT 1 AS uid WHERE %u = 'anna'; "
	    "DROP TABLE users", "multiple commands");
	/* Connections are ended: another is made, nobody notices. */
	psql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE "
	    "application_name = 'pop3d';");
	ATF_CHECK_EQ(BACKEND_OK, login(&w, "anna", PASS));
	/* A statement that takes for ever. */
	query_says(tc, &pgsql, BACKEND_INTERNAL,
	    "SELECT pg_sleep(60)::text AS name, %u AS host",
	    "no answer in time");
	/* One that gives more than anybody wants. */
	query_says(tc, &pgsql, BACKEND_DENIED,
	    "SELECT g AS uid FROM generate_series(1, "
	    "100000) g WHERE %u <> ''", "gives 100000 rows");
	/* A locked table. */
	psql("ALTER TABLE users OWNER TO postgres;");
	shell("psql -q -h \"$PWD\" -U postgres -c \"BEGIN; LOCK TABLE users; "
	    "SELECT pg_sleep(120)\" >/dev/null 2>&1 & until [ \"$(psql -qAt "
	    "-h \"$PWD\" -U postgres -c \"SELECT count(*) FROM pg_locks WHERE "
	    "granted AND mode = 'AccessExclusiveLock' AND relation = "
	    "'users'::regclass\")\" = 1 ]; do sleep 0.1; done");
	begin = now();
	ATF_CHECK_EQ(BACKEND_INTERNAL, login(&w, "anna", PASS));
	ATF_CHECK(now() - begin < 60);
	psql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE "
	    "query LIKE '%pg_sleep(120)%' AND pid <> pg_backend_pid();");
	ATF_CHECK_EQ(BACKEND_OK, login(&w, "anna", PASS));
	/* The server stands still, then goes on. */
	shell("kill -STOP %d $(ps -o pid= --ppid %d)", pgsql_pid(),
	    pgsql_pid());
	begin = now();
	ATF_CHECK_EQ(BACKEND_INTERNAL, login(&w, "anna", PASS));
	says("in time");
	ATF_CHECK_EQ(BACKEND_INTERNAL, login(&w, "anna", PASS));
	ATF_CHECK_MSG(now() - begin < 60, "%f", now() - begin);
	shell("kill -CONT %d $(ps -o pid= --ppid %d)", pgsql_pid(),
	    pgsql_pid());
	ATF_CHECK_EQ(BACKEND_OK, login(&w, "anna", PASS));
	/* It ends, and is back. */
	pgsql_stop(SIGQUIT);
	ATF_CHECK_EQ(BACKEND_INTERNAL, login(&w, "anna", PASS));
	says("PostgreSQL: ");
	setup_pgsql(tc);
	pgsql_fill();
	ATF_CHECK_EQ(BACKEND_OK, login(&w, "anna", PASS));
	worker_ends(&w, 0);
	pgsql_stop(SIGQUIT);
}

ATF_TC(pgsql_secret);
ATF_TC_HEAD(pgsql_secret, tc)
{
	atf_tc_set_md_var(tc, "descr", "auth_pgsql: a password of the service");
	atf_tc_set_md_var(tc, "require.user", "root");
	atf_tc_set_md_var(tc, "require.progs", "psql setpriv");
	atf_tc_set_md_var(tc, "timeout", "300");
}
ATF_TC_BODY(pgsql_secret, tc)
{
	static const struct subject	 s = {
		"auth_pgsql", NULL, NULL, {
		    "connect=host=DIR dbname=postgres user=mail",
		    "secret=DIR/secret", SQL_USER_QUERY }, 0
	};
	struct worker			 w;

	if (!is_built(tc, &pgsql))
		atf_tc_skip("not built");
	setup_pgsql(tc);
	pgsql_fill();
	psql("CREATE ROLE mail LOGIN PASSWORD 'open sesame'; "
	    "GRANT SELECT ON users TO mail;");
	shell("printf 'local all postgres trust\\nlocal all all "
	    "scram-sha-256\\n' >data/pg_hba.conf");
	psql("SELECT pg_reload_conf();");
	write_file("secret", 0644, "open sesame\n");
	worker_start(tc, &w, &s, NULL);
	ATF_CHECK_EQ(BACKEND_INTERNAL, login(&w, "anna", PASS));
	says("chmod 600");
	write_file("secret", 0600, "open sesam\n");
	ATF_CHECK_EQ(BACKEND_INTERNAL, login(&w, "anna", PASS));
	says("authentication failed");
	ATF_CHECK(strstr(res.err, "sesam") == NULL);
	write_file("secret", 0600, "open sesame\nnot this\n");
	ATF_CHECK_EQ(BACKEND_OK, login(&w, "anna", PASS));
	ATF_REQUIRE_EQ(0, unlink("secret"));
	ATF_CHECK_EQ(BACKEND_OK, login(&w, "anna", PASS));
	psql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE "
	    "application_name = 'pop3d';");
	ATF_CHECK_EQ(BACKEND_INTERNAL, login(&w, "anna", PASS));
	says("secret: No such file");
	/* It may read, and no more. */
	write_file("secret", 0600, "open sesame");
	ATF_CHECK_EQ(BACKEND_OK, login(&w, "anna", PASS));
	worker_ends(&w, 0);
	worker_start(tc, &w, &s, SQL_CHANGE_QUERY);
	ask(&w, BE_OP_CHANGE, 0, "anna", PASS, "new");
	ATF_CHECK_EQ(BACKEND_INTERNAL, answer(&w, last_id, &res));
	says("permission denied");
	worker_ends(&w, 0);
	pgsql_stop(SIGQUIT);
}

/* The password that is stored at a change is of the configured scheme. */
ATF_TC_WITHOUT_HEAD(upgrade);
ATF_TC_BODY(upgrade, tc)
{
	static const char *const	 schemes[][2] = {
		{ "bcrypt", "$2b$" }, { "sha512", "$6$" },
		{ "yescrypt", "$y$" },
		{ "scram-sha-256", "{SCRAM-SHA-256}" }
	};
	struct worker			 w;
	struct imsg			 imsg;
	char				 opt[32];
	size_t				 i;

	if (!is_built(tc, &sqlite))
		atf_tc_skip("not built");
	for (i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
		setup_sqlite();
		sql("UPDATE users SET hash = '{PLAIN}old' "
		    "WHERE name = 'anna';");
		worker_exec(tc, &w, &sqlite, 0, 0);
		ATF_REQUIRE_EQ(0, msg_be_opt_send(&w.ib, SQL_CHANGE_QUERY));
		(void)snprintf(opt, sizeof(opt), "scheme=%s", schemes[i][0]);
		worker_options(&w, &sqlite, opt);
		ATF_REQUIRE_EQ(IMSG_BE_READY, worker_next(&w, &imsg));
		imsg_free(&imsg);
		ask(&w, BE_OP_CHANGE, 0, "anna", "old", "new");
		ATF_CHECK_EQ_MSG(BACKEND_OK, answer(&w, last_id, &res), "%s",
		    res.err);
		ATF_CHECK_EQ(BACKEND_OK, check(&w, "anna", "new"));
		ATF_CHECK_EQ(BACKEND_DENIED, check(&w, "anna", "old"));
		shell("sqlite3 users \"SELECT hash FROM users WHERE name = "
		    "'anna'\" | grep -qF '%s'", schemes[i][1]);
		worker_ends(&w, 0);
	}
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, statements);
	ATF_TP_ADD_TC(tp, sqlite_rows);
	ATF_TP_ADD_TC(tp, sqlite_files);
	ATF_TP_ADD_TC(tp, sqlite_locked);
	ATF_TP_ADD_TC(tp, mistakes);
	ATF_TP_ADD_TC(tp, pgsql_trouble);
	ATF_TP_ADD_TC(tp, pgsql_secret);
	ATF_TP_ADD_TC(tp, upgrade);
	return atf_no_error();
}
