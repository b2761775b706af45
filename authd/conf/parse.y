/* SPDX-License-Identifier: ISC */
/* Runs in: authd, as root.  Trusts: whoever may write pop3d.conf; checks it. */

%{
#include <sys/types.h>
#include <sys/queue.h>

#include <ctype.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf.h"
#include "conf_check.h"
#include "conf_domain.h"
#include "conf_lex.h"
#include "conf_listen.h"
#include "defaults.h"
#include "domain.h"
#include "expand.h"
#include "log.h"
#include "name.h"
#include "nitems.h"

#define PAIRS_MAX	64		/* settings in one statement */
#define NAME_LEN_MAX	32		/* octets of a backend's name */

/* Something that may be said only once, and where it was. */
struct once {
	SLIST_ENTRY(once)	 entry;
	const char		*what;
	const char		*file;
	unsigned int		 line;
};

struct pair {
	const char	*key;
	const char	*value;
	unsigned int	 line;
};

/* Gathered while a statement is read, void at its end. */
struct statement {
	struct pair	 pairs[PAIRS_MAX];
	size_t		 npairs;
	const char	*port;
	const char	*pki;
	const char	*mode;
	enum listen_mode modenum;
	uint32_t	 lock_flags;
	const char	*lock_timeout;
};

/* A number that can be set: where it goes and what it may be. */
struct setting {
	const char	*name;
	size_t		 off;	/* in struct conf */
	long long	 min;
	long long	 max;
	int		 octets;/* a uint64_t that takes K, M and G */
};

typedef struct {
	const char	*string;
	unsigned int	 line;
} YYSTYPE;

static struct parse {
	SLIST_HEAD(, once)	 onces;
	struct conf		*conf;
	struct statement	 st;
	struct conf_domain	*domain;	/* whose braces these are */
	int			 midline;	/* not at a statement's first */
	const char		*first;		/* word that is no keyword */
	unsigned int		 given;		/* GIVEN_* of conf_check.h */
} parse;

void		 yyerror(const char *);
int		 yylex(void);

static char	*own_string(const char *);

static int	 once(unsigned int, const char *);
static int	 number(unsigned int, const char *, const char *, long long,
		    long long, uint32_t *);
static int	 octets(unsigned int, const char *, const char *, long long,
		    uint64_t *);
static void	 set_number(unsigned int, const struct setting *, const char *,
		    const char *, const char *);
static void	 set_numbers(const struct setting *, const char *);
static int	 path_ok(unsigned int, const char *, const char *);
static void	 set_path(unsigned int, const char *, const char *, char **);
static int	 template_ok(unsigned int, const char *, const char *,
		    const char *, char *, size_t);
static void	 set_mailbox(unsigned int, const char *, const char *,
		    const char *);
static struct conf_domain *scope(void);
static int	 once_here(unsigned int, const char *);
static int	 domain_ok(unsigned int, const char *);
static void	 domain_begin(unsigned int, const char *);
static void	 add_alias(unsigned int, const char *);
static void	 set_case(unsigned int, const char *);
static void	 set_user(unsigned int, const char *);
static void	 set_default_domain(unsigned int, const char *);
static void	 set_lock(unsigned int);
static void	 set_sandbox(unsigned int, const char *);
static void	 add_pair(unsigned int, const char *, const char *);
static void	 add_method(unsigned int, const char *);
static int	 host_ok(unsigned int, const char *, const char *);
static void	 add_host(unsigned int, const char *);
static void	 add_group(unsigned int, const char *);
static void	 set_hostname(unsigned int, const char *);
static void	 add_pki(unsigned int, const char *, const char *,
		    const char *);
static void	 add_listen(unsigned int, const char *);
static void	 set_mode(unsigned int, const char *, enum listen_mode);
static void	 add_auth(unsigned int, const char *, const char *);
static void	 add_option(struct conf_auth *, const struct pair *);
static void	 check_ranges(void);
static void	 check_default_domain(void);

/* Without a block around them: "uid-min 1000". */
static const struct setting settings_plain[] = {
	{ "uid-min", offsetof(struct conf, ids.uid_min), 1, UINT32_MAX - 1, 0 },
	{ "uid-max", offsetof(struct conf, ids.uid_max), 1, UINT32_MAX - 1, 0 },
	{ "gid-min", offsetof(struct conf, ids.gid_min), 1, UINT32_MAX - 1, 0 },
	{ "gid-max", offsetof(struct conf, ids.gid_max), 1, UINT32_MAX - 1, 0 },
	{ "engines", offsetof(struct conf, engines), 1, ENGINES_MAX,
	    0 },
	{ NULL, 0, 0, 0, 0 }
};

static const struct setting settings_limit[] = {
	{ "sessions", offsetof(struct conf, limits.sessions), 1, 1000000, 0 },
	{ "per-address", offsetof(struct conf, limits.per_address), 0, 1000000,
	    0 },
	{ "per-user", offsetof(struct conf, user_sessions), 1, 1000000, 0 },
	{ "mailbox-size", offsetof(struct conf, octets_max), 1, 1LL << 44, 1 },
	{ "messages", offsetof(struct conf, messages_max), 1, 10000000, 0 },
	{ NULL, 0, 0, 0, 0 }
};

static const struct setting settings_timeout[] = {
	{ "login", offsetof(struct conf, limits.login_timeout), 1, 86400, 0 },
	{ "idle", offsetof(struct conf, limits.idle_timeout), 1, 86400, 0 },
	{ "stall", offsetof(struct conf, limits.stall_timeout), 1, 86400, 0 },
	{ "takeover", offsetof(struct conf, limits.takeover), 0, 86400, 0 },
	{ NULL, 0, 0, 0, 0 }
};
%}

%token	<string> STRING
%token	<string> PKI CERT KEY
%token	<string> LISTEN ON PORT STARTTLS TLS PLAINTEXT
%token	<string> AUTH MAILBOX STATE CHROOT
%token	<string> UIDMIN UIDMAX GIDMIN GIDMAX GROUPS ENGINES
%token	<string> LOCK SESSION TIMEOUT LIMIT
%token	<string> LOG VERBOSE INCLUDE SANDBOX
%token	<string> DOMAIN DEFAULTDOMAIN ALIAS CASE USER PREFIX
%token	<string> HOSTNAME CLUSTERHOSTS
%token	INVALID
%type	<string> word words path number prefix

%%

grammar		: /* empty */
		| grammar '\n'
		| grammar macro '\n'
		| grammar statement '\n' {
			(void)memset(&parse.st, 0, sizeof(parse.st));
		}
		| grammar INCLUDE STRING '\n' {
			lex_include($<line>2, $3);
		}
		| grammar error '\n' {
			(void)memset(&parse.st, 0, sizeof(parse.st));
			parse.domain = NULL;
			lex.told = 0;
			yyerrok;
		}
		;

macro		: word '=' words {
			lex_define($<line>1, $1, $3);
		}
		;

words		: word
		| words word {
			if (strlen($1) + strlen($2) < LEX_TOKEN_MAX)
				$$ = lex_join($1, " ", $2);
			else
				lex_error($<line>2, "the value is too long");
		}
		;

/* Where any word may stand, keywords are words too. */
word		: STRING | PKI | CERT | KEY | LISTEN | ON | PORT | STARTTLS
		| TLS | PLAINTEXT | AUTH | MAILBOX | STATE | CHROOT | UIDMIN
		| UIDMAX | ENGINES | LOCK | SESSION | TIMEOUT | LIMIT | LOG
		| VERBOSE | INCLUDE | SANDBOX | DOMAIN | DEFAULTDOMAIN | ALIAS
		| CASE | USER | PREFIX | HOSTNAME | CLUSTERHOSTS | GIDMIN
		| GIDMAX | GROUPS
		;

statement	: PKI STRING CERT STRING KEY STRING {
			add_pki($<line>1, $2, $4, $6);
		}
		| LISTEN ON STRING listenopts {
			add_listen($<line>1, $3);
		}
		| scoped
		| DOMAIN STRING {
			domain_begin($<line>1, $2);
		} domainblock {
			parse.domain = NULL;
		}
		| DEFAULTDOMAIN STRING {
			set_default_domain($<line>1, $2);
		}
		| STATE STRING {
			set_path($<line>1, "state", $2, &parse.conf->state);
		}
		| CHROOT STRING {
			set_path($<line>1, "chroot", $2, &parse.conf->chroot);
		}
		| number STRING {
			set_number($<line>1, settings_plain, "", $1, $2);
		}
		| LOCK '{' optsep methods optsep '}' lockopts {
			set_lock($<line>1);
		}
		| LIMIT settings {
			set_numbers(settings_limit, "limit ");
		}
		| TIMEOUT settings {
			set_numbers(settings_timeout, "timeout ");
		}
		| SANDBOX STRING {
			set_sandbox($<line>1, $2);
		}
		| HOSTNAME STRING {
			set_hostname($<line>1, $2);
		}
		| CLUSTERHOSTS hosts {
			(void)once($<line>1, "cluster-hosts");
		}
		| GROUPS groups {
			if (once($<line>1, "groups"))
				parse.conf->groups_said = 1;
		}
		| LOG VERBOSE {
			parse.conf->limits.verbose = 1;
		}
		;

/* What a domain may have of its own; alias and user no one else. */
scoped		: AUTH word path options {
			add_auth($<line>1, $2, $3);
		}
		| MAILBOX STRING STRING prefix {
			set_mailbox($<line>1, $2, $3, $4);
		}
		| CASE STRING {
			set_case($<line>1, $2);
		}
		| ALIAS STRING {
			add_alias($<line>1, $2);
		}
		| USER STRING {
			set_user($<line>1, $2);
		}
		;

prefix		: /* empty */ {
			$$ = NULL;
		}
		| PREFIX STRING {
			$$ = $2;
		}
		;

domainblock	: /* empty */
		| '{' optsep '}'
		| '{' optsep domainlines optsep '}'
		;

domainlines	: domainline
		| domainlines sep domainline
		;

domainline	: scoped {
			(void)memset(&parse.st, 0, sizeof(parse.st));
		}
		;

number		: UIDMIN
		| UIDMAX
		| GIDMIN
		| GIDMAX
		| ENGINES
		;

listenopts	: /* empty */
		| listenopts PORT STRING {
			if (parse.st.port != NULL)
				lex_error($<line>2, "port is said twice");
			parse.st.port = $3;
		}
		| listenopts STARTTLS {
			set_mode($<line>2, $2, LISTEN_STARTTLS);
		}
		| listenopts TLS {
			set_mode($<line>2, $2, LISTEN_TLS);
		}
		| listenopts PLAINTEXT {
			set_mode($<line>2, $2, LISTEN_PLAINTEXT);
		}
		| listenopts PKI STRING {
			if (parse.st.pki != NULL)
				lex_error($<line>2, "pki is said twice");
			parse.st.pki = $3;
		}
		;

path		: /* empty */ {
			$$ = NULL;
		}
		| STRING
		;

options		: /* empty */
		| '{' optsep '}'
		| '{' optsep pairs optsep '}'
		;

settings	: '{' optsep pairs optsep '}'
		| pairs
		;

pairs		: pair
		| pairs optsep pair
		;

pair		: word word {
			add_pair($<line>1, $1, $2);
		}
		;

hosts		: '{' optsep hostlist optsep '}'
		| hostlist
		;

hostlist	: host
		| hostlist optsep host
		;

host		: STRING {
			add_host($<line>1, $1);
		}
		;

groups		: '{' optsep '}'
		| '{' optsep grouplist optsep '}'
		| grouplist
		;

grouplist	: group
		| grouplist optsep group
		;

group		: STRING {
			add_group($<line>1, $1);
		}
		;

methods		: method
		| methods optsep method
		;

method		: STRING {
			add_method($<line>1, $1);
		}
		;

lockopts	: /* empty */
		| lockopts SESSION {
			parse.st.lock_flags |= LOCK_SESSION;
		}
		| lockopts TIMEOUT STRING {
			if (parse.st.lock_timeout != NULL)
				lex_error($<line>2, "timeout is said twice");
			parse.st.lock_timeout = $3;
		}
		;

/* A comma; the lexer gives one for a newline within braces, too. */
optsep		: /* empty */
		| sep
		;

sep		: ','
		| sep ','
		;

%%

/* Called by the grammar alone, when a token does not fit. */
void
yyerror(const char *msg)
{
	lex.broken = 1;
	if (lex.told)
		return;
	if (parse.first != NULL)
		lex_error(yylval.line, "unknown word %s", log_vis(parse.first));
	else if (lex.token == NULL)
		lex_error(yylval.line, "%s at the end of the line", msg);
	else
		lex_error(yylval.line, "%s at %s", msg, log_vis(lex.token));
}

struct keyword {
	const char	*name;
	int		 token;
};

static int
keyword_compare(const void *key, const void *element)
{
	return strcmp(key, ((const struct keyword *)element)->name);
}

static int
keyword(const char *word)
{
	/* Sorted. */
	static const struct keyword	 keywords[] = {
		{ "alias",	ALIAS },
		{ "auth",	AUTH },
		{ "case",	CASE },
		{ "cert",	CERT },
		{ "chroot",	CHROOT },
		{ "cluster-hosts", CLUSTERHOSTS },
		{ "default-domain", DEFAULTDOMAIN },
		{ "domain",	DOMAIN },
		{ "engines",	ENGINES },
		{ "gid-max",	GIDMAX },
		{ "gid-min",	GIDMIN },
		{ "groups",	GROUPS },
		{ "hostname",	HOSTNAME },
		{ "include",	INCLUDE },
		{ "key",	KEY },
		{ "limit",	LIMIT },
		{ "listen",	LISTEN },
		{ "lock",	LOCK },
		{ "log",	LOG },
		{ "mailbox",	MAILBOX },
		{ "on",		ON },
		{ "pki",	PKI },
		{ "plaintext",	PLAINTEXT },
		{ "port",	PORT },
		{ "prefix",	PREFIX },
		{ "sandbox",	SANDBOX },
		{ "session",	SESSION },
		{ "starttls",	STARTTLS },
		{ "state",	STATE },
		{ "timeout",	TIMEOUT },
		{ "tls",	TLS },
		{ "uid-max",	UIDMAX },
		{ "uid-min",	UIDMIN },
		{ "user",	USER },
		{ "verbose",	VERBOSE }
	};
	const struct keyword		*k;

	k = bsearch(word, keywords, NITEMS(keywords),
	    sizeof(keywords[0]), keyword_compare);
	return k == NULL ? STRING : k->token;
}

int
yylex(void)
{
	int	 token;

	if (lex.errors >= LEX_ERRORS_MAX)
		return 0;
	switch (token = lex_next(&yylval.string, &yylval.line)) {
	case LEX_STRING:
		token = STRING;
		break;
	case LEX_WORD:
		token = keyword(yylval.string);
		break;
	case LEX_INVALID:
		token = INVALID;
		break;
	}
	/* A line that begins with no keyword and is no macro is a typo. */
	if (!parse.midline || token == '=')
		parse.first = token == STRING ? yylval.string : NULL;
	/* So does one of a domain, whose lines a comma ends. */
	parse.midline = token != '\n' && (parse.domain == NULL ||
	    lex.braces != 1 || (token != ',' && token != '{'));
	return token;
}

/* A copy that the configuration owns. */
static char *
own_string(const char *text)
{
	char	*s;

	if ((s = strdup(text)) == NULL)
		fatal("configuration");
	return s;
}

/* Statements. */

/* Whether what is said for the first time; complains if not. */
static int
once(unsigned int line, const char *what)
{
	struct once	*o;

	SLIST_FOREACH(o, &parse.onces, entry) {
		if (strcmp(o->what, what) == 0) {
			lex_error(line, "%s was said before, at %s:%u", what,
			    o->file, o->line);
			return 0;
		}
	}
	o = lex_keep(sizeof(*o));
	o->what = what;
	o->file = lex_file();
	o->line = line;
	SLIST_INSERT_HEAD(&parse.onces, o, entry);
	return 1;
}

static int
number(unsigned int line, const char *what, const char *text, long long min,
    long long max, uint32_t *res)
{
	const char	*why;

	*res = strtonum(text, min, max, &why);
	if (why == NULL)
		return 0;
	lex_error(line, "%s: %s is %s, must be %lld to %lld", what,
	    log_vis(text), why, min, max);
	return -1;
}

/* A number of octets, with K, M or G for powers of 1024. */
static int
octets(unsigned int line, const char *what, const char *text, long long max,
    uint64_t *res)
{
	static const char	 units[] = "KMG";
	char			 digits[32];
	const char		*why, *unit = NULL;
	size_t			 len = strlen(text);
	int			 shift = 0;

	if (len > 1 && len < sizeof(digits))
		unit = strchr(units, toupper((unsigned char)text[len - 1]));
	if (unit != NULL) {
		shift = 10 * (int)(unit - units + 1);
		len--;
	}
	(void)snprintf(digits, sizeof(digits), "%.*s", (int)len, text);
	*res = (uint64_t)strtonum(digits, 1, max >> shift, &why) << shift;
	if (why == NULL)
		return 0;
	lex_error(line, "%s: %s is %s, must be 1 to %lldG", what, log_vis(text),
	    why, max >> 30);
	return -1;
}

static void
set_number(unsigned int line, const struct setting *table, const char *prefix,
    const char *name, const char *value)
{
	const struct setting	*s;
	const char		*what = lex_join(prefix, name, "");
	char			*base = (char *)parse.conf;
	uint32_t		 n;
	uint64_t		 o;

	for (s = table; s->name != NULL; s++)
		if (strcmp(s->name, name) == 0)
			break;
	if (s->name == NULL) {
		lex_error(line, "%sdoes not know %s", prefix, log_vis(name));
		return;
	}
	if (!once(line, what))
		return;
	if (s->octets) {
		if (octets(line, what, value, s->max, &o) == 0)
			(void)memcpy(base + s->off, &o, sizeof(o));
	} else if (number(line, what, value, s->min, s->max, &n) == 0)
		(void)memcpy(base + s->off, &n, sizeof(n));
}

static void
set_numbers(const struct setting *table, const char *prefix)
{
	const struct pair	*p;
	size_t			 i;

	for (i = 0; i < parse.st.npairs; i++) {
		p = &parse.st.pairs[i];
		set_number(p->line, table, prefix, p->key, p->value);
		if (table == settings_timeout && strcmp(p->key, "idle") == 0 &&
		    parse.conf->limits.idle_timeout < 600)
			lex_warning(p->line, "timeout idle: RFC 1939 grants "
			    "clients 600 seconds");
	}
}

static int
path_ok(unsigned int line, const char *what, const char *path)
{
	if (path[0] != '/')
		lex_error(line, "%s: %s is not an absolute path", what,
		    log_vis(path));
	else if (strlen(path) > PATH_LEN_MAX)
		lex_error(line, "%s: path longer than %d octets", what,
		    PATH_LEN_MAX);
	else
		return 1;
	return 0;
}

static void
set_path(unsigned int line, const char *what, const char *path, char **res)
{
	if (!once(line, what) || !path_ok(line, what, path))
		return;
	free(*res);
	*res = own_string(path);
}

/* Whom the statement is about: a domain, or all names outside of them. */
static struct conf_domain *
scope(void)
{
	return parse.domain != NULL ? parse.domain : &parse.conf->outside;
}

/* As once, in each domain and outside. */
static int
once_here(unsigned int line, const char *what)
{
	if (parse.domain == NULL)
		return once(line, what);
	what = lex_join(parse.domain->name, ": ", what);
	return once(line, lex_join("domain ", what, ""));
}

/* Any user shows whether a template can work. */
static int
template_ok(unsigned int line, const char *what, const char *template,
    const char *home, char *path, size_t size)
{
	const char	*why;

	if (expand_path(path, size, template, "user@domain", home, &why) == 0)
		return 1;
	lex_error(line, "%s %s: %s", what, log_vis(template), why);
	return 0;
}

static void
set_mailbox(unsigned int line, const char *format, const char *template,
    const char *prefix)
{
	struct conf_domain	*d = scope();
	char			 path[PATH_LEN_MAX + 1];
	int			 number;

	parse.given |= GIVEN_MAILBOX;
	if (!once_here(line, "mailbox"))
		return;
	if ((number = formats_find(format)) == -1) {
		lex_error(line, "mailbox: format %s is not one of: %s",
		    log_vis(format), formats_names());
		return;
	}
	/* A home is the backend's to say, as is what a prefix bounds. */
	if ((prefix != NULL && !template_ok(line, "prefix", prefix, NULL, path,
	    sizeof(path))) ||
	    !template_ok(line, "mailbox", template, "/home", path,
	    sizeof(path)))
		return;
	if (name_path_dotlock(path)) {
		lex_error(line, "mailbox %s: a name that ends in .lock is "
		    "that of a lock file", log_vis(template));
		return;
	}
	if (strcmp(path, template) == 0)
		lex_warning(line, "mailbox: without %%u, %%n or %%h all users "
		    "share one");
	d->mailbox = own_string(template);
	d->format = number;
	if (prefix != NULL)
		d->prefix = own_string(prefix);
}

static int
domain_ok(unsigned int line, const char *name)
{
	if (name_domain_valid(name))
		return 1;
	lex_error(line, "%s is not the name of a domain", log_vis(name));
	return 0;
}

/* Taken even if wrong, so that its lines are looked at. */
static void
domain_begin(unsigned int line, const char *name)
{
	parse.domain = conf_domain_add(parse.conf, name, lex_file(), line);
	if (strcmp(name, "*") == 0 || domain_ok(line, name))
		(void)once(line, lex_join("domain ", parse.domain->name,
		    ""));
}

static void
add_alias(unsigned int line, const char *name)
{
	struct conf_alias	*a;

	if (parse.domain == NULL)
		lex_error(line, "alias is said within a domain");
	else if (strcmp(parse.domain->name, "*") == 0)
		lex_error(line, "alias: domain * has every name");
	else if (domain_ok(line, name)) {
		conf_domain_alias(parse.domain, name);
		a = TAILQ_LAST(&parse.domain->aliases, conf_aliases);
		(void)once(line, lex_join("domain ", a->name, ""));
	}
}

static void
set_case(unsigned int line, const char *word)
{
	if (!once_here(line, "case"))
		return;
	if (strcmp(word, "fold") == 0)
		scope()->local_case = CASE_FOLD;
	else if (strcmp(word, "keep") == 0)
		scope()->local_case = CASE_KEEP;
	else
		lex_error(line, "case: %s is neither fold nor keep",
		    log_vis(word));
}

static void
set_user(unsigned int line, const char *word)
{
	if (parse.domain == NULL) {
		lex_error(line, "user is said within a domain");
		return;
	}
	if (!once_here(line, "user"))
		return;
	parse.domain->local = strcmp(word, "local") == 0;
	if (!parse.domain->local && strcmp(word, "full") != 0)
		lex_error(line, "user: %s is neither full nor local",
		    log_vis(word));
	else if (parse.domain->local && strcmp(parse.domain->name, "*") == 0)
		lex_error(line, "user local: in domain * one user would be as "
		    "many as there are names of domains");
}

static void
set_default_domain(unsigned int line, const char *name)
{
	if (!once(line, "default-domain") || !domain_ok(line, name))
		return;
	parse.conf->default_domain = conf_domain_folded(name);
}

static void
add_method(unsigned int line, const char *name)
{
	if (strcmp(name, "dotlock") == 0)
		parse.st.lock_flags |= LOCK_DOTLOCK;
	else if (strcmp(name, "fcntl") == 0)
		parse.st.lock_flags |= LOCK_FCNTL;
	else if (strcmp(name, "flock") == 0)
		parse.st.lock_flags |= LOCK_FLOCK;
	else
		lex_error(line, "lock: %s is none of dotlock, fcntl and flock",
		    log_vis(name));
}

static int
host_ok(unsigned int line, const char *what, const char *name)
{
	if (name_host_valid(name))
		return 1;
	lex_error(line, "%s: %s is not the name of a host", what,
	    log_vis(name));
	return 0;
}

static void
add_host(unsigned int line, const char *name)
{
	struct conf_host	*h;

	if (!host_ok(line, "cluster-hosts", name))
		return;
	if ((h = calloc(1, sizeof(*h))) == NULL)
		fatal("configuration");
	h->name = own_string(name);
	TAILQ_INSERT_TAIL(&parse.conf->cluster_hosts, h, entry);
}

static void
add_group(unsigned int line, const char *name)
{
	struct conf_host	*h;
	int			 n = 0;

	TAILQ_FOREACH(h, &parse.conf->groups, entry)
		n++;
	if (n == IDS_GROUPS) {
		lex_error(line, "groups: more than %d", IDS_GROUPS);
		return;
	}
	if ((h = calloc(1, sizeof(*h))) == NULL)
		fatal("configuration");
	h->name = own_string(name);
	TAILQ_INSERT_TAIL(&parse.conf->groups, h, entry);
}

static void
set_hostname(unsigned int line, const char *name)
{
	if (once(line, "hostname") && host_ok(line, "hostname", name))
		parse.conf->hostname = own_string(name);
}

static void
set_lock(unsigned int line)
{
	if (!once(line, "lock"))
		return;
	parse.conf->lock_flags = parse.st.lock_flags;
	if (parse.st.lock_timeout != NULL)
		(void)number(line, "lock timeout", parse.st.lock_timeout, 1,
		    600, &parse.conf->lock_timeout);
}

static void
set_sandbox(unsigned int line, const char *word)
{
	if (!once(line, "sandbox"))
		return;
	parse.conf->sandbox_optional = strcmp(word, "optional") == 0;
	if (!parse.conf->sandbox_optional && strcmp(word, "require") != 0)
		lex_error(line, "sandbox: %s is neither require nor optional",
		    log_vis(word));
}

static void
add_pair(unsigned int line, const char *key, const char *value)
{
	struct pair	*p;

	if (parse.st.npairs == PAIRS_MAX) {
		lex_error(line, "more than %d settings in one statement",
		    PAIRS_MAX);
		return;
	}
	p = &parse.st.pairs[parse.st.npairs++];
	p->line = line;
	p->key = key;
	p->value = value;
}

static void
add_pki(unsigned int line, const char *name, const char *cert, const char *key)
{
	struct conf_pki	*p;

	if (name[0] == '\0' || strlen(name) > PATH_LEN_MAX) {
		lex_error(line, "pki: the name is empty or too long");
		return;
	}
	if (!once(line, lex_join("pki ", name, "")))
		return;
	/* Taken even if wrong, so that no listener is said to lack it. */
	(void)path_ok(line, "cert", cert);
	(void)path_ok(line, "key", key);
	if ((p = calloc(1, sizeof(*p))) == NULL)
		fatal("configuration");
	p->name = own_string(name);
	p->cert_path = own_string(cert);
	p->key_path = own_string(key);
	p->line = line;
	p->file = own_string(lex_file());
	TAILQ_INSERT_TAIL(&parse.conf->pkis, p, entry);
}

static void
set_mode(unsigned int line, const char *name, enum listen_mode mode)
{
	if (parse.st.mode != NULL)
		lex_error(line, "listen cannot be both %s and %s",
		    parse.st.mode, name);
	parse.st.mode = name;
	parse.st.modenum = mode;
}

static void
add_listen(unsigned int line, const char *host)
{
	struct statement	*st = &parse.st;
	struct listen_spec	 spec;
	char			 why[TEXT_LEN_MAX + 1];
	uint32_t		 port;
	int			 exposed;

	parse.given |= GIVEN_LISTEN;
	if (st->modenum == LISTEN_PLAINTEXT && st->pki != NULL) {
		lex_error(line, "plaintext needs no pki");
		return;
	}
	if (st->port == NULL)
		port = st->modenum == LISTEN_TLS ? DEFAULT_PORT_TLS :
		    DEFAULT_PORT;
	else if (strcmp(st->port, "pop3") == 0)
		port = DEFAULT_PORT;
	else if (strcmp(st->port, "pop3s") == 0)
		port = DEFAULT_PORT_TLS;
	else if (number(line, "port", st->port, 1, UINT16_MAX, &port) == -1)
		return;
	spec = (struct listen_spec){
		.host = host, .port = port, .mode = st->modenum,
		.pki = st->pki, .file = lex_file(), .line = line
	};
	if (listen_add(&parse.conf->listens, &spec, &exposed, why,
	    sizeof(why)) == -1)
		lex_error(line, "listen on %s: %s", log_vis(host), why);
	else if (exposed && st->modenum == LISTEN_PLAINTEXT)
		lex_warning(line, "listen on %s: plaintext shows passwords to "
		    "the network", log_vis(host));
}

/* One "key=value" for a backend. */
static void
add_option(struct conf_auth *a, const struct pair *pair)
{
	struct conf_opt	*o;
	const char	*p, *text = lex_join(pair->key, "=", pair->value);

	for (p = pair->key; isalnum((unsigned char)*p) || *p == '-' ||
	    *p == '_' || *p == '.'; p++)
		continue;
	if (*p != '\0' || !isalpha((unsigned char)pair->key[0])) {
		lex_error(pair->line, "auth %s: %s cannot name an option",
		    a->name, log_vis(pair->key));
		return;
	}
	if (strlen(text) > TEXT_LEN_MAX) {
		lex_error(pair->line, "auth %s: option %s is too long", a->name,
		    log_vis(pair->key));
		return;
	}
	if ((o = calloc(1, sizeof(*o))) == NULL)
		fatal("configuration");
	o->text = own_string(text);
	TAILQ_INSERT_TAIL(&a->opts, o, entry);
}

static void
add_auth(unsigned int line, const char *name, const char *path)
{
	struct conf_domain	*d = scope();
	struct conf_auth	*a;
	const struct pair	*p;
	size_t			 i;

	parse.given |= GIVEN_AUTH;
	/* It becomes part of a file name that root executes. */
	i = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_-");
	if (i == 0 || i > NAME_LEN_MAX || name[i] != '\0') {
		lex_error(line, "auth: %s cannot name a backend",
		    log_vis(name));
		return;
	}
	if (path != NULL && !path_ok(line, "auth", path))
		return;
	if ((a = calloc(1, sizeof(*a))) == NULL)
		fatal("configuration");
	TAILQ_INIT(&a->opts);
	TAILQ_INSERT_TAIL(&parse.conf->auths, a, entry);
	TAILQ_INSERT_TAIL(&d->chain, a, chain);
	a->domain = d;
	a->name = own_string(name);
	a->deadline = DEFAULT_DEADLINE;
	a->line = line;
	a->file = own_string(lex_file());
	if (path != NULL)
		add_option(a, &(struct pair){ "path", path, line });
	for (i = 0; i < parse.st.npairs; i++) {
		p = &parse.st.pairs[i];
		if (strcmp(p->key, "workers") == 0)
			(void)number(p->line, "workers", p->value, 1, 64,
			    &a->workers);
		else if (strcmp(p->key, "deadline") == 0)
			(void)number(p->line, "deadline", p->value, 1, 600,
			    &a->deadline);
		else
			add_option(a, p);
	}
}

/* Blames the line that said one of the two last. */
static void
check_ids(const char *kind, uint32_t min, uint32_t max)
{
	const struct once	*o;

	if (min <= max)
		return;
	SLIST_FOREACH(o, &parse.onces, entry)
		if (strncmp(o->what, kind, strlen(kind)) == 0)
			break;
	lex.errors++;
	log_warnx("%s:%u: %smin %u is more than %smax %u", o->file, o->line,
	    kind, min, kind, max);
}

/* Groups have the range of users, unless it is said. */
static void
check_ranges(void)
{
	struct ids	*ids = &parse.conf->ids;

	check_ids("uid-", ids->uid_min, ids->uid_max);
	if (ids->gid_min == 0)
		ids->gid_min = ids->gid_max != 0 && ids->gid_max < ids->uid_min
		    ? ids->gid_max : ids->uid_min;
	if (ids->gid_max == 0)
		ids->gid_max = ids->gid_min > ids->uid_max ? ids->gid_min :
		    ids->uid_max;
	if (ids->uid_min <= ids->uid_max)
		check_ids("gid-", ids->gid_min, ids->gid_max);
}

static void
check_default_domain(void)
{
	const struct conf	*c = parse.conf;
	const struct once	*o;

	if (c->default_domain == NULL || TAILQ_EMPTY(&c->domains) ||
	    domain_find(c, c->default_domain) != NULL)
		return;
	SLIST_FOREACH(o, &parse.onces, entry)
		if (strcmp(o->what, "default-domain") == 0)
			break;
	lex.errors++;
	log_warnx("%s:%u: default-domain: there is no domain %s", o->file,
	    o->line, c->default_domain);
}

struct conf *
conf_parse(const char *file, const struct conf_macros *macros)
{
	struct conf	*conf;

	(void)memset(&parse, 0, sizeof(parse));
	if ((conf = parse.conf = conf_new()) == NULL) {
		log_warn("%s", file);
		return NULL;
	}
	if (lex_begin(file, macros) == -1 || yyparse() != 0)
		lex.errors++;
	/* After a broken line nobody knows what is missing. */
	else if (!lex.broken && lex.errors < LEX_ERRORS_MAX) {
		check_ranges();
		check_default_domain();
		lex.errors += conf_check(conf, file, parse.given);
		/* After an error a domain may lack what it was to have. */
		if (lex.errors == 0)
			lex.errors += conf_domain_check(conf);
	}
	if (lex.errors > 0) {
		conf_free(conf);
		conf = NULL;
	}
	lex_finish();
	return conf;
}
