/* SPDX-License-Identifier: ISC */
/*
 * Runs in: engine (_pop3d, chroot).  Takes the configuration from authd.
 * Trusts: authd.
 */

#include <sys/types.h>
#include <sys/socket.h>

#include <stdlib.h>
#include <string.h>

#include "engine_conf.h"
#include "engine_shared.h"
#include "listen.h"
#include "listener.h"
#include "log.h"
#include "session.h"
#include "tlsconf.h"
#include "tlskey.h"

/* The configuration as it arrives, until CONF_END. */
static struct {
	int		 begun;
	int		 complete;	/* and without an error */
	int		 pki;		/* has certificates */
	int		 keyd;		/* there has been a keyd for them */
	int		 serve;		/* authd says so */
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

static void
engine_conf_listener(struct imsg *imsg)
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
engine_conf_pki(struct imsg *imsg)
{
	char		 name[PATH_LEN_MAX + 1], *pem;
	size_t		 len;

	if (msg_pki_parse(imsg, name, &pem, &len) == -1)
		fatalx("authd sent a bad CONF_PKI");
	incoming.pki = 1;
	tlsconf_add(name, pem, len, &incoming.error);
}

/*
 * A configured socket: one that listens or, if inetd(8) started us, the
 * connection of the only client there will be.
 */
static void
engine_conf_socket(int fd, uint32_t mode, struct tls *tls)
{
	struct sockaddr_storage	 ss;
	socklen_t		 len = sizeof(int);
	int			 listening = 0;

	if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &len) == -1)
		fatal("listener");
	if (listening) {
		listener_add(fd, mode, tls);
		return;
	}
	memset(&ss, 0, sizeof(ss));
	len = sizeof(ss);
	if (getpeername(fd, (struct sockaddr *)&ss, &len) == -1)
		fatal("client");
	if (evutil_make_socket_nonblocking(fd) == -1)
		fatal("client");
	session_new(fd, (struct sockaddr *)&ss, mode, tls);
	session_drain();
}

/*
 * Start to accept once authd says so, and there is a keyd for TLS handshakes.
 * It may come and go after that.
 */
static void
engine_conf_serve(void)
{
	uint32_t	 i;

	if (!incoming.complete || !incoming.serve || engine.draining ||
	    (incoming.pki && !incoming.keyd))
		return;
	incoming.complete = 0;
	for (i = 0; i < incoming.nlisten; i++)
		engine_conf_socket(incoming.listen[i].fd,
		    incoming.listen[i].mode, incoming.listen[i].tls);
	listener_start();
}

void
engine_conf_go(void)
{
	incoming.serve = 1;
	engine_conf_serve();
}

void
engine_conf_keyd(struct imsg *imsg)
{
	tlskey_socket(imsg_get_fd(imsg));
	incoming.keyd = 1;
	engine_conf_serve();
}

/* The configuration is complete: apply it, or report what is wrong. */
static void
engine_conf_end(void)
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
	engine_conf_serve();
}

void
engine_conf_take(struct imsg *imsg)
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
		engine_conf_pki(imsg);
		break;
	case IMSG_CONF_LISTEN:
		engine_conf_listener(imsg);
		break;
	case IMSG_CONF_END:
		if (msg_conf_parse(imsg, &conf, reason) == -1 ||
		    conf.generation != incoming.generation)
			fatalx("authd sent a bad CONF_END");
		engine_conf_end();
		break;
	}
}
