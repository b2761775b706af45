/* SPDX-License-Identifier: ISC */
/*
 * Runs in: auth_pgsql, as _pop3auth.  Trusts: the database for its data, and
 * libpq to parse it; not the server to answer.
 */

#include <sys/types.h>

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libpq-fe.h>

#include "backend.h"
#include "backend_secret.h"
#include "clock.h"
#include "log.h"
#include "sql.h"
#include "userinfo.h"


/* The configuration; constant once requests are served. */
static char	*conninfo;
static char	*secret_path;
static uint64_t	 timeout = 8;	/* seconds, per request */

static PGconn	*db;
static int64_t	 request_end;	/* ms; 0: no statement has run yet */

static enum backend_code
pgsql_option(const char *key, const char *value, char *err)
{
	if (strcmp(key, "secret") == 0)
		return userinfo_path(value, &secret_path, err);
	if (strcmp(key, "timeout") == 0)
		return backend_timeout(value, &timeout, err);
	if (strcmp(key, "connect") != 0)
		return BACKEND_UNSUPPORTED;
	free(conninfo);
	if ((conninfo = strdup(value)) == NULL)
		fatal("strdup");
	return BACKEND_OK;
}

static enum backend_code
pgsql_open(int write, char *err)
{
	PQconninfoOption	*options, *o;
	char			*why = NULL;
	int			 password = 0;

	if (conninfo == NULL)
		return backend_err(err, BACKEND_PARAM, "no database is "
		    "configured: auth pgsql { connect \"host=... dbname=...\"");
	if ((options = PQconninfoParse(conninfo, &why)) == NULL) {
		(void)backend_err(err, BACKEND_PARAM, "connect: %s",
		    why != NULL ? why : "out of memory");
		PQfreemem(why);
		err[strcspn(err, "\n")] = '\0';
		return BACKEND_PARAM;
	}
	for (o = options; o->keyword != NULL; o++) {
		if (strcmp(o->keyword, "password") == 0 && o->val != NULL)
			password = 1;
		/* sslrootcert and the like. */
		if (strncmp(o->keyword, "ssl", 3) == 0 && o->val != NULL &&
		    o->val[0] == '/')
			backend_reads(o->val);
	}
	PQconninfoFree(options);
	if (password)
		return backend_err(err, BACKEND_PARAM, "connect: the password "
		    "belongs into a file, option secret");
	if (secret_path != NULL)
		backend_reads(secret_path);
	return BACKEND_OK;
}

static void
pgsql_disconnect(void)
{
	PQfinish(db);
	db = NULL;
}

/* libpq's reasons are lines. */
static enum backend_code
pgsql_failed(const char *why, char *err)
{
	size_t	 len = strcspn(why, "\n");

	return backend_err(err, BACKEND_INTERNAL, "PostgreSQL: %.*s", (int)len,
	    why);
}

/* The password of the service, "" if there is none.  0, or -1 and a reason. */
static int
pgsql_secret(char secret[BACKEND_SECRET_MAX + 1], char *err)
{
	const char	*why;

	secret[0] = '\0';
	if (secret_path == NULL ||
	    backend_secret(secret_path, secret, &why) == 0)
		return 0;
	(void)backend_err(err, BACKEND_INTERNAL, "%s: %s", secret_path, why);
	return -1;
}

/* Wait for the connection's socket.  0, or -1 when the time is over. */
static int
pgsql_wait_for(short events, int64_t until)
{
	struct pollfd	 pfd = { .fd = PQsocket(db), .events = events };
	int64_t		 left;
	int		 n;

	do {
		if ((left = until - clock_msec()) <= 0)
			return -1;
		n = poll(&pfd, 1, (int)left);
	} while (n == 0 || (n == -1 && errno == EINTR));
	return n == 1 ? 0 : -1;
}

static enum backend_code
pgsql_connect_wait(int64_t until, char *err)
{
	PostgresPollingStatusType	 status = PGRES_POLLING_WRITING;

	while (status != PGRES_POLLING_OK) {
		if (status == PGRES_POLLING_FAILED)
			return pgsql_failed(PQerrorMessage(db), err);
		if (pgsql_wait_for(status == PGRES_POLLING_READING ? POLLIN :
		    POLLOUT, until) == -1)
			return pgsql_failed("no connection in time", err);
		status = PQconnectPoll(db);
	}
	return BACKEND_OK;
}

/*
 * The connection string, passed as dbname, can override the keys before it.  A
 * server on the network must prove its identity unless configured otherwise.
 */
static enum backend_code
pgsql_connect_db(int64_t until, char *err)
{
	static const char *const	 keys[] = {
		"sslmode", "gssencmode", "client_encoding", "application_name",
		"dbname", "password", NULL
	};
	char				 secret[BACKEND_SECRET_MAX + 1];
	const char			*values[] = {
		"verify-full", "disable", "UTF8", "pop3d", conninfo, secret,
		NULL
	};
	enum backend_code		 code;

	if (pgsql_secret(secret, err) == -1)
		return BACKEND_INTERNAL;
	if (secret[0] == '\0')
		values[5] = NULL;
	db = PQconnectStartParams(keys, values, 1);
	explicit_bzero(secret, sizeof(secret));
	if (db == NULL)
		return pgsql_failed("out of memory", err);
	if (PQstatus(db) == CONNECTION_BAD)
		code = pgsql_failed(PQerrorMessage(db), err);
	else if ((code = pgsql_connect_wait(until, err)) == BACKEND_OK &&
	    PQsetnonblocking(db, 1) == -1)
		code = pgsql_failed(PQerrorMessage(db), err);
	if (code != BACKEND_OK)
		pgsql_disconnect();
	return code;
}

/* The next result, or NULL if there is none; *late: not in time. */
static PGresult *
pgsql_next_result(int64_t until, int *late)
{
	int	 unsent;

	while ((unsent = PQflush(db)) == 1 || PQisBusy(db)) {
		if (pgsql_wait_for(unsent == 1 ? POLLIN | POLLOUT : POLLIN,
		    until) == -1) {
			*late = 1;
			return NULL;
		}
		if (PQconsumeInput(db) == 0)
			break;
	}
	return PQgetResult(db);
}

static void
pgsql_give_rows(const PGresult *res,
    void (*row)(const struct sql_row *, void *), void *arg)
{
	const char	*names[SQL_COLUMNS_MAX], *values[SQL_COLUMNS_MAX];
	size_t		 lens[SQL_COLUMNS_MAX];
	struct sql_row	 r = { 0, names, values, lens };
	int		 i, j, n = PQnfields(res);

	r.n = (size_t)n;
	for (i = 0; row != NULL && i < PQntuples(res); i++) {
		for (j = 0; j < n && j < SQL_COLUMNS_MAX; j++) {
			names[j] = PQfname(res, j);
			values[j] = PQgetisnull(res, i, j) ? NULL :
			    PQgetvalue(res, i, j);
			lens[j] = (size_t)PQgetlength(res, i, j);
		}
		row(&r, arg);
	}
}

/* Process one result and pass on its rows. */
static enum backend_code
pgsql_take_result(PGresult *res, void (*row)(const struct sql_row *, void *),
    void *arg, long long *changed, char *err)
{
	const char	*errstr;

	switch (PQresultStatus(res)) {
	case PGRES_TUPLES_OK:
		pgsql_give_rows(res, row, arg);
		break;
	case PGRES_COMMAND_OK:
		break;
	default:
		return pgsql_failed(PQresultErrorMessage(res), err);
	}
	if (changed != NULL) {
		*changed = strtonum(PQcmdTuples(res), 0, INT32_MAX, &errstr);
		if (errstr != NULL)
			*changed = 0;
	}
	return BACKEND_OK;
}

/* Run a statement once.  Closes the connection if it is bad. */
static enum backend_code
pgsql_run_once(const char *text, size_t nparams, const char *const *params,
    void (*row)(const struct sql_row *, void *), void *arg,
    long long *changed, int64_t until, char *err)
{
	enum backend_code	 code = BACKEND_OK;
	PGresult		*res;
	int			 late = 0, results = 0;

	if (PQsendQueryParams(db, text, (int)nparams, NULL, params, NULL, NULL,
	    0) == 0)
		code = pgsql_failed(PQerrorMessage(db), err);
	while (code == BACKEND_OK && (res = pgsql_next_result(until, &late)) !=
	    NULL) {
		results++;
		code = pgsql_take_result(res, row, arg, changed, err);
		PQclear(res);
	}
	if (late)
		code = pgsql_failed("no answer in time", err);
	else if (code == BACKEND_OK && results == 0)
		code = pgsql_failed(PQerrorMessage(db), err);
	/* Drain what may follow an error. */
	while (!late && (res = pgsql_next_result(until, &late)) != NULL)
		PQclear(res);
	if (late || PQstatus(db) == CONNECTION_BAD)
		pgsql_disconnect();
	return code;
}

static enum backend_code
pgsql_run(const char *text, size_t nparams, const char *const *params,
    void (*row)(const struct sql_row *, void *), void *arg,
    long long *changed, char *err)
{
	enum backend_code	 code;
	int64_t			 until;

	/* A login runs two statements: wait for a stalled server once. */
	if (request_end == 0)
		request_end = clock_msec() + (int64_t)timeout * 1000;
	until = request_end;
	if (clock_msec() >= until)
		return pgsql_failed("no answer in time", err);
	if (db != NULL) {
		code = pgsql_run_once(text, nparams, params, row, arg,
		    changed, until, err);
		if (code == BACKEND_OK || db != NULL || clock_msec() >= until)
			return code;
	}
	/* No connection yet, or it was lost while idle. */
	if ((code = pgsql_connect_db(until, err)) != BACKEND_OK)
		return code;
	return pgsql_run_once(text, nparams, params, row, arg, changed, until,
	    err);
}

static int
pgsql_away(void)
{
	return db == NULL;
}

static void
pgsql_done(void)
{
	request_end = 0;
}

int
main(int argc, char **argv)
{
	static const struct sql_driver	 pgsql = {
		.name = "auth_pgsql",
		.needs = BACKEND_NEEDS_NET,
		.mark = '$',
		.option = pgsql_option,
		.open = pgsql_open,
		.run = pgsql_run,
		.away = pgsql_away,
		.done = pgsql_done
	};

	return sql_main(&pgsql, argc, argv);
}
