/* SPDX-License-Identifier: ISC */
/* Runs in: auth_pgsql, auth_sqlite.  SQL statements of the configuration. */

#ifndef POP3D_AUTHD_BACKENDS_SQL_STATEMENT_H
#define POP3D_AUTHD_BACKENDS_SQL_STATEMENT_H

#include <stddef.h>

/* The parameters of a statement: %u, %n, %d, %p and %o. */
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
 * Parse a statement.  %u and the like become bound parameters: mark and a
 * number, "$1" or "?1"; %% becomes a percent sign.  allowed has one bit for
 * each enum sql_value.  Within quotes nothing can be bound, so %u is an error
 * there. Returns 0, or -1 with the reason in *why (static text).
 */
int	 sql_statement_parse(struct sql_statement *, const char *text,
	    char mark, unsigned int allowed, const char **why);

void	 sql_statement_free(struct sql_statement *);

#endif
