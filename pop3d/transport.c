/* SPDX-License-Identifier: ISC */
/*
 * Runs in: engine (_pop3d, chroot).  Octets in and out of a connection.
 * Trusts: nothing that comes in.
 */

#include <sys/types.h>
#include <sys/socket.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <tls.h>

#include "command.h"
#include "listen.h"
#include "log.h"
#include "maildrop.h"
#include "output.h"
#include "quota.h"
#include "session.h"
#include "transport.h"

/* What is read at once, octets; nothing of it stays if it is whole lines. */
#define READ_SIZE	16384

/* Plain text in one TLS record, octets. */
#define RECORD_SIZE	16384

/*
 * While more than this waits to be written no command is taken, so that a
 * client that asks and does not read costs no more.  Octets.
 */
#define OUTPUT_HIGH	65536

static unsigned char	 scratch[READ_SIZE];

/* What a session that ends leaves unread; another's may be in scratch. */
static unsigned char	 rest[READ_SIZE];

static void	 transport_on_read(evutil_socket_t, short, void *);
static void	 transport_on_write(evutil_socket_t, short, void *);
static void	 transport_handshake(struct session *);

void
transport_init(struct session *s)
{
	if (event_assign(&s->ev_read, engine.base, s->fd,
	    EV_READ | EV_PERSIST, transport_on_read, s) == -1 ||
	    event_assign(&s->ev_write, engine.base, s->fd, EV_WRITE,
	    transport_on_write, s) == -1)
		fatalx("event_assign");
}

void
transport_start_tls(struct session *s)
{
	s->stls = 0;
	s->state = SESSION_HANDSHAKE;
	if (tls_accept_socket(s->listener->tls, &s->tls, s->fd) == -1) {
		log_warnx("tls: %s", tls_error(s->listener->tls));
		session_free(s, "tls failed");
		return;
	}
	transport_handshake(s);
}

/* libtls says what it waits for. */
static void
transport_want(struct session *s, int want)
{
	if (want == TLS_WANT_POLLIN && !s->reading) {
		if (event_add(&s->ev_read, NULL) == -1)
			fatalx("event_add");
		s->reading = 1;
	} else if (want == TLS_WANT_POLLOUT) {
		if (s->reading)
			(void)event_del(&s->ev_read);
		s->reading = 0;
		if (event_add(&s->ev_write, NULL) == -1)
			fatalx("event_add");
	}
}

static void
transport_handshake(struct session *s)
{
	int	 ret;

	switch (ret = tls_handshake(s->tls)) {
	case 0:
		(void)strlcpy(s->tlsver, tls_conn_version(s->tls),
		    sizeof(s->tlsver));
		/* RFC 2595, section 4: what was said before is forgotten. */
		session_forget_user(s);
		s->bad = 0;
		s->state = SESSION_AUTH;
		if (s->listener->mode == LISTEN_TLS)
			session_greet(s);
		transport_update(s);
		break;
	case TLS_WANT_POLLIN:
	case TLS_WANT_POLLOUT:
		transport_want(s, ret);
		break;
	default:
		log_debug("tls rip=%s: %s", session_rip(s),
		    tls_error(s->tls));
		session_free(s, "tls handshake failed");
	}
}

/* Whether a command can be taken now. */
static int
transport_may_take(const struct session *s)
{
	return s->fd != -1 && !s->stls && !s->blocked &&
	    (s->state == SESSION_AUTH || s->state == SESSION_TRANS) &&
	    output_waiting(s) <= OUTPUT_HIGH &&
	    (s->maildrop == NULL || maildrop_has_room(s->maildrop));
}

/*
 * Do the commands in buf one after the other while they can be taken.  The
 * octets that are done with; what is left is to be given again.  Commands, and
 * not octets, begin the idle time anew (RFC 1939, section 3).
 */
static size_t
transport_commands(struct session *s, const unsigned char *buf, size_t len)
{
	const unsigned char	*nl;
	size_t			 off = 0, n, left;

	while (off < len && transport_may_take(s)) {
		left = len - off;
		/* The end of such a line may never come. */
		if (!s->skip && s->state == SESSION_AUTH &&
		    buf[off] == COMMAND_TLS) {
			(void)command_do(s, (const char *)buf + off, left);
			return len;
		}
		nl = memchr(buf + off, '\n', left);
		if (nl == NULL && !s->skip && left < COMMAND_LINE_MAX)
			break;
		n = nl == NULL ? left : (size_t)(nl + 1 - (buf + off));
		if (s->skip) {
			s->skip = nl == NULL;
			off += n;
			continue;
		}
		if (n > COMMAND_LINE_MAX || nl == NULL) {
			if (!command_do(s, (const char *)buf + off, n + 1)) {
				s->blocked = 1;
				break;
			}
			session_touch(s);
			s->skip = nl == NULL;
			off += n;
			continue;
		}
		left = n - 1;
		if (left > 0 && buf[off + left - 1] == '\r')
			left--;
		if (!command_do(s, (const char *)buf + off, left)) {
			s->blocked = 1;
			break;
		}
		session_touch(s);
		off += n;
	}
	return off;
}

/*
 * All that has been read and not been dealt with: buf, which is not s->in.
 * 0: the session has gone.
 */
static int
transport_input(struct session *s, const unsigned char *buf, size_t len)
{
	size_t	 used;

	s->busy = 1;
	used = transport_commands(s, buf, len);
	s->busy = 0;
	if (s->stls && used < len) {
		/* Somebody may have slipped it in: nothing of it counts. */
		if (quota_line(&s->remote))
			log_info("session rip=%s: octets behind STLS, closed",
			    session_rip(s));
		session_free(s, "octets behind STLS");
		return 0;
	}
	if (s->state == SESSION_CLOSE || s->state == SESSION_UPDATE)
		used = len;
	freezero(s->in, s->inlen);
	s->in = NULL;
	s->inlen = len - used;
	if (s->inlen > 0) {
		if ((s->in = malloc(s->inlen)) == NULL) {
			s->inlen = 0;
			session_free(s, "out of memory");
			return 0;
		}
		memcpy(s->in, buf + used, s->inlen);
	}
	if (s->maildrop != NULL)
		maildrop_send(s->maildrop);
	return 1;
}

void
transport_resume(struct session *s)
{
	unsigned char	*in = s->in;
	size_t		 len = s->inlen;
	int		 alive;

	if (s->busy || s->fd == -1 || s->state == SESSION_HANDSHAKE)
		return;
	s->blocked = 0;
	if (len > 0 && transport_may_take(s)) {
		s->in = NULL;
		s->inlen = 0;
		alive = transport_input(s, in, len);
		freezero(in, len);
		if (!alive)
			return;
	} else if (s->maildrop != NULL)
		maildrop_send(s->maildrop);
	transport_update(s);
}

/* The client has sent all, and got all that it asked for. */
static int
transport_finished(const struct session *s)
{
	return s->eof && !s->blocked && output_waiting(s) == 0 &&
	    (s->state == SESSION_AUTH || (s->state == SESSION_TRANS &&
	    s->maildrop->asked == 0));
}

void
transport_update(struct session *s)
{
	if (s->fd == -1 || s->state == SESSION_HANDSHAKE || s->busy)
		return;
	if (!s->eof && !s->reading && transport_may_take(s)) {
		if (event_add(&s->ev_read, NULL) == -1)
			fatalx("event_add");
		s->reading = 1;
		/* libtls may hold what no event will ever tell of. */
		if (s->more)
			event_active(&s->ev_read, EV_READ, 0);
	}
	if (output_waiting(s) > 0)
		output_flush(s);
	else if (s->state == SESSION_CLOSE || s->stls || transport_finished(s))
		event_active(&s->ev_write, EV_WRITE, 0);
}

/* As read(2), with EAGAIN for what libtls calls by other names. */
static ssize_t
transport_recv(struct session *s, void *buf, size_t size)
{
	ssize_t	 n;

	if (s->tls == NULL)
		return read(s->fd, buf, size);
	n = tls_read(s->tls, buf, size);
	if (n == TLS_WANT_POLLIN || n == TLS_WANT_POLLOUT) {
		errno = EAGAIN;
		return -1;
	}
	if (n == -1)
		errno = ECONNRESET;
	return n;
}

static void
transport_on_read(evutil_socket_t fd, short what, void *arg)
{
	struct session	*s = arg;
	size_t		 len = s->inlen, room;
	ssize_t		 n;

	if (s->state == SESSION_HANDSHAKE) {
		transport_handshake(s);
		return;
	}
	if (s->eof || !transport_may_take(s) || len >= sizeof(scratch)) {
		(void)event_del(&s->ev_read);
		s->reading = 0;
		return;
	}
	room = sizeof(scratch) - len;
	if ((n = transport_recv(s, scratch + len, room)) == -1) {
		s->more = 0;
		if (errno != EAGAIN && errno != EINTR)
			session_gone(s, "connection lost");
		return;
	}
	if (n == 0) {
		s->eof = 1;
		(void)event_del(&s->ev_read);
		s->reading = 0;
		transport_update(s);
		return;
	}
	s->octets_in += (uint64_t)n;
	s->more = s->tls != NULL && (size_t)n == room;
	if (len > 0)
		memcpy(scratch, s->in, len);
	len += (size_t)n;
	if (transport_input(s, scratch, len)) {
		transport_update(s);
		if (s->more && s->reading)
			event_active(&s->ev_read, EV_READ, 0);
	}
	explicit_bzero(scratch, len);
}

/* One record after the other; -1 with errno, or octets written. */
static ssize_t
transport_send_tls(struct session *s)
{
	unsigned char	*p;
	ssize_t		 n, total = 0;
	size_t		 len;

	while ((len = output_waiting(s)) > 0) {
		if (len > RECORD_SIZE)
			len = RECORD_SIZE;
		if ((p = evbuffer_pullup(s->out, (ssize_t)len)) == NULL)
			fatal("output");
		n = tls_write(s->tls, p, len);
		if (n == TLS_WANT_POLLOUT) {
			errno = EAGAIN;
			return total > 0 ? total : -1;
		}
		if (n < 0) {
			errno = ECONNRESET;
			return -1;
		}
		(void)evbuffer_drain(s->out, (size_t)n);
		total += n;
	}
	return total;
}

static void
transport_on_write(evutil_socket_t fd, short what, void *arg)
{
	struct session	*s = arg;
	ssize_t		 n;

	if (s->state == SESSION_HANDSHAKE) {
		transport_handshake(s);
		return;
	}
	if (output_waiting(s) > 0) {
		n = s->tls != NULL ? transport_send_tls(s) :
		    evbuffer_write(s->out, s->fd);
		if (n == -1 && errno != EAGAIN && errno != EINTR) {
			session_gone(s, "connection lost");
			return;
		}
		if (n > 0) {
			s->octets_out += (uint64_t)n;
			session_touch(s);
		}
		if (output_waiting(s) == 0)
			s->mail = 0;
	}
	if (output_waiting(s) > 0) {
		if (event_add(&s->ev_write, NULL) == -1)
			fatalx("event_add");
	} else if (s->stls) {
		transport_start_tls(s);
		return;
	} else if (s->state == SESSION_CLOSE) {
		session_free(s, s->why);
		return;
	} else if (transport_finished(s)) {
		session_gone(s, "client left");
		return;
	}
	transport_resume(s);
}

void
transport_close(struct session *s)
{
	ssize_t	 n;
	int	 i;

	if (s->fd == -1)
		return;
	(void)event_del(&s->ev_read);
	(void)event_del(&s->ev_write);
	if (s->tls != NULL) {
		(void)tls_close(s->tls);
		tls_free(s->tls);
		s->tls = NULL;
	}
	/*
	 * With input unread close(2) would send a reset, and that can overtake
	 * the last answer.
	 */
	(void)shutdown(s->fd, SHUT_WR);
	for (i = 0; i < 4; i++) {
		if ((n = recv(s->fd, rest, sizeof(rest), MSG_DONTWAIT)) <= 0)
			break;
		explicit_bzero(rest, (size_t)n);
	}
	(void)close(s->fd);
	s->fd = -1;
	(void)evbuffer_drain(s->out, evbuffer_get_length(s->out));
}
