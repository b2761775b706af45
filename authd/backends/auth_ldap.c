/* SPDX-License-Identifier: ISC */
/*
 * Runs in: auth_ldap, as _pop3auth.  Trusts: the directory for who its users
 * are; the framework, which has checked the arguments.
 */

#include <sys/types.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <ldap.h>

#include "backend.h"
#include "ldap_conf.h"
#include "ldap_conn.h"
#include "ldap_find.h"
#include "ldap_memory.h"
#include "log.h"
#include "password.h"
#include "pwcache.h"

#define DN_MAX	8192		/* bytes */

static enum backend_code	 ldap_open_backend(char *);
static enum backend_code	 ldap_ready(char *);
static enum backend_code	 ldap_get_userlist(char *);
static enum backend_code	 ldap_get_userinfo(const char *,
				    struct userinfo *, char *);
static enum backend_code	 ldap_check_userpassword(const char *,
				    const char *, char *);
static enum backend_code	 ldap_change_userpassword(const char *,
				    const char *, const char *, char *);
static void			 ldap_request_done(void);

static const struct backend	 backend_ldap = {
	.name = "auth_ldap",
	.needs = BACKEND_NEEDS_NET,
	.option = ldapconf_option,
	.open = ldap_open_backend,
	.ready = ldap_ready,
	.get_userlist = ldap_get_userlist,
	.get_userinfo = ldap_get_userinfo,
	.check_userpassword = ldap_check_userpassword,
	.change_userpassword = ldap_change_userpassword,
	.done = ldap_request_done
};

/* The only state kept between requests: two handles. */
static struct ldapconn	 service = { .service = 1 };
static struct ldapconn	 person;	/* binds as users */

/* Passed from the first routine of a request to the second. */
static struct ldap_user	 found;

static enum backend_code
ldap_open_backend(char *err)
{
	enum backend_code	 code;

	/* Ignore ldap.conf and ldaprc: pop3d.conf is the configuration. */
	if (setenv("LDAPNOINIT", "1", 1) == -1)
		fatal("setenv");
	if ((code = ldapconf_check(err)) != BACKEND_OK)
		return code;
	(void)password_dummy();
	if (!ldapconf.rebind)
		pwcache_stored();
	/* The CA file is read before the sandbox. */
	if (ldapconf.bindsecret != NULL)
		backend_reads(ldapconf.bindsecret);
	return ldapconn_setup(err);
}

static void
ldap_request_done(void)
{
	ldap_memfree(found.dn);
	explicit_bzero(&found, sizeof(found));
	ldapconn_end();
}

/* Search for the user once per request. */
static enum backend_code
find(const char *user, char *err)
{
	ldapconn_begin();
	if (!found.known || strcmp(found.name, user) != 0) {
		(void)strlcpy(found.name, user, sizeof(found.name));
		ldapfind_user(&service, &found);
		found.known = 1;
	}
	(void)strlcpy(err, found.err, BACKEND_ERR_LEN);
	return found.code;
}

static enum backend_code
ldap_get_userlist(char *err)
{
	ldapconn_begin();
	return ldapfind_list(&service, err);
}

/* A server that is down now may be up when users log in. */
static enum backend_code
ldap_ready(char *err)
{
	enum backend_code	 code = find("nobody@example.invalid", err);

	if (code == BACKEND_INTERNAL)
		log_warnx("%s; nobody can log in until that works", err);
	return BACKEND_OK;
}

static enum backend_code
ldap_get_userinfo(const char *user, struct userinfo *info, char *err)
{
	enum backend_code	 code;

	if ((code = find(user, err)) != BACKEND_OK)
		return code;
	(void)strlcpy(err, found.info_err, BACKEND_ERR_LEN);
	if (found.info_code == BACKEND_OK)
		*info = found.info;
	return found.info_code;
}

/*
 * The client gets the same answer in all cases, after the same time.  The log
 * gets the reason if there is an entry that cannot be used.
 */
static enum backend_code
denied(char *err)
{
	if (found.code == BACKEND_RECORD || found.elsewhere)
		return backend_err(err, BACKEND_DENIED, "%s", found.err);
	return backend_err(err, BACKEND_DENIED, "password incorrect");
}

/* No stored password can be checked; kind is the kind of one of them. */
static enum backend_code
denied_stored(enum password_kind kind, char *err)
{
	const char	*why = password_fault(kind);

	if (found.code == BACKEND_OK && found.npasswords == 0)
		return backend_err(err, BACKEND_DENIED, "%s: no %s that %s can "
		    "read", log_vis(found.dn), ldapconf.attrs[ATTR_PASSWORD],
		    ldapconf.binddn == NULL ? "everybody" :
		    log_vis(ldapconf.binddn));
	if (found.code == BACKEND_OK && why != NULL)
		return backend_err(err, BACKEND_DENIED, "%s: %s %s",
		    log_vis(found.dn), ldapconf.attrs[ATTR_PASSWORD], why);
	return denied(err);
}

/* Check against the stored passwords; without any, against an example. */
static enum backend_code
check_stored(const char *pass, char *err)
{
	enum password_kind	 kind, bad = PASSWORD_GOOD;
	size_t			 i, usable = 0, broken = 0;

	for (i = 0; i < found.npasswords; i++) {
		kind = password_kind(found.passwords[i]);
		if (!password_works(kind)) {
			bad = kind;
			continue;
		}
		usable++;
		switch (pwcache_verify(found.name, found.passwords[i], pass,
		    1)) {
		case 1:
			return BACKEND_OK;
		case -1:
			broken++;
		}
	}
	if (usable == 0) {
		(void)pwcache_verify(found.name, ldapfind_example(&service),
		    pass, 0);
		return denied_stored(bad, err);
	}
	if (broken == usable)
		return backend_err(err, BACKEND_INTERNAL, "%s: %s cannot be "
		    "checked", log_vis(found.dn),
		    ldapconf.attrs[ATTR_PASSWORD]);
	return denied(err);
}

/* Check by a bind as the user, on a connection used for nothing else. */
static enum backend_code
check_bind(const char *dn, const char *pass, char *err)
{
	int	 code;

	do {
		if (ldapconn_open(&person, err) != BACKEND_OK)
			return BACKEND_INTERNAL;
	} while ((code = ldapconn_bind(&person, dn, pass, err)) == -1);
	switch (code) {
	case LDAP_SUCCESS:
		return BACKEND_OK;
	case LDAP_INVALID_CREDENTIALS:
	case LDAP_INAPPROPRIATE_AUTH:
	case LDAP_NO_SUCH_OBJECT:
		return denied(err);
	case LDAP_PARAM_ERROR:
		return BACKEND_PARAM;
	default:
		return BACKEND_INTERNAL;
	}
}

/* For an unknown user: let the server refuse a bind, to take its time. */
static enum backend_code
check_nobody(const char *user, const char *pass, char *err)
{
	char			 dn[DN_MAX];
	enum backend_code	 code;

	if (ldapfind_no_dn(user, dn, sizeof(dn)) == -1)
		return denied(err);
	code = check_bind(dn, pass, err);
	return code == BACKEND_INTERNAL ? code : denied(err);
}

static enum backend_code
ldap_check_userpassword(const char *user, const char *pass, char *err)
{
	enum backend_code	 code;

	if (pass[0] == '\0')
		return backend_err(err, BACKEND_PARAM, "empty password");
	code = find(user, err);
	if (code != BACKEND_OK && code != BACKEND_DENIED &&
	    code != BACKEND_RECORD)
		return code;
	if (!ldapconf.rebind)
		return check_stored(pass, err);
	return code == BACKEND_OK ? check_bind(found.dn, pass, err) :
	    check_nobody(user, pass, err);
}

/* Map the result of a password change. */
static enum backend_code
change_code(int code)
{
	switch (code) {
	case LDAP_SUCCESS:
		return BACKEND_OK;
	case LDAP_INVALID_CREDENTIALS:
		return BACKEND_DENIED;
	case LDAP_CONSTRAINT_VIOLATION:
		return BACKEND_PARAM;
	case LDAP_INSUFFICIENT_ACCESS:
		return BACKEND_UNSUPPORTED;
	default:
		return BACKEND_INTERNAL;
	}
}

/* For servers without RFC 3062: hash it here and replace the attribute. */
static int
change_modify(struct ldapconn *c, const char *newpass, char *err)
{
	static char	 scheme[] = "{CRYPT}";
	char		 stored[sizeof(scheme) + PASSWORD_STORED_MAX];
	char		*value[] = { stored, NULL };
	LDAPMod		 mod = { .mod_op = LDAP_MOD_REPLACE,
			    .mod_type = ldapconf.attrs[ATTR_PASSWORD],
			    .mod_vals.modv_strvals = value };
	LDAPMod		*mods[] = { &mod, NULL };
	int		 msgid, rc;

	(void)strlcpy(stored, scheme, sizeof(stored));
	if (password_new(newpass, stored + strlen(scheme),
	    sizeof(stored) - strlen(scheme)) == -1) {
		(void)backend_err(err, 0, "crypt(3): %s", strerror(errno));
		return errno == EINVAL ? LDAP_CONSTRAINT_VIOLATION :
		    LDAP_OTHER;
	}
	rc = ldap_modify_ext(c->ld, found.dn, mods, NULL, NULL, &msgid);
	explicit_bzero(stored, sizeof(stored));
	if ((rc = ldapconn_sent(c, rc, err)) != 0)
		return rc == LDAPCONN_LOST ? -1 : LDAP_OTHER;
	return ldapconn_result(c, msgid, NULL, err);
}

static int
change_passwd(struct ldapconn *c, const char *oldpass, const char *newpass,
    char *err)
{
	struct berval	 dn, old, new;
	char		*o, *n;
	int		 msgid, rc;

	/* The libldap interface lacks const. */
	if ((o = strdup(oldpass)) == NULL || (n = strdup(newpass)) == NULL)
		fatal("strdup");
	dn = (struct berval){ strlen(found.dn), found.dn };
	old = (struct berval){ strlen(o), o };
	new = (struct berval){ strlen(n), n };
	rc = ldap_passwd(c->ld, &dn, &old, &new, NULL, NULL, &msgid);
	freezero(o, old.bv_len);
	freezero(n, new.bv_len);
	if ((rc = ldapconn_sent(c, rc, err)) != 0)
		return rc == LDAPCONN_LOST ? -1 : LDAP_OTHER;
	return ldapconn_result(c, msgid, NULL, err);
}

/*
 * Change it on the connection that has just verified the old one: the user's
 * own with rebind, else the service's.  Do not try again if the connection is
 * lost, since it is unknown then which of the two is the password.
 */
static enum backend_code
ldap_change_userpassword(const char *user, const char *oldpass,
    const char *newpass, char *err)
{
	struct ldapconn		*c = ldapconf.rebind ? &person : &service;
	enum backend_code	 code;
	int			 rc;

	code = ldap_check_userpassword(user, oldpass, err);
	if (code != BACKEND_OK)
		return code;
	if (ldapconn_open(c, err) != BACKEND_OK)
		return BACKEND_INTERNAL;
	rc = change_passwd(c, oldpass, newpass, err);
	if (rc == LDAP_PROTOCOL_ERROR || rc == LDAP_UNWILLING_TO_PERFORM ||
	    rc == LDAP_UNAVAILABLE_CRITICAL_EXTENSION)
		rc = change_modify(c, newpass, err);
	return change_code(rc);
}

int
main(int argc, char **argv)
{
	ldapmemory_wipe(argv);
	return backend_main(&backend_ldap, argc, argv);
}
