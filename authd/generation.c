/* SPDX-License-Identifier: ISC */
/*
 * Runs in: authd, root.  Trusts: the master, which nobody else can talk to.
 */

#include <sys/types.h>
#include <sys/socket.h>

#include <fcntl.h>
#include <unistd.h>

#include "authd.h"
#include "clock.h"
#include "generation.h"
#include "inherit.h"
#include "log.h"
#include "proc_engine.h"
#include "recover.h"
#include "sockets.h"
#include "storage.h"
#include "syncmsg.h"
#include "title.h"

/* The last sessions have this long, seconds. */
#define DRAIN_MAX	86400

/* Messages that may wait for the master: one for each socket. */
#define MASTER_QUEUE_MAX 16384

static struct evmsg	 master;
static uint32_t		 number;
static int		 alone = 1;
static struct event	 ev_look;

void
generation_begin(void)
{
	struct imsgbuf	 ib;
	struct imsg	 imsg;
	int		 started = 0;

	if (fcntl(PROTO_FD, F_SETFD, FD_CLOEXEC) == -1 ||
	    imsgbuf_init(&ib, PROTO_FD) == -1)
		fatal("-M: no master");
	imsgbuf_allow_fdpass(&ib);
	while (!started) {
		if (syncmsg_get(&ib, &imsg, R_AUTHD, R_MASTER) != 1)
			fatalx("the master has gone");
		switch (imsg_get_type(&imsg)) {
		case IMSG_MA_SOCKET:
			inherit_add(imsg_get_fd(&imsg));
			break;
		case IMSG_MA_START:
			if (msg_ma_start_parse(&imsg, &number, &alone) == -1)
				fatalx("the master sent a bad MA_START");
			started = 1;
			break;
		default:
			fatalx("the master sent %s out of turn",
			    proto_name(imsg_get_type(&imsg)));
		}
		imsg_free(&imsg);
	}
	imsgbuf_clear(&ib);
}

int
generation_first(void)
{
	return number <= 1;
}

int
generation_follows(void)
{
	return !alone;
}

/* Storageds outlast the engines: they still want their dotlocks removed. */
static void
generation_on_look(evutil_socket_t fd, short what, void *arg)
{
	if (clock_seconds() - authd.drained >= DRAIN_MAX) {
		log_warnx("generation %u: still has sessions after %d hours; "
		    "ending them", number, DRAIN_MAX / 3600);
		(void)event_del(&ev_look);
		authd.halt(0);
	} else if (!proc_engine_running() && !storage_running() &&
	    !recover_pending()) {
		(void)event_del(&ev_look);
		authd.halt(0);
	}
}

static void
generation_drain(void)
{
	const struct timeval	 tv = { 1, 0 };
	struct conf_listen	*l;

	if (authd.draining || authd.halting)
		return;
	authd.draining = 1;
	authd.drained = clock_seconds();
	log_debug("generation %u: ends with its last session", number);
	title_set("authd [priv] draining");
	TAILQ_FOREACH(l, &authd.conf->listens, entry)
		sockets_close(l);
	proc_engine_drain();
	if (event_assign(&ev_look, authd.base, -1, EV_PERSIST,
	    generation_on_look, NULL) == -1 || event_add(&ev_look, &tv) == -1)
		fatalx("event_add");
}

static void
generation_on_message(struct evmsg *em, struct imsg *imsg)
{
	if (imsg_get_type(imsg) == IMSG_MA_DRAIN)
		generation_drain();
}

/* Nobody would ever start another one, nor end this. */
static void
generation_on_closed(struct evmsg *em, const char *why)
{
	log_warnx("the master has gone: ending");
	evmsg_close(em);
	authd.halt(1);
}

void
generation_open(void)
{
	if (number == 0)
		return;
	inherit_drop();
	master.handle = generation_on_message;
	master.closed = generation_on_closed;
	if (evmsg_open(&master, authd.base, PROTO_FD, R_AUTHD, R_MASTER, 1,
	    MASTER_QUEUE_MAX) == -1)
		fatal("master");
}

/* Written at once: all duplicates together may be more than we may have. */
static void
generation_hand_on(int fd)
{
	if ((fd = fcntl(fd, F_DUPFD_CLOEXEC, 0)) == -1 ||
	    msg_fd_send(&master.imsgbuf, IMSG_MA_SOCKET, 0, fd) == -1 ||
	    imsgbuf_write(&master.imsgbuf) == -1)
		fatal("listeners");
}

void
generation_ready(void)
{
	struct conf_listen	*l;
	unsigned int		 i;

	if (!master.open)
		return;
	TAILQ_FOREACH(l, &authd.conf->listens, entry) {
		for (i = 0; i <= l->nmore; i++)
			generation_hand_on(sockets_of(l, i));
	}
	if (msg_empty_send(&master.imsgbuf, IMSG_MA_READY, 0) == -1)
		fatal("master");
	evmsg_flush(&master);
}

void
generation_reload(const char *why)
{
	if (!master.open || authd.draining || authd.halting)
		return;
	log_info("%s: reloading", why);
	if (msg_empty_send(&master.imsgbuf, IMSG_MA_RELOAD, 0) == -1)
		log_warn("master");
	else
		evmsg_flush(&master);
}
