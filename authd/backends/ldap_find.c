/* SPDX-License-Identifier: ISC */
/*
 * Runs in: auth_ldap, as _pop3auth.  Trusts: the directory for its contents; no
 * user name.
 */

#include <sys/types.h>
#include <sys/time.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ldap_conf.h"
#include "ldap_escape.h"
#include "ldap_find.h"
#include "log.h"

#define FILTER_MAX	16384	/* bytes */
#define DN_MAX		8192	/* bytes */
#define MATCHES_MAX	2	/* entries to ask for: one too many */
#define REFERENCES_MAX	32	/* to other servers, in one answer */
#define EXAMPLES_MAX	16	/* entries searched for an example */
#define PAGE_SIZE	1000	/* entries */

/* A search in progress, and its results so far. */
struct search {
	struct ldapconn	*conn;
	char		*base;
	const char	*filter;
	const char	**attrs;
	int		 limit;		/* entries; 0: none */
	int		 msgid;
	int		 entries;
	int		 references;
	void		(*entry)(LDAP *, LDAPMessage *, void *);
	void		*arg;
};

/* The attributes that a search for a user needs. */
static const char **
user_attrs(void)
{
	static const char	*attrs[ATTR_MAX + 2];
	size_t			 i, n = 0;

	if (attrs[0] != NULL)
		return attrs;
	for (i = 0; i < ATTR_MAX; i++) {
		if (ldapconf.attrs[i][0] != '\0' &&
		    !(i == ATTR_PASSWORD && ldapconf.rebind))
			attrs[n++] = ldapconf.attrs[i];
	}
	return attrs;
}

static int
search_send(struct search *s, LDAPControl **controls, char *err)
{
	struct timeval	 tv = { (time_t)ldapconf.server_timeout, 0 };
	int		 rc;

	/* The interface lacks const but does not write. */
	rc = ldap_search_ext(s->conn->ld, s->base, ldapconf.scope, s->filter,
	    (char **)(uintptr_t)s->attrs, 0, controls, NULL, &tv, s->limit,
	    &s->msgid);
	rc = ldapconn_sent(s->conn, rc, err);
	/* A list of all users is limited by time, not by size. */
	if (s->limit == 0)
		s->conn->io.octets = SIZE_MAX;
	return rc;
}

/*
 * Handle one message of the answer.  -1: connection lost; 1: more to come; 0:
 * *res is the last one.
 */
static int
search_next(struct search *s, LDAPMessage **res, char *err)
{
	LDAPMessage	*msg;
	int		 type;

	if ((type = ldapconn_wait(s->conn, s->msgid, &msg, err)) == -1)
		return -1;
	if (type == LDAP_RES_SEARCH_RESULT) {
		*res = msg;
		return 0;
	}
	if (type == LDAP_RES_SEARCH_ENTRY) {
		s->entries++;
		if (s->limit == 0 || s->entries <= s->limit)
			s->entry(s->conn->ld, msg, s->arg);
	} else if (type == LDAP_RES_SEARCH_REFERENCE)
		s->references++;
	(void)ldap_msgfree(msg);
	if (type != LDAP_RES_SEARCH_ENTRY && type != LDAP_RES_SEARCH_REFERENCE)
		return ldapconn_hostile(s->conn, "an answer to another "
		    "question", err);
	if ((s->limit != 0 && s->entries > s->limit) ||
	    s->references > REFERENCES_MAX)
		return ldapconn_hostile(s->conn, "more entries than asked for",
		    err);
	return 1;
}

/* Send it and read the whole answer.  An LDAP code, or -1: lost. */
static int
search_run(struct search *s, char *err)
{
	LDAPMessage	*res;
	int		 code, r;

	s->entries = s->references = 0;
	if ((r = search_send(s, NULL, err)) != 0)
		return r == LDAPCONN_LOST ? -1 : LDAP_OTHER;
	while ((r = search_next(s, &res, err)) == 1)
		;
	if (r == -1)
		return -1;
	if ((code = ldapconn_code(s->conn, res, err)) == LDAP_SUCCESS)
		(void)ldap_msgfree(res);
	return code;
}

static void
user_entry(LDAP *ld, LDAPMessage *msg, void *arg)
{
	struct ldap_user	*u = arg;

	/* With a second entry the first does not count. */
	if (u->dn == NULL && u->code == BACKEND_UNSUPPORTED)
		ldapentry_read(ld, msg, u);
}

/* Forget everything but the name. */
static void
user_reset(struct ldap_user *u)
{
	char	 name[USER_LEN_MAX + 1];

	(void)strlcpy(name, u->name, sizeof(name));
	ldap_memfree(u->dn);
	explicit_bzero(u, sizeof(*u));
	(void)strlcpy(u->name, name, sizeof(u->name));
	u->info.quota_octets = -1;
	u->info.quota_messages = -1;
	u->code = BACKEND_UNSUPPORTED;
}

/* Interpret the whole answer. */
static enum backend_code
user_judge(const struct search *s, int code, struct ldap_user *u)
{
	if (s->entries > 1)
		return backend_err(u->err, BACKEND_RECORD,
		    "more than one entry for user %s", u->name);
	if (code == LDAP_NO_SUCH_OBJECT &&
	    strchr(ldapconf.basedn, '%') != NULL)
		return backend_err(u->err, BACKEND_DENIED, "no such user");
	/* No such user here, but the log should say where to look. */
	u->elsewhere = code == LDAP_SUCCESS && s->entries == 0 &&
	    s->references > 0;
	if (u->elsewhere)
		return backend_err(u->err, BACKEND_DENIED, "%s: refers to "
		    "another server, which is not followed",
		    ldapconn_url(s->conn));
	if (code == LDAP_REFERRAL)
		return backend_err(u->err, BACKEND_INTERNAL, "%s: refers to "
		    "another server, which is not followed",
		    ldapconn_url(s->conn));
	if (code != LDAP_SUCCESS)
		return BACKEND_INTERNAL;
	if (s->entries == 0)
		return backend_err(u->err, BACKEND_DENIED, "no such user");
	return u->code;
}

/* Expand base and filter; BACKEND_DENIED: no entry can have that name. */
static enum backend_code
user_expand(const char *user, char *base, char *filter, char *err)
{
	enum ldapescape_result	 r;

	r = ldapescape_expand(base, DN_MAX, ldapconf.basedn, user,
	    ldapescape_dn);
	if (r == LDAPESCAPE_OK)
		r = ldapescape_expand(filter, FILTER_MAX, ldapconf.filter,
		    user, ldapescape_filter);
	if (r == LDAPESCAPE_OK)
		return BACKEND_OK;
	if (r == LDAPESCAPE_DOMAIN)
		return backend_err(err, BACKEND_DENIED, "no such user");
	return backend_err(err, BACKEND_INTERNAL,
	    "basedn or filter is too long for user %s", user);
}

void
ldapfind_user(struct ldapconn *c, struct ldap_user *u)
{
	static char	 base[DN_MAX], filter[FILTER_MAX];
	struct search	 s = { .conn = c, .base = base, .filter = filter,
			    .attrs = user_attrs(), .limit = MATCHES_MAX,
			    .entry = user_entry, .arg = u };
	int		 code;

	u->code = user_expand(u->name, base, filter, u->err);
	if (u->code != BACKEND_OK)
		return;
	do {
		user_reset(u);
		if (ldapconn_open(c, u->err) != BACKEND_OK) {
			u->code = BACKEND_INTERNAL;
			return;
		}
	} while ((code = search_run(&s, u->err)) == -1);
	u->code = user_judge(&s, code, u);
	/* Passwords of an unusable entry must not match. */
	if (u->code != BACKEND_OK) {
		explicit_bzero(u->passwords, sizeof(u->passwords));
		u->npasswords = 0;
	}
}

static void
example_entry(LDAP *ld, LDAPMessage *msg, void *arg)
{
	char	*stored = arg;

	if (stored[0] == '\0' && !ldapentry_example(ld, msg, stored))
		stored[0] = '\0';
}

const char *
ldapfind_example(struct ldapconn *c)
{
	char		 err[BACKEND_ERR_LEN], stored[PASSWORD_STORED_MAX + 1];
	char		 filter[FILTER_MAX];
	const char	*attrs[] = { ldapconf.attrs[ATTR_PASSWORD], NULL };
	struct search	 s = { .conn = c, .base = ldapconf.basedn,
			    .filter = filter, .attrs = attrs,
			    .limit = EXAMPLES_MAX, .entry = example_entry,
			    .arg = stored };

	if (c->ld == NULL)
		return password_dummy();
	if (c->example != NULL)
		return c->example;
	stored[0] = '\0';
	if (strchr(ldapconf.basedn, '%') == NULL &&
	    ldapescape_expand(filter, sizeof(filter), ldapconf.filter, "*@*",
	    ldapescape_any) == LDAPESCAPE_OK && search_run(&s, err) == -1)
		return password_dummy();
	if (stored[0] == '\0')
		(void)strlcpy(stored, password_dummy(), sizeof(stored));
	c->example = strdup(stored);
	explicit_bzero(stored, sizeof(stored));
	return c->example == NULL ? password_dummy() : c->example;
}

static void
list_entry(LDAP *ld, LDAPMessage *msg, void *arg)
{
	ldapentry_list(ld, msg);
}

/*
 * Get one page of the list.  *cookie, which is freed, selects the page and is
 * set to that of the next.  An LDAP code, or -1: lost.
 */
static int
list_page(struct search *s, struct berval *cookie, char *err)
{
	LDAPControl	*controls[2] = { NULL, NULL }, **answered = NULL;
	LDAPControl	*page;
	LDAPMessage	*res;
	ber_int_t	 total;
	int		 code, r;

	if (ldap_create_page_control(s->conn->ld, PAGE_SIZE, cookie, 0,
	    &controls[0]) != LDAP_SUCCESS)
		fatalx("ldap_create_page_control");
	ber_memfree(cookie->bv_val);
	cookie->bv_val = NULL;
	cookie->bv_len = 0;
	r = search_send(s, controls, err);
	ldap_control_free(controls[0]);
	if (r != 0)
		return r == LDAPCONN_LOST ? -1 : LDAP_OTHER;
	while ((r = search_next(s, &res, err)) == 1)
		;
	if (r == -1)
		return -1;
	if ((code = ldapconn_code(s->conn, res, err)) != LDAP_SUCCESS)
		return code;
	/* A server without paging has sent everything at once. */
	if (ldap_parse_result(s->conn->ld, res, &r, NULL, NULL, NULL,
	    &answered, 1) == LDAP_SUCCESS && answered != NULL) {
		page = ldap_control_find(LDAP_CONTROL_PAGEDRESULTS, answered,
		    NULL);
		if (page != NULL)
			(void)ldap_parse_pageresponse_control(s->conn->ld,
			    page, &total, cookie);
		ldap_controls_free(answered);
	}
	return code;
}

enum backend_code
ldapfind_list(struct ldapconn *c, char *err)
{
	char		 filter[FILTER_MAX];
	const char	*attrs[] = { ldapconf.attrs[ATTR_LOGIN], NULL };
	struct berval	 cookie = { 0, NULL };
	struct search	 s = { .conn = c, .base = ldapconf.basedn,
			    .filter = filter, .attrs = attrs,
			    .entry = list_entry };
	int		 code;

	if (strchr(ldapconf.basedn, '%') != NULL)
		return backend_err(err, BACKEND_UNSUPPORTED, "users cannot be "
		    "listed: basedn is another for each");
	if (ldapescape_expand(filter, sizeof(filter), ldapconf.filter, "*@*",
	    ldapescape_any) != LDAPESCAPE_OK)
		return backend_err(err, BACKEND_INTERNAL, "filter too long");
	do {
		if (ldapconn_open(c, err) != BACKEND_OK)
			return BACKEND_INTERNAL;
		code = list_page(&s, &cookie, err);
		/* Names already listed must not be listed again. */
	} while ((code == -1 && s.entries == 0) ||
	    (code == LDAP_SUCCESS && cookie.bv_len > 0));
	ber_memfree(cookie.bv_val);
	return code == LDAP_SUCCESS ? BACKEND_OK : BACKEND_INTERNAL;
}

int
ldapfind_no_dn(const char *user, char *dn, size_t size)
{
	char	 rdn[USER_LEN_MAX * 3 + 1], base[DN_MAX];

	if (ldapescape_dn(rdn, sizeof(rdn), user, strlen(user)) == -1 ||
	    ldapescape_expand(base, sizeof(base), ldapconf.basedn, user,
	    ldapescape_dn) != LDAPESCAPE_OK ||
	    snprintf(dn, size, "%s=%s,%s", ldapconf.attrs[ATTR_LOGIN], rdn,
	    base) >= (int)size)
		return -1;
	return 0;
}
