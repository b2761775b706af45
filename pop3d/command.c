/* SPDX-License-Identifier: ISC */
/*
 * Runs in: engine (_pop3d, chroot).  The commands of POP3.
 * Trusts: nothing that the client sends.
 */

#include <sys/types.h>

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "command.h"
#include "listen.h"
#include "log.h"
#include "maildrop.h"
#include "output.h"
#include "quota.h"
#include "session.h"
#include "session_login.h"
#include "transport.h"

/* The arguments of a command. */
enum args {
	ARGS_NONE,		/* nothing */
	ARGS_ONE,		/* one word */
	ARGS_OPT,		/* one word or nothing */
	ARGS_TWO,		/* two words */
	ARGS_REST		/* one argument, blanks and all */
};

struct command {
	const char	*name;
	unsigned int	 states;	/* where it may come, or'ed */
	enum args	 args;
	/* Returns 0 to be tried again after the next answer of storaged. */
	int		(*handle)(struct session *, char **);
};

static int	 command_capa(struct session *, char **);
static int	 command_dele(struct session *, char **);
static int	 command_lang(struct session *, char **);
static int	 command_list(struct session *, char **);
static int	 command_noop(struct session *, char **);
static int	 command_pass(struct session *, char **);
static int	 command_quit(struct session *, char **);
static int	 command_retr(struct session *, char **);
static int	 command_rset(struct session *, char **);
static int	 command_stat(struct session *, char **);
static int	 command_stls(struct session *, char **);
static int	 command_top(struct session *, char **);
static int	 command_uidl(struct session *, char **);
static int	 command_user(struct session *, char **);
static int	 command_utf8(struct session *, char **);

#define IN_AUTH		SESSION_IN(SESSION_AUTH)
#define IN_TRANS	SESSION_IN(SESSION_TRANS)

static const struct command	 commands[] = {
	{ "CAPA", IN_AUTH | IN_TRANS, ARGS_NONE, command_capa },
	{ "DELE", IN_TRANS, ARGS_ONE, command_dele },
	{ "LANG", IN_AUTH | IN_TRANS, ARGS_OPT, command_lang },
	{ "LIST", IN_TRANS, ARGS_OPT, command_list },
	{ "NOOP", IN_TRANS, ARGS_NONE, command_noop },
	{ "PASS", IN_AUTH, ARGS_REST, command_pass },
	{ "QUIT", IN_AUTH | IN_TRANS, ARGS_NONE, command_quit },
	{ "RETR", IN_TRANS, ARGS_ONE, command_retr },
	{ "RSET", IN_TRANS, ARGS_NONE, command_rset },
	{ "STAT", IN_TRANS, ARGS_NONE, command_stat },
	{ "STLS", IN_AUTH, ARGS_NONE, command_stls },
	{ "TOP", IN_TRANS, ARGS_TWO, command_top },
	{ "UIDL", IN_TRANS, ARGS_OPT, command_uidl },
	{ "USER", IN_AUTH, ARGS_REST, command_user },
	{ "UTF8", IN_AUTH, ARGS_NONE, command_utf8 },
};

/* RFC 6856, section 3: the languages of the texts that people read. */
static const struct {
	const char	*tag;
	const char	*name;
}	 languages[] = {
	{ "i-default", "English, for everybody" },
	{ "en", "English" },
};

static void
command_bad(struct session *s, const char *text)
{
	output_line(&s->out, "-ERR %s", text);
	if (++s->bad >= COMMAND_BAD_MAX)
		session_close(s, "too many bad commands");
}

int
command_number(const char *s, uint32_t min, uint32_t *n)
{
	uint64_t	 v = 0;

	if (*s == '\0')
		return 0;
	for (; *s != '\0'; s++) {
		if (*s < '0' || *s > '9')
			return 0;
		v = v * 10 + (uint64_t)(*s - '0');
		if (v > UINT32_MAX)
			return 0;
	}
	if (v < min)
		return 0;
	*n = (uint32_t)v;
	return 1;
}

/*
 * Cut the arguments into at most two words.  Returns their number, or -1 for
 * more.  Some clients send a blank at the end; it is ignored.
 */
static int
command_split(char *p, char **argv)
{
	int	 n = 0;

	argv[0] = argv[1] = NULL;
	for (;;) {
		while (*p == ' ')
			p++;
		if (*p == '\0')
			return n;
		if (n == 2)
			return -1;
		argv[n++] = p;
		while (*p != ' ' && *p != '\0')
			p++;
		if (*p != '\0')
			*p++ = '\0';
	}
}

/*
 * Return the name of another protocol that begins with this line, or NULL.
 * If a web page makes a browser send a form here, its body must not be taken
 * for commands; and a client that begins with TLS waits for an answer in TLS.
 */
static const char *
command_foreign(const char *line, size_t len)
{
	static const char *const methods[] = {
		"CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST",
		"PRI", "PUT", "TRACE"
	};
	size_t	 i, n;

	if (len > 0 && line[0] == COMMAND_TLS)
		return "TLS";
	if (len >= 4 && memcmp(line, "SSH-", 4) == 0)
		return "SSH";
	for (i = 0; i < NITEMS(methods); i++) {
		n = strlen(methods[i]);
		if (len > n && line[n] == ' ' &&
		    strncasecmp(line, methods[i], n) == 0)
			return "HTTP";
	}
	return NULL;
}

static void
command_close_foreign(struct session *s, const char *what)
{
	if (quota_line(&s->remote))
		log_info("session rip=%s: %s, not POP3; closed",
		    session_rip(s), what);
	output_line(&s->out, "-ERR this is POP3, not %s", what);
	session_close(s, "another protocol");
}

static int
command_args(const struct command *c, char *rest, char **argv)
{
	int	 n;

	if (c->args == ARGS_REST) {
		/* One blank ends the keyword; more belong to the argument. */
		if (*rest != ' ' || rest[1] == '\0')
			return 0;
		argv[0] = rest + 1;
		return 1;
	}
	n = command_split(rest, argv);
	switch (c->args) {
	case ARGS_NONE:
		return n == 0;
	case ARGS_ONE:
		return n == 1;
	case ARGS_OPT:
		return n == 0 || n == 1;
	case ARGS_TWO:
		return n == 2;
	case ARGS_REST:
		break;
	}
	return 0;
}

/* Whether storaged has answered everything: answers must stay in order. */
static int
command_in_turn(const struct session *s)
{
	return s->maildrop == NULL || maildrop_idle(s->maildrop);
}

static const struct command *
command_find(const char *line, size_t n)
{
	size_t	 i;

	for (i = 0; i < NITEMS(commands); i++) {
		if (strlen(commands[i].name) == n &&
		    strncasecmp(commands[i].name, line, n) == 0)
			return &commands[i];
	}
	return NULL;
}

/*
 * Cut a line of len octets, in place, into command and arguments.  Returns NULL
 * and *c, or what is wrong with it.
 */
static const char *
command_parse(const struct session *s, char *line, size_t len,
    const struct command **c, char **argv)
{
	size_t	 n = 0;

	while (n < len && line[n] != ' ')
		n++;
	if ((*c = command_find(line, n)) == NULL)
		return "unknown command";
	if (((*c)->states & SESSION_IN(s->state)) == 0)
		return s->state == SESSION_AUTH ? "log in first" :
		    "not after login";
	if (!command_args(*c, line + n, argv))
		return "wrong arguments";
	return NULL;
}

int
command_do(struct session *s, const char *line, size_t len, int whole)
{
	const struct command	*c = NULL;
	const char		*foreign, *wrong;
	char			*argv[2], copy[COMMAND_LINE_MAX + 1];
	int			 done;

	if (s->state == SESSION_AUTH &&
	    (foreign = command_foreign(line, len)) != NULL) {
		command_close_foreign(s, foreign);
		return 1;
	}
	copy[0] = '\0';
	if (!whole || len >= sizeof(copy)) {
		wrong = "line too long";
	} else if (memchr(line, '\0', len) != NULL) {
		wrong = "no NUL in a command, please";
	} else {
		memcpy(copy, line, len);
		copy[len] = '\0';
		wrong = command_parse(s, copy, len, &c, argv);
	}
	/* RFC 1939, section 7: PASS comes right after USER. */
	if (s->state == SESSION_AUTH &&
	    (wrong != NULL || c->handle != command_pass))
		session_forget_user(s);
	if (wrong == NULL)
		done = c->handle(s, argv);
	else if ((done = command_in_turn(s)) != 0)
		command_bad(s, wrong);
	explicit_bzero(copy, sizeof(copy));
	return done;
}

static int
command_ask(struct session *s, uint32_t op, uint32_t msg, uint32_t lines)
{
	if (!maildrop_has_room(s->maildrop))
		return 0;
	maildrop_ask(s->maildrop, op, msg, lines);
	s->bad = 0;
	return 1;
}

static int
command_ask_message(struct session *s, uint32_t op, const char *arg,
    uint32_t lines)
{
	uint32_t	 msg;

	if (!command_number(arg, 1, &msg)) {
		if (!command_in_turn(s))
			return 0;
		command_bad(s, "no such message");
		return 1;
	}
	return command_ask(s, op, msg, lines);
}

static int
command_capa(struct session *s, char **argv)
{
	if (!command_in_turn(s))
		return 0;
	s->bad = 0;
	output_line(&s->out, "+OK what this server can do");
	output_line(&s->out, "TOP");
	output_line(&s->out, "UIDL");
	output_line(&s->out, "RESP-CODES");
	output_line(&s->out, "AUTH-RESP-CODE");
	output_line(&s->out, "PIPELINING");
	output_line(&s->out, "EXPIRE NEVER");
	/* RFC 6856: the same in both states. */
	output_line(&s->out, "LANG");
	output_line(&s->out, "UTF8");
	if (session_may_login(s))
		output_line(&s->out, "USER");
	if (s->state == SESSION_AUTH && !transport_is_tls(&s->transport) &&
	    s->mode == LISTEN_STARTTLS)
		output_line(&s->out, "STLS");
	output_line(&s->out, "IMPLEMENTATION pop3d");
	output_line(&s->out, ".");
	return 1;
}

/*
 * RFC 6856, section 2.  As with every server, mail goes out unchanged with or
 * without it, so there is nothing to remember.
 */
static int
command_utf8(struct session *s, char **argv)
{
	s->bad = 0;
	output_line(&s->out, "+OK UTF8 on");
	return 1;
}

/* All texts are plain English, as either tag promises. */
static int
command_lang(struct session *s, char **argv)
{
	size_t	 i;

	if (!command_in_turn(s))
		return 0;
	if (argv[0] == NULL) {
		s->bad = 0;
		output_line(&s->out, "+OK languages:");
		for (i = 0; i < NITEMS(languages); i++)
			output_line(&s->out, "%s %s", languages[i].tag,
			    languages[i].name);
		output_line(&s->out, ".");
		return 1;
	}
	for (i = 0; i < NITEMS(languages); i++) {
		if (strcasecmp(argv[0], languages[i].tag) == 0 ||
		    strcmp(argv[0], "*") == 0) {
			s->bad = 0;
			output_line(&s->out, "+OK %s %s", languages[i].tag,
			    languages[i].name);
			return 1;
		}
	}
	command_bad(s, "no such language");
	return 1;
}

/*
 * Remove one blank or tab on each side of a name: phone keyboards add them, and
 * no name has one.
 */
static char *
command_name(char *name)
{
	size_t	 len;

	if (*name == ' ' || *name == '\t')
		name++;
	len = strlen(name);
	if (len > 0 && (name[len - 1] == ' ' || name[len - 1] == '\t'))
		name[len - 1] = '\0';
	return name;
}

static int
command_user(struct session *s, char **argv)
{
	const char	*name = command_name(argv[0]);

	if (!session_may_login(s)) {
		command_bad(s, "no passwords in the clear: STLS first");
		return 1;
	}
	if (*name == '\0') {
		command_bad(s, "wrong arguments");
		return 1;
	}
	if ((s->user = strdup(name)) == NULL) {
		session_close(s, "out of memory");
		return 1;
	}
	s->bad = 0;
	output_line(&s->out, "+OK send the password");
	return 1;
}

static int
command_pass(struct session *s, char **argv)
{
	if (!session_may_login(s)) {
		command_bad(s, "no passwords in the clear: STLS first");
		return 1;
	}
	if (s->user == NULL) {
		command_bad(s, "USER first");
		return 1;
	}
	s->bad = 0;
	session_login(s, argv[0]);
	return 1;
}

static int
command_stls(struct session *s, char **argv)
{
	int	 on = transport_is_tls(&s->transport);

	if (on || s->mode != LISTEN_STARTTLS) {
		command_bad(s, on ? "TLS is on already" : "no TLS here");
		return 1;
	}
	output_line(&s->out, "+OK begin TLS");
	transport_stls(&s->transport);
	return 1;
}

static int
command_quit(struct session *s, char **argv)
{
	if (s->state == SESSION_AUTH) {
		output_line(&s->out, "+OK bye");
		session_close(s, "quit");
		return 1;
	}
	if (!maildrop_delivered(s->maildrop) ||
	    !command_ask(s, ST_OP_COMMIT, 0, 0))
		return 0;
	session_enter(s, SESSION_UPDATE);
	return 1;
}

static int
command_stat(struct session *s, char **argv)
{
	if (!command_in_turn(s))
		return 0;
	s->bad = 0;
	output_line(&s->out, "+OK %u %llu", s->maildrop->messages,
	    (unsigned long long)s->maildrop->octets);
	return 1;
}

static int
command_noop(struct session *s, char **argv)
{
	if (!command_in_turn(s))
		return 0;
	s->bad = 0;
	output_line(&s->out, "+OK");
	return 1;
}

static int
command_list(struct session *s, char **argv)
{
	if (argv[0] == NULL)
		return command_ask(s, ST_OP_LIST, 0, 0);
	return command_ask_message(s, ST_OP_LIST, argv[0], 0);
}

static int
command_uidl(struct session *s, char **argv)
{
	if (argv[0] == NULL)
		return command_ask(s, ST_OP_UIDL, 0, 0);
	return command_ask_message(s, ST_OP_UIDL, argv[0], 0);
}

static int
command_retr(struct session *s, char **argv)
{
	uint32_t	 msg;

	if (command_number(argv[0], 1, &msg) &&
	    maildrop_retr_ahead(s->maildrop, msg)) {
		s->bad = 0;
		return 1;
	}
	return command_ask_message(s, ST_OP_RETR, argv[0], 0);
}

static int
command_top(struct session *s, char **argv)
{
	uint32_t	 lines;

	if (!command_number(argv[1], 0, &lines)) {
		if (!command_in_turn(s))
			return 0;
		command_bad(s, "not a number of lines");
		return 1;
	}
	/* The largest number means the whole message, as with RETR. */
	return command_ask_message(s, ST_OP_TOP, argv[0], lines);
}

static int
command_dele(struct session *s, char **argv)
{
	return command_ask_message(s, ST_OP_DELE, argv[0], 0);
}

static int
command_rset(struct session *s, char **argv)
{
	return command_ask(s, ST_OP_RSET, 0, 0);
}
