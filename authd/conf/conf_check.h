/* SPDX-License-Identifier: ISC */
/* Runs in: authd.  What only the whole configuration can show. */

#ifndef POP3D_AUTHD_CONF_CHECK_H
#define POP3D_AUTHD_CONF_CHECK_H

#include "conf.h"

/* The kinds of line that a configuration cannot do without. */
#define GIVEN_LISTEN	0x01
#define GIVEN_AUTH	0x02
#define GIVEN_MAILBOX	0x04

/*
 * Check one part of a configuration against another, and fill in what depends
 * on the rest or on the machine: the pki of listeners that name none, the
 * numbers of engines and workers.  given says which lines were there, even if
 * something was wrong with them.  Logs what is wrong; returns how many errors
 * there are.
 */
int	 conf_check(struct conf *, const char *file, unsigned int given);

#endif
