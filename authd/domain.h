/* SPDX-License-Identifier: ISC */
/* Runs in: authd, root.  Login names: their canonical form and their domain. */

#ifndef POP3D_AUTHD_DOMAIN_H
#define POP3D_AUTHD_DOMAIN_H

#include <stddef.h>

#include "conf.h"

struct userinfo;

/* The domain with this name or alias, in lower case; else "*"; else NULL. */
const struct conf_domain *domain_find(const struct conf *, const char *name);

/*
 * Turn the name that a client sent into the canonical one, which sessions,
 * state, log lines and templates use: add the default domain, replace an alias,
 * fold case as configured.
 * Returns 0, or -1: no user can have such a name.  *domain is &conf->outside
 * for a name without a domain, or if none is configured; NULL if no user is
 * served under this domain.
 */
int	 domain_login(const struct conf *, char user[USER_LEN_MAX + 1],
	    const struct conf_domain **domain);

/*
 * The first backend to ask; the next is TAILQ_NEXT(auth, chain).  For NULL,
 * backends that are asked only for the time this takes: ignore their answers.
 */
const struct conf_auth *domain_auth(const struct conf *,
	    const struct conf_domain *);

/* The name by which backends know a user: all of it, or its local part. */
void	 domain_asked(const struct conf_domain *, const char *user,
	    char asked[USER_LEN_MAX + 1]);

/*
 * The form of the names that the backends of d are asked about, as auth_file
 * takes it: "fold" or "keep", then a domain, "-" or "*".
 */
void	 domain_names(const struct conf *, const struct conf_domain *d,
	    char *text, size_t size);

/*
 * The path of a user's mailbox: from the backend if it names one and that is
 * allowed, else from the template.  0, or -1 and a reason (valid until the next
 * call): a path from the backend that is not allowed is never replaced.
 */
int	 domain_mailbox(const struct conf *, const struct conf_domain *,
	    const char *user, const struct userinfo *, char *path, size_t size,
	    const char **why);

/* The format of that mailbox. */
enum format domain_format(const struct conf *, const struct conf_domain *);

#endif
