/* SPDX-License-Identifier: ISC */
/* Runs in: auth_pgsql, auth_sqlite.  What they share, and how they differ. */

#ifndef POP3D_AUTHD_BACKENDS_SQL_H
#define POP3D_AUTHD_BACKENDS_SQL_H

#include <stddef.h>

#include "backend_code.h"

/*
 * One row of an answer; a value is NULL where the database has none.  n counts
 * all columns; there are names and values of the first SQL_COLUMNS_MAX.  lens
 * has the octets of each value, of which a NUL may be one.
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

	/* As in backend.h; UNSUPPORTED: it is another option. */
	enum backend_code (*option)(const char *key, const char *value,
	    char *err);

	/* All options are known; write: something will be changed. */
	enum backend_code (*open)(int write, char *err);

	/*
	 * Run one statement with its parameters, over the connection there is
	 * or a new one; if that was lost, once more over another.  row is
	 * called for each row, and changed (may be NULL) is how many a
	 * statement that gives none has touched.
	 */
	enum backend_code (*run)(const char *text, size_t nparams,
	    const char *const *params, void (*row)(const struct sql_row *,
	    void *), void *arg, long long *changed, char *err);

	/*
	 * After a run that failed: whether the server could not be reached, so
	 * that it is none of the configuration's faults.  NULL: there is none.
	 */
	int		(*away)(void);

	/* The request is over, whatever it ran; NULL: nothing to do then. */
	void		(*done)(void);
};

/* Serve authd; returns the exit status. */
int	 sql_main(const struct sql_driver *, int argc, char **argv);

#endif
