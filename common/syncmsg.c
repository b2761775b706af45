/* SPDX-License-Identifier: ISC */
/*
 * Runs in: authd, backends, storaged.  Trusts: no peer; every message is
 * checked.
 */

#include <sys/types.h>

#include <errno.h>

#include "log.h"
#include "msg.h"
#include "syncmsg.h"

static struct imsgbuf	*log_channel;
static void		(*idle)(int);

int
syncmsg_get(struct imsgbuf *ib, struct imsg *imsg, enum proto_role self,
    enum proto_role peer)
{
	const char	*why;
	int		 n;

	for (;;) {
		if ((n = imsgbuf_get(ib, imsg)) == -1)
			return -1;
		if (n == 1)
			break;
		if (idle != NULL)
			idle(ib->fd);
		if ((n = imsgbuf_read(ib)) == -1)
			return -1;
		if (n == 0)
			return 0;
	}
	if ((why = proto_check(imsg, peer, self)) != NULL) {
		log_warnx("%s sent %s: %s", proto_role_name(peer),
		    proto_name(imsg_get_type(imsg)), why);
		imsg_free(imsg);
		errno = EBADMSG;
		return -1;
	}
	return 1;
}

static void
syncmsg_log_line(int priority, const char *text)
{
	if (msg_log_send(log_channel, priority, text) == 0)
		(void)imsgbuf_flush(log_channel);
}

void
syncmsg_log_to(struct imsgbuf *ib)
{
	log_channel = ib;
	log_setsink(ib == NULL ? NULL : syncmsg_log_line);
}

void
syncmsg_idle(void (*fn)(int))
{
	idle = fn;
}
