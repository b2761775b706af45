/* SPDX-License-Identifier: ISC */
/* Runs in: authd, engine.  Log lines that strangers can cause. */

#ifndef POP3D_COMMON_QUOTA_H
#define POP3D_COMMON_QUOTA_H

#include "proto.h"

struct event_base;

/* Lines about one address (an IPv6 /64), and about all, in a minute. */
#define QUOTA_ADDRESS	20
#define QUOTA_ALL	2000

/*
 * Whether one more line about this address is to be logged.  Those that are
 * not are counted, and the count is logged when the minute is over.  The
 * loopback, behind which there is a proxy or web mail, counts among all only.
 * 1 or 0.
 */
int	 quota_line(const struct m_peer *);

/* Where the timer runs that logs the counts. */
void	 quota_init(struct event_base *);

#endif
