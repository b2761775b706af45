/* SPDX-License-Identifier: ISC */
/*
 * Runs in: engine (_pop3d, chroot).  A client's connection, plain or TLS.
 * Trusts: nothing that comes in.
 */

#include <sys/types.h>
#include <sys/socket.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <tls.h>

#include "address.h"
#include "engine_shared.h"
#include "log.h"
#include "output.h"
#include "quota.h"
#include "transport.h"

/* Bytes read at once; none of them is kept if they are whole lines. */
#define READ_SIZE	16384

/* Plain text in one TLS record, bytes. */
#define RECORD_SIZE	16384

/*
 * While more than this waits to be written, no line is taken: a client that
 * asks and does not read must not cost more memory.  Bytes.
 */
#define OUTPUT_HIGH	65536

static unsigned char	 scratch[READ_SIZE];

/*
 * Input that a closing connection leaves unread.  Not scratch: that may hold
 * another session's input.
 */
static unsigned char	 rest[READ_SIZE];

static void	 transport_on_read(evutil_socket_t, short, void *);
static void	 transport_on_write(evutil_socket_t, short, void *);
static void	 transport_handshake(struct transport *);

void
transport_init(struct transport *t, int fd, struct output *out,
    const struct m_peer *remote, const struct transport_ops *ops, void *arg)
{
	t->fd = fd;
	t->out = out;
	t->remote = remote;
	t->ops = ops;
	t->arg = arg;
	if (event_assign(&t->ev_read, engine.base, fd, EV_READ | EV_PERSIST,
	    transport_on_read, t) == -1 ||
	    event_assign(&out->ev_write, engine.base, fd, EV_WRITE,
	    transport_on_write, t) == -1)
		fatalx("event_assign");
}

void
transport_set_rule(struct transport *t, const struct transport_rule *rule)
{
	t->rule = rule;
}

void
transport_stls(struct transport *t)
{
	t->stls = 1;
}

int
transport_stls_pending(const struct transport *t)
{
	return t->stls;
}

int
transport_is_tls(const struct transport *t)
{
	return t->tls != NULL;
}

void
transport_start_tls(struct transport *t, struct tls *server)
{
	t->stls = 0;
	if (tls_accept_socket(server, &t->tls, t->fd) == -1) {
		log_warnx("tls: %s", tls_error(server));
		t->ops->on_lost(t->arg, "tls failed");
		return;
	}
	transport_handshake(t);
}

/* Wait for the event that libtls asked for. */
static void
transport_want(struct transport *t, int want)
{
	if (want == TLS_WANT_POLLIN && !t->reading) {
		if (event_add(&t->ev_read, NULL) == -1)
			fatalx("event_add");
		t->reading = 1;
	} else if (want == TLS_WANT_POLLOUT) {
		if (t->reading)
			(void)event_del(&t->ev_read);
		t->reading = 0;
		if (event_add(&t->out->ev_write, NULL) == -1)
			fatalx("event_add");
	}
}

static void
transport_handshake(struct transport *t)
{
	int	 ret;

	switch (ret = tls_handshake(t->tls)) {
	case 0:
		(void)strlcpy(t->version, tls_conn_version(t->tls),
		    sizeof(t->version));
		t->ops->on_secured(t->arg);
		break;
	case TLS_WANT_POLLIN:
	case TLS_WANT_POLLOUT:
		transport_want(t, ret);
		break;
	default:
		log_debug("tls rip=%s: %s", address_text(t->remote),
		    tls_error(t->tls));
		t->ops->on_lost(t->arg, "tls handshake failed");
	}
}

/* Whether a line can be taken now. */
static int
transport_may_take(const struct transport *t)
{
	return t->fd != -1 && !t->stls && !t->blocked &&
	    t->rule->mode == TRANSPORT_LINES &&
	    output_waiting(t->out) <= OUTPUT_HIGH;
}

/*
 * Hand over the first line of buf.  Returns the number of bytes that are done
 * with; 0 if the line is not complete or has to wait.
 */
static size_t
transport_line(struct transport *t, const unsigned char *buf, size_t len)
{
	const unsigned char	*nl;
	size_t			 max = t->rule->line_max, n, text;
	int			 whole;

	if (!t->skip && t->rule->foreign != 0 && buf[0] == t->rule->foreign) {
		(void)t->ops->on_line(t->arg, (const char *)buf, len, 1);
		return len;
	}
	nl = memchr(buf, '\n', len);
	if (nl == NULL && !t->skip && len < max)
		return 0;
	n = nl == NULL ? len : (size_t)(nl + 1 - buf);
	if (!t->skip) {
		whole = nl != NULL && n <= max;
		text = n;
		if (whole) {
			text--;
			if (text > 0 && buf[text - 1] == '\r')
				text--;
		}
		if (!t->ops->on_line(t->arg, (const char *)buf, text, whole)) {
			t->blocked = 1;
			return 0;
		}
	}
	t->skip = nl == NULL;
	return n;
}

/*
 * Process the lines in buf one after the other while they can be taken.
 * Returns the number of bytes that are done with; the rest is to be passed
 * again.
 */
static size_t
transport_lines(struct transport *t, const unsigned char *buf, size_t len)
{
	size_t	 off = 0, n;

	t->busy = 1;
	while (off < len && transport_may_take(t)) {
		if ((n = transport_line(t, buf + off, len - off)) == 0)
			break;
		off += n;
	}
	t->busy = 0;
	if (t->rule->mode == TRANSPORT_DROP ||
	    t->rule->mode == TRANSPORT_DRAIN)
		return len;
	return off;
}

/*
 * Process all input that is not yet processed: buf, which is not t->in.
 * Returns 0 if the owner may have been freed.
 */
static int
transport_input(struct transport *t, const unsigned char *buf, size_t len)
{
	size_t	 used;

	used = transport_lines(t, buf, len);
	if (t->stls && used < len) {
		/* An attacker may have injected it: none of it counts. */
		if (quota_line(t->remote))
			log_info("session rip=%s: octets behind STLS, closed",
			    address_text(t->remote));
		t->ops->on_lost(t->arg, "octets behind STLS");
		return 0;
	}
	freezero(t->in, t->inlen);
	t->in = NULL;
	t->inlen = len - used;
	if (t->inlen > 0) {
		if ((t->in = malloc(t->inlen)) == NULL) {
			t->inlen = 0;
			t->ops->on_lost(t->arg, "out of memory");
			return 0;
		}
		memcpy(t->in, buf + used, t->inlen);
	}
	t->ops->on_batch(t->arg);
	return 1;
}

void
transport_resume(struct transport *t)
{
	unsigned char	*in = t->in;
	size_t		 len = t->inlen;
	int		 alive;

	if (t->busy || t->fd == -1 || t->rule->mode == TRANSPORT_HANDSHAKE)
		return;
	t->blocked = 0;
	if (len > 0 && transport_may_take(t)) {
		t->in = NULL;
		t->inlen = 0;
		alive = transport_input(t, in, len);
		freezero(in, len);
		if (!alive)
			return;
	} else
		t->ops->on_batch(t->arg);
	transport_update(t);
}

/* Whether the client has sent all and got all that it asked for. */
static int
transport_finished(const struct transport *t)
{
	return t->eof && !t->blocked && output_waiting(t->out) == 0 &&
	    t->rule->mode == TRANSPORT_LINES && t->ops->idle(t->arg);
}

void
transport_update(struct transport *t)
{
	if (t->fd == -1 || t->rule->mode == TRANSPORT_HANDSHAKE || t->busy)
		return;
	if (!t->eof && !t->reading && transport_may_take(t)) {
		if (event_add(&t->ev_read, NULL) == -1)
			fatalx("event_add");
		t->reading = 1;
		/* libtls may have buffered data for which no event fires. */
		if (t->more)
			event_active(&t->ev_read, EV_READ, 0);
	}
	if (output_waiting(t->out) > 0)
		output_flush(t->out);
	else if (t->rule->mode == TRANSPORT_DRAIN || t->stls ||
	    transport_finished(t))
		event_active(&t->out->ev_write, EV_WRITE, 0);
}

/* As read(2), with EAGAIN when libtls wants to be called later. */
static ssize_t
transport_recv(struct transport *t, void *buf, size_t size)
{
	ssize_t	 n;

	if (t->tls == NULL)
		return read(t->fd, buf, size);
	n = tls_read(t->tls, buf, size);
	if (n == TLS_WANT_POLLIN || n == TLS_WANT_POLLOUT) {
		errno = EAGAIN;
		return -1;
	}
	if (n == -1)
		errno = ECONNRESET;
	return n;
}

static void
transport_stop_reading(struct transport *t)
{
	(void)event_del(&t->ev_read);
	t->reading = 0;
}

static void
transport_on_read(evutil_socket_t fd, short what, void *arg)
{
	struct transport	*t = arg;
	size_t			 len = t->inlen, room;
	ssize_t			 n;

	if (t->rule->mode == TRANSPORT_HANDSHAKE) {
		transport_handshake(t);
		return;
	}
	if (t->eof || !transport_may_take(t) || len >= sizeof(scratch)) {
		transport_stop_reading(t);
		return;
	}
	room = sizeof(scratch) - len;
	if ((n = transport_recv(t, scratch + len, room)) == -1) {
		t->more = 0;
		if (errno != EAGAIN && errno != EINTR)
			t->ops->on_lost(t->arg, "connection lost");
		return;
	}
	if (n == 0) {
		t->eof = 1;
		transport_stop_reading(t);
		transport_update(t);
		return;
	}
	t->octets_in += (uint64_t)n;
	t->more = t->tls != NULL && (size_t)n == room;
	if (len > 0)
		memcpy(scratch, t->in, len);
	len += (size_t)n;
	if (transport_input(t, scratch, len)) {
		transport_update(t);
		if (t->more && t->reading)
			event_active(&t->ev_read, EV_READ, 0);
	}
	explicit_bzero(scratch, len);
}

/* Write record after record.  Returns the bytes written, or -1 with errno. */
static ssize_t
transport_send_tls(struct transport *t)
{
	unsigned char	*p;
	ssize_t		 n, total = 0;
	size_t		 len;

	while ((len = output_waiting(t->out)) > 0) {
		if (len > RECORD_SIZE)
			len = RECORD_SIZE;
		if ((p = evbuffer_pullup(t->out->buf, (ssize_t)len)) == NULL)
			fatal("output");
		n = tls_write(t->tls, p, len);
		if (n == TLS_WANT_POLLOUT) {
			errno = EAGAIN;
			return total > 0 ? total : -1;
		}
		if (n < 0) {
			errno = ECONNRESET;
			return -1;
		}
		(void)evbuffer_drain(t->out->buf, (size_t)n);
		total += n;
	}
	return total;
}

static void
transport_on_write(evutil_socket_t fd, short what, void *arg)
{
	struct transport	*t = arg;
	ssize_t			 n;

	if (t->rule->mode == TRANSPORT_HANDSHAKE) {
		transport_handshake(t);
		return;
	}
	if (output_waiting(t->out) > 0) {
		n = t->tls != NULL ? transport_send_tls(t) :
		    evbuffer_write(t->out->buf, t->fd);
		if (n == -1 && errno != EAGAIN && errno != EINTR) {
			t->ops->on_lost(t->arg, "connection lost");
			return;
		}
		if (n > 0) {
			t->octets_out += (uint64_t)n;
			t->ops->on_sent(t->arg);
		}
		if (output_waiting(t->out) == 0)
			t->out->mail = 0;
	}
	if (output_waiting(t->out) > 0) {
		if (event_add(&t->out->ev_write, NULL) == -1)
			fatalx("event_add");
	} else if (t->stls || t->rule->mode == TRANSPORT_DRAIN) {
		t->ops->on_drained(t->arg);
		return;
	} else if (transport_finished(t)) {
		t->ops->on_lost(t->arg, "client left");
		return;
	}
	transport_resume(t);
}

void
transport_close(struct transport *t)
{
	ssize_t	 n;
	int	 i;

	if (t->fd == -1)
		return;
	(void)event_del(&t->ev_read);
	(void)event_del(&t->out->ev_write);
	if (t->tls != NULL) {
		(void)tls_close(t->tls);
		tls_free(t->tls);
		t->tls = NULL;
	}
	/*
	 * With unread input close(2) would send a reset, which can overtake
	 * the last answer.
	 */
	(void)shutdown(t->fd, SHUT_WR);
	for (i = 0; i < 4; i++) {
		if ((n = recv(t->fd, rest, sizeof(rest), MSG_DONTWAIT)) <= 0)
			break;
		explicit_bzero(rest, (size_t)n);
	}
	(void)close(t->fd);
	t->fd = -1;
	output_close(t->out);
}

void
transport_free(struct transport *t)
{
	transport_close(t);
	freezero(t->in, t->inlen);
	t->in = NULL;
	t->inlen = 0;
}
