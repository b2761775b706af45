/* SPDX-License-Identifier: ISC */
/* Runs in: engine (_pop3d, chroot).  Trusts: nothing that comes in. */

#include <sys/types.h>
#include <sys/socket.h>

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "engine.h"
#include "listener.h"
#include "log.h"
#include "session.h"

/* Connections taken at one wake-up: sessions that run get their turn, too. */
#define ACCEPT_BURST	16

/* Connections taken at once where there is no place for them: all that wait. */
#define REFUSE_BURST	1024

/* Without descriptors, without places, milliseconds. */
#define PAUSE_EMFILE	1000
#define PAUSE_FULL	100

static struct event	 ev_pause;

/* Callers wait in the backlog. */
static void
listener_pause(int ms)
{
	struct timeval		 tv = { ms / 1000, ms % 1000 * 1000 };
	struct listener		*l;

	TAILQ_FOREACH(l, &engine.listeners, entry)
		(void)event_del(&l->ev);
	if (evtimer_add(&ev_pause, &tv) == -1)
		fatalx("evtimer_add");
}

/*
 * Take up to n connections, or what is left of one that has gone.  0, or -1: no
 * descriptors, listeners pause.
 */
static int
listener_take(struct listener *l, int n)
{
	struct sockaddr_storage	 ss;
	socklen_t		 len;
	int			 fd;

	for (; n > 0; n--) {
		len = sizeof(ss);
		fd = accept4(l->fd, (struct sockaddr *)&ss, &len,
		    SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd != -1) {
			session_new(l, fd, (struct sockaddr *)&ss);
			continue;
		}
		if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS ||
		    errno == ENOMEM) {
			log_warn("accept: pausing for a second");
			listener_pause(PAUSE_EMFILE);
			return -1;
		}
		if (errno == ECONNABORTED || errno == EINTR)
			continue;
		/* It does not listen any more; authd gives us another. */
		if (errno == EINVAL)
			fatal("accept");
		if (errno != EAGAIN)
			log_warn("accept");
		break;
	}
	return 0;
}

/* Who still waits now gets an answer, a place or a refusal. */
static void
listener_on_pause_over(evutil_socket_t fd, short what, void *arg)
{
	struct listener	*l;

	TAILQ_FOREACH(l, &engine.listeners, entry) {
		if (l->fd != -1 && listener_take(l, session_full() ?
		    REFUSE_BURST : ACCEPT_BURST) == -1)
			return;
	}
	listener_start();
}

/*
 * Each engine has sockets of its own, so nobody else takes what waits there.
 * Without a place, one may be free in a moment.
 */
static void
listener_on_accept(evutil_socket_t lfd, short what, void *arg)
{
	struct listener	*l = arg;

	if (session_full())
		listener_pause(PAUSE_FULL);
	else
		(void)listener_take(l, ACCEPT_BURST);
}

void
listener_add(int fd, uint32_t mode, struct tls *tls)
{
	struct listener	*l;

	if ((l = calloc(1, sizeof(*l))) == NULL)
		fatal("listener");
	l->fd = fd;
	l->mode = mode;
	l->tls = tls;
	if (fd != -1 && event_assign(&l->ev, engine.base, fd,
	    EV_READ | EV_PERSIST, listener_on_accept, l) == -1)
		fatalx("event_assign");
	TAILQ_INSERT_TAIL(&engine.listeners, l, entry);
}

void
listener_start(void)
{
	struct listener	*l;

	if (!evtimer_initialized(&ev_pause))
		evtimer_assign(&ev_pause, engine.base, listener_on_pause_over,
		    NULL);
	TAILQ_FOREACH(l, &engine.listeners, entry) {
		if (l->fd != -1 && event_add(&l->ev, NULL) == -1)
			fatalx("event_add");
	}
}

void
listener_stop(void)
{
	struct listener	*l;

	(void)evtimer_del(&ev_pause);
	TAILQ_FOREACH(l, &engine.listeners, entry) {
		if (l->fd == -1)
			continue;
		(void)event_del(&l->ev);
		(void)close(l->fd);
		l->fd = -1;
	}
}
