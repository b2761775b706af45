/* SPDX-License-Identifier: ISC */
/* Runs in: auth_pgsql, auth_sqlite.  Their shared part and its drivers. */

#ifndef POP3D_AUTHD_BACKENDS_SQL_H
#define POP3D_AUTHD_BACKENDS_SQL_H

#include <stddef.h>

#include "backend_code.h"

/*
 * One row of an answer; a value is NULL where the database has NULL.  n counts
 * all columns; the arrays hold the first SQL_COLUMNS_MAX.  lens has the length
 * of each value in bytes; a value may contain NULs.
 */
struct sql_row {
	size_t			 n;
	const char *const	*names;
	const char *const	*values;
	const size_t		*lens;
};
#define SQL_COLUMNS_MAX	32

/* A database.  err is as in backend.h. */
struct sql_driver {
	const char	*name;		/* "auth_pgsql" */
	unsigned int	 needs;		/* BACKEND_NEEDS_* */
	char		 mark;		/* of a parameter: '$', '?' */

	/* As in backend.h; UNSUPPORTED: not an option of the driver. */
	enum backend_code (*option)(const char *key, const char *value,
	    char *err);

	/* Called once all options are known; write: there will be changes. */
	enum backend_code (*open)(int write, char *err);

	/*
	 * Run one statement with its parameters, over the existing connection
	 * or a new one; if the connection was lost, once more over another.
	 * row is called for each row; *changed (changed may be NULL) is set to
	 * the number of rows that a statement without result rows changed.
	 */
	enum backend_code (*run)(const char *text, size_t nparams,
	    const char *const *params, void (*row)(const struct sql_row *,
	    void *), void *arg, long long *changed, char *err);

	/*
	 * After a failed run: whether the server could not be reached, so the
	 * configuration is not to blame.  NULL: there is no server.
	 */
	int		(*away)(void);

	/* The request is over; NULL: nothing to do. */
	void		(*done)(void);
};

/* Serve authd; returns the exit status. */
int	 sql_main(const struct sql_driver *, int argc, char **argv);

#endif
