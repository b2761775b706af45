/* SPDX-License-Identifier: ISC */
/*
 * Runs in: engine (_pop3d, chroot).  Accepts connections.
 * Trusts: nothing that comes in.
 */

#include <sys/types.h>
#include <sys/queue.h>
#include <sys/socket.h>

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "engine_shared.h"
#include "listener.h"
#include "log.h"
#include "session.h"

/* Connections taken at one wake-up: running sessions need their turn, too. */
#define ACCEPT_BURST	16

/* Connections refused at one wake-up when the table is full. */
#define REFUSE_BURST	1024

/* How long to pause without free descriptors, or places; milliseconds. */
#define PAUSE_EMFILE	1000
#define PAUSE_FULL	100

/* A bound socket that authd has handed over. */
struct listener {
	TAILQ_ENTRY(listener)	 entry;
	struct event		 ev;
	int			 fd;
	uint32_t		 mode;		/* enum listen_mode */
	struct tls		*tls;		/* server context, or NULL */
};
TAILQ_HEAD(listeners, listener);

static struct listeners	 listeners = TAILQ_HEAD_INITIALIZER(listeners);
static struct event	 ev_pause;

/* Stop accepting for a while: new connections wait in the backlog. */
static void
listener_pause(int ms)
{
	struct timeval		 tv = { ms / 1000, ms % 1000 * 1000 };
	struct listener		*l;

	TAILQ_FOREACH(l, &listeners, entry)
		(void)event_del(&l->ev);
	if (evtimer_add(&ev_pause, &tv) == -1)
		fatalx("evtimer_add");
}

/*
 * Accept up to n connections.  Returns 0, or -1 if there are no descriptors
 * left: then the listeners pause.
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
			session_new(fd, (struct sockaddr *)&ss, l->mode,
			    l->tls);
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
		/* It no longer listens; authd passes another one on. */
		if (errno == EINVAL)
			fatal("accept");
		if (errno != EAGAIN)
			log_warn("accept");
		break;
	}
	return 0;
}

/* Serve or refuse all connections that still wait. */
static void
listener_on_pause_over(evutil_socket_t fd, short what, void *arg)
{
	struct listener	*l;

	TAILQ_FOREACH(l, &listeners, entry) {
		if (listener_take(l, session_full() ? REFUSE_BURST :
		    ACCEPT_BURST) == -1)
			return;
	}
	listener_start();
}

/*
 * Each engine has sockets of its own, so no other process accepts these
 * connections.  If the table is full, a place may soon be free.
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
	if (event_assign(&l->ev, engine.base, fd,
	    EV_READ | EV_PERSIST, listener_on_accept, l) == -1)
		fatalx("event_assign");
	TAILQ_INSERT_TAIL(&listeners, l, entry);
}

void
listener_start(void)
{
	struct listener	*l;

	if (!evtimer_initialized(&ev_pause))
		evtimer_assign(&ev_pause, engine.base, listener_on_pause_over,
		    NULL);
	TAILQ_FOREACH(l, &listeners, entry) {
		if (event_add(&l->ev, NULL) == -1)
			fatalx("event_add");
	}
}

void
listener_stop(void)
{
	struct listener	*l;

	if (evtimer_initialized(&ev_pause))
		(void)evtimer_del(&ev_pause);
	while ((l = TAILQ_FIRST(&listeners)) != NULL) {
		TAILQ_REMOVE(&listeners, l, entry);
		(void)event_del(&l->ev);
		(void)close(l->fd);
		free(l);
	}
}
