/* SPDX-License-Identifier: ISC */
/* Runs in: authd, root.  Whose a login name is, and what that means for it. */

#ifndef POP3D_AUTHD_DOMAIN_H
#define POP3D_AUTHD_DOMAIN_H

#include <stddef.h>

#include "conf.h"

struct userinfo;

/* The domain of this name or alias, lower case, or "*" if none has; or NULL. */
const struct conf_domain *domain_find(const struct conf *, const char *name);

/*
 * Turn a name as a client typed it into the one that the user is known by:
 * sessions, state, log lines and templates go by that.  The default domain is
 * added, an alias replaced, upper case folded as configured.
 * Returns 0, or -1: nobody can have such a name.  *domain is &conf->outside for
 * one without a domain (or where the configuration has none), NULL if nobody
 * is served under it.
 */
int	 domain_login(const struct conf *, char user[USER_LEN_MAX + 1],
	    const struct conf_domain **domain);

/*
 * The first backend to ask; the next is TAILQ_NEXT(auth, chain).  For NULL,
 * those whose time an unknown user takes: what they say does not count.
 */
const struct conf_auth *domain_auth(const struct conf *,
	    const struct conf_domain *);

/* What backends are asked about a user: the name, or its local part. */
void	 domain_asked(const struct conf_domain *, const char *user,
	    char asked[USER_LEN_MAX + 1]);

/*
 * How all names look that the backends of d are asked about, as auth_file takes
 * it: "fold" or "keep", and a domain, "-" or "*".
 */
void	 domain_names(const struct conf *, const struct conf_domain *d,
	    char *text, size_t size);

/*
 * Where a user's mailbox is: what the backend says, if that is allowed, else as
 * the template has it.  0, or -1 and a reason (valid until the next call): a
 * backend's path that is not allowed is not replaced by another.
 */
int	 domain_mailbox(const struct conf *, const struct conf_domain *,
	    const char *user, const struct userinfo *, char *path, size_t size,
	    const char **why);

#endif
