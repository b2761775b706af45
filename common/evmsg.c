/* SPDX-License-Identifier: ISC */
/*
 * Runs in: master, authd, engine, keyd.  Trusts: no peer; every message is
 * checked.
 */

#include <sys/types.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "evmsg.h"
#include "log.h"

static void	 evmsg_on_read(evutil_socket_t, short, void *);
static void	 evmsg_on_write(evutil_socket_t, short, void *);
static void	 evmsg_fail(struct evmsg *, const char *);

int
evmsg_open(struct evmsg *em, struct event_base *base, int fd,
    enum proto_role self, enum proto_role peer, int fdpass, uint32_t queue_max)
{
	if (evutil_make_socket_nonblocking(fd) == -1 ||
	    evutil_make_socket_closeonexec(fd) == -1)
		return -1;
	if (imsgbuf_init(&em->imsgbuf, fd) == -1)
		return -1;
	if (imsgbuf_set_maxsize(&em->imsgbuf, PROTO_MSG_MAX) == -1) {
		imsgbuf_clear(&em->imsgbuf);
		return -1;
	}
	if (fdpass)
		imsgbuf_allow_fdpass(&em->imsgbuf);
	em->self = self;
	em->peer = peer;
	em->queue_max = queue_max;
	em->paused = 0;
	em->gone = NULL;
	if (event_assign(&em->ev_read, base, fd, EV_READ | EV_PERSIST,
	    evmsg_on_read, em) == -1 ||
	    event_assign(&em->ev_write, base, fd, EV_WRITE,
	    evmsg_on_write, em) == -1 ||
	    event_add(&em->ev_read, NULL) == -1) {
		imsgbuf_clear(&em->imsgbuf);
		errno = ENOMEM;
		return -1;
	}
	em->open = 1;
	return 0;
}

void
evmsg_close(struct evmsg *em)
{
	if (!em->open)
		return;
	em->open = 0;
	if (em->gone != NULL)
		*em->gone = 1;
	(void)event_del(&em->ev_read);
	(void)event_del(&em->ev_write);
	imsgbuf_clear(&em->imsgbuf);
	(void)close(em->imsgbuf.fd);
	em->imsgbuf.fd = -1;
}

void
evmsg_flush(struct evmsg *em)
{
	if (em->open && imsgbuf_queuelen(&em->imsgbuf) > 0)
		event_active(&em->ev_write, EV_WRITE, 0);
}

void
evmsg_pause(struct evmsg *em)
{
	if (em->open && !em->paused) {
		em->paused = 1;
		(void)event_del(&em->ev_read);
	}
}

void
evmsg_resume(struct evmsg *em)
{
	if (em->open && em->paused) {
		em->paused = 0;
		(void)event_add(&em->ev_read, NULL);
		/* Whole messages may have been read before the pause. */
		event_active(&em->ev_read, EV_READ, 0);
	}
}

static void
evmsg_fail(struct evmsg *em, const char *why)
{
	(void)event_del(&em->ev_read);
	(void)event_del(&em->ev_write);
	em->closed(em, why);
}

/*
 * Handle what is buffered.  0 when the channel (and perhaps its memory) has
 * gone, by a callback or by an error.
 */
static int
evmsg_dispatch(struct evmsg *em)
{
	struct imsg	 imsg;
	const char	*why;
	unsigned int	 gone = 0;
	int		 n;

	while (!em->paused) {
		if ((n = imsgbuf_get(&em->imsgbuf, &imsg)) == -1) {
			evmsg_fail(em, "malformed message");
			return 0;
		}
		if (n == 0)
			return 1;
		if ((why = proto_check(&imsg, em->peer, em->self)) != NULL) {
			log_warnx("%s sent %s: %s", proto_role_name(em->peer),
			    proto_name(imsg_get_type(&imsg)), why);
			imsg_free(&imsg);
			evmsg_fail(em, why);
			return 0;
		}
		em->gone = &gone;
		em->handle(em, &imsg);
		imsg_free(&imsg);
		if (gone)
			return 0;
		em->gone = NULL;
	}
	return 1;
}

static void
evmsg_on_read(evutil_socket_t fd, short what, void *arg)
{
	struct evmsg	*em = arg;
	int		 n;

	if (em->paused)
		return;
	if ((n = imsgbuf_read(&em->imsgbuf)) == -1) {
		evmsg_fail(em, strerror(errno));
		return;
	}
	if (!evmsg_dispatch(em))
		return;
	if (n == 0 && !em->paused)
		evmsg_fail(em, NULL);
}

static void
evmsg_on_write(evutil_socket_t fd, short what, void *arg)
{
	struct evmsg	*em = arg;

	if (imsgbuf_write(&em->imsgbuf) == -1) {
		/*
		 * The peer has gone, but what it said last may still wait to
		 * be read; the reader meets the end of file after it.
		 */
		if (errno == EPIPE || errno == ECONNRESET) {
			event_active(&em->ev_read, EV_READ, 0);
			return;
		}
		evmsg_fail(em, strerror(errno));
		return;
	}
	if (imsgbuf_queuelen(&em->imsgbuf) == 0)
		return;
	if (imsgbuf_queuelen(&em->imsgbuf) > em->queue_max) {
		evmsg_fail(em, "does not read its messages");
		return;
	}
	if (event_add(&em->ev_write, NULL) == -1)
		evmsg_fail(em, "event_add");
}
