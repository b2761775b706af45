/* SPDX-License-Identifier: ISC */
/* Runs in: authd.  The domains of a configuration, while it is read. */

#ifndef POP3D_AUTHD_CONF_DOMAIN_H
#define POP3D_AUTHD_CONF_DOMAIN_H

#include "conf.h"

/* A copy in lower case, allocated. */
char			*conf_domain_folded(const char *name);

/*
 * Add a domain, or an alias of one; the name is folded to lower case.  Fatal if
 * memory is short.
 */
struct conf_domain	*conf_domain_add(struct conf *, const char *name,
			    const char *file, unsigned int line);
void			 conf_domain_alias(struct conf_domain *,
			    const char *name);

/*
 * Now that all is known: whether each domain has backends and mailboxes, and
 * whether people of different domains share a mailbox, which is a warning.
 * Logs what is wrong; returns how many errors there are.
 */
int			 conf_domain_check(const struct conf *);

#endif
