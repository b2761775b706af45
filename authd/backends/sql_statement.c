/* SPDX-License-Identifier: ISC */
/* Runs in: auth_pgsql, auth_sqlite.  Trusts: the configuration. */

#include <sys/types.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sql_statement.h"

static const char	 letters[] = "undpo";	/* by enum sql_value */

/* Write the mark of a value, which is numbered at its first use. */
static int
value_bind(struct sql_statement *s, enum sql_value value, char mark, char *to,
    size_t size)
{
	size_t	 i;

	for (i = 0; i < s->nparams && s->params[i] != value; i++)
		continue;
	if (i == s->nparams)
		s->params[s->nparams++] = value;
	return snprintf(to, size, "%c%zu", mark, i + 1);
}

/* The value that a letter stands for, or SQL_VALUES. */
static enum sql_value
value_find(char letter)
{
	const char	*p;

	p = letter == '\0' ? NULL : strchr(letters, letter);
	return p == NULL ? SQL_VALUES : (enum sql_value)(p - letters);
}

static int
statement_fill(struct sql_statement *s, const char *p, size_t size, char mark,
    unsigned int allowed, const char **why)
{
	enum sql_value	 value;
	size_t		 len = 0;
	char		 quote = '\0';

	for (; *p != '\0'; p++) {
		if (quote == '\0' ? *p == '\'' || *p == '"' : *p == quote)
			quote = quote == '\0' ? *p : '\0';
		if (*p != '%') {
			s->text[len++] = *p;
			continue;
		}
		if (p[1] == '%') {
			s->text[len++] = *p++;
			continue;
		}
		value = value_find(p[1]);
		if (quote != '\0' && value == SQL_VALUES) {
			s->text[len++] = *p;
			continue;
		}
		*why = quote != '\0' ? "%u and the like need no quotes, and "
		    "have no meaning in them; %% is a percent sign" :
		    "unknown %-sequence, or one that has no meaning here";
		if (quote != '\0' || value == SQL_VALUES ||
		    !(allowed & 1U << value))
			return -1;
		len += (size_t)value_bind(s, value, mark, s->text + len,
		    size - len);
		p++;
	}
	s->text[len] = '\0';
	*why = "a quote is not closed";
	return quote == '\0' ? 0 : -1;
}

int
sql_statement_parse(struct sql_statement *s, const char *text, char mark,
    unsigned int allowed, const char **why)
{
	/* "%u" becomes "$1": never longer. */
	size_t	 size = strlen(text) + 1;

	sql_statement_free(s);
	*why = "out of memory";
	if ((s->text = malloc(size)) == NULL)
		return -1;
	if (statement_fill(s, text, size, mark, allowed, why) == -1) {
		sql_statement_free(s);
		return -1;
	}
	return 0;
}

void
sql_statement_free(struct sql_statement *s)
{
	free(s->text);
	memset(s, 0, sizeof(*s));
}
