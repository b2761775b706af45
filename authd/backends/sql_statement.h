/* SPDX-License-Identifier: ISC */
/* Runs in: auth_pgsql, auth_sqlite.  Statements of the configuration. */

#ifndef POP3D_AUTHD_BACKENDS_SQL_STATEMENT_H
#define POP3D_AUTHD_BACKENDS_SQL_STATEMENT_H

#include <stddef.h>

/* What a statement can be given: %u, %n, %d, %p and %o. */
enum sql_value {
	SQL_USER,
	SQL_LOCAL,		/* the part before the last '@', or all */
	SQL_DOMAIN,		/* the part after it, or "" */
	SQL_PASSWORD,		/* the new stored form */
	SQL_OLD,		/* the stored form that it replaces */
	SQL_VALUES
};

struct sql_statement {
	char		*text;		/* NULL: not configured */
	size_t		 nparams;
	enum sql_value	 params[SQL_VALUES];	/* of $1, $2, ... */
};

/*
 * Take a statement with %u and the like, which become parameters bound to
 * values: mark and a number, "$1" or "?1".  allowed has one bit for each
 * enum sql_value.  %% is a percent sign.  In quotes nothing is bound, so there
 * they are errors: 0, or -1 and the reason in *why (static text).
 */
int	 sql_statement_parse(struct sql_statement *, const char *text,
	    char mark, unsigned int allowed, const char **why);

void	 sql_statement_free(struct sql_statement *);

#endif
