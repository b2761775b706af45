/* SPDX-License-Identifier: ISC */
/* Runs in: engine, keyd.  Trusts: authd. */

#include <sys/types.h>

#include <stdio.h>

#include "evlog.h"
#include "evmsg.h"
#include "log.h"
#include "msg.h"

/*
 * Messages that may wait for authd before lines are left out: well below what
 * ends the channel, and with it the process.  Who connects fast enough makes an
 * engine say more than authd can write.
 */
#define QUEUE_MAX	4096

static struct evmsg	*channel;
static unsigned int	 lost;		/* lines since the last that was sent */

static void
evlog_send(int priority, const char *text)
{
	if (msg_log_send(&channel->imsgbuf, priority, text) == -1)
		return;
	/* What is said last may be why the process ends: get it out now. */
	if (priority <= LOG_CRIT)
		(void)imsgbuf_flush(&channel->imsgbuf);
	else
		evmsg_flush(channel);
}

static void
evlog_line(int priority, const char *text)
{
	char		 note[64];
	uint32_t	 max = lost > 0 ? QUEUE_MAX / 2 : QUEUE_MAX;

	if (!channel->open)
		return;
	if (priority > LOG_CRIT &&
	    imsgbuf_queuelen(&channel->imsgbuf) >= max) {
		lost++;
		return;
	}
	if (lost > 0) {
		(void)snprintf(note, sizeof(note), "%u log lines lost: there "
		    "were too many at once", lost);
		lost = 0;
		evlog_send(LOG_ERR, note);
	}
	evlog_send(priority, text);
}

void
evlog_open(struct evmsg *em)
{
	channel = em;
	log_setsink(em == NULL ? NULL : evlog_line);
}
