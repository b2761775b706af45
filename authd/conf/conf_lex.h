/* SPDX-License-Identifier: ISC */
/*
 * Runs in: authd, root.  The lexer of pop3d.conf, for parse.y: one parse at a
 * time, from lex_begin to lex_finish.
 */

#ifndef POP3D_AUTHD_CONF_LEX_H
#define POP3D_AUTHD_CONF_LEX_H

#include <stddef.h>

struct conf_macros;

#define LEX_TOKEN_MAX	8192	/* octets of a token or a macro */
#define LEX_ERRORS_MAX	20	/* then the rest is not looked at */

/* What a token is, if not one of the characters = { } , and newline; or 0. */
enum lex_kind {
	LEX_WORD = 256,		/* bare: perhaps a keyword */
	LEX_STRING,		/* was quoted */
	LEX_INVALID		/* none; the error has been logged */
};

struct lex {
	int		 errors;	/* logged so far */
	int		 broken;	/* a line or a file was left out */
	int		 told;		/* the last token's error has been */
	int		 braces;	/* open ones */
	const char	*token;		/* NULL: the end of a line */
};
extern struct lex	 lex;

/*
 * Open the first file; macros (may be NULL) are those of the command line.
 * 0, or -1: logged.  lex_finish is due in either case.
 */
int	 lex_begin(const char *file, const struct conf_macros *);

/* Forget it all: every string that came from here, wiped. */
void	 lex_finish(void);

/* The next token, its text and its line.  0: the end of all files. */
int	 lex_next(const char **text, unsigned int *line);

/* Go on in another file, and come back at its end.  Complains if it cannot. */
void	 lex_include(unsigned int line, const char *name);

/* $name stands for value from now on.  Complains about a bad name. */
void	 lex_define(unsigned int line, const char *name, const char *value);

/* The file that is being read, for error messages. */
const char *lex_file(void);

/* Log what is wrong in a line of it (0: in none), and count it; or only log. */
void	 lex_error(unsigned int line, const char *, ...)
	    __attribute__((format(printf, 2, 3)));
void	 lex_warning(unsigned int line, const char *, ...)
	    __attribute__((format(printf, 2, 3)));

/* Memory until lex_finish, zeroed; strings, joined ones.  Never NULL. */
void	*lex_keep(size_t);
const char *lex_keep_string(const char *, size_t);
const char *lex_join(const char *, const char *, const char *);

#endif
