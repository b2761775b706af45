/* Runs in: engine, keyd.  Trusts: authd. */

#include <sys/types.h>

#include "evlog.h"
#include "evmsg.h"
#include "log.h"
#include "msg.h"

static struct evmsg	*channel;

static void
evlog_line(int priority, const char *text)
{
	if (!channel->open)
		return;
	if (msg_log_send(&channel->imsgbuf, priority, text) == -1)
		return;
	/* What is said last may be why the process ends: get it out now. */
	if (priority <= LOG_CRIT)
		(void)imsgbuf_flush(&channel->imsgbuf);
	else
		evmsg_flush(channel);
}

void
evlog_open(struct evmsg *em)
{
	channel = em;
	log_setsink(em == NULL ? NULL : evlog_line);
}
