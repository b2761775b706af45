/* SPDX-License-Identifier: ISC */
/*
 * Runs in: auth_sqlite, as _pop3auth.  Trusts: the writers of the database for
 * its data, and SQLite to parse it.
 */

#include <sys/types.h>
#include <sys/stat.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sqlite3.h>

#include "backend.h"
#include "log.h"
#include "sql.h"
#include "userinfo.h"

/*
 * Milliseconds to wait for writers.  A request may have to wait twice, and must
 * end before the default deadline of 10 seconds.
 */
#define BUSY_MS		4000

static char	*path;
static int	 writes;

/* The connection, and the identity of its file. */
static sqlite3	*db;
static dev_t	 db_dev;
static ino_t	 db_ino;

static enum backend_code
sqlite_option(const char *key, const char *value, char *err)
{
	if (strcmp(key, "path") != 0)
		return BACKEND_UNSUPPORTED;
	return userinfo_path(value, &path, err);
}

static enum backend_code
sqlite_open(int write, char *err)
{
	writes = write;
	if (path == NULL)
		return backend_err(err, BACKEND_PARAM,
		    "no database is configured: auth sqlite \"PATH\"");
	backend_reads(path);
	return BACKEND_OK;
}

static void
sqlite_disconnect(void)
{
	(void)sqlite3_close_v2(db);
	db = NULL;
}

/* How an operator can make the file accessible. */
static const char *
sqlite_hint(int error)
{
	return error == EACCES ? "; chgrp _pop3auth that file and its "
	    "directory; chmod g+r, chmod g+x" : "";
}

static enum backend_code
sqlite_failed(const char *what, char *err)
{
	return backend_err(err, BACKEND_INTERNAL, "%s: %s%s", path, what,
	    db != NULL ? sqlite3_errmsg(db) : "out of memory");
}

/* Open the database, again if the file was replaced. */
static enum backend_code
sqlite_connect_db(char *err)
{
	struct stat	 st;
	int		 flags;

	if (stat(path, &st) == -1) {
		sqlite_disconnect();
		return backend_err(err, BACKEND_INTERNAL, "%s: %s%s", path,
		    strerror(errno), sqlite_hint(errno));
	}
	if (db != NULL && st.st_dev == db_dev && st.st_ino == db_ino)
		return BACKEND_OK;
	sqlite_disconnect();
	if (!S_ISREG(st.st_mode) || (st.st_mode & S_IWOTH))
		return backend_err(err, BACKEND_INTERNAL, "%s: not a regular "
		    "file, or everybody may write it", path);
	if (access(path, R_OK) == -1)
		return backend_err(err, BACKEND_INTERNAL, "%s: %s%s", path,
		    strerror(errno), sqlite_hint(errno));
	flags = writes ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY;
	if (sqlite3_open_v2(path, &db, flags | SQLITE_OPEN_NOMUTEX, NULL) !=
	    SQLITE_OK || sqlite3_busy_timeout(db, BUSY_MS) != SQLITE_OK ||
	    sqlite3_exec(db, "PRAGMA temp_store = MEMORY; "
	    "PRAGMA trusted_schema = OFF", NULL, NULL, NULL) != SQLITE_OK) {
		(void)sqlite_failed("", err);
		sqlite_disconnect();
		return BACKEND_INTERNAL;
	}
	db_dev = st.st_dev;
	db_ino = st.st_ino;
	return BACKEND_OK;
}

static void
sqlite_give_row(sqlite3_stmt *stmt, void (*row)(const struct sql_row *, void *),
    void *arg)
{
	const char	*names[SQL_COLUMNS_MAX], *values[SQL_COLUMNS_MAX];
	size_t		 lens[SQL_COLUMNS_MAX];
	struct sql_row	 r = { 0, names, values, lens };
	int		 i, n = sqlite3_column_count(stmt);

	for (i = 0; i < n && i < SQL_COLUMNS_MAX; i++) {
		names[i] = sqlite3_column_name(stmt, i);
		values[i] = (const char *)sqlite3_column_text(stmt, i);
		lens[i] = (size_t)sqlite3_column_bytes(stmt, i);
		if (names[i] == NULL)
			names[i] = "";
	}
	r.n = (size_t)n;
	if (row != NULL)
		row(&r, arg);
}

static int
sqlite_bind_all(sqlite3_stmt *stmt, size_t nparams, const char *const *params)
{
	size_t	 i;

	for (i = 0; i < nparams; i++) {
		if (sqlite3_bind_text(stmt, (int)i + 1, params[i], -1,
		    SQLITE_STATIC) != SQLITE_OK)
			return -1;
	}
	return 0;
}

static enum backend_code
sqlite_run(const char *text, size_t nparams, const char *const *params,
    void (*row)(const struct sql_row *, void *), void *arg,
    long long *changed, char *err)
{
	enum backend_code	 code;
	sqlite3_stmt		*stmt = NULL;
	const char		*tail = "";
	int			 rc;

	if ((code = sqlite_connect_db(err)) != BACKEND_OK)
		return code;
	rc = sqlite3_prepare_v2(db, text, -1, &stmt, &tail);
	if (rc == SQLITE_OK && tail[strspn(tail, "; \t\n")] != '\0')
		code = backend_err(err, BACKEND_INTERNAL,
		    "%s: more than one statement", path);
	else if (rc != SQLITE_OK ||
	    sqlite_bind_all(stmt, nparams, params) == -1)
		code = sqlite_failed("", err);
	else {
		while ((rc = sqlite3_step(stmt)) == SQLITE_ROW)
			sqlite_give_row(stmt, row, arg);
		if (rc != SQLITE_DONE)
			code = sqlite_failed("", err);
		else if (changed != NULL)
			*changed = sqlite3_changes(db);
	}
	(void)sqlite3_finalize(stmt);
	/* Whatever failed, the next request starts afresh. */
	if (code != BACKEND_OK)
		sqlite_disconnect();
	return code;
}

int
main(int argc, char **argv)
{
	static const struct sql_driver	 sqlite = {
		.name = "auth_sqlite",
		.needs = BACKEND_NEEDS_FILES,
		.mark = '?',
		.option = sqlite_option,
		.open = sqlite_open,
		.run = sqlite_run
	};

	return sql_main(&sqlite, argc, argv);
}
