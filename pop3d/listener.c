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

static struct event	 ev_pause;

static void
listener_on_pause_over(evutil_socket_t fd, short what, void *arg)
{
	listener_start();
}

/* Out of descriptors: callers wait in the backlog until some are back. */
static void
listener_pause(void)
{
	struct timeval		 tv = { 1, 0 };
	struct listener		*l;

	log_warn("accept: pausing for a second");
	TAILQ_FOREACH(l, &engine.listeners, entry)
		(void)event_del(&l->ev);
	if (evtimer_add(&ev_pause, &tv) == -1)
		fatalx("evtimer_add");
}

static void
listener_on_accept(evutil_socket_t lfd, short what, void *arg)
{
	struct listener		*l = arg;
	struct sockaddr_storage	 ss;
	socklen_t		 len;
	int			 fd, i;

	for (i = 0; i < ACCEPT_BURST; i++) {
		len = sizeof(ss);
		fd = accept4(l->fd, (struct sockaddr *)&ss, &len,
		    SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd == -1) {
			if (errno == EMFILE || errno == ENFILE ||
			    errno == ENOBUFS || errno == ENOMEM)
				listener_pause();
			else if (errno != EAGAIN && errno != ECONNABORTED &&
			    errno != EINTR)
				log_warn("accept");
			return;
		}
		session_new(l, fd, (struct sockaddr *)&ss);
	}
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
