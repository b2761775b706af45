/* SPDX-License-Identifier: ISC */
/* Runs in: kyua.  Tests of authd/conf/conf.c, parse.y and what it calls. */

#include <sys/types.h>
#include <sys/stat.h>
#include <net/if.h>
#include <netinet/in.h>

#include <atf-c.h>
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <ifaddrs.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conf.h"
#include "defaults.h"
#include "expand.h"
#include "log.h"
#include "name.h"
#include "tc.h"

#define LISTEN		"listen on 127.0.0.1 port 1110 plaintext\n"
#define AUTH		"auth passwd\n"
#define MAILBOX		"mailbox mbox \"/m/%u\"\n"
#define MINIMAL		LISTEN AUTH MAILBOX

static char	 logged[64 * 1024];

static void
sink(int priority, const char *text)
{
	(void)strlcat(logged, text, sizeof(logged));
	(void)strlcat(logged, "\n", sizeof(logged));
}

static void
write_file(const char *name, const void *data, size_t len)
{
	int	 fd;

	fd = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	ATF_REQUIRE_MSG(fd != -1, "%s: %s", name, strerror(errno));
	ATF_REQUIRE_EQ(write(fd, data, len), (ssize_t)len);
	ATF_REQUIRE_EQ(close(fd), 0);
}

static char *
read_file(const char *name)
{
	struct stat	 sb;
	char		*text;
	int		 fd;

	fd = open(name, O_RDONLY);
	ATF_REQUIRE_MSG(fd != -1, "%s: %s", name, strerror(errno));
	ATF_REQUIRE_EQ(fstat(fd, &sb), 0);
	ATF_REQUIRE((text = calloc(1, sb.st_size + 1)) != NULL);
	ATF_REQUIRE_EQ(read(fd, text, sb.st_size), sb.st_size);
	ATF_REQUIRE_EQ(close(fd), 0);
	return text;
}

/* Parse a file with what it logs going to logged. */
static struct conf *
parse_file(const char *name, const struct conf_macros *macros)
{
	struct conf	*c;

	logged[0] = '\0';
	log_setsink(sink);
	c = conf_parse(name, macros);
	log_setsink(NULL);
	return c;
}

static struct conf *
parse_text(const char *text)
{
	write_file("c", text, strlen(text));
	return parse_file("c", NULL);
}

static char *
print_text(const struct conf *c)
{
	char	*text;
	size_t	 len;
	FILE	*fp;

	ATF_REQUIRE((fp = open_memstream(&text, &len)) != NULL);
	conf_print(c, fp);
	ATF_REQUIRE_EQ(fclose(fp), 0);
	return text;
}

static void
check_text(const char *what, const char *expected, const char *got)
{
	ATF_CHECK_MSG(strcmp(expected, got) == 0,
	    "%s: expected:\n%s\ngot:\n%s", what, expected, got);
}

static void
require_error(const char *text, const char *error)
{
	struct conf	*c = parse_text(text);

	ATF_CHECK_MSG(c == NULL, "taken: %s", text);
	ATF_CHECK_MSG(strstr(logged, error) != NULL, "no \"%s\" in:\n%s",
	    error, logged);
	conf_free(c);
}

/* Copy all of conf/ here: checked out files may be too open. */
static void
copy_samples(const atf_tc_t *tc, const char *pattern)
{
	char	 path[PATH_MAX];
	char	*text, *name;
	glob_t	 g;
	size_t	 i;

	(void)snprintf(path, sizeof(path), "%s/../conf/%s",
	    atf_tc_get_config_var(tc, "srcdir"), pattern);
	ATF_REQUIRE_EQ_MSG(glob(path, 0, NULL, &g), 0, "nothing at %s", path);
	for (i = 0; i < g.gl_pathc; i++) {
		struct stat	 sb;

		text = read_file(g.gl_pathv[i]);
		name = basename(g.gl_pathv[i]);
		ATF_REQUIRE_EQ(stat(g.gl_pathv[i], &sb), 0);
		write_file(name, text, sb.st_size);
		free(text);
	}
	globfree(&g);
}

/* N.in: what is logged, then the configuration, is N.ok; it parses again. */
static void
check_sample(const char *in)
{
	struct conf	*c, *again;
	char		*text, *text2, *expected;
	char		 ok[PATH_MAX], all[128 * 1024];

	(void)snprintf(ok, sizeof(ok), "%.*s.ok", (int)strlen(in) - 3, in);
	expected = read_file(ok);
	c = parse_file(in, NULL);
	text = c != NULL ? print_text(c) : strdup("");
	(void)snprintf(all, sizeof(all), "%s%s", logged, text);
	check_text(in, expected, all);
	if (c != NULL) {
		write_file("printed", text, strlen(text));
		again = parse_file("printed", NULL);
		ATF_REQUIRE_MSG(again != NULL, "%s printed:\n%s", in, logged);
		text2 = print_text(again);
		check_text(in, text, text2);
		free(text2);
		conf_free(again);
	}
	free(text);
	free(expected);
	conf_free(c);
}

TC(samples, "conf/N.in gives conf/N.ok")
ATF_TC_BODY(samples, tc)
{
	glob_t	 g;
	size_t	 i;

	copy_samples(tc, "*.in");
	copy_samples(tc, "*.inc");
	copy_samples(tc, "*.ok");
	ATF_REQUIRE_EQ(glob("*.in", 0, NULL, &g), 0);
	ATF_REQUIRE(g.gl_pathc > 20);
	for (i = 0; i < g.gl_pathc; i++)
		check_sample(g.gl_pathv[i]);
	globfree(&g);
}

TC(sample_of_etc,
    "etc/pop3d.conf parses, and so do its "
    "commented examples")
ATF_TC_BODY(sample_of_etc, tc)
{
	struct conf	*c;
	char		 path[PATH_MAX], *text, *p, *q;
	size_t		 lines = 0;

	(void)snprintf(path, sizeof(path), "%s/../../etc/pop3d.conf",
	    atf_tc_get_config_var(tc, "srcdir"));
	text = read_file(path);
	write_file("pop3d.conf", text, strlen(text));
	c = parse_file("pop3d.conf", NULL);
	ATF_REQUIRE_MSG(c != NULL, "%s", logged);
	conf_free(c);
	for (p = text; (p = strchr(p, '\n')) != NULL; p++)
		if (p[1] != '#' && p[1] != '\n' && p[1] != '\0')
			lines++;
	ATF_CHECK_EQ(lines + (text[0] != '#'), 5);
	/* "#word" is an example, "# word" is prose. */
	for (p = q = text; *p != '\0'; p++) {
		if (*p == '#' && (p == text || p[-1] == '\n') &&
		    (isalpha((unsigned char)p[1]) || p[1] == '}' ||
		    p[1] == '\t'))
			continue;
		*q++ = *p;
	}
	*q = '\0';
	write_file("examples", text, strlen(text));
	c = parse_file("examples", NULL);
	ATF_CHECK_MSG(c != NULL, "%s in:\n%s", logged, text);
	conf_free(c);
	free(text);
}

TC(defaults, "what the man page promises")
ATF_TC_BODY(defaults, tc)
{
	struct conf		*c;
	struct conf_auth	*a;
	char			 host[256];
	long			 cores = sysconf(_SC_NPROCESSORS_ONLN);

	ATF_REQUIRE_EQ(gethostname(host, sizeof(host)), 0);
	c = parse_text(MINIMAL);
	ATF_REQUIRE_MSG(c != NULL, "%s", logged);
	ATF_CHECK_STREQ(logged, "");
	ATF_CHECK_STREQ(c->state, defaults_os.state);
	ATF_CHECK_STREQ(c->chroot, "/var/empty");
	ATF_CHECK_STREQ(c->outside.mailbox, "/m/%u");
	ATF_CHECK_EQ(c->ids.uid_min, 1000);
	ATF_CHECK_EQ(c->ids.uid_max, 60000);
	ATF_CHECK_EQ(c->engines, cores < 4 ? cores : 4);
	ATF_CHECK_EQ(c->lock_flags, defaults_os.lock_flags);
	ATF_CHECK_EQ(c->lock_timeout, 30);
	ATF_CHECK_EQ(c->octets_max, 4294967296);
	ATF_CHECK_EQ(c->messages_max, 1000000);
	ATF_CHECK_EQ(c->user_sessions, 4);
	ATF_CHECK_EQ(c->limits.sessions, 4096);
	ATF_CHECK_EQ(c->limits.per_address, 64);
	ATF_CHECK_EQ(c->limits.login_timeout, 60);
	ATF_CHECK_EQ(c->limits.idle_timeout, 600);
	ATF_CHECK_EQ(c->limits.stall_timeout, 120);
	ATF_CHECK_EQ(c->limits.takeover, 30);
	ATF_CHECK_EQ(c->limits.verbose, 0);
	ATF_CHECK_STREQ(c->hostname, host);
	ATF_CHECK(TAILQ_EMPTY(&c->cluster_hosts));
	a = TAILQ_FIRST(&c->auths);
	ATF_CHECK_EQ(a->workers, cores < 15 ? cores + 1 : 16);
	ATF_CHECK_EQ(a->deadline, 10);
	ATF_CHECK_EQ(TAILQ_FIRST(&c->listens)->fd, -1);
	conf_free(c);
	conf_free(NULL);
}

TC(listen_star,
    "listen on *, on an interface, on a "
    "host name")
ATF_TC_BODY(listen_star, tc)
{
	struct conf		*c;
	struct conf_listen	*l;
	struct sockaddr_in	*in;
	struct ifaddrs		*ifas, *ifa;
	char			 text[256];

	c = parse_text("listen on * plaintext\n" AUTH MAILBOX);
	ATF_REQUIRE_MSG(c != NULL, "%s", logged);
	ATF_CHECK(strstr(logged, "c:1: warning: ") != NULL);
	l = TAILQ_FIRST(&c->listens);
	in = (struct sockaddr_in *)&l->ss;
	ATF_CHECK_EQ(l->sslen, sizeof(*in));
	ATF_CHECK_EQ(in->sin_addr.s_addr, htonl(INADDR_ANY));
	ATF_CHECK_EQ(in->sin_port, htons(110));
	ATF_REQUIRE((l = TAILQ_NEXT(l, entry)) != NULL);
	ATF_CHECK_EQ(l->ss.ss_family, AF_INET6);
	ATF_CHECK_EQ(l->sslen, sizeof(struct sockaddr_in6));
	ATF_CHECK_EQ(TAILQ_NEXT(l, entry), NULL);
	conf_free(c);

	ATF_REQUIRE_EQ(getifaddrs(&ifas), 0);
	for (ifa = ifas; ifa != NULL; ifa = ifa->ifa_next)
		if ((ifa->ifa_flags & IFF_LOOPBACK) &&
		    ifa->ifa_addr != NULL &&
		    ifa->ifa_addr->sa_family == AF_INET)
			break;
	ATF_REQUIRE(ifa != NULL);
	(void)snprintf(text, sizeof(text), "listen on %s port 110 plaintext\n"
	    "listen on localhost port 111 plaintext\n%s", ifa->ifa_name,
	    AUTH MAILBOX);
	freeifaddrs(ifas);
	c = parse_text(text);
	ATF_REQUIRE_MSG(c != NULL, "%s", logged);
	ATF_CHECK_STREQ(logged, "");
	l = TAILQ_FIRST(&c->listens);
	in = (struct sockaddr_in *)&l->ss;
	ATF_CHECK_EQ(in->sin_addr.s_addr, htonl(INADDR_LOOPBACK));
	ATF_CHECK(TAILQ_LAST(&c->listens, conf_listens)->line == 2);
	conf_free(c);
	require_error("listen on a..b plaintext\n" AUTH MAILBOX,
	    "c:1: listen on \"a..b\": no address, interface or host");
}

TC(macros, "-D wins over the file, and is checked")
ATF_TC_BODY(macros, tc)
{
	struct conf_macros	 macros = TAILQ_HEAD_INITIALIZER(macros);
	char			 good[] = "where=\"/given/%u\"";
	char			 loop[] = "where=$where", bad[] = "where";
	char			 control[] = "where=a\nlog verbose";
	struct conf_macro	 m = { .text = good };
	static const char	 text[] = "where = \"/file/%u\"\n" LISTEN AUTH
				    "mailbox mbox $where\n";
	struct conf		*c;

	TAILQ_INSERT_TAIL(&macros, &m, entry);
	write_file("c", text, strlen(text));
	c = parse_file("c", NULL);
	ATF_REQUIRE_MSG(c != NULL, "%s", logged);
	ATF_CHECK_STREQ(c->outside.mailbox, "/file/%u");
	conf_free(c);
	c = parse_file("c", &macros);
	ATF_REQUIRE_MSG(c != NULL, "%s", logged);
	ATF_CHECK_STREQ(c->outside.mailbox, "/given/%u");
	conf_free(c);

	m.text = loop;
	ATF_CHECK_EQ(parse_file("c", &macros), NULL);
	check_text("loop", "c:4: a macro within a macro's value\n", logged);
	m.text = bad;
	ATF_CHECK_EQ(parse_file("c", &macros), NULL);
	m.text = control;
	ATF_CHECK_EQ(parse_file("c", &macros), NULL);
	ATF_CHECK(strstr(logged, "not name=value") != NULL);
}

TC(file_safety,
    "files that others may write, FIFOs, "
    "directories and huge files are refused")
ATF_TC_BODY(file_safety, tc)
{
	static const char	 text[] = "include \"i\"\n" MINIMAL;
	struct conf		*c;

	write_file("c", text, strlen(text));
	write_file("i", "", 0);
	c = parse_file("c", NULL);
	ATF_REQUIRE_MSG(c != NULL, "%s", logged);
	conf_free(c);
	ATF_REQUIRE_EQ(chmod("c", 0620), 0);
	ATF_CHECK_EQ(parse_file("c", NULL), NULL);
	check_text("group", "c: group or others may write it; chmod go-w\n",
	    logged);
	ATF_REQUIRE_EQ(chmod("c", 0602), 0);
	ATF_CHECK_EQ(parse_file("c", NULL), NULL);
	ATF_REQUIRE_EQ(chmod("c", 0644), 0);
	ATF_REQUIRE_EQ(chmod("i", 0602), 0);
	ATF_CHECK_EQ(parse_file("c", NULL), NULL);
	check_text("include", "i: group or others may write it; chmod go-w\n"
	    "c:1: include \"i\" failed\n", logged);
	ATF_REQUIRE_EQ(unlink("i"), 0);
	ATF_REQUIRE_EQ(mkfifo("i", 0600), 0);
	ATF_CHECK_EQ(parse_file("c", NULL), NULL);
	check_text("fifo", "i: not a regular file\n"
	    "c:1: include \"i\" failed\n", logged);
	ATF_CHECK_EQ(parse_file(".", NULL), NULL);
	check_text("folder", ".: not a regular file\n", logged);
	ATF_CHECK_EQ(parse_file("absent", NULL), NULL);
	check_text("absent", "absent: No such file or directory\n", logged);
	ATF_REQUIRE_EQ(truncate("c", 1024 * 1024 + 1), 0);
	ATF_CHECK_EQ(parse_file("c", NULL), NULL);
	check_text("huge", "c: larger than 1048576 octets\n", logged);
}

TC_ROOT(file_owner, "a file of somebody else is refused")
ATF_TC_BODY(file_owner, tc)
{
	write_file("c", MINIMAL, strlen(MINIMAL));
	ATF_REQUIRE_EQ(chown("c", 4242, (gid_t)-1), 0);
	ATF_CHECK_EQ(parse_file("c", NULL), NULL);
	check_text("owner", "c: belongs to uid 4242; chown it to root\n",
	    logged);
}

/* Depth 16 is taken, 17 is not. */
TC(include_depth, "files in files, 16 deep")
ATF_TC_BODY(include_depth, tc)
{
	struct conf	*c;
	char		 name[16], text[64];
	int		 i;

	for (i = 1; i < 17; i++) {
		(void)snprintf(name, sizeof(name), "%d", i);
		(void)snprintf(text, sizeof(text), "include \"%d\"\n", i + 1);
		write_file(name, text, strlen(text));
	}
	write_file("17", MINIMAL, strlen(MINIMAL));
	c = parse_file("2", NULL);
	ATF_CHECK_MSG(c != NULL, "%s", logged);
	conf_free(c);
	ATF_CHECK_EQ(parse_file("1", NULL), NULL);
	check_text("17", "16:1: include: more than 16 files deep\n", logged);
	/* Found beside the including file, not in the current directory. */
	ATF_REQUIRE_EQ(mkdir("d", 0700), 0);
	write_file("d/c", "include \"only-there\"\n", 21);
	write_file("d/only-there", MINIMAL, strlen(MINIMAL));
	c = parse_file("d/c", NULL);
	ATF_CHECK_MSG(c != NULL, "%s", logged);
	conf_free(c);
}

TC(long_tokens,
    "words, strings, macros and paths "
    "without end")
ATF_TC_BODY(long_tokens, tc)
{
	static char	 text[1024 * 1024];
	struct conf	*c;
	char		*p;

	(void)memset(text, 'a', 8191);
	(void)strlcpy(text + 8191, " = 5\n" MINIMAL, sizeof(text) - 8191);
	c = parse_text(text);
	ATF_CHECK_MSG(c != NULL, "%s", logged);
	conf_free(c);
	(void)memset(text, 'a', 8192);
	(void)strlcpy(text + 8192, " = 5\n" MINIMAL, sizeof(text) - 8192);
	require_error(text, "c:1: the word is too long");
	text[0] = '"';
	(void)strlcpy(text + 8193, "\" = 5\n" MINIMAL, sizeof(text) - 8193);
	require_error(text, "c:1: the string is too long");
	text[0] = '$';
	require_error(text, "c:1: the macro's name is too long");
	(void)strlcpy(text, "a =", sizeof(text));
	for (p = text + 3; p < text + sizeof(text) - 2; p += 2)
		(void)memcpy(p, " b", 2);
	*p = '\0';
	require_error(text, "c:1: the value is too long");
	(void)memset(text, '{', sizeof(text) - 1);
	require_error(text, "c:1: syntax error at \"{\"");
	(void)strlcpy(text, "state \"", sizeof(text));
	(void)memset(text + 7, '/', 1023);
	(void)strlcpy(text + 7 + 1023, "\"\n" MINIMAL, sizeof(text) - 1030);
	c = parse_text(text);
	ATF_CHECK_MSG(c != NULL, "%s", logged);
	conf_free(c);
	(void)memset(text + 7, '/', 1024);
	(void)strlcpy(text + 7 + 1024, "\"\n" MINIMAL, sizeof(text) - 1031);
	require_error(text, "c:1: state: path longer than 1023 octets");
}

TC(many_pairs,
    "64 options for a backend, not 65; long "
    "ones are refused")
ATF_TC_BODY(many_pairs, tc)
{
	char			 text[8192] = LISTEN MAILBOX "auth passwd {";
	struct conf		*c;
	struct conf_opt		*o;
	unsigned int		 i, n = 0;
	size_t			 len;

	for (i = 0; i < 64; i++)
		(void)strlcat(text, " key value", sizeof(text));
	len = strlen(text);
	(void)strlcat(text, "}\n", sizeof(text));
	c = parse_text(text);
	ATF_REQUIRE_MSG(c != NULL, "%s", logged);
	TAILQ_FOREACH(o, &TAILQ_FIRST(&c->auths)->opts, entry) {
		ATF_CHECK_STREQ(o->text, "key=value");
		n++;
	}
	ATF_CHECK_EQ(n, 64);
	conf_free(c);
	(void)strlcpy(text + len, " key value}\n", sizeof(text) - len);
	require_error(text, "c:3: more than 64 settings");
	(void)snprintf(text, sizeof(text), "%sauth passwd { k \"%01022d\" }\n",
	    LISTEN MAILBOX, 0);
	require_error(text, "c:3: auth passwd: option \"k\" is too long");
}

TC(again, "a parse leaves nothing to the next")
ATF_TC_BODY(again, tc)
{
	static const char *const	 broken[] = {
		"a = 1\nlimit { sessions 5\n", "\"x", "auth passwd {", "{", "a",
		"a = \"$b\"\nlisten on $a", "lock { dotlock",
		"listen on 127.0.0.1 port 1 tls pki", "include \"c\"\n", "",
		"a = 5\nuid-min $a\nlog verbose\n"
	};
	struct conf			*c;
	char				*first, *next;
	size_t				 i;

	c = parse_text(MINIMAL);
	ATF_REQUIRE_MSG(c != NULL, "%s", logged);
	first = print_text(c);
	conf_free(c);
	for (i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
		ATF_CHECK_EQ(parse_text(broken[i]), NULL);
		c = parse_text(MINIMAL);
		ATF_REQUIRE_MSG(c != NULL, "%s: %s", broken[i], logged);
		ATF_CHECK_STREQ(logged, "");
		next = print_text(c);
		check_text(broken[i], first, next);
		free(next);
		conf_free(c);
	}
	require_error("uid-min $a\n" MINIMAL, "macro $a is not defined");
	free(first);
}

TC(print_no_pem, "conf_print shows paths, not what is in the files")
ATF_TC_BODY(print_no_pem, tc)
{
	struct conf	*c;
	struct conf_pki	*p;
	char		*text;

	c = parse_text("pki \"a\" cert \"/c\" key \"/k\"\n" MINIMAL);
	ATF_REQUIRE_MSG(c != NULL, "%s", logged);
	p = TAILQ_FIRST(&c->pkis);
	ATF_CHECK_EQ(p->cert, NULL);
	ATF_REQUIRE((p->cert = strdup("PUBLIC")) != NULL);
	text = print_text(c);
	ATF_CHECK(strstr(text, "key \"/k\"") != NULL);
	ATF_CHECK_EQ(strstr(text, "PUBLIC"), NULL);
	free(text);
	conf_free(c);
}

/* template, user, home, result: NULL if it must fail with the reason. */
static const struct {
	const char	*template;
	const char	*user;
	const char	*home;
	const char	*result;
	const char	*why;
} expansions[] = {
	{ "/var/mail/%u", "joe", NULL, "/var/mail/joe", NULL },
	{ "/m/%d/%n", "joe@example.org", NULL, "/m/example.org/joe", NULL },
	{ "/m/%d/%n", "a@b@c", NULL, NULL, "not a valid user name" },
	{ "/m/%n", "joe", NULL, "/m/joe", NULL },
	{ "%h/mbox", "joe", "/home/joe", "/home/joe/mbox", NULL },
	{ "/m/%%%u%%", "joe", NULL, "/m/%joe%", NULL },
	{ "/m/%u", "%h%u", "/home", "/m/%h%u", NULL },
	{ "%h", "joe", "/%u", "/%u", NULL },
	{ "//m//%u", "..joe", NULL, NULL, "not a valid user name" },
	{ "//m//%u", "joe..", NULL, "//m//joe..", NULL },
	{ "/m/%u", "", NULL, NULL, "not a valid user name" },
	{ "/m/%u", "a/b", NULL, NULL, "not a valid user name" },
	{ "m/%u", "joe", NULL, NULL, "absolute" },
	{ "%u", "joe", NULL, NULL, "absolute" },
	{ "", "joe", NULL, NULL, "absolute" },
	{ "/m/%d", "joe", NULL, NULL, "no domain" },
	{ "/m/%d", "joe@", NULL, NULL, "not a valid user name" },
	{ "/m/%n", "@b", NULL, NULL, "not a valid user name" },
	{ "/m/%d/x", "joe@..", NULL, NULL, "not a valid user name" },
	{ "/m/.%d", "joe@.", NULL, NULL, "not a valid user name" },
	{ "/m/.%h", "joe", "/", NULL, ". or .." },
	{ "/m/../x", "joe", NULL, NULL, ". or .." },
	{ "/m/%u/.", "joe", NULL, NULL, ". or .." },
	{ "%h/mbox", "joe", NULL, NULL, "no home" },
	{ "%h/mbox", "joe", "", NULL, "no home" },
	{ "%h/mbox", "joe", "home/joe", NULL, "absolute" },
	{ "/x%h/mbox", "joe", "home/joe", NULL, "absolute" },
	{ "%h/mbox", "joe", "/home/../etc", NULL, ". or .." },
	{ "/m/%x", "joe", NULL, NULL, "%" },
	{ "/m/%", "joe", NULL, NULL, "%" }
};

TC(expand, "mailbox templates")
ATF_TC_BODY(expand, tc)
{
	char		 path[64];
	const char	*why;
	size_t		 i, n = sizeof(expansions) / sizeof(expansions[0]);
	int		 r;

	for (i = 0; i < n; i++) {
		r = expand_path(path, sizeof(path), expansions[i].template,
		    expansions[i].user, expansions[i].home, &why);
		if (expansions[i].result == NULL) {
			ATF_CHECK_EQ_MSG(r, -1, "%s, %s gave %s",
			    expansions[i].template, expansions[i].user, path);
			if (r == -1)
				ATF_CHECK_MSG(strstr(why, expansions[i].why) !=
				    NULL, "%s: %s", expansions[i].template,
				    why);
		} else {
			ATF_CHECK_EQ_MSG(r, 0, "%s: %s",
			    expansions[i].template, why);
			if (r == 0)
				ATF_CHECK_STREQ(path, expansions[i].result);
		}
	}
}

TC(expand_size, "an expansion fits, or fails")
ATF_TC_BODY(expand_size, tc)
{
	char		*dst;
	const char	*why;
	size_t		 size;

	/* On the heap: the sanitizer sees a step too far. */
	for (size = 0; size <= 8; size++) {
		ATF_REQUIRE((dst = malloc(size == 0 ? 1 : size)) != NULL);
		if (size < 7) {
			ATF_CHECK_EQ(expand_path(dst, size, "/m/%u", "joe",
			    NULL, &why), -1);
			ATF_CHECK_STREQ(why, "path too long");
		} else {
			ATF_CHECK_EQ(expand_path(dst, size, "/m/%u", "joe",
			    NULL, &why), 0);
			ATF_CHECK_STREQ(dst, "/m/joe");
		}
		free(dst);
	}
}

TC(user_valid, "names that a backend may see")
ATF_TC_BODY(user_valid, tc)
{
	char	 name[USER_LEN_MAX + 2], one[3] = "aX";
	int	 c;

	ATF_CHECK(name_user_valid("joe"));
	ATF_CHECK(name_user_valid("j"));
	ATF_CHECK(name_user_valid("joe@example.org"));
	ATF_CHECK(name_user_valid("a.-!~%"));
	ATF_CHECK(!name_user_valid(""));
	ATF_CHECK(!name_user_valid(".joe"));
	ATF_CHECK(!name_user_valid("-joe"));
	for (c = 1; c < 256; c++) {
		one[1] = c;
		ATF_CHECK_EQ_MSG(name_user_valid(one),
		    c > 0x20 && c < 0x7f && c != '/' && c != '@', "0x%02x",
		    c);
	}
	(void)memset(name, 'a', sizeof(name));
	name[USER_LEN_MAX] = '\0';
	ATF_CHECK(name_user_valid(name));
	name[USER_LEN_MAX] = 'a';
	name[USER_LEN_MAX + 1] = '\0';
	ATF_CHECK(!name_user_valid(name));
}

TC(host_local, "whose mailbox is on this server")
ATF_TC_BODY(host_local, tc)
{
	static const char *const	 here[] = {
		"", "mx1.example.org", "MX1.Example.ORG", "mail.example.org",
		"POP.example.org"
	};
	static const char *const	 away[] = {
		"mx2.example.org", "mx1", "mx1.example.or",
		"mx1.example.org.", "mx1.example.orgx", "localhost", " ",
		"mail.example.org pop.example.org", "*"
	};
	struct conf			*c;
	size_t				 i;

	c = parse_text(MINIMAL "hostname mx1.example.org\n"
	    "cluster-hosts mail.example.org pop.example.org\n");
	ATF_REQUIRE_MSG(c != NULL, "%s", logged);
	for (i = 0; i < sizeof(here) / sizeof(here[0]); i++)
		ATF_CHECK_EQ_MSG(1, conf_host_local(c, here[i]), "%s",
		    here[i]);
	for (i = 0; i < sizeof(away) / sizeof(away[0]); i++)
		ATF_CHECK_EQ_MSG(0, conf_host_local(c, away[i]), "%s",
		    away[i]);
	conf_free(c);
}

TC(domain_valid, "what may follow the @")
ATF_TC_BODY(domain_valid, tc)
{
	static const char *const	 good[] = {
		"a", "localhost", "example.org", "EXAMPLE.Org", "1.2.3.4",
		"a-b.c_d.xn--e", "_x.y"
	};
	static const char *const	 bad[] = {
		"", ".", "..", ".a", "a.", "a..b", "-a", "a-", "a.-b", "a-.b",
		"a/b", "a b", "a@b", "a%b", "[1.2.3.4]", "*", "*.a", "a:1",
		"ex\xc3\xa4mple.org", "a\n"
	};
	char				 name[300], user[400];
	size_t				 i;

	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		ATF_CHECK_MSG(name_domain_valid(good[i]), "%s", good[i]);
		(void)snprintf(user, sizeof(user), "u@%s", good[i]);
		ATF_CHECK_MSG(name_user_valid(user), "%s", user);
	}
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		ATF_CHECK_MSG(!name_domain_valid(bad[i]), "%s", bad[i]);
		(void)snprintf(user, sizeof(user), "u@%s", bad[i]);
		ATF_CHECK_MSG(!name_user_valid(user), "%s", user);
	}
	(void)memset(name, 'a', sizeof(name));
	name[253] = '\0';
	ATF_CHECK(name_domain_valid(name));
	name[253] = 'a';
	name[254] = '\0';
	ATF_CHECK(!name_domain_valid(name));
	/* The whole name is bounded, too. */
	name[253] = '\0';
	(void)snprintf(user, sizeof(user), "u@%s", name);
	ATF_CHECK(name_user_valid(user));
	(void)snprintf(user, sizeof(user), "uu@%s", name);
	ATF_CHECK(!name_user_valid(user));
}

ATF_TP_ADD_TCS(tp)
{
	(void)umask(022);
	ATF_TP_ADD_TC(tp, samples);
	ATF_TP_ADD_TC(tp, sample_of_etc);
	ATF_TP_ADD_TC(tp, defaults);
	ATF_TP_ADD_TC(tp, listen_star);
	ATF_TP_ADD_TC(tp, macros);
	ATF_TP_ADD_TC(tp, file_safety);
	ATF_TP_ADD_TC(tp, file_owner);
	ATF_TP_ADD_TC(tp, include_depth);
	ATF_TP_ADD_TC(tp, long_tokens);
	ATF_TP_ADD_TC(tp, many_pairs);
	ATF_TP_ADD_TC(tp, again);
	ATF_TP_ADD_TC(tp, print_no_pem);
	ATF_TP_ADD_TC(tp, expand);
	ATF_TP_ADD_TC(tp, expand_size);
	ATF_TP_ADD_TC(tp, user_valid);
	ATF_TP_ADD_TC(tp, host_local);
	ATF_TP_ADD_TC(tp, domain_valid);
	return atf_no_error();
}
