/* SPDX-License-Identifier: ISC */
/*
 * Runs in: authd, root.  Trusts: the configuration; no login name, and no path
 * from a backend.
 */

#include <sys/types.h>

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "domain.h"
#include "expand.h"
#include "msg.h"
#include "name.h"

static void
domain_fold(char *s, size_t len)
{
	size_t	 i;

	/* The locale is C: ASCII only. */
	for (i = 0; i < len; i++)
		s[i] = (char)tolower((unsigned char)s[i]);
}

static int
domain_named(const struct conf_domain *d, const char *name)
{
	const struct conf_alias	*a;

	if (strcmp(d->name, name) == 0)
		return 1;
	TAILQ_FOREACH(a, &d->aliases, entry)
		if (strcmp(a->name, name) == 0)
			return 1;
	return 0;
}

const struct conf_domain *
domain_find(const struct conf *c, const char *name)
{
	const struct conf_domain	*d, *any = NULL;

	TAILQ_FOREACH(d, &c->domains, entry) {
		if (domain_named(d, name))
			return d;
		if (strcmp(d->name, "*") == 0)
			any = d;
	}
	return any;
}

/* Put this domain behind the local part, which has len bytes. */
static int
domain_append(char user[USER_LEN_MAX + 1], size_t len, const char *name)
{
	if (len + 1 + strlen(name) > USER_LEN_MAX)
		return -1;
	user[len++] = '@';
	(void)strlcpy(user + len, name, USER_LEN_MAX + 1 - len);
	return 0;
}

int
domain_login(const struct conf *c, char user[USER_LEN_MAX + 1],
    const struct conf_domain **domain)
{
	const struct conf_domain	*d = &c->outside;
	enum conf_case			 how = c->outside.local_case;
	size_t				 local;

	if (!name_user_valid(user))
		return -1;
	local = strcspn(user, "@");
	if (user[local] == '\0' && c->default_domain != NULL &&
	    domain_append(user, local, c->default_domain) == -1)
		return -1;
	domain_fold(user + local, strlen(user + local));
	if (user[local] == '@' && !TAILQ_EMPTY(&c->domains)) {
		d = domain_find(c, user + local + 1);
		/* An alias is another spelling, not another user. */
		if (d != NULL && strcmp(d->name, "*") != 0 &&
		    domain_append(user, local, d->name) == -1)
			return -1;
	} else if (TAILQ_EMPTY(&d->chain) || d->mailbox == NULL)
		d = NULL;
	if (d != NULL && d->local_case != CASE_UNSAID)
		how = d->local_case;
	if (how == CASE_FOLD)
		domain_fold(user, local);
	*domain = d;
	return 0;
}

const struct conf_auth *
domain_auth(const struct conf *c, const struct conf_domain *d)
{
	if (d == NULL || TAILQ_EMPTY(&d->chain))
		d = &c->outside;
	/* Without a chain outside domains: the first backend of all. */
	return TAILQ_EMPTY(&d->chain) ? TAILQ_FIRST(&c->auths) :
	    TAILQ_FIRST(&d->chain);
}

void
domain_asked(const struct conf_domain *d, const char *user,
    char asked[USER_LEN_MAX + 1])
{
	(void)strlcpy(asked, user, USER_LEN_MAX + 1);
	if (d != NULL && d->local)
		asked[strcspn(asked, "@")] = '\0';
}

/* Backends outside are asked about domains without backends, too. */
static int
domain_names_folded(const struct conf *c, const struct conf_domain *d)
{
	const struct conf_domain	*other;

	if (d->local_case != CASE_UNSAID && d->name != NULL)
		return d->local_case == CASE_FOLD;
	if (c->outside.local_case != CASE_FOLD)
		return 0;
	TAILQ_FOREACH(other, &c->domains, entry) {
		if (d->name == NULL && other->local_case == CASE_KEEP)
			return 0;
	}
	return 1;
}

void
domain_names(const struct conf *c, const struct conf_domain *d, char *text,
    size_t size)
{
	const char	*domain = d->name;

	if (domain == NULL || strcmp(domain, "*") == 0)
		domain = "*";
	if (d->local)
		domain = "-";
	(void)snprintf(text, size, "%s %s", domain_names_folded(c, d) ? "fold" :
	    "keep", domain);
}

/*
 * Whether path is that of a file below dir, by its text alone, which contains
 * nothing that a file system reads in another way.
 */
static int
domain_path_below(const char *path, const char *dir)
{
	size_t	 len = strlen(dir), i;

	while (len > 0 && dir[len - 1] == '/')
		len--;
	if (strncmp(path, dir, len) != 0 || path[len] != '/')
		return 0;
	for (i = 0; path[i] != '\0'; i++)
		if (iscntrl((unsigned char)path[i]))
			return 0;
	while (*path == '/') {
		path++;
		len = strcspn(path, "/");
		if (len == 0 || (len == 1 && path[0] == '.') ||
		    (len == 2 && path[0] == '.' && path[1] == '.'))
			return 0;
		path += len;
	}
	return *path == '\0';
}

/* The path of the mailbox, before its name is checked. */
static int
domain_path(const struct conf *c, const struct conf_domain *d,
    const char *user, const struct userinfo *info, char *path, size_t size,
    const char **why)
{
	static char	 text[TEXT_LEN_MAX + 1];
	char		 dir[PATH_LEN_MAX + 1];

	if (d->mailbox == NULL)
		d = &c->outside;
	if (d->prefix == NULL || info->mailbox[0] == '\0')
		return expand_path(path, size, d->mailbox, user, info->home,
		    why);
	if (expand_path(dir, sizeof(dir), d->prefix, user, NULL, why) ==
	    -1)
		return -1;
	if (domain_path_below(info->mailbox, dir) &&
	    strlcpy(path, info->mailbox, size) < size)
		return 0;
	(void)snprintf(text, sizeof(text), "the backend's mailbox %.300s is no "
	    "plain path below %.300s", info->mailbox, dir);
	*why = text;
	return -1;
}

int
domain_mailbox(const struct conf *c, const struct conf_domain *d,
    const char *user, const struct userinfo *info, char *path, size_t size,
    const char **why)
{
	if (domain_path(c, d, user, info, path, size, why) == -1)
		return -1;
	if (!name_path_dotlock(path))
		return 0;
	*why = "the mailbox's name ends in .lock, as the lock file of another "
	    "mailbox does; give the user another name";
	return -1;
}

enum format
domain_format(const struct conf *c, const struct conf_domain *d)
{
	return d->mailbox == NULL ? c->outside.format : d->format;
}
