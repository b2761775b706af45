/* SPDX-License-Identifier: ISC */
/* Runs in: authd, as root.  Trusts: the configuration, each line checked. */

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "backend_needs.h"
#include "conf_check.h"
#include "defaults.h"
#include "log.h"
#include "name.h"

static int	 check_given(const char *, unsigned int);
static int	 check_pki(const struct conf *, struct conf_listen *);
static int	 check_listens(struct conf *);
static int	 check_timeout(const struct conf_auth *);
static int	 opt_is(const struct conf_auth *, const char *, const char *);
static int	 check_cache(const struct conf_auth *);
static int	 check_option(const struct conf_auth *);
static int	 check_auth(const struct conf_auth *);
static void	 default_hostname(struct conf *);
static uint32_t	 per_processor(uint32_t, uint32_t);

static int
check_given(const char *file, unsigned int given)
{
	int	 errors = 0;

	if (!(given & GIVEN_LISTEN)) {
		log_warnx("%s: no listen line: where do clients connect?",
		    file);
		errors++;
	}
	if (!(given & GIVEN_AUTH)) {
		log_warnx("%s: no auth line: who may log in?", file);
		errors++;
	}
	if (!(given & GIVEN_MAILBOX)) {
		log_warnx("%s: no mailbox line: where is the mail?", file);
		errors++;
	}
	return errors;
}

/* Give a TLS listener its pki.  Returns 0, or -1 with the reason logged. */
static int
check_pki(const struct conf *c, struct conf_listen *l)
{
	const struct conf_pki	*p = TAILQ_FIRST(&c->pkis);

	if (l->pki != NULL) {
		TAILQ_FOREACH(p, &c->pkis, entry)
			if (strcmp(p->name, l->pki) == 0)
				return 0;
		log_warnx("%s:%u: there is no pki %s", l->file, l->line,
		    log_vis(l->pki));
	} else if (p == NULL)
		log_warnx("%s:%u: TLS needs a pki line", l->file, l->line);
	else if (TAILQ_NEXT(p, entry) != NULL)
		log_warnx("%s:%u: several pki lines: name one of them here",
		    l->file, l->line);
	else if ((l->pki = strdup(p->name)) == NULL)
		fatal("configuration");
	else
		return 0;
	return -1;
}

static int
check_listens(struct conf *c)
{
	struct conf_listen	*l, *bad = NULL;
	int			 errors = 0;

	TAILQ_FOREACH(l, &c->listens, entry) {
		if (l->mode == LISTEN_PLAINTEXT)
			continue;
		/* One statement may have given several addresses. */
		if (bad != NULL && bad->line == l->line &&
		    strcmp(bad->file, l->file) == 0)
			continue;
		if (check_pki(c, l) == -1) {
			bad = l;
			errors++;
		}
	}
	return errors;
}

/*
 * A backend that has a timeout of its own must not be killed before it has
 * passed.  Whether it is a number at all is for the backend to say.
 */
static int
check_timeout(const struct conf_auth *a)
{
	const char	*value = conf_auth_opt(a, "timeout");
	long		 timeout;

	if (value == NULL ||
	    (timeout = strtol(value, NULL, 10)) < (long)a->deadline)
		return 0;
	log_warnx("%s:%u: auth %s: timeout %ld is not less than deadline %u",
	    a->file, a->line, a->name, timeout, a->deadline);
	return 1;
}

static int
opt_is(const struct conf_auth *a, const char *key, const char *value)
{
	const char	*given = conf_auth_opt(a, key);

	return given != NULL && strcmp(given, value) == 0;
}

/*
 * A changed password does not end what is remembered where the backend cannot
 * see stored passwords.  A backend without declared needs refuses the option
 * itself.
 */
static int
check_cache(const struct conf_auth *a)
{
	const struct backend_needs	*needs = backend_needs(a->name);
	int				 forced;

	if (conf_auth_opt(a, "success-cache") == NULL ||
	    opt_is(a, "success-cache", "no"))
		return 0;
	if (needs->cache == BACKEND_CACHE_NEVER) {
		log_warnx("%s:%u: auth %s cannot have a success-cache",
		    a->file, a->line, a->name);
		return 1;
	}
	forced = needs->cache == BACKEND_CACHE_FORCED ||
	    (needs->forced_by != NULL && opt_is(a, needs->forced_by, "yes"));
	if (!forced || opt_is(a, "success-cache-force", "yes"))
		return 0;
	log_warnx("%s:%u: auth %s does not see stored passwords: an old one "
	    "would go on to work for as long as success-cache says; take it "
	    "out, or add success-cache-force yes", a->file, a->line, a->name);
	return 1;
}

static int
check_option(const struct conf_auth *a)
{
	const struct backend_needs	*needs = backend_needs(a->name);

	if (needs->option == NULL || conf_auth_opt(a, needs->option) != NULL)
		return 0;
	log_warnx("%s:%u: auth %s needs %s", a->file, a->line, a->name,
	    needs->option_is);
	return 1;
}

static int
check_auth(const struct conf_auth *a)
{
	return check_timeout(a) || check_cache(a) || check_option(a);
}

/* What the system says; one that was never named says "(none)". */
static void
default_hostname(struct conf *c)
{
	char	 name[HOST_NAME_MAX + 1];

	if (c->hostname != NULL)
		return;
	if (gethostname(name, sizeof(name)) == -1)
		fatal("gethostname");
	name[sizeof(name) - 1] = '\0';
	c->hostname = strdup(name_host_valid(name) ? name : DEFAULT_HOSTNAME);
	if (c->hostname == NULL)
		fatal("configuration");
}

static uint32_t
per_processor(uint32_t more, uint32_t most)
{
	long	 cores = sysconf(_SC_NPROCESSORS_ONLN);

	if (cores < 1)
		cores = 1;
	return cores + more < (long)most ? (uint32_t)cores + more : most;
}

int
conf_check(struct conf *c, const char *file, unsigned int given)
{
	struct conf_auth	*a;
	int			 errors;

	errors = check_given(file, given);
	errors += check_listens(c);
	TAILQ_FOREACH(a, &c->auths, entry) {
		errors += check_auth(a);
		if (a->workers == 0)
			a->workers = per_processor(DEFAULT_WORKERS_MORE,
			    DEFAULT_WORKERS_MAX);
	}
	default_hostname(c);
	if (c->engines == 0)
		c->engines = per_processor(0, DEFAULT_ENGINES_MAX);
	return errors;
}
