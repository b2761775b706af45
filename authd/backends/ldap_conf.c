/* SPDX-License-Identifier: ISC */
/*
 * Runs in: auth_ldap, as _pop3auth.  Trusts: the authors of pop3d.conf, but
 * checks it.
 */

#include <sys/types.h>

#include <ctype.h>
#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <ldap.h>

#include "backend.h"
#include "backend_secret.h"
#include "expand.h"
#include "ldap_conf.h"
#include "ldap_escape.h"
#include "log.h"
#include "name.h"
#include "userinfo.h"

struct ldap_conf	 ldapconf = {
	.scope = LDAP_SCOPE_SUBTREE,
	.exact = 1,
	.quota = -1,
	.messages = -1,
	.timeout = 6,
	.server_timeout = 2
};

/* Each takes a value and returns NULL, or returns what is wrong with it. */
typedef const char	*take_fn(const char *value, void *to);

static take_fn	 take_attr;
static take_fn	 take_bool;
static take_fn	 take_id;
static take_fn	 take_limit;
static take_fn	 take_number;
static take_fn	 take_path;
static take_fn	 take_scope;
static take_fn	 take_seconds;
static take_fn	 take_string;

#define FIELD(f)	offsetof(struct ldap_conf, f)

static const struct option {
	const char	*name;
	take_fn		*take;
	size_t		 off;
} options[] = {
	{ "url",		take_string,	FIELD(url) },
	{ "starttls",		take_bool,	FIELD(starttls) },
	{ "ca",			take_path,	FIELD(ca) },
	{ "binddn",		take_string,	FIELD(binddn) },
	{ "bindsecret",		take_path,	FIELD(bindsecret) },
	{ "basedn",		take_string,	FIELD(basedn) },
	{ "scope",		take_scope,	FIELD(scope) },
	{ "objectclass",	take_attr,	FIELD(objectclass) },
	{ "filter",		take_string,	FIELD(filter) },
	{ "exact",		take_bool,	FIELD(exact) },
	{ "rebind",		take_bool,	FIELD(rebind) },
	{ "hash-limit",		take_limit,	0 },
	{ "timeout",		take_seconds,	FIELD(timeout) },
	{ "server-timeout",	take_seconds,	FIELD(server_timeout) },
	{ "uid",		take_id,	FIELD(uid) },
	{ "gid",		take_id,	FIELD(gid) },
	{ "home",		take_path,	FIELD(home) },
	{ "home-prefix",	take_path,	FIELD(home_prefix) },
	{ "mailbox-prefix",	take_path,	FIELD(mailbox_prefix) },
	{ "quota",		take_number,	FIELD(quota) },
	{ "messages",		take_number,	FIELD(messages) },
	{ "login-attribute",	take_attr,	FIELD(attrs[ATTR_LOGIN]) },
	{ "password-attribute",	take_attr,	FIELD(attrs[ATTR_PASSWORD]) },
	{ "status-attribute",	take_attr,	FIELD(attrs[ATTR_STATUS]) },
	{ "uid-attribute",	take_attr,	FIELD(attrs[ATTR_UID]) },
	{ "gid-attribute",	take_attr,	FIELD(attrs[ATTR_GID]) },
	{ "groups-attribute",	take_attr,	FIELD(attrs[ATTR_GROUPS]) },
	{ "home-attribute",	take_attr,	FIELD(attrs[ATTR_HOME]) },
	{ "mailbox-attribute",	take_attr,	FIELD(attrs[ATTR_MAILBOX]) },
	{ "host-attribute",	take_attr,	FIELD(attrs[ATTR_HOST]) },
	{ "quota-attribute",	take_attr,	FIELD(attrs[ATTR_QUOTA]) },
	{ "messages-attribute",	take_attr,	FIELD(attrs[ATTR_MESSAGES]) },
	{ "name-attribute",	take_attr,	FIELD(attrs[ATTR_NAME]) }
};

/* Names of qmail-ldap, which has none for groups. */
static const char	*const attr_names[ATTR_MAX] = {
	[ATTR_LOGIN] =		"uid",
	[ATTR_PASSWORD] =	"userPassword",
	[ATTR_STATUS] =		"accountStatus",
	[ATTR_UID] =		"qmailUID",
	[ATTR_GID] =		"qmailGID",
	[ATTR_GROUPS] =		"",
	[ATTR_HOME] =		"homeDirectory",
	[ATTR_MAILBOX] =	"mailMessageStore",
	[ATTR_HOST] =		"mailHost",
	[ATTR_QUOTA] =		"mailQuotaSize",
	[ATTR_MESSAGES] =	"mailQuotaCount",
	[ATTR_NAME] =		"cn"
};

static char *
copy(const char *value)
{
	char	*s;

	if ((s = strdup(value)) == NULL)
		fatal("strdup");
	return s;
}

static void
take_copy(const char *value, void *to)
{
	char	**field = to;

	free(*field);
	*field = copy(value);
}

static const char *
take_string(const char *value, void *to)
{
	if (value[0] == '\0')
		return "empty";
	take_copy(value, to);
	return NULL;
}

int
ldapconf_path_clean(const char *path)
{
	const char	*p, *why;

	for (p = path; *p != '\0'; p++) {
		if (iscntrl((unsigned char)*p))
			return 0;
	}
	return name_path_clean(path, &why) == 0;
}

static const char *
take_path(const char *value, void *to)
{
	if (!ldapconf_path_clean(value))
		return "not an absolute path without . and ..";
	take_copy(value, to);
	return NULL;
}

/* A name or a dotted number; empty: there is no such attribute. */
static const char *
take_attr(const char *value, void *to)
{
	const char	*p;

	for (p = value; *p != '\0'; p++) {
		if (!isalnum((unsigned char)*p) &&
		    (p == value || strchr("-.;_", *p) == NULL))
			return "not a name of the directory's schema";
	}
	take_copy(value, to);
	return NULL;
}

static const char *
take_bool(const char *value, void *to)
{
	int	*flag = to;

	*flag = strcmp(value, "yes") == 0;
	return *flag || strcmp(value, "no") == 0 ? NULL : "not yes or no";
}

static const char *
take_scope(const char *value, void *to)
{
	int	*scope = to;

	if (strcmp(value, "base") == 0)
		*scope = LDAP_SCOPE_BASE;
	else if (strcmp(value, "one") == 0)
		*scope = LDAP_SCOPE_ONELEVEL;
	else if (strcmp(value, "sub") == 0)
		*scope = LDAP_SCOPE_SUBTREE;
	else
		return "none of base, one and sub";
	return NULL;
}

static const char *
take_id(const char *value, void *to)
{
	return backend_number(value, strlen(value), 1, UINT32_MAX - 1, to) ==
	    0 ? NULL : "not a number of 1 or more";
}

static const char *
take_limit(const char *value, void *to)
{
	char	 err[BACKEND_ERR_LEN];

	return userinfo_hash_limit(value, err) == BACKEND_OK ? NULL :
	    "not a number from 1 to 1000";
}

static const char *
take_number(const char *value, void *to)
{
	uint64_t	 n;
	int64_t		*field = to;

	if (backend_number(value, strlen(value), 0, INT64_MAX, &n) == -1)
		return "not a number";
	*field = (int64_t)n;
	return NULL;
}

static const char *
take_seconds(const char *value, void *to)
{
	return backend_number(value, strlen(value), 1, 599, to) == 0 ? NULL :
	    "not a number of seconds, 1 to 599";
}

enum backend_code
ldapconf_option(const char *key, const char *value, char *err)
{
	const char	*why;
	size_t		 i;

	for (i = 0; i < NITEMS(options); i++) {
		if (strcmp(key, options[i].name) != 0)
			continue;
		why = options[i].take(value, (char *)&ldapconf +
		    options[i].off);
		if (why == NULL)
			return BACKEND_OK;
		return backend_err(err, BACKEND_PARAM, "%s is %s",
		    log_vis(value), why);
	}
	return backend_err(err, BACKEND_PARAM, "auth_ldap has no such option");
}

/* Whether passwords can be read on the network. */
static int
url_exposed(const LDAPURLDesc *u)
{
	return strcmp(u->lud_scheme, "ldap") == 0 && !ldapconf.starttls &&
	    u->lud_host != NULL && strcmp(u->lud_host, "localhost") != 0 &&
	    strcmp(u->lud_host, "::1") != 0 &&
	    strncmp(u->lud_host, "127.", 4) != 0;
}

/*
 * libldap takes "URL:ldap://host" and "<ldap://host>" too.  Only the plain form
 * may pass, since ldap_conn.c decides by it whether a connection needs TLS.
 */
static int
url_is_plain(const char *url, const char *scheme)
{
	size_t	 len = strlen(scheme);

	return strncasecmp(url, scheme, len) == 0 &&
	    strncmp(url + len, "://", 3) == 0;
}

static const char *
check_url(const char *url)
{
	LDAPURLDesc	*u;
	const char	*why = NULL;

	if (ldap_url_parse(url, &u) != LDAP_URL_SUCCESS)
		return "is not an LDAP URL";
	if (strcmp(u->lud_scheme, "ldap") != 0 &&
	    strcmp(u->lud_scheme, "ldaps") != 0 &&
	    strcmp(u->lud_scheme, "ldapi") != 0)
		why = "is none of ldap://, ldaps:// and ldapi://";
	else if (!url_is_plain(url, u->lud_scheme))
		why = "is not written plainly: ldap://host, ldaps://host or "
		    "ldapi://path";
	else if (strcmp(u->lud_scheme, "ldaps") == 0 && ldapconf.starttls)
		why = "is TLS from the start; starttls is for ldap://";
	else if ((u->lud_dn != NULL && u->lud_dn[0] != '\0') ||
	    u->lud_attrs != NULL || u->lud_filter != NULL ||
	    u->lud_exts != NULL)
		why = "says more than where the server is";
	else if (strcmp(u->lud_scheme, "ldapi") != 0 &&
	    (u->lud_host == NULL || u->lud_host[0] == '\0'))
		why = "names no host";
	else if (url_exposed(u))
		log_warnx("option url: %s: without starttls or ldaps "
		    "passwords can be read on the network", url);
	ldap_free_urldesc(u);
	return why;
}

static enum backend_code
check_urls(char *err)
{
	char		*p, *url;
	const char	*why;

	if (ldapconf.url == NULL)
		return backend_err(err, BACKEND_PARAM,
		    "option url is missing: where is the directory?");
	p = copy(ldapconf.url);
	while ((url = strsep(&p, " \t\n,")) != NULL) {
		if (url[0] == '\0')
			continue;
		if ((why = check_url(url)) != NULL)
			return backend_err(err, BACKEND_PARAM,
			    "option url: %s %s", log_vis(url), why);
		if (ldapconf.nurls == LDAP_SERVERS_MAX)
			return backend_err(err, BACKEND_PARAM,
			    "option url: more than %d", LDAP_SERVERS_MAX);
		ldapconf.urls[ldapconf.nurls++] = url;
	}
	if (ldapconf.nurls == 0)
		return backend_err(err, BACKEND_PARAM, "option url is empty");
	return BACKEND_OK;
}

static int
is_dn(const char *text)
{
	LDAPDN	 dn;

	if (ldap_str2dn(text, &dn, LDAP_DN_FORMAT_LDAPV3) != LDAP_SUCCESS)
		return 0;
	ldap_dnfree(dn);
	return 1;
}

/* Any user name shows whether a template can work. */
static enum backend_code
check_names(char *err)
{
	char	 dn[LINE_MAX];

	if (ldapconf.basedn == NULL)
		return backend_err(err, BACKEND_PARAM, "option basedn is "
		    "missing: below which entry are the users?");
	if (ldapescape_expand(dn, sizeof(dn), ldapconf.basedn, "user@domain",
	    ldapescape_dn) != LDAPESCAPE_OK || !is_dn(dn))
		return backend_err(err, BACKEND_PARAM, "option basedn: %s is "
		    "not a distinguished name", log_vis(ldapconf.basedn));
	if (ldapconf.binddn != NULL && !is_dn(ldapconf.binddn))
		return backend_err(err, BACKEND_PARAM, "option binddn: %s is "
		    "not a distinguished name", log_vis(ldapconf.binddn));
	if ((ldapconf.binddn == NULL) != (ldapconf.bindsecret == NULL))
		return backend_err(err, BACKEND_PARAM, "option %s is missing: "
		    "binddn and bindsecret belong together",
		    ldapconf.binddn == NULL ? "binddn" : "bindsecret");
	if (ldapconf.attrs[ATTR_LOGIN][0] == '\0' ||
	    ldapconf.attrs[ATTR_PASSWORD][0] == '\0')
		return backend_err(err, BACKEND_PARAM, "option %s-attribute "
		    "is empty", ldapconf.attrs[ATTR_LOGIN][0] == '\0' ?
		    "login" : "password");
	return BACKEND_OK;
}

/* The filter must be in one pair of parentheses, and name the user. */
static const char *
filter_wrong(const char *filter)
{
	char		 text[LINE_MAX];
	const char	*p;
	int		 depth = 0;

	if (ldapescape_expand(text, sizeof(text), filter, "user@domain",
	    ldapescape_filter) != LDAPESCAPE_OK)
		return "has a % that none of u, n, d and % follows";
	for (p = filter; *p != '\0'; p++) {
		depth += *p == '(' ? 1 : *p == ')' ? -1 : 0;
		if (depth <= 0 && p[1] != '\0')
			return "is not one filter in parentheses";
	}
	if (depth != 0)
		return "is not one filter in parentheses";
	if (strstr(filter, "%u") == NULL && strstr(filter, "%n") == NULL &&
	    strchr(ldapconf.basedn, '%') == NULL)
		return "is the same for all users: %u or %n is missing";
	return NULL;
}

static void
default_filter(void)
{
	const char	*class = ldapconf.objectclass;
	size_t		 size;

	int		 all = class == NULL || class[0] == '\0';

	size = strlen(ldapconf.attrs[ATTR_LOGIN]) +
	    (all ? 0 : strlen(class)) + 32;
	if ((ldapconf.filter = malloc(size)) == NULL)
		fatal("malloc");
	if (all)
		(void)snprintf(ldapconf.filter, size, "(%s=%%u)",
		    ldapconf.attrs[ATTR_LOGIN]);
	else
		(void)snprintf(ldapconf.filter, size,
		    "(&(objectClass=%s)(%s=%%u))", class,
		    ldapconf.attrs[ATTR_LOGIN]);
}

static enum backend_code
check_filter(char *err)
{
	const char	*why;

	if (ldapconf.filter == NULL)
		default_filter();
	else if (ldapconf.objectclass != NULL)
		return backend_err(err, BACKEND_PARAM, "option objectclass "
		    "does not go with filter: write it there");
	if ((why = filter_wrong(ldapconf.filter)) != NULL)
		return backend_err(err, BACKEND_PARAM, "option filter: %s %s",
		    log_vis(ldapconf.filter), why);
	return BACKEND_OK;
}

static enum backend_code
check_rest(char *err)
{
	char		 text[PATH_LEN_MAX + 1];
	char		 secret[BACKEND_SECRET_MAX + 1];
	const char	*why;

	if (ldapconf.home != NULL && expand_path(text, sizeof(text),
	    ldapconf.home, "user@domain", "", &why) == -1)
		return backend_err(err, BACKEND_PARAM, "option home: %s: %s",
		    log_vis(ldapconf.home), why);
	if (ldapconf.server_timeout > ldapconf.timeout)
		return backend_err(err, BACKEND_PARAM,
		    "option server-timeout is more than timeout");
	if (ldapconf.bindsecret == NULL)
		return BACKEND_OK;
	if (ldapconf_secret(secret, err) == -1)
		return BACKEND_PARAM;
	explicit_bzero(secret, sizeof(secret));
	return BACKEND_OK;
}

enum backend_code
ldapconf_check(char *err)
{
	enum backend_code	 code;
	size_t			 i;

	for (i = 0; i < ATTR_MAX; i++) {
		if (ldapconf.attrs[i] == NULL)
			ldapconf.attrs[i] = copy(attr_names[i]);
	}
	if ((code = check_urls(err)) != BACKEND_OK ||
	    (code = check_names(err)) != BACKEND_OK ||
	    (code = check_filter(err)) != BACKEND_OK ||
	    (code = check_rest(err)) != BACKEND_OK)
		return code;
	return BACKEND_OK;
}

int
ldapconf_secret(char *secret, char *err)
{
	const char	*why = "no password in its first line";

	if (backend_secret(ldapconf.bindsecret, secret, &why) == 0 &&
	    secret[0] != '\0')
		return 0;
	(void)backend_err(err, BACKEND_INTERNAL, "option bindsecret: %s: %s",
	    ldapconf.bindsecret, why);
	return -1;
}
