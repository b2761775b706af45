/* SPDX-License-Identifier: ISC */
/*
 * Runs in: keyd (_pop3key, chroot).  Signs for the engines, so that they need
 * no private key: TLS in an engine has a placeholder key and asks keyd.
 * Trusts: authd; no engine.
 */

#include <sys/types.h>
#include <sys/queue.h>
#include <sys/socket.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>
#include <event2/event_struct.h>
#include <openssl/crypto.h>

#include "child.h"
#include "clock.h"
#include "evchild.h"
#include "evmsg.h"
#include "key.h"
#include "log.h"
#include "memory.h"
#include "msg.h"
#include "sandbox.h"

/* Messages that may queue until authd reads them. */
#define AUTHD_QUEUE_MAX	8192

/*
 * Signatures for one engine per tenth of a second: more than a processor needs
 * for handshakes, but a limit for a compromised engine.
 */
#define RATE_MAX	1000
#define RATE_MSEC	100

/* An engine, by its number in authd. */
struct client {
	TAILQ_ENTRY(client)	 entry;
	uint32_t		 number;
	int			 fd;
	struct event		 ev;
	struct event		 pause;
	int64_t			 window;	/* RATE_MSEC units since boot */
	unsigned int		 count;		/* in it */
};

static struct {
	struct event_base		*base;
	struct evmsg			 authd;
	TAILQ_HEAD(, client)		 clients;
	/* The certificate whose key comes next. */
	char				*cert;
	size_t				 certlen;
	char				 name[PATH_LEN_MAX + 1];
} keyd;

static void
keyd_client_free(struct client *c)
{
	TAILQ_REMOVE(&keyd.clients, c, entry);
	(void)event_del(&c->ev);
	(void)event_del(&c->pause);
	(void)close(c->fd);
	free(c);
}

/* Whether it may have one more now; otherwise pause it for a moment. */
static int
keyd_client_within_rate(struct client *c)
{
	const struct timeval	 tv = { 0, RATE_MSEC * 1000 };
	int64_t			 window = clock_msec() / RATE_MSEC;

	if (c->window != window) {
		c->window = window;
		c->count = 0;
	}
	if (c->count++ < RATE_MAX)
		return 1;
	(void)event_del(&c->ev);
	if (evtimer_add(&c->pause, &tv) == -1)
		fatalx("evtimer_add");
	return 0;
}

static void
keyd_client_on_pause(evutil_socket_t fd, short what, void *arg)
{
	struct client	*c = arg;

	if (event_add(&c->ev, NULL) == -1)
		fatalx("event_add");
}

/* Serve one request; then it is the next engine's turn. */
static void
keyd_client_on_read(evutil_socket_t fd, short what, void *arg)
{
	struct client	*c = arg;
	struct key_req	 req;
	struct key_res	 res;
	uint8_t		 packet[sizeof(req) + 1];	/* detects excess */
	const char	*why;
	ssize_t		 n;

	if (!keyd_client_within_rate(c))
		return;
	if ((n = recv(fd, packet, sizeof(packet), MSG_DONTWAIT)) == -1 &&
	    (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		keyd_client_free(c);
		return;
	}
	if ((why = key_request(packet, (size_t)n, &req)) != NULL) {
		log_warnx("engine %u: %s, its socket is closed", c->number,
		    why);
		keyd_client_free(c);
		return;
	}
	key_answer(&req, &res);
	/* An engine waits for its answers, so there must be room. */
	n = send(fd, &res, sizeof(res), MSG_DONTWAIT);
	explicit_bzero(&res, sizeof(res));
	if (n != sizeof(res)) {
		log_warnx("engine %u: does not read its answers, its socket "
		    "is closed", c->number);
		keyd_client_free(c);
	}
}

/* Take a socket to an engine, replacing an older one. */
static void
keyd_open(struct imsg *imsg)
{
	struct client	*c, *old;
	uint32_t	 number = imsg_get_id(imsg);

	if ((c = calloc(1, sizeof(*c))) == NULL)
		fatal("KEY_OPEN");
	c->number = number;
	c->fd = imsg_get_fd(imsg);
	TAILQ_FOREACH(old, &keyd.clients, entry) {
		if (old->number == number) {
			keyd_client_free(old);
			break;
		}
	}
	TAILQ_INSERT_TAIL(&keyd.clients, c, entry);
	if (evutil_make_socket_nonblocking(c->fd) == -1 ||
	    event_assign(&c->ev, keyd.base, c->fd, EV_READ | EV_PERSIST,
	    keyd_client_on_read, c) == -1 ||
	    evtimer_assign(&c->pause, keyd.base, keyd_client_on_pause,
	    c) == -1 ||
	    event_add(&c->ev, NULL) == -1)
		fatalx("KEY_OPEN");
	if (msg_empty_send(&keyd.authd.imsgbuf, IMSG_KEY_OPENED, number) == -1)
		fatal("KEY_OPENED");
	evmsg_flush(&keyd.authd);
}

static void
keyd_take_cert(struct imsg *imsg)
{
	free(keyd.cert);
	if (msg_pki_parse(imsg, keyd.name, &keyd.cert, &keyd.certlen) == -1)
		fatalx("authd sent a bad KEY_CERT");
}

static void
keyd_take_key(struct imsg *imsg)
{
	char		 name[PATH_LEN_MAX + 1], *pem;
	const char	*why;
	size_t		 len;
	int		 expired;

	if (msg_pki_parse(imsg, name, &pem, &len) == -1)
		fatalx("authd sent a bad KEY_ADD");
	if (keyd.cert == NULL || strcmp(name, keyd.name) != 0)
		fatalx("authd sent a KEY_ADD out of turn");
	why = key_add(keyd.cert, keyd.certlen, pem, len, &expired);
	freezero(pem, len);
	free(keyd.cert);
	keyd.cert = NULL;
	if (why == NULL && expired)
		log_warnx("pki \"%s\": the certificate has expired", name);
	if (msg_key_done_send(&keyd.authd.imsgbuf, name,
	    why == NULL ? "" : why) == -1)
		fatal("KEY_DONE");
	evmsg_flush(&keyd.authd);
}

static void
keyd_on_message(struct imsg *imsg)
{
	switch (imsg_get_type(imsg)) {
	case IMSG_KEY_CERT:
		keyd_take_cert(imsg);
		break;
	case IMSG_KEY_ADD:
		keyd_take_key(imsg);
		break;
	case IMSG_KEY_OPEN:
		keyd_open(imsg);
		break;
	}
}

int
main(int argc, char **argv)
{
	struct child	 self;

	child_init(&self, "keyd", argc, argv);
	/* libcrypto must read its files before the chroot. */
	if (OPENSSL_init_crypto(OPENSSL_INIT_LOAD_CONFIG |
	    OPENSSL_INIT_ADD_ALL_CIPHERS | OPENSSL_INIT_ADD_ALL_DIGESTS |
	    OPENSSL_INIT_LOAD_CRYPTO_STRINGS, NULL) != 1)
		fatalx("OPENSSL_init_crypto");
	if ((keyd.base = event_base_new()) == NULL)
		fatalx("event_base_new");
	TAILQ_INIT(&keyd.clients);
	evchild_drop(&self, "keyd");
	evchild_open(&keyd.authd, keyd.base, R_KEYD, AUTHD_QUEUE_MAX,
	    keyd_on_message);
	/* Do not open openssl.cnf later, when no file can be opened. */
	if (OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL) != 1)
		fatalx("OPENSSL_init_crypto");
	memory_lock();
	/* From here on it parses input of others. */
	sandbox_enter(SANDBOX_KEYD, NULL);
	(void)event_base_dispatch(keyd.base);
	return 0;
}
