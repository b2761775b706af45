/* SPDX-License-Identifier: ISC */
/*
 * Runs in: authd, engine.  Log lines that strangers can cause.
 * Trusts: nobody's address; the table has a fixed size, and a key by which
 * nobody can choose addresses that meet in one place.
 */

#include <sys/types.h>

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <event2/event.h>
#include <event2/event_struct.h>

#include "address.h"
#include "clock.h"
#include "log.h"
#include "quota.h"

#define QUOTA_PLACES	1024		/* a power of two */
#define QUOTA_WAYS	4		/* that one address may take */
#define QUOTA_MINUTE	60
#define QUOTA_LOOK	15		/* for minutes that are over; seconds */

struct quota {
	struct m_peer	 peer;		/* family 0: free */
	time_t		 begun;
	uint32_t	 lines;
	uint32_t	 more;		/* left out */
};

static struct quota	 table[QUOTA_PLACES + QUOTA_WAYS];
static struct quota	 all;
static uint64_t		 key[2];
static struct event	 ev_report;

/* What is counted as one: no port, of IPv6 the network alone. */
static struct m_peer
quota_site(const struct m_peer *peer)
{
	struct m_peer	 site;

	memset(&site, 0, sizeof(site));
	site.family = peer->family;
	memcpy(site.addr, peer->addr, peer->family == 6 ? 8 : 4);
	return site;
}

/* Multiply-shift with a secret multiplier and addend. */
static size_t
quota_place(const struct m_peer *site)
{
	uint64_t	 n = 0;

	if (key[0] == 0) {
		arc4random_buf(key, sizeof(key));
		key[0] |= 1;
	}
	memcpy(&n, site->addr, sizeof(n));
	n = (n ^ n >> 29) * key[0] + key[1];
	return (size_t)(n >> 40) & (QUOTA_PLACES - 1);
}

/* Its minute is over, or its place is needed. */
static void
quota_end(struct quota *q)
{
	if (q->more > 0 && q == &all)
		log_info("%u more such lines, about all addresses together, "
		    "in the last minute", q->more);
	else if (q->more > 0)
		log_info("%u more such lines about rip=%s%s in the last minute",
		    q->more, address_text(&q->peer),
		    q->peer.family == 6 ? "/64" : "");
	memset(q, 0, sizeof(*q));
}

/* The entry of a site; a new one in place of the oldest that it may take. */
static struct quota *
quota_find(const struct m_peer *site, time_t now)
{
	struct quota	*q = table + quota_place(site), *oldest = q;
	int		 i;

	for (i = 0; i < QUOTA_WAYS; i++, q++) {
		if (memcmp(&q->peer, site, sizeof(*site)) == 0)
			return q;
		if (q->begun < oldest->begun)
			oldest = q;
	}
	/* Whoever makes others leave must not write lines by that. */
	if (all.begun == 0)
		all.begun = now;
	all.more += oldest->more;
	memset(oldest, 0, sizeof(*oldest));
	oldest->peer = *site;
	oldest->begun = now;
	return oldest;
}

/* One more for this entry: 1 if there is room. */
static int
quota_count(struct quota *q, uint32_t max, time_t now)
{
	const struct timeval	 look = { QUOTA_LOOK, 0 };
	struct m_peer		 peer = q->peer;

	if (q->begun == 0 || now - q->begun >= QUOTA_MINUTE) {
		quota_end(q);
		q->peer = peer;
		q->begun = now;
	}
	if (q->lines >= max) {
		q->more++;
		if (evtimer_initialized(&ev_report) &&
		    !evtimer_pending(&ev_report, NULL))
			(void)evtimer_add(&ev_report, &look);
		return 0;
	}
	q->lines++;
	return 1;
}

int
quota_line(const struct m_peer *peer)
{
	struct m_peer	 site = quota_site(peer);
	time_t		 now = clock_seconds();

	if (peer->family != 0 && !address_loopback(peer) &&
	    !quota_count(quota_find(&site, now), QUOTA_ADDRESS, now))
		return 0;
	return quota_count(&all, QUOTA_ALL, now);
}

/* Log the counts of minutes that are over. */
static void
quota_on_report(evutil_socket_t fd, short what, void *arg)
{
	const struct timeval	 look = { QUOTA_LOOK, 0 };
	time_t			 now = clock_seconds();
	size_t			 i;
	int			 left = 0;

	for (i = 0; i < QUOTA_PLACES + QUOTA_WAYS; i++) {
		if (table[i].more == 0)
			continue;
		if (now - table[i].begun >= QUOTA_MINUTE)
			quota_end(&table[i]);
		else
			left = 1;
	}
	if (all.more > 0 && now - all.begun >= QUOTA_MINUTE)
		quota_end(&all);
	if (left || all.more > 0)
		(void)evtimer_add(&ev_report, &look);
}

void
quota_init(struct event_base *base)
{
	evtimer_assign(&ev_report, base, quota_on_report, NULL);
}
