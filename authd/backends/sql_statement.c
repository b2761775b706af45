/* SPDX-License-Identifier: ISC */
/* Runs in: auth_pgsql, auth_sqlite.  Trusts: the configuration. */

#include <sys/types.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "expand.h"
#include "sql_statement.h"

/* A statement under construction. */
struct sql_parse {
	struct sql_statement	*statement;
	struct expand_buf	 buf;
	const char		*why;
	unsigned int		 allowed;	/* one bit per enum sql_value */
	char			 mark;
	char			 quote;		/* that is open, or '\0' */
};

/* Copy text, and note where quotes begin and end. */
static int
sql_statement_text(struct sql_parse *p, const char *text, size_t len)
{
	size_t	 i;

	for (i = 0; i < len; i++) {
		if (text[i] == p->quote)
			p->quote = '\0';
		else if (p->quote == '\0' && strchr("'\"", text[i]) != NULL)
			p->quote = text[i];
	}
	return expand_buf_add(&p->buf, text, len);
}

/* Write the mark of a value, which is numbered at its first use. */
static int
sql_statement_bind(struct sql_parse *p, enum sql_value value)
{
	struct sql_statement	*s = p->statement;
	char			 text[16];
	size_t			 i;

	for (i = 0; i < s->nparams && s->params[i] != value; i++)
		continue;
	if (i == s->nparams)
		s->params[s->nparams++] = value;
	(void)snprintf(text, sizeof(text), "%c%zu", p->mark, i + 1);
	return expand_buf_add(&p->buf, text, strlen(text));
}

/* The value that a letter stands for, or SQL_VALUES. */
static enum sql_value
sql_statement_value(char letter)
{
	static const char	 letters[SQL_VALUES] = {
		[SQL_USER] = 'u', [SQL_LOCAL] = 'n', [SQL_DOMAIN] = 'd',
		[SQL_PASSWORD] = 'p', [SQL_OLD] = 'o'
	};
	const char		*p = memchr(letters, letter, sizeof(letters));

	return p == NULL ? SQL_VALUES : (enum sql_value)(p - letters);
}

static int
sql_statement_piece(void *arg, char letter, const char *text, size_t len)
{
	struct sql_parse	*p = arg;
	enum sql_value		 value = sql_statement_value(letter);

	/* Between quotes, '%' is part of many a pattern. */
	if (letter == EXPAND_TEXT ||
	    (p->quote != '\0' && value == SQL_VALUES))
		return sql_statement_text(p, text, len);
	if (p->quote != '\0')
		p->why = "%u and the like need no quotes, and have no meaning "
		    "in them; %% is a percent sign";
	else if (value == SQL_VALUES || !(p->allowed & 1U << value))
		p->why = "unknown %-sequence, or one that has no meaning here";
	else
		return sql_statement_bind(p, value);
	return -1;
}

int
sql_statement_parse(struct sql_statement *s, const char *text, char mark,
    unsigned int allowed, const char **why)
{
	/* "%u" becomes "$1": never longer. */
	size_t			 size = strlen(text) + 1;
	struct sql_parse	 p = {
		.statement = s, .allowed = allowed, .mark = mark,
		.why = "too long"
	};

	sql_statement_free(s);
	*why = "out of memory";
	if ((s->text = malloc(size)) == NULL)
		return -1;
	(void)expand_buf_init(&p.buf, s->text, size);
	if (expand(text, sql_statement_piece, &p) != 0) {
		sql_statement_free(s);
		*why = p.why;
		return -1;
	}
	if (p.quote != '\0') {
		sql_statement_free(s);
		*why = "a quote is not closed";
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
