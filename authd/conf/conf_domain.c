/* SPDX-License-Identifier: ISC */
/* Runs in: authd, as root.  Trusts: the configuration, each line checked. */

#include <sys/types.h>

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "conf_domain.h"
#include "expand.h"
#include "log.h"

static const char *domain_template(const struct conf *,
		    const struct conf_domain *);
static int	 template_distinct(const char *);
static void	 check_shared(const struct conf *, const struct conf_domain *);

char *
conf_domain_folded(const char *name)
{
	char	*folded, *p;

	if ((folded = strdup(name)) == NULL)
		fatal("configuration");
	for (p = folded; *p != '\0'; p++)
		*p = (char)tolower((unsigned char)*p);
	return folded;
}

struct conf_domain *
conf_domain_add(struct conf *c, const char *name, const char *file,
    unsigned int line)
{
	struct conf_domain	*d;

	if ((d = calloc(1, sizeof(*d))) == NULL ||
	    (d->file = strdup(file)) == NULL)
		fatal("configuration");
	d->name = conf_domain_folded(name);
	d->line = line;
	TAILQ_INIT(&d->aliases);
	TAILQ_INIT(&d->chain);
	TAILQ_INSERT_TAIL(&c->domains, d, entry);
	return d;
}

void
conf_domain_alias(struct conf_domain *d, const char *name)
{
	struct conf_alias	*a;

	if ((a = calloc(1, sizeof(*a))) == NULL)
		fatal("configuration");
	a->name = conf_domain_folded(name);
	TAILQ_INSERT_TAIL(&d->aliases, a, entry);
}

/* What its mailboxes are made by, or NULL. */
static const char *
domain_template(const struct conf *c, const struct conf_domain *d)
{
	return d->mailbox != NULL ? d->mailbox : c->outside.mailbox;
}

static int
template_tells(void *arg, char letter, const char *text, size_t len)
{
	return letter == 'u' || letter == 'd' || letter == 'h';
}

/* Whether a template gives users of the same local part different paths. */
static int
template_distinct(const char *template)
{
	return expand(template, template_tells, NULL);
}

/*
 * Sessions lock out one another by the user's name, so two names for one
 * mailbox are for aliases and the default domain, not for two domains.
 */
static void
check_shared(const struct conf *c, const struct conf_domain *d)
{
	const struct conf_domain	*e;
	const char			*template = domain_template(c, d);
	const char			*other = NULL;

	if (template_distinct(template))
		return;
	for (e = TAILQ_FIRST(&c->domains); e != d && other == NULL;
	    e = TAILQ_NEXT(e, entry))
		if (strcmp(template, domain_template(c, e)) == 0)
			other = e->name;
	if (strcmp(d->name, "*") == 0)
		other = "another domain";
	else if (other == NULL && c->default_domain == NULL &&
	    !TAILQ_EMPTY(&c->outside.chain) && c->outside.mailbox != NULL &&
	    strcmp(template, c->outside.mailbox) == 0)
		other = "no domain";
	if (other != NULL)
		log_warnx("%s:%u: warning: domain %s: mailbox %s is the same "
		    "for users of %s; see alias and default-domain", d->file,
		    d->line, d->name, log_vis(template), other);
}

int
conf_domain_check(const struct conf *c)
{
	const struct conf_domain	*d;
	int				 errors = 0;

	TAILQ_FOREACH(d, &c->domains, entry) {
		if (TAILQ_EMPTY(&d->chain) && TAILQ_EMPTY(&c->outside.chain)) {
			log_warnx("%s:%u: domain %s: no auth line, here or "
			    "outside of domains", d->file, d->line, d->name);
			errors++;
		}
		if (domain_template(c, d) == NULL) {
			log_warnx("%s:%u: domain %s: no mailbox line, here or "
			    "outside of domains", d->file, d->line, d->name);
			errors++;
		}
	}
	if (errors > 0)
		return errors;
	TAILQ_FOREACH(d, &c->domains, entry)
		check_shared(c, d);
	return 0;
}
