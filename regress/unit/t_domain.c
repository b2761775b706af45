/* SPDX-License-Identifier: ISC */
/* Runs in: kyua.  Tests of authd/domain.c: whose a login name is. */

#include <sys/types.h>
#include <sys/stat.h>

#include <atf-c.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "conf.h"
#include "domain.h"
#include "log.h"
#include "msg.h"
#include "tc.h"

#define NITEMS_OF(a)	(sizeof(a) / sizeof((a)[0]))

#define LISTEN		"listen on 127.0.0.1 port 1110 plaintext\n"
#define OUTSIDE		LISTEN "auth passwd\nmailbox mbox \"/m/%u\"\n"
#define DOMAINS								\
	"domain \"Example.ORG\" {\n"					\
	"	alias \"Example.net\", alias example.com\n"		\
	"	auth one\n"						\
	"	auth two\n"						\
	"	mailbox mbox \"/v/%d/%n/mbox\" prefix \"/v/%d\"\n"	\
	"	user local\n"						\
	"}\n"								\
	"domain example.de { case fold }\n"

static struct conf *
conf_of(const char *text)
{
	struct conf	*c;
	int		 fd;

	fd = open("c", O_WRONLY | O_CREAT | O_TRUNC, 0600);
	ATF_REQUIRE(fd != -1);
	ATF_REQUIRE_EQ(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	ATF_REQUIRE_EQ(close(fd), 0);
	c = conf_parse("c", NULL);
	ATF_REQUIRE_MSG(c != NULL, "%s", text);
	return c;
}

/*
 * A name as typed, the canonical one (NULL: it must be refused), the name of
 * its domain ("": outside, NULL: none is served), what a backend is asked.
 */
struct name {
	const char	*typed;
	const char	*known;
	const char	*domain;
	const char	*asked;
};

static void
check_names(const struct conf *c, const struct name *names, size_t n)
{
	const struct conf_domain	*d;
	const struct name		*t;
	char				 user[USER_LEN_MAX + 1];
	char				 asked[USER_LEN_MAX + 1];
	int				 r;

	for (t = names; t < names + n; t++) {
		(void)strlcpy(user, t->typed, sizeof(user));
		d = NULL;
		r = domain_login(c, user, &d);
		ATF_CHECK_EQ_MSG(r, t->known == NULL ? -1 : 0, "%s: %d",
		    t->typed, r);
		if (r == -1 || t->known == NULL)
			continue;
		ATF_CHECK_MSG(strcmp(user, t->known) == 0, "%s: %s, not %s",
		    t->typed, user, t->known);
		ATF_CHECK_EQ_MSG(d == NULL, t->domain == NULL, "%s: %s",
		    t->typed, d == NULL ? "none" : "some");
		if (d != NULL && t->domain != NULL)
			ATF_CHECK_MSG(strcmp(d->name == NULL ? "" : d->name,
			    t->domain) == 0, "%s: of %s, not %s", t->typed,
			    d->name, t->domain);
		domain_asked(d, user, asked);
		ATF_CHECK_MSG(strcmp(asked, t->asked) == 0,
		    "%s: asked for %s, not %s", t->typed, asked, t->asked);
	}
}

TC(none, "names where no domain is configured")
ATF_TC_BODY(none, tc)
{
	static const struct name	 names[] = {
		{ "Anna", "Anna", "", "Anna" },
		{ "Anna@Example.ORG", "Anna@example.org", "",
		    "Anna@example.org" },
		{ "a%u@x", "a%u@x", "", "a%u@x" },
		{ "", NULL, NULL, NULL },
		{ "@", NULL, NULL, NULL },
		{ "@@", NULL, NULL, NULL },
		{ "anna@", NULL, NULL, NULL },
		{ "@example.org", NULL, NULL, NULL },
		{ "a@b@c", NULL, NULL, NULL },
		{ "a@@c", NULL, NULL, NULL },
		{ "../anna", NULL, NULL, NULL },
		{ "..", NULL, NULL, NULL },
		{ "-anna", NULL, NULL, NULL },
		{ "anna/../bert", NULL, NULL, NULL },
		{ "anna@..", NULL, NULL, NULL },
		{ "anna@../x", NULL, NULL, NULL },
		{ "anna@x/y", NULL, NULL, NULL },
		{ "anna@.org", NULL, NULL, NULL },
		{ "\xc3\xa4nna", NULL, NULL, NULL },
		{ "an na", NULL, NULL, NULL },
		{ "an\tna@x", NULL, NULL, NULL }
	};
	struct conf			*c = conf_of(OUTSIDE);

	check_names(c, names, NITEMS_OF(names));
	conf_free(c);
}

TC(several, "domains, aliases, unknown ones, case")
ATF_TC_BODY(several, tc)
{
	static const struct name	 names[] = {
		{ "Anna", "Anna", "", "Anna" },
		{ "Anna@EXAMPLE.org", "Anna@example.org", "example.org",
		    "Anna" },
		{ "anna@example.NET", "anna@example.org", "example.org",
		    "anna" },
		{ "anna@example.com", "anna@example.org", "example.org",
		    "anna" },
		{ "Anna@Example.DE", "anna@example.de", "example.de",
		    "anna@example.de" },
		{ "anna@example.com.", NULL, NULL, NULL },
		{ "anna@www.example.org", "anna@www.example.org", NULL,
		    "anna@www.example.org" },
		{ "anna@Org", "anna@org", NULL, "anna@org" }
	};
	struct conf			*c = conf_of(OUTSIDE DOMAINS);

	check_names(c, names, NITEMS_OF(names));
	conf_free(c);
}

TC(default_domain, "what a name without a domain is")
ATF_TC_BODY(default_domain, tc)
{
	static const struct name	 alias[] = {
		{ "Anna", "Anna@example.org", "example.org", "Anna" },
		{ "anna@example.de", "anna@example.de", "example.de",
		    "anna@example.de" },
		{ "anna@", NULL, NULL, NULL }
	};
	static const struct name	 alone[] = {
		{ "Anna", "anna@example.org", "", "anna@example.org" },
		{ "Anna@X", "anna@x", "", "anna@x" }
	};
	static const struct name	 any[] = {
		{ "Anna", "Anna@x", "*", "Anna@x" },
		{ "Anna@example.de", "anna@example.de", "example.de",
		    "anna@example.de" },
		{ "Anna@Y", "Anna@y", "*", "Anna@y" }
	};
	static const struct name	 nobody[] = {
		{ "anna", "anna", NULL, "anna" },
		{ "anna@example.org", "anna@example.org", "example.org",
		    "anna@example.org" }
	};
	const struct conf_domain	*d;
	struct conf			*c;
	char				 user[USER_LEN_MAX + 1];

	c = conf_of(OUTSIDE DOMAINS "default-domain Example.net\n");
	check_names(c, alias, NITEMS_OF(alias));
	/* What is too long with its domain is nobody's name. */
	(void)memset(user, 'a', sizeof(user));
	user[USER_LEN_MAX - strlen("@example.org")] = '\0';
	ATF_CHECK_EQ(domain_login(c, user, &d), 0);
	ATF_CHECK_EQ(strlen(user), USER_LEN_MAX);
	(void)memset(user, 'a', sizeof(user));
	user[USER_LEN_MAX - strlen("@example.org") + 1] = '\0';
	ATF_CHECK_EQ(domain_login(c, user, &d), -1);
	(void)memset(user, 'a', sizeof(user));
	user[USER_LEN_MAX] = '\0';
	ATF_CHECK_EQ(domain_login(c, user, &d), -1);
	conf_free(c);

	c = conf_of(OUTSIDE "case fold\ndefault-domain example.org\n");
	check_names(c, alone, NITEMS_OF(alone));
	conf_free(c);
	c = conf_of(OUTSIDE DOMAINS "domain * {}\ndefault-domain x\n");
	check_names(c, any, NITEMS_OF(any));
	conf_free(c);
	/* Without a chain outside, names without a domain are nobody's. */
	c = conf_of(LISTEN "domain example.org {\n\tauth passwd\n"
	    "\tmailbox mbox \"/m/%u\"\n}\n");
	check_names(c, nobody, NITEMS_OF(nobody));
	conf_free(c);
}

TC(alias_length, "a longer name behind a short alias")
ATF_TC_BODY(alias_length, tc)
{
	const struct conf_domain	*d;
	struct conf			*c;
	char				 user[USER_LEN_MAX + 1];
	size_t				 len;

	c = conf_of(OUTSIDE "domain example.org { alias x }\n");
	for (len = 240; len <= USER_LEN_MAX - 2; len++) {
		(void)memset(user, 'a', len);
		(void)strlcpy(user + len, "@x", sizeof(user) - len);
		if (len + strlen("@example.org") > USER_LEN_MAX) {
			ATF_CHECK_EQ(domain_login(c, user, &d), -1);
			continue;
		}
		ATF_CHECK_EQ(domain_login(c, user, &d), 0);
		ATF_CHECK_STREQ(user + len, "@example.org");
	}
	conf_free(c);
}

TC(chain, "which backends are asked")
ATF_TC_BODY(chain, tc)
{
	const struct conf_auth	*a;
	struct conf		*c;

	c = conf_of(OUTSIDE "auth three\n" DOMAINS);
	a = domain_auth(c, domain_find(c, "example.org"));
	ATF_CHECK_STREQ(a->name, "one");
	ATF_REQUIRE((a = TAILQ_NEXT(a, chain)) != NULL);
	ATF_CHECK_STREQ(a->name, "two");
	ATF_CHECK_EQ(TAILQ_NEXT(a, chain), NULL);
	/* What a domain does not say is as outside. */
	a = domain_auth(c, domain_find(c, "example.de"));
	ATF_CHECK_STREQ(a->name, "passwd");
	ATF_REQUIRE((a = TAILQ_NEXT(a, chain)) != NULL);
	ATF_CHECK_STREQ(a->name, "three");
	ATF_CHECK_EQ(TAILQ_NEXT(a, chain), NULL);
	/* For the time that it takes. */
	ATF_CHECK_STREQ(domain_auth(c, NULL)->name, "passwd");
	conf_free(c);
	c = conf_of(LISTEN DOMAINS "auth three\nmailbox mbox \"/m/%u\"\n");
	ATF_CHECK_STREQ(domain_auth(c, NULL)->name, "three");
	conf_free(c);
	c = conf_of(LISTEN "domain x { auth one, auth two\n"
	    "mailbox mbox \"/m/%u\" }\n");
	ATF_CHECK_STREQ(domain_auth(c, NULL)->name, "one");
	ATF_CHECK_STREQ(TAILQ_NEXT(domain_auth(c, NULL), chain)->name, "two");
	conf_free(c);
}

TC(mailbox, "a backend's mailbox, and the prefix")
ATF_TC_BODY(mailbox, tc)
{
	static const struct {
		const char	*said;
		int		 allowed;
	} paths[] = {
		{ "/v/example.org/x", 1 },
		{ "/v/example.org/x/y/mbox", 1 },
		{ "/v/example.org/..x/.y/z..", 1 },
		{ "/v/example.org/%u", 1 },
		{ "/v/example.org", 0 },
		{ "/v/example.org/", 0 },
		{ "/v/example.org/x/", 0 },
		{ "/v/example.orgs/x", 0 },
		{ "/v/example.de/x", 0 },
		{ "/v/example.org/../example.de/x", 0 },
		{ "/v/example.org/x/..", 0 },
		{ "/v/example.org/./x", 0 },
		{ "/v/example.org/.", 0 },
		{ "/v/example.org//x", 0 },
		{ "//v/example.org/x", 0 },
		{ "v/example.org/x", 0 },
		{ "/v/example.org/x\ny", 0 },
		{ "/etc/passwd", 0 },
		{ "/", 0 },
		{ "x", 0 }
	};
	const struct conf_domain	*d;
	struct userinfo			 info;
	struct conf			*c;
	char				 path[PATH_LEN_MAX + 1];
	const char			*why;
	size_t				 i;
	int				 r;

	c = conf_of(OUTSIDE DOMAINS);
	d = domain_find(c, "example.org");
	(void)memset(&info, 0, sizeof(info));
	/* Nothing said: the template. */
	ATF_REQUIRE_EQ(domain_mailbox(c, d, "anna@example.org", &info, path,
	    sizeof(path), &why), 0);
	ATF_CHECK_STREQ(path, "/v/example.org/anna/mbox");
	for (i = 0; i < NITEMS_OF(paths); i++) {
		(void)strlcpy(info.mailbox, paths[i].said,
		    sizeof(info.mailbox));
		r = domain_mailbox(c, d, "anna@example.org", &info, path,
		    sizeof(path), &why);
		ATF_CHECK_EQ_MSG(r, paths[i].allowed ? 0 : -1, "%s: %d",
		    paths[i].said, r);
		if (r == 0)
			ATF_CHECK_STREQ(path, paths[i].said);
		else
			ATF_CHECK_MSG(strstr(why, "/v/example.org") != NULL,
			    "%s", why);
	}
	/* No prefix: what a backend says is not looked at. */
	(void)strlcpy(info.mailbox, "/etc/passwd", sizeof(info.mailbox));
	ATF_REQUIRE_EQ(domain_mailbox(c, domain_find(c, "example.de"),
	    "anna@example.de", &info, path, sizeof(path), &why), 0);
	ATF_CHECK_STREQ(path, "/m/anna@example.de");
	conf_free(c);

	c = conf_of(LISTEN "auth passwd\ndomain x\n"
	    "mailbox mbox \"%h/mbox\" prefix \"/\"\n");
	d = domain_find(c, "x");
	ATF_REQUIRE_EQ(domain_mailbox(c, d, "anna@x", &info, path,
	    sizeof(path), &why), 0);
	ATF_CHECK_STREQ(path, "/etc/passwd");
	info.mailbox[0] = '\0';
	ATF_CHECK_EQ(domain_mailbox(c, d, "anna@x", &info, path, sizeof(path),
	    &why), -1);
	conf_free(c);
}

ATF_TP_ADD_TCS(tp)
{
	(void)umask(022);
	ATF_TP_ADD_TC(tp, none);
	ATF_TP_ADD_TC(tp, several);
	ATF_TP_ADD_TC(tp, default_domain);
	ATF_TP_ADD_TC(tp, alias_length);
	ATF_TP_ADD_TC(tp, chain);
	ATF_TP_ADD_TC(tp, mailbox);
	return atf_no_error();
}
