/* SPDX-License-Identifier: ISC */
/*
 * Runs in: authd, as root.  Trusts: whoever may write pop3d.conf; checks it.
 * Files, macros and tokens of the configuration, and what is wrong where.
 */

#include <sys/types.h>
#include <sys/queue.h>
#include <sys/stat.h>

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conf.h"
#include "conf_lex.h"
#include "log.h"

#define FILE_SIZE_MAX	(1024 * 1024)	/* octets of one file */
#define DEPTH_MAX	16		/* files within files */

/*
 * Everything that lives as long as one parse: tokens, macros, files.  Wiped (a
 * backend's options may hold a password) and released at once at its end, so
 * that no way out of the grammar can leak.
 */
struct chunk {
	SLIST_ENTRY(chunk)	 entry;
	size_t			 size;
	max_align_t		 data[];
};

/* Where characters come from: a file, or the value of a macro. */
struct source {
	SLIST_ENTRY(source)	 entry;
	const char		*name;	/* of a file; NULL: a macro */
	const char		*text;
	size_t			 len;
	size_t			 pos;
	unsigned int		 line;
	int			 ended;	/* the last newline was made up */
};

struct macro {
	SLIST_ENTRY(macro)	 entry;
	const char		*name;
	const char		*value;
	int			 fixed;	/* given with -D: wins over files */
};

struct lex	 lex;

static SLIST_HEAD(, chunk)	 chunks = SLIST_HEAD_INITIALIZER(chunks);
static SLIST_HEAD(, source)	 sources = SLIST_HEAD_INITIALIZER(sources);
static SLIST_HEAD(, macro)	 macros = SLIST_HEAD_INITIALIZER(macros);
static int			 depth;		/* of files */
static unsigned int		 braceline;	/* of the outermost { */
static unsigned int		 tokenline;	/* where it began */

static int	 lex_token(void);

static void say(unsigned int, const char *, const char *, va_list)
    __attribute__((format(printf, 3, 0)));

static void
say(unsigned int line, const char *kind, const char *fmt, va_list ap)
{
	char	 text[TEXT_LEN_MAX + 1];

	(void)vsnprintf(text, sizeof(text), fmt, ap);
	if (line == 0)
		log_warnx("%s: %s%s", lex_file(), kind, text);
	else
		log_warnx("%s:%u: %s%s", lex_file(), line, kind, text);
}

void
lex_error(unsigned int line, const char *fmt, ...)
{
	va_list	 ap;

	va_start(ap, fmt);
	say(line, "", fmt, ap);
	va_end(ap);
	lex.errors++;
	if (lex.errors == LEX_ERRORS_MAX)
		log_warnx("%s: too many errors", lex_file());
}

void
lex_warning(unsigned int line, const char *fmt, ...)
{
	va_list	 ap;

	va_start(ap, fmt);
	say(line, "warning: ", fmt, ap);
	va_end(ap);
}

void *
lex_keep(size_t size)
{
	struct chunk	*c;

	if ((c = calloc(1, sizeof(*c) + size)) == NULL)
		fatal("configuration");
	c->size = sizeof(*c) + size;
	SLIST_INSERT_HEAD(&chunks, c, entry);
	return c->data;
}

const char *
lex_keep_string(const char *text, size_t len)
{
	char	*s = lex_keep(len + 1);

	(void)memcpy(s, text, len);
	return s;
}

const char *
lex_join(const char *a, const char *b, const char *c)
{
	size_t	 size = strlen(a) + strlen(b) + strlen(c) + 1;
	char	*s = lex_keep(size);

	(void)snprintf(s, size, "%s%s%s", a, b, c);
	return s;
}

/* The file being read: below a macro that is being read. */
const char *
lex_file(void)
{
	struct source	*s;

	SLIST_FOREACH(s, &sources, entry)
		if (s->name != NULL)
			return s->name;
	return "command line";
}

/* Files. */

static int
open_file(const char *name, size_t *size)
{
	struct stat	 sb;
	int		 fd;

	/* A FIFO must not hold up root. */
	fd = open(name, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	if (fd == -1 || fstat(fd, &sb) == -1)
		log_warn("%s", name);
	else if (!S_ISREG(sb.st_mode))
		log_warnx("%s: not a regular file", name);
	else if (sb.st_uid != 0 && sb.st_uid != getuid())
		log_warnx("%s: belongs to uid %u; chown it to root", name,
		    (unsigned int)sb.st_uid);
	else if (sb.st_mode & (S_IWGRP | S_IWOTH))
		log_warnx("%s: group or others may write it; chmod go-w", name);
	else if (sb.st_size > FILE_SIZE_MAX)
		log_warnx("%s: larger than %d octets", name, FILE_SIZE_MAX);
	else {
		*size = (size_t)sb.st_size;
		return fd;
	}
	if (fd != -1)
		(void)close(fd);
	return -1;
}

/*
 * Take in size octets; the lexer relies on it that no control character but
 * tab and newline is among them.
 */
static int
read_file(struct source *s, int fd, size_t size)
{
	char		*text = lex_keep(size + 1);
	unsigned int	 line = 1;
	ssize_t		 n;
	size_t		 i;

	while (s->len < size) {
		n = read(fd, text + s->len, size - s->len);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1) {
			log_warn("%s", s->name);
			return -1;
		}
		if (n == 0)
			break;
		s->len += n;
	}
	s->text = text;
	for (i = 0; i < s->len; i++) {
		if (text[i] == '\n')
			line++;
		else if (iscntrl((unsigned char)text[i]) && text[i] != '\t') {
			log_warnx("%s:%u: control character 0x%02x%s", s->name,
			    line, (unsigned char)text[i],
			    text[i] == '\r' ? " (end lines with LF)" : "");
			return -1;
		}
	}
	return 0;
}

static int
push_file(const char *name)
{
	struct source	*s;
	size_t		 size;
	int		 fd, r;

	if ((fd = open_file(name, &size)) == -1)
		return -1;
	s = lex_keep(sizeof(*s));
	s->name = name;
	s->line = 1;
	r = read_file(s, fd, size);
	(void)close(fd);
	if (r == -1)
		return -1;
	SLIST_INSERT_HEAD(&sources, s, entry);
	depth++;
	return 0;
}

/* A name that is not absolute is looked for beside the file that says it. */
void
lex_include(unsigned int line, const char *name)
{
	const char	*file = lex_file(), *slash;

	if (name[0] != '/' && (slash = strrchr(file, '/')) != NULL)
		name = lex_join(lex_keep_string(file, slash + 1 - file), name,
		    "");
	if (strlen(name) > PATH_LEN_MAX)
		lex_error(line, "include: path too long");
	else if (depth == DEPTH_MAX)
		lex_error(line, "include: more than %d files deep", DEPTH_MAX);
	else if (push_file(name) == -1)
		lex_error(line, "include %s failed", log_vis(name));
	else
		return;
	lex.broken = 1;
}

/* Macros. */

static struct macro *
macro_find(const char *name)
{
	struct macro	*m;

	SLIST_FOREACH(m, &macros, entry)
		if (strcmp(m->name, name) == 0)
			return m;
	return NULL;
}

/* fixed: given with -D, wins over files. */
static void
macro_set(unsigned int line, const char *name, const char *value, int fixed)
{
	struct macro	*m;
	const char	*p;

	for (p = name; isalnum((unsigned char)*p) || *p == '_'; p++)
		continue;
	if (*p != '\0' || !isalpha((unsigned char)name[0])) {
		lex_error(line, "%s: a macro's name is made of letters, digits "
		    "and _", log_vis(name));
		return;
	}
	if ((m = macro_find(name)) == NULL) {
		m = lex_keep(sizeof(*m));
		SLIST_INSERT_HEAD(&macros, m, entry);
	} else if (m->fixed && !fixed)
		return;
	m->name = name;
	m->value = value;
	m->fixed = fixed;
}

void
lex_define(unsigned int line, const char *name, const char *value)
{
	macro_set(line, name, value, 0);
}

/* Those of the command line. */
static void
macros_given(const struct conf_macros *given)
{
	const struct conf_macro	*m;
	const char		*p, *value;

	if (given == NULL)
		return;
	TAILQ_FOREACH(m, given, entry) {
		for (p = m->text; *p != '\0'; p++)
			if (iscntrl((unsigned char)*p))
				break;
		value = strchr(m->text, '=');
		if (*p != '\0' || value == NULL) {
			lex_error(0, "-D %s: not name=value",
			    log_vis(m->text));
			continue;
		}
		macro_set(0, lex_keep_string(m->text, value - m->text),
		    lex_keep_string(value + 1, strlen(value + 1)), 1);
	}
}

static void
push_macro(const struct macro *m)
{
	struct source	*s = lex_keep(sizeof(*s));

	s->text = m->value;
	s->len = strlen(m->value);
	SLIST_INSERT_HEAD(&sources, s, entry);
}

/* Tokens. */

#define LEX_EOF		(-1)

/*
 * The next character, which stays; LEX_EOF at the end of a file.  A macro's end
 * and a backslash before a newline are passed over.
 */
static int
lex_peek(void)
{
	struct source	*s;

	for (;;) {
		s = SLIST_FIRST(&sources);
		if (s->pos == s->len) {
			if (s->name != NULL)
				return LEX_EOF;
			SLIST_REMOVE_HEAD(&sources, entry);
		} else if (s->text[s->pos] == '\\' && s->pos + 1 < s->len &&
		    s->text[s->pos + 1] == '\n') {
			s->pos += 2;
			s->line++;
		} else
			return (unsigned char)s->text[s->pos];
	}
}

/* Take the character that lex_peek has just shown. */
static void
lex_take(void)
{
	SLIST_FIRST(&sources)->pos++;
}

/* The line of the file being read. */
static unsigned int
lex_line(void)
{
	struct source	*s;

	SLIST_FOREACH(s, &sources, entry)
		if (s->name != NULL)
			return s->line;
	return 0;
}

/* An error within a token: said once, here, and not by the grammar again. */
static int
lex_invalid(const char *what)
{
	lex_error(lex_line(), "%s", what);
	lex.told = 1;
	return LEX_INVALID;
}

/* $name: goes on with the macro's value.  0, or LEX_INVALID. */
static int
lex_macro(void)
{
	const struct macro	*m;
	char			 name[256], what[300];
	size_t			 len = 0;
	int			 c, inside;

	inside = SLIST_FIRST(&sources)->name == NULL;
	lex_take();
	if (inside)
		return lex_invalid("a macro within a macro's value");
	while ((c = lex_peek()) != LEX_EOF && (isalnum(c) || c == '_')) {
		if (len == sizeof(name) - 1)
			return lex_invalid("the macro's name is too long");
		name[len++] = c;
		lex_take();
	}
	name[len] = '\0';
	if ((m = macro_find(name)) == NULL) {
		(void)snprintf(what, sizeof(what), "macro $%s is not defined",
		    name);
		return lex_invalid(what);
	}
	push_macro(m);
	return 0;
}

/* "text", where \" and \\ stand for themselves. */
static int
lex_quoted(void)
{
	char	 text[LEX_TOKEN_MAX];
	size_t	 len = 0;
	int	 c;

	lex_take();
	text[0] = '\0';
	while ((c = lex_peek()) != '"') {
		if (c == LEX_EOF || c == '\n')
			return lex_invalid("the quoted string does not end");
		if (len >= sizeof(text) - 1)
			return lex_invalid("the string is too long");
		lex_take();
		text[len++] = c;
		if (c == '\\' && ((c = lex_peek()) == '"' || c == '\\')) {
			lex_take();
			text[len - 1] = c;
		}
	}
	lex_take();
	lex.token = lex_keep_string(text, len);
	explicit_bzero(text, len);
	return LEX_STRING;
}

static int
lex_word(void)
{
	char	 text[LEX_TOKEN_MAX];
	size_t	 len = 0;
	int	 c;

	while ((c = lex_peek()) != LEX_EOF && c != '\0' &&
	    strchr(" \t\n\"#$\\,={}", c) == NULL) {
		if (len == sizeof(text) - 1)
			return lex_invalid("the word is too long");
		text[len++] = c;
		lex_take();
	}
	if (len == 0) {
		lex_take();
		return lex_invalid("a backslash that does not end a line");
	}
	lex.token = lex_keep_string(text, len);
	explicit_bzero(text, len);
	return LEX_WORD;
}

/* Within braces a newline only separates, so that an error skips them all. */
static int
lex_newline(void)
{
	lex_take();
	SLIST_FIRST(&sources)->line++;
	lex.token = NULL;
	return lex.braces > 0 ? ',' : '\n';
}

/* A file without a newline at its end gets one; then its includer goes on. */
static int
lex_file_ends(void)
{
	struct source	*s = SLIST_FIRST(&sources);

	if (!s->ended) {
		s->ended = 1;
		lex.token = NULL;
		if (lex.braces > 0) {
			lex_error(braceline, "{ is never closed");
			lex.told = 1;
			lex.braces = 0;
		}
		return '\n';
	}
	SLIST_REMOVE_HEAD(&sources, entry);
	depth--;
	return SLIST_EMPTY(&sources) ? 0 : lex_token();
}

static int
lex_punctuation(int c)
{
	lex_take();
	if (c == '{' && lex.braces++ == 0)
		braceline = lex_line();
	else if (c == '}' && lex.braces > 0)
		lex.braces--;
	lex.token = lex_keep_string(&(char){ c }, 1);
	return c;
}

static int
lex_token(void)
{
	int	 c;

	for (;;) {
		c = lex_peek();
		tokenline = lex_line();
		switch (c) {
		case LEX_EOF:
			return lex_file_ends();
		case ' ':
		case '\t':
			lex_take();
			break;
		case '#':
			while ((c = lex_peek()) != '\n' && c != LEX_EOF)
				lex_take();
			break;
		case '$':
			if (lex_macro() == LEX_INVALID)
				return LEX_INVALID;
			break;
		case '\n':
			return lex_newline();
		case '"':
			return lex_quoted();
		case ',':
		case '=':
		case '{':
		case '}':
			return lex_punctuation(c);
		default:
			return lex_word();
		}
	}
}

int
lex_next(const char **text, unsigned int *line)
{
	int	 token = lex_token();

	*text = lex.token;
	*line = tokenline;
	return token;
}

int
lex_begin(const char *file, const struct conf_macros *given)
{
	(void)memset(&lex, 0, sizeof(lex));
	SLIST_INIT(&sources);
	SLIST_INIT(&macros);
	depth = 0;
	macros_given(given);
	return push_file(file);
}

void
lex_finish(void)
{
	struct chunk	*k;

	while ((k = SLIST_FIRST(&chunks)) != NULL) {
		SLIST_REMOVE_HEAD(&chunks, entry);
		freezero(k, k->size);
	}
}
