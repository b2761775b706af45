/* SPDX-License-Identifier: ISC */
/*
 * Runs in: auth_ldap, as _pop3auth.  Trusts: the directory for who its users
 * are, but not for the form of a value.
 */

#include <sys/types.h>

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "expand.h"
#include "ldap_conf.h"
#include "ldap_entry.h"
#include "log.h"
#include "name.h"

/* Stands for a value that is too long or has a NUL; no password fits it. */
#define UNUSABLE	"{UNUSABLE}"

static const char *
attr_name(enum ldap_attr attr)
{
	return ldapconf.attrs[attr];
}

/* The values of an attribute, NULL: none; for ldap_value_free_len(3). */
static struct berval **
values(LDAP *ld, LDAPMessage *msg, enum ldap_attr attr)
{
	if (attr_name(attr)[0] == '\0')
		return NULL;
	return ldap_get_values_len(ld, msg, attr_name(attr));
}

/* Whether an entry can be decoded completely. */
static int
well_formed(LDAP *ld, LDAPMessage *msg)
{
	BerElement	*ber = NULL;
	struct berval	 dn, attr;
	struct berval	*v = NULL;
	int		 rc;

	rc = ldap_get_dn_ber(ld, msg, &ber, &dn);
	while (rc == LDAP_SUCCESS && (rc = ldap_get_attribute_ber(ld, msg, ber,
	    &attr, &v)) == LDAP_SUCCESS && attr.bv_val != NULL)
		ber_memfree(v);
	ber_free(ber, 0);
	return rc == LDAP_SUCCESS;
}

static enum backend_code
info_bad(struct ldap_user *u, enum ldap_attr attr, const char *why)
{
	return backend_err(u->info_err, BACKEND_RECORD, "%s: %s %s",
	    log_vis(u->dn), attr_name(attr), why);
}

/* Copy a value as a string; -1 if it is too long or has controls. */
static int
value_copy(char *dst, size_t size, const struct berval *v)
{
	size_t	 i;

	if (v->bv_len >= size)
		return -1;
	for (i = 0; i < v->bv_len; i++) {
		if (iscntrl((unsigned char)v->bv_val[i]))
			return -1;
	}
	memcpy(dst, v->bv_val, v->bv_len);
	dst[v->bv_len] = '\0';
	return 0;
}

/*
 * The only value of an attribute, or "" if there is none.  More than one, or a
 * malformed one, is an error.
 */
static enum backend_code
one_value(LDAP *ld, LDAPMessage *msg, struct ldap_user *u,
    enum ldap_attr attr, char *dst, size_t size)
{
	struct berval		**v;
	enum backend_code	 code = BACKEND_OK;

	dst[0] = '\0';
	if ((v = values(ld, msg, attr)) == NULL)
		return BACKEND_OK;
	if (v[0] != NULL && v[1] != NULL)
		code = info_bad(u, attr, "has more than one value");
	else if (v[0] != NULL && value_copy(dst, size, v[0]) == -1)
		code = info_bad(u, attr,
		    "is too long or has control characters");
	ldap_value_free_len(v);
	return code;
}

static enum backend_code
read_number(LDAP *ld, LDAPMessage *msg, struct ldap_user *u,
    enum ldap_attr attr, uint64_t min, uint64_t max, uint64_t *n)
{
	char			 text[32];
	enum backend_code	 code;

	code = one_value(ld, msg, u, attr, text, sizeof(text));
	if (code != BACKEND_OK || text[0] == '\0')
		return code;
	if (backend_number(text, strlen(text), min, max, n) == -1)
		return info_bad(u, attr, "is not a number in range");
	return BACKEND_OK;
}

static enum backend_code
read_ids(LDAP *ld, LDAPMessage *msg, struct ldap_user *u)
{
	enum backend_code	 code;
	uint64_t		 uid = ldapconf.uid, gid = ldapconf.gid;

	code = read_number(ld, msg, u, ATTR_UID, 1, UINT32_MAX - 1, &uid);
	if (code == BACKEND_OK)
		code = read_number(ld, msg, u, ATTR_GID, 1, UINT32_MAX - 1,
		    &gid);
	if (code != BACKEND_OK)
		return code;
	if (uid == 0 || gid == 0)
		return backend_err(u->info_err, BACKEND_RECORD,
		    "%s: no %s, and none as an option of auth ldap",
		    log_vis(u->dn), attr_name(uid == 0 ? ATTR_UID : ATTR_GID));
	u->info.uid = (uint32_t)uid;
	u->info.gid = (uint32_t)gid;
	return BACKEND_OK;
}

static enum backend_code
read_groups(LDAP *ld, LDAPMessage *msg, struct ldap_user *u)
{
	struct berval	**v;
	uint64_t	 n;
	size_t		 i;

	if ((v = values(ld, msg, ATTR_GROUPS)) == NULL)
		return BACKEND_OK;
	for (i = 0; v[i] != NULL && i < GROUPS_MAX; i++) {
		if (backend_number(v[i]->bv_val, v[i]->bv_len, 1,
		    UINT32_MAX - 1, &n) == -1)
			break;
		u->info.groups[u->info.ngroups++] = (uint32_t)n;
	}
	n = v[i] != NULL;
	ldap_value_free_len(v);
	return n == 0 ? BACKEND_OK : info_bad(u, ATTR_GROUPS,
	    "is not a number, or has too many values");
}

static enum backend_code
read_status(LDAP *ld, LDAPMessage *msg, struct ldap_user *u)
{
	static const struct {
		const char		*word;
		enum user_status	 status;
	} words[] = {
		{ "", USER_ACTIVE },
		{ "active", USER_ACTIVE },
		{ "noaccess", USER_NOACCESS },
		{ "nopop", USER_NOPOP },
		{ "disabled", USER_DISABLED },
		{ "deleted", USER_DELETED }
	};
	char			 text[32];
	enum backend_code	 code;
	size_t			 i;

	code = one_value(ld, msg, u, ATTR_STATUS, text, sizeof(text));
	if (code != BACKEND_OK)
		return code;
	for (i = 0; i < NITEMS(words); i++) {
		if (strcasecmp(text, words[i].word) == 0) {
			u->info.status = words[i].status;
			return BACKEND_OK;
		}
	}
	return info_bad(u, ATTR_STATUS, "is a word that is not known");
}

/* Whether path is below the directory prefix; always without a prefix. */
static int
below(const char *path, const char *prefix)
{
	size_t	 len;

	if (prefix == NULL)
		return 1;
	len = strlen(prefix);
	while (len > 0 && prefix[len - 1] == '/')
		len--;
	return strncmp(path, prefix, len) == 0 && path[len] == '/';
}

static enum backend_code
read_home(LDAP *ld, LDAPMessage *msg, struct ldap_user *u)
{
	const char		*why;
	enum backend_code	 code;

	code = one_value(ld, msg, u, ATTR_HOME, u->info.home,
	    sizeof(u->info.home));
	if (code != BACKEND_OK)
		return code;
	if (u->info.home[0] == '\0' && ldapconf.home != NULL &&
	    expand_path(u->info.home, sizeof(u->info.home), ldapconf.home,
	    u->name, "", &why) == -1)
		return backend_err(u->info_err, BACKEND_RECORD,
		    "home of user %s: %s", u->name, why);
	if (u->info.home[0] == '\0')
		return BACKEND_OK;
	if (!ldapconf_path_clean(u->info.home))
		return info_bad(u, ATTR_HOME,
		    "is not an absolute path without . and ..");
	if (!below(u->info.home, ldapconf.home_prefix))
		return info_bad(u, ATTR_HOME, "is not below home-prefix");
	return BACKEND_OK;
}

/* A relative path begins at the prefix, as in qmail-ldap. */
static enum backend_code
read_mailbox(LDAP *ld, LDAPMessage *msg, struct ldap_user *u)
{
	const char		*prefix = ldapconf.mailbox_prefix;
	char			 path[PATH_LEN_MAX + 1];
	enum backend_code	 code;

	code = one_value(ld, msg, u, ATTR_MAILBOX, path, sizeof(path));
	if (code != BACKEND_OK || path[0] == '\0')
		return code;
	if (path[0] != '/') {
		if (prefix == NULL)
			return info_bad(u, ATTR_MAILBOX, "is not an absolute "
			    "path, and there is no mailbox-prefix");
		(void)strlcpy(u->info.mailbox, prefix,
		    sizeof(u->info.mailbox));
		(void)strlcat(u->info.mailbox, "/", sizeof(u->info.mailbox));
	}
	if (strlcat(u->info.mailbox, path, sizeof(u->info.mailbox)) >=
	    sizeof(u->info.mailbox))
		return info_bad(u, ATTR_MAILBOX, "is too long");
	if (!ldapconf_path_clean(u->info.mailbox))
		return info_bad(u, ATTR_MAILBOX, "has . or .. in it");
	if (!below(u->info.mailbox, prefix))
		return info_bad(u, ATTR_MAILBOX,
		    "is not below mailbox-prefix");
	return BACKEND_OK;
}

static enum backend_code
read_host(LDAP *ld, LDAPMessage *msg, struct ldap_user *u)
{
	char			*host = u->info.host;
	enum backend_code	 code;

	code = one_value(ld, msg, u, ATTR_HOST, host, sizeof(u->info.host));
	if (code != BACKEND_OK)
		return code;
	if (host[0] != '\0' && !name_host_valid(host))
		return info_bad(u, ATTR_HOST, "is not the name of a host");
	return BACKEND_OK;
}

static enum backend_code
read_quota(LDAP *ld, LDAPMessage *msg, struct ldap_user *u,
    enum ldap_attr attr, int64_t otherwise, int64_t *quota)
{
	enum backend_code	 code;
	uint64_t		 n = UINT64_MAX;

	code = read_number(ld, msg, u, attr, 0, INT64_MAX, &n);
	*quota = n == UINT64_MAX ? otherwise : (int64_t)n;
	return code;
}

/* For people only: the first value, truncated if necessary. */
static void
read_name(LDAP *ld, LDAPMessage *msg, struct ldap_user *u)
{
	struct berval	**v;
	size_t		 i, len = 0;

	if ((v = values(ld, msg, ATTR_NAME)) == NULL)
		return;
	for (i = 0; v[0] != NULL && i < v[0]->bv_len; i++) {
		if (len < sizeof(u->info.realname) - 1 &&
		    !iscntrl((unsigned char)v[0]->bv_val[i]))
			u->info.realname[len++] = v[0]->bv_val[i];
	}
	u->info.realname[len] = '\0';
	ldap_value_free_len(v);
}

static enum backend_code
read_info(LDAP *ld, LDAPMessage *msg, struct ldap_user *u)
{
	enum backend_code	 code;

	read_name(ld, msg, u);
	if ((code = read_status(ld, msg, u)) != BACKEND_OK ||
	    (code = read_ids(ld, msg, u)) != BACKEND_OK ||
	    (code = read_groups(ld, msg, u)) != BACKEND_OK ||
	    (code = read_home(ld, msg, u)) != BACKEND_OK ||
	    (code = read_mailbox(ld, msg, u)) != BACKEND_OK ||
	    (code = read_host(ld, msg, u)) != BACKEND_OK)
		return code;
	code = read_quota(ld, msg, u, ATTR_QUOTA, ldapconf.quota,
	    &u->info.quota_octets);
	if (code == BACKEND_OK)
		code = read_quota(ld, msg, u, ATTR_MESSAGES,
		    ldapconf.messages, &u->info.quota_messages);
	return code;
}

static void
password_copy(char stored[PASSWORD_STORED_MAX + 1], const struct berval *v)
{
	if (v->bv_len > PASSWORD_STORED_MAX ||
	    memchr(v->bv_val, '\0', v->bv_len) != NULL) {
		(void)strlcpy(stored, UNUSABLE, PASSWORD_STORED_MAX + 1);
		return;
	}
	memcpy(stored, v->bv_val, v->bv_len);
	stored[v->bv_len] = '\0';
}

static void
read_passwords(LDAP *ld, LDAPMessage *msg, struct ldap_user *u)
{
	struct berval	**v;
	size_t		 i;

	if ((v = values(ld, msg, ATTR_PASSWORD)) == NULL)
		return;
	for (i = 0; v[i] != NULL && i < LDAP_PASSWORDS_MAX; i++)
		password_copy(u->passwords[u->npasswords++], v[i]);
	ldap_value_free_len(v);
}

/*
 * To the directory Anna and anna are the same user.  To everything else,
 * mailbox and locks included, they are two.
 */
static enum backend_code
check_name(LDAP *ld, LDAPMessage *msg, struct ldap_user *u)
{
	struct berval	**v;
	size_t		  i, len = strlen(u->name);
	int		  match = 0;

	if ((v = values(ld, msg, ATTR_LOGIN)) == NULL)
		return backend_err(u->err, BACKEND_RECORD, "%s: no %s that "
		    "can be read", log_vis(u->dn), attr_name(ATTR_LOGIN));
	for (i = 0; v[i] != NULL && !match; i++)
		match = v[i]->bv_len == len &&
		    memcmp(v[i]->bv_val, u->name, len) == 0;
	ldap_value_free_len(v);
	if (!match)
		return backend_err(u->err, BACKEND_DENIED, "no such user");
	return BACKEND_OK;
}

void
ldapentry_read(LDAP *ld, LDAPMessage *msg, struct ldap_user *u)
{
	if (!well_formed(ld, msg)) {
		u->code = backend_err(u->err, BACKEND_RECORD,
		    "the entry of user %s is out of shape", u->name);
		return;
	}
	/* A bind without a name is anonymous and accepts any password. */
	if ((u->dn = ldap_get_dn(ld, msg)) == NULL || u->dn[0] == '\0') {
		u->code = backend_err(u->err, BACKEND_RECORD,
		    "the entry of user %s has no name", u->name);
		return;
	}
	if (ldapconf.exact &&
	    (u->code = check_name(ld, msg, u)) != BACKEND_OK)
		return;
	u->code = BACKEND_OK;
	u->info_code = read_info(ld, msg, u);
	if (!ldapconf.rebind)
		read_passwords(ld, msg, u);
}

int
ldapentry_example(LDAP *ld, LDAPMessage *msg,
    char stored[PASSWORD_STORED_MAX + 1])
{
	struct berval		**v;
	size_t			 i;
	int			 found = 0;

	if ((v = values(ld, msg, ATTR_PASSWORD)) == NULL)
		return 0;
	for (i = 0; v[i] != NULL && !found; i++) {
		password_copy(stored, v[i]);
		found = password_works(password_kind(stored));
	}
	ldap_value_free_len(v);
	return found;
}

void
ldapentry_list(LDAP *ld, LDAPMessage *msg)
{
	struct berval	**v;
	char		 name[USER_LEN_MAX + 1];
	size_t		 i;

	if ((v = values(ld, msg, ATTR_LOGIN)) == NULL)
		return;
	for (i = 0; v[i] != NULL; i++) {
		if (value_copy(name, sizeof(name), v[i]) == 0)
			backend_list(name);
	}
	ldap_value_free_len(v);
}
