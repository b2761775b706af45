/* SPDX-License-Identifier: ISC */
/* Runs in: engine, keyd.  Trusts: authd. */

#include <sys/types.h>

#include <stdlib.h>
#include <time.h>

#include "child.h"
#include "evchild.h"
#include "evlog.h"
#include "evmsg.h"
#include "log.h"
#include "msg.h"
#include "privdrop.h"
#include "title.h"

static void	(*evchild_handle)(struct imsg *);

void
evchild_drop(const struct child *self, const char *title)
{
	/* libcrypto uses the time, and the C library then reads the zone. */
	tzset();
	if (self->chroot != NULL)
		privdrop_chroot(self->chroot);
	if (self->uid != 0)
		privdrop_to(self->uid, self->gid, 0, NULL);
	setprogname("pop3d");
	title_set("%s", title);
}

static void
evchild_on_message(struct evmsg *em, struct imsg *imsg)
{
	if (imsg_get_type(imsg) != IMSG_PING) {
		evchild_handle(imsg);
		return;
	}
	if (msg_empty_send(&em->imsgbuf, IMSG_PONG, imsg_get_id(imsg)) == -1)
		fatal("PONG");
	evmsg_flush(em);
}

/* Without authd there is no login and no log. */
static void
evchild_on_closed(struct evmsg *em, const char *why)
{
	exit(why == NULL ? 0 : 1);
}

void
evchild_open(struct evmsg *em, struct event_base *base, enum proto_role self,
    uint32_t queue_max, void (*handle)(struct imsg *))
{
	evchild_handle = handle;
	em->handle = evchild_on_message;
	em->closed = evchild_on_closed;
	if (evmsg_open(em, base, PROTO_FD, self, R_AUTHD, 1, queue_max) == -1)
		fatal("authd");
	evlog_open(em);
}
