/* SPDX-License-Identifier: ISC */
/* Runs in: auth_ldap.  The configuration. */

#ifndef POP3D_AUTHD_BACKENDS_LDAP_CONF_H
#define POP3D_AUTHD_BACKENDS_LDAP_CONF_H

#include <stddef.h>
#include <stdint.h>

#include "backend_code.h"

/* What an attribute is for; its name is an option. */
enum ldap_attr {
	ATTR_LOGIN,
	ATTR_PASSWORD,
	ATTR_STATUS,
	ATTR_UID,
	ATTR_GID,
	ATTR_GROUPS,
	ATTR_HOME,
	ATTR_MAILBOX,
	ATTR_HOST,
	ATTR_QUOTA,
	ATTR_MESSAGES,
	ATTR_NAME,
	ATTR_MAX
};

#define LDAP_SERVERS_MAX	16

/*
 * Constant once requests are served.  Where unset, strings are NULL and numbers
 * 0 (quota and messages -1).
 */
struct ldap_conf {
	char		*url;			/* blanks between them */
	const char	*urls[LDAP_SERVERS_MAX];
	size_t		 nurls;
	char		*ca;			/* file of certificates */
	char		*basedn;		/* template */
	char		*binddn;
	char		*bindsecret;		/* path */
	char		*objectclass;
	char		*filter;		/* template */
	char		*home;			/* template */
	char		*home_prefix;
	char		*mailbox_prefix;
	char		*attrs[ATTR_MAX];	/* "": not to be asked for */
	int		 scope;			/* LDAP_SCOPE_* */
	int		 starttls;
	int		 rebind;
	int		 exact;
	uint64_t	 uid;
	uint64_t	 gid;
	int64_t		 quota;			/* bytes */
	int64_t		 messages;
	uint64_t	 timeout;		/* seconds, of a request */
	uint64_t	 server_timeout;	/* seconds, of one server */
};
extern struct ldap_conf	 ldapconf;

/*
 * Take one option of the configuration.  Returns BACKEND_OK, or an error with
 * the reason in err (BACKEND_ERR_LEN): unknown option or bad value.
 */
enum backend_code	 ldapconf_option(const char *key, const char *value,
			    char *err);

/*
 * Call once all options are known: set defaults and check that the options fit
 * together.  As above; the reason begins with the option's name.
 */
enum backend_code	 ldapconf_check(char *err);

/*
 * Read the service's password into secret, BACKEND_SECRET_MAX + 1 bytes, which
 * the caller wipes.  The file must be readable for this process's user only.
 * Returns 0, or -1 with the reason in err.
 */
int	 ldapconf_secret(char *secret, char *err);

/* Whether path is absolute, without components "." and ".." or controls. */
int	 ldapconf_path_clean(const char *path);

#endif
