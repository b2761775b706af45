/* SPDX-License-Identifier: ISC */
/*
 * Runs in: engine (_pop3d, chroot), the process that talks to the world.
 * Trusts: authd.
 */

#include <sys/types.h>
#include <sys/socket.h>

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "child.h"
#include "engine.h"
#include "evlog.h"
#include "listen.h"
#include "listener.h"
#include "log.h"
#include "privdrop.h"
#include "quota.h"
#include "sandbox.h"
#include "session.h"
#include "title.h"
#include "tlsconf.h"
#include "tlskey.h"

/* Messages that may wait for authd to read them. */
#define AUTHD_QUEUE_MAX	65536

/*
 * Callbacks between two looks at the descriptors and the time.  A callback that
 * makes an event active, as transport.c does while libtls may hold more, would
 * else be called again before anybody else is heard.
 */
#define CALLBACKS_MAX	256

struct engine	 engine;

/* A configuration that is on its way, until CONF_END. */
static struct {
	int		 begun;
	int		 complete;	/* and without an error */
	int		 pki;		/* has certificates */
	int		 keyd;		/* there has been a keyd for them */
	uint32_t	 generation;
	const char	*error;
	uint32_t	 nlisten;
	struct {
		int		 fd;
		uint32_t	 mode;
		char		*pki;
		struct tls	*tls;	/* NULL: none */
	}		 listen[256];
} incoming;

time_t
engine_now(void)
{
	struct timespec	 ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec;
}

void
engine_drained(void)
{
	if (engine.halting && engine.sessions == 0)
		(void)event_base_loopbreak(engine.base);
}

static void
engine_take_listener(struct imsg *imsg)
{
	char		 pki[PATH_LEN_MAX + 1];
	uint32_t	 mode, n = incoming.nlisten;

	if (n == NITEMS(incoming.listen)) {
		incoming.error = "too many listeners";
		return;
	}
	if (msg_listen_parse(imsg, &mode, pki) == -1)
		fatalx("authd sent a bad CONF_LISTEN");
	incoming.listen[n].mode = mode;
	incoming.listen[n].fd = imsg_get_fd(imsg);
	if ((incoming.listen[n].pki = strdup(pki)) == NULL)
		fatal("listener");
	incoming.nlisten++;
}

static void
engine_take_pki(struct imsg *imsg)
{
	char		 name[PATH_LEN_MAX + 1], *pem;
	size_t		 len;

	if (msg_pki_parse(imsg, name, &pem, &len) == -1)
		fatalx("authd sent a bad CONF_PKI");
	incoming.pki = 1;
	tlsconf_add(name, pem, len, &incoming.error);
}

/*
 * A socket for the configuration's sake: one that listens, or, started from
 * inetd(8), the connection of the only client there will be.
 */
static void
engine_add_socket(int fd, uint32_t mode, struct tls *tls)
{
	struct sockaddr_storage	 ss;
	socklen_t		 len = sizeof(int);
	int			 listening = 0;

	if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &len) == -1)
		fatal("listener");
	listener_add(listening ? fd : -1, mode, tls);
	if (listening)
		return;
	memset(&ss, 0, sizeof(ss));
	len = sizeof(ss);
	if (getpeername(fd, (struct sockaddr *)&ss, &len) == -1)
		fatal("client");
	if (evutil_make_socket_nonblocking(fd) == -1)
		fatal("client");
	session_new(TAILQ_LAST(&engine.listeners, listeners), fd,
	    (struct sockaddr *)&ss);
	engine.halting = 1;
	engine_drained();
}

/*
 * Take connections as soon as there is a keyd for their handshakes.  From then
 * on keyd may come and go.
 */
static void
engine_begin(void)
{
	uint32_t	 i;

	if (!incoming.complete || engine.halting ||
	    (incoming.pki && !incoming.keyd))
		return;
	incoming.complete = 0;
	for (i = 0; i < incoming.nlisten; i++)
		engine_add_socket(incoming.listen[i].fd,
		    incoming.listen[i].mode, incoming.listen[i].tls);
	listener_start();
}

static void
engine_take_keyd(struct imsg *imsg)
{
	tlskey_socket(imsg_get_fd(imsg));
	incoming.keyd = 1;
	engine_begin();
}

/* All of it is here: into force with it, or back with the reason. */
static void
engine_configured(void)
{
	uint32_t	 i;

	for (i = 0; i < incoming.nlisten && incoming.error == NULL; i++) {
		if (incoming.listen[i].mode != LISTEN_PLAINTEXT)
			incoming.listen[i].tls = tlsconf_server(
			    incoming.listen[i].pki, &incoming.error);
		free(incoming.listen[i].pki);
	}
	if (msg_conf_send(&engine.authd.imsgbuf, IMSG_CONF_DONE,
	    incoming.generation, incoming.error == NULL,
	    incoming.error == NULL ? "" : incoming.error) == -1)
		fatal("CONF_DONE");
	evmsg_flush(&engine.authd);
	incoming.begun = 0;
	incoming.complete = incoming.error == NULL;
	engine_begin();
}

static void
engine_take_conf(struct imsg *imsg)
{
	struct m_conf	 conf;
	char		 reason[TEXT_LEN_MAX + 1];
	uint32_t	 type = imsg_get_type(imsg);

	if ((type == IMSG_CONF_BEGIN) == incoming.begun)
		fatalx("authd sent %s out of turn", proto_name(type));
	switch (type) {
	case IMSG_CONF_BEGIN:
		if (msg_conf_parse(imsg, &conf, reason) == -1)
			fatalx("authd sent a bad CONF_BEGIN");
		incoming.begun = 1;
		incoming.generation = conf.generation;
		break;
	case IMSG_CONF_LIMITS:
		if (msg_limits_parse(imsg, &engine.limits) == -1)
			fatalx("authd sent bad CONF_LIMITS");
		log_setverbose((int)engine.limits.verbose);
		break;
	case IMSG_CONF_PKI:
		engine_take_pki(imsg);
		break;
	case IMSG_CONF_LISTEN:
		engine_take_listener(imsg);
		break;
	case IMSG_CONF_END:
		if (msg_conf_parse(imsg, &conf, reason) == -1 ||
		    conf.generation != incoming.generation)
			fatalx("authd sent a bad CONF_END");
		engine_configured();
		break;
	}
}

/* An answer to PASS.  The client may have left meanwhile. */
static void
engine_take_auth(struct imsg *imsg)
{
	struct session	*s = session_find(imsg_get_id(imsg));
	char		 user[USER_LEN_MAX + 1];
	uint32_t	 reason;
	int		 fd;

	if (imsg_get_type(imsg) == IMSG_AUTH_OK) {
		if (msg_auth_ok_parse(imsg, user) == -1)
			fatalx("authd sent a bad AUTH_OK");
		if (s == NULL) {
			log_debug("answer for a session that has gone");
			return;		/* imsg_free closes the socket */
		}
		if ((fd = imsg_get_fd(imsg)) != -1)
			session_authenticated(s, user, fd);
		return;
	}
	if (msg_auth_fail_parse(imsg, &reason) == -1)
		fatalx("authd sent a bad AUTH_FAIL");
	if (s != NULL && s->state == SESSION_CHECK)
		session_refused(s, reason);
}

/* Its user logs in anew, from the same address. */
static void
engine_take_yield(struct imsg *imsg)
{
	struct session	*s = session_find(imsg_get_id(imsg));
	uint32_t	 login;

	if (msg_auth_yield_parse(imsg, &login) == -1)
		fatalx("authd sent a bad AUTH_YIELD");
	/* Its storaged is about to end. */
	if (s == NULL || session_yield(s))
		return;
	if (msg_empty_send(&engine.authd.imsgbuf, IMSG_AUTH_KEPT, login) == -1)
		fatal("AUTH_KEPT");
	evmsg_flush(&engine.authd);
}

static void
engine_halt(void)
{
	log_debug("ending, %u sessions", engine.sessions);
	engine.halting = 1;
	listener_stop();
	session_halt_all();
	engine_drained();
}

static void
engine_on_message(struct evmsg *em, struct imsg *imsg)
{
	switch (imsg_get_type(imsg)) {
	case IMSG_CONF_BEGIN:
	case IMSG_CONF_LIMITS:
	case IMSG_CONF_PKI:
	case IMSG_CONF_LISTEN:
	case IMSG_CONF_END:
		engine_take_conf(imsg);
		break;
	case IMSG_AUTH_OK:
	case IMSG_AUTH_FAIL:
		engine_take_auth(imsg);
		break;
	case IMSG_AUTH_YIELD:
		engine_take_yield(imsg);
		break;
	case IMSG_KEY_SOCKET:
		engine_take_keyd(imsg);
		break;
	case IMSG_PING:
		if (msg_empty_send(&em->imsgbuf, IMSG_PONG,
		    imsg_get_id(imsg)) == -1)
			fatal("PONG");
		evmsg_flush(em);
		break;
	case IMSG_HALT:
		engine_halt();
		break;
	}
}

/* Nobody to log in through any more, nobody to log to. */
static void
engine_on_closed(struct evmsg *em, const char *why)
{
	exit(why == NULL ? 0 : 1);
}

static struct event_base *
engine_base(void)
{
	struct event_config	*conf;
	struct event_base	*base;

	if ((conf = event_config_new()) == NULL ||
	    event_config_set_max_dispatch_interval(conf, NULL, CALLBACKS_MAX,
	    0) == -1 || (base = event_base_new_with_config(conf)) == NULL)
		fatalx("event_base_new_with_config");
	event_config_free(conf);
	return base;
}

int
main(int argc, char **argv)
{
	struct child	 self;

	child_init(&self, "engine", argc, argv);
	tlsconf_init();
	engine.base = engine_base();
	quota_init(engine.base);
	/* libtls asks for the time zone's file at its first certificate. */
	tzset();
	if (self.chroot != NULL)
		privdrop_chroot(self.chroot);
	if (self.uid != 0)
		privdrop_to(self.uid, self.gid, 0, NULL);
	setprogname("pop3d");
	title_set("engine");
	TAILQ_INIT(&engine.listeners);
	engine.authd.handle = engine_on_message;
	engine.authd.closed = engine_on_closed;
	if (evmsg_open(&engine.authd, engine.base, PROTO_FD, R_ENGINE, R_AUTHD,
	    1, AUTHD_QUEUE_MAX) == -1)
		fatal("authd");
	evlog_open(&engine.authd);
	sandbox_enter(SANDBOX_ENGINE, NULL);
	(void)event_base_dispatch(engine.base);
	(void)imsgbuf_flush(&engine.authd.imsgbuf);
	return 0;
}
