/* SPDX-License-Identifier: ISC */
/* Runs in: authd.  Trusts: its callers, who checked each value. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "conf.h"
#include "defaults.h"

static void	 conf_free_listens(struct conf *);
static void	 conf_free_pkis(struct conf *);
static void	 conf_free_auths(struct conf *);
static void	 conf_free_hosts(struct conf *);
static void	 conf_free_domains(struct conf *);

struct conf *
conf_new(void)
{
	struct conf	*c;

	if ((c = calloc(1, sizeof(*c))) == NULL)
		return NULL;
	TAILQ_INIT(&c->listens);
	TAILQ_INIT(&c->pkis);
	TAILQ_INIT(&c->auths);
	TAILQ_INIT(&c->cluster_hosts);
	TAILQ_INIT(&c->groups);
	TAILQ_INIT(&c->domains);
	TAILQ_INIT(&c->outside.aliases);
	TAILQ_INIT(&c->outside.chain);
	if ((c->state = strdup(defaults_os.state)) == NULL ||
	    (c->chroot = strdup(DEFAULT_CHROOT)) == NULL) {
		conf_free(c);
		errno = ENOMEM;
		return NULL;
	}
	c->ids.uid_min = DEFAULT_UID_MIN;
	c->ids.uid_max = DEFAULT_UID_MAX;
	c->lock_flags = defaults_os.lock_flags;
	c->lock_timeout = DEFAULT_LOCK_TIMEOUT;
	c->octets_max = DEFAULT_MAILBOX_SIZE;
	c->messages_max = DEFAULT_MESSAGES;
	c->user_sessions = DEFAULT_PER_USER;
	c->limits.sessions = DEFAULT_SESSIONS;
	c->limits.per_address = DEFAULT_PER_ADDRESS;
	c->limits.login_timeout = DEFAULT_LOGIN_TIMEOUT;
	c->limits.idle_timeout = DEFAULT_IDLE_TIMEOUT;
	c->limits.stall_timeout = DEFAULT_STALL_TIMEOUT;
	c->limits.takeover = DEFAULT_TAKEOVER;
	return c;
}

const char *
conf_auth_opt(const struct conf_auth *a, const char *key)
{
	const struct conf_opt	*o;
	size_t			 len = strlen(key);

	TAILQ_FOREACH_REVERSE(o, &a->opts, conf_opts, entry) {
		if (strncmp(o->text, key, len) == 0 && o->text[len] == '=')
			return o->text + len + 1;
	}
	return NULL;
}

void
conf_listen_free(struct conf_listen *l)
{
	unsigned int	 i;

	if (l->fd != -1)
		(void)close(l->fd);
	for (i = 0; i < l->nmore; i++)
		(void)close(l->more[i]);
	free(l->more);
	free(l->pki);
	free(l->file);
	free(l);
}

static void
conf_free_listens(struct conf *c)
{
	struct conf_listen	*l;

	while ((l = TAILQ_FIRST(&c->listens)) != NULL) {
		TAILQ_REMOVE(&c->listens, l, entry);
		conf_listen_free(l);
	}
}

static void
conf_free_pkis(struct conf *c)
{
	struct conf_pki	*p;

	while ((p = TAILQ_FIRST(&c->pkis)) != NULL) {
		TAILQ_REMOVE(&c->pkis, p, entry);
		free(p->name);
		free(p->cert_path);
		free(p->key_path);
		free(p->cert);
		free(p->file);
		free(p);
	}
}

static void
conf_free_auths(struct conf *c)
{
	struct conf_auth	*a;
	struct conf_opt		*o;

	while ((a = TAILQ_FIRST(&c->auths)) != NULL) {
		TAILQ_REMOVE(&c->auths, a, entry);
		/* An option may be a password of a directory. */
		while ((o = TAILQ_FIRST(&a->opts)) != NULL) {
			TAILQ_REMOVE(&a->opts, o, entry);
			if (o->text != NULL)
				freezero(o->text, strlen(o->text));
			free(o);
		}
		free(a->name);
		free(a->file);
		free(a);
	}
}

static void
conf_free_names(struct conf_hosts *names)
{
	struct conf_host	*h;

	while ((h = TAILQ_FIRST(names)) != NULL) {
		TAILQ_REMOVE(names, h, entry);
		free(h->name);
		free(h);
	}
}

static void
conf_free_hosts(struct conf *c)
{
	conf_free_names(&c->cluster_hosts);
	conf_free_names(&c->groups);
	free(c->hostname);
}

static void
conf_free_domain(struct conf_domain *d)
{
	struct conf_alias	*a;

	while ((a = TAILQ_FIRST(&d->aliases)) != NULL) {
		TAILQ_REMOVE(&d->aliases, a, entry);
		free(a->name);
		free(a);
	}
	free(d->name);
	free(d->mailbox);
	free(d->prefix);
	free(d->file);
}

static void
conf_free_domains(struct conf *c)
{
	struct conf_domain	*d;

	while ((d = TAILQ_FIRST(&c->domains)) != NULL) {
		TAILQ_REMOVE(&c->domains, d, entry);
		conf_free_domain(d);
		free(d);
	}
	conf_free_domain(&c->outside);
	free(c->default_domain);
}

void
conf_free(struct conf *c)
{
	if (c == NULL)
		return;
	conf_free_listens(c);
	conf_free_pkis(c);
	conf_free_auths(c);
	conf_free_hosts(c);
	conf_free_domains(c);
	free(c->state);
	free(c->chroot);
	free(c);
}

int
conf_host_local(const struct conf *c, const char *host)
{
	const struct conf_host	*h;

	if (host[0] == '\0' || strcasecmp(host, c->hostname) == 0)
		return 1;
	TAILQ_FOREACH(h, &c->cluster_hosts, entry)
		if (strcasecmp(host, h->name) == 0)
			return 1;
	return 0;
}
