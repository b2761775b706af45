/* SPDX-License-Identifier: ISC */
/* Runs in: authd, backends.  Trusts: authd's configuration; no user name. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "conf.h"

/* A path under construction: len octets of dst, which holds size. */
struct expansion {
	char	*dst;
	size_t	 size;
	size_t	 len;
};

static void	 free_listens(struct conf *);
static void	 free_pkis(struct conf *);
static void	 free_auths(struct conf *);
static void	 free_hosts(struct conf *);
static void	 free_domains(struct conf *);
static int	 append(struct expansion *, const char *, size_t);
static int	 expand_letter(struct expansion *, char, const char *,
		    const char *, const char **);
static int	 path_clean(const char *, const char **);

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
	if ((c->state = strdup(conf_os.state)) == NULL ||
	    (c->chroot = strdup("/var/empty")) == NULL) {
		conf_free(c);
		errno = ENOMEM;
		return NULL;
	}
	c->ids.uid_min = 1000;
	c->ids.uid_max = 60000;
	c->lock_flags = conf_os.lock_flags;
	c->lock_timeout = 30;
	c->octets_max = (uint64_t)4 << 30;
	c->messages_max = 1000000;
	c->user_sessions = 4;
	c->limits.sessions = 4096;
	c->limits.per_address = 64;
	c->limits.login_timeout = 60;
	c->limits.idle_timeout = 600;
	c->limits.stall_timeout = 120;
	c->limits.takeover = 30;
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
free_listens(struct conf *c)
{
	struct conf_listen	*l;

	while ((l = TAILQ_FIRST(&c->listens)) != NULL) {
		TAILQ_REMOVE(&c->listens, l, entry);
		conf_listen_free(l);
	}
}

static void
free_pkis(struct conf *c)
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
free_auths(struct conf *c)
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
free_names(struct conf_hosts *names)
{
	struct conf_host	*h;

	while ((h = TAILQ_FIRST(names)) != NULL) {
		TAILQ_REMOVE(names, h, entry);
		free(h->name);
		free(h);
	}
}

static void
free_hosts(struct conf *c)
{
	free_names(&c->cluster_hosts);
	free_names(&c->groups);
	free(c->hostname);
}

static void
free_domain(struct conf_domain *d)
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
free_domains(struct conf *c)
{
	struct conf_domain	*d;

	while ((d = TAILQ_FIRST(&c->domains)) != NULL) {
		TAILQ_REMOVE(&c->domains, d, entry);
		free_domain(d);
		free(d);
	}
	free_domain(&c->outside);
	free(c->default_domain);
}

void
conf_free(struct conf *c)
{
	if (c == NULL)
		return;
	free_listens(c);
	free_pkis(c);
	free_auths(c);
	free_hosts(c);
	free_domains(c);
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

int
conf_host_valid(const char *host)
{
	size_t	 len = strspn(host, "abcdefghijklmnopqrstuvwxyz"
		    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.:-_");

	return len > 0 && len <= 255 && host[len] == '\0' && host[0] != '-';
}

int
conf_domain_valid(const char *name)
{
	static const char	 chars[] = "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";
	const char		*label = name;
	size_t			 len;

	for (;;) {
		len = strspn(label, chars);
		if (len == 0 || label[0] == '-' || label[len - 1] == '-')
			return 0;
		label += len;
		if (*label == '\0')
			return label - name <= 253;
		if (*label++ != '.')
			return 0;
	}
}

int
conf_user_valid(const char *user)
{
	const char	*at;
	size_t		 i;

	if (user[0] == '.' || user[0] == '-')
		return 0;
	for (i = 0; user[i] != '\0'; i++) {
		if (i == USER_LEN_MAX)
			return 0;
		if (user[i] < 0x21 || user[i] > 0x7e || user[i] == '/')
			return 0;
	}
	/* One '@', so that no two programs take a name apart differently. */
	if ((at = strchr(user, '@')) != NULL)
		return at > user && conf_domain_valid(at + 1);
	return i > 0;
}

static int
append(struct expansion *e, const char *text, size_t len)
{
	if (len >= e->size - e->len)
		return -1;
	(void)memcpy(e->dst + e->len, text, len);
	e->len += len;
	e->dst[e->len] = '\0';
	return 0;
}

/* Whether path is absolute and no component of it is "." or "..". */
static int
path_clean(const char *path, const char **why)
{
	size_t	 len;

	if (path[0] != '/') {
		*why = "not an absolute path";
		return -1;
	}
	while (*path != '\0') {
		path += strspn(path, "/");
		len = strcspn(path, "/");
		if ((len == 1 && path[0] == '.') ||
		    (len == 2 && path[0] == '.' && path[1] == '.')) {
			*why = "a component of the path is . or ..";
			return -1;
		}
		path += len;
	}
	return 0;
}

/* What %letter stands for.  Returns 0, or -1 and a reason. */
static int
expand_letter(struct expansion *e, char letter, const char *user,
    const char *home, const char **why)
{
	const char	*at = strchr(user, '@');
	const char	*text;
	size_t		 len;

	switch (letter) {
	case 'u':
		text = user;
		len = strlen(user);
		break;
	case 'n':
		text = user;
		len = at == NULL ? strlen(user) : (size_t)(at - user);
		break;
	case 'd':
		text = at == NULL ? "" : at + 1;
		len = strlen(text);
		*why = "the user name has no domain for %d";
		break;
	case 'h':
		text = home == NULL ? "" : home;
		len = strlen(text);
		*why = "the user has no home for %h";
		if (len > 0 && path_clean(home, why) == -1)
			return -1;
		break;
	case '%':
		text = "%";
		len = 1;
		break;
	default:
		*why = "a % that none of u, n, d, h or % follows";
		return -1;
	}
	if (len == 0)
		return -1;
	if (append(e, text, len) == -1) {
		*why = "path too long";
		return -1;
	}
	return 0;
}

int
conf_expand(char *dst, size_t size, const char *template, const char *user,
    const char *home, const char **why)
{
	struct expansion	 e = { dst, size, 0 };
	const char		*t;

	*why = "path too long";
	if (size == 0)
		return -1;
	dst[0] = '\0';
	if (!conf_user_valid(user)) {
		*why = "not a valid user name";
		return -1;
	}
	for (t = template; *t != '\0'; t++) {
		if (*t == '%') {
			if (expand_letter(&e, *++t, user, home, why) == -1)
				return -1;
		} else if (append(&e, t, 1) == -1) {
			*why = "path too long";
			return -1;
		}
	}
	return path_clean(dst, why);
}

int
conf_path_dotlock(const char *path)
{
	static const char	 suffix[] = ".lock";
	size_t			 len = strlen(path), n = sizeof(suffix) - 1;

	return len >= n && strcmp(path + len - n, suffix) == 0;
}
