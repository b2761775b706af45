/* SPDX-License-Identifier: ISC */
/*
 * Runs in: authd, root.  Trusts: the master, which nobody else can talk to.
 */

#include <sys/types.h>
#include <sys/socket.h>
#include <netinet/in.h>

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "authd.h"
#include "generation.h"
#include "log.h"
#include "proc_engine.h"
#include "sockets.h"
#include "syncmsg.h"
#include "title.h"

/* Messages that may wait for the master: one for each socket. */
#define MASTER_QUEUE_MAX 16384

static struct evmsg	 master;
static uint32_t		 number;
static int		 alone = 1;
static int		*heirlooms;	/* sockets that were handed on */
static size_t		 nheirlooms;

static void
generation_inherit(int fd)
{
	int	*fds;

	if ((fds = reallocarray(heirlooms, nheirlooms + 1,
	    sizeof(*fds))) == NULL)
		fatal("listeners");
	heirlooms = fds;
	heirlooms[nheirlooms++] = fd;
}

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
			generation_inherit(imsg_get_fd(&imsg));
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
generation_follows(void)
{
	return !alone;
}

/* Whether the socket is bound to this address. */
static int
generation_bound(int fd, const struct sockaddr_storage *ss)
{
	struct sockaddr_storage	 own;
	struct sockaddr_in	 a, b;
	struct sockaddr_in6	 a6, b6;
	socklen_t		 len = sizeof(own);

	memset(&own, 0, sizeof(own));
	if (getsockname(fd, (struct sockaddr *)&own, &len) == -1 ||
	    own.ss_family != ss->ss_family)
		return 0;
	if (own.ss_family == AF_INET) {
		memcpy(&a, &own, sizeof(a));
		memcpy(&b, ss, sizeof(b));
		return a.sin_port == b.sin_port &&
		    a.sin_addr.s_addr == b.sin_addr.s_addr;
	}
	memcpy(&a6, &own, sizeof(a6));
	memcpy(&b6, ss, sizeof(b6));
	return a6.sin6_port == b6.sin6_port &&
	    a6.sin6_scope_id == b6.sin6_scope_id &&
	    IN6_ARE_ADDR_EQUAL(&a6.sin6_addr, &b6.sin6_addr);
}

int
generation_socket(const struct sockaddr_storage *ss)
{
	size_t	 i;
	int	 fd;

	for (i = 0; i < nheirlooms; i++) {
		if ((fd = heirlooms[i]) == -1 || !generation_bound(fd, ss))
			continue;
		heirlooms[i] = -1;
		return fd;
	}
	return -1;
}

static void
generation_drain(void)
{
	struct conf_listen	*l;

	if (authd.draining || authd.halting)
		return;
	authd.draining = 1;
	log_debug("generation %u: ends with its last session", number);
	title_set("authd [priv] draining");
	TAILQ_FOREACH(l, &authd.conf->listens, entry)
		sockets_close(l);
	proc_engine_drain();
	if (!proc_engine_running())
		authd.halt(0);
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
	size_t	 i;

	if (number == 0)
		return;
	for (i = 0; i < nheirlooms; i++) {
		if (heirlooms[i] != -1)
			(void)close(heirlooms[i]);
	}
	free(heirlooms);
	heirlooms = NULL;
	nheirlooms = 0;
	master.handle = generation_on_message;
	master.closed = generation_on_closed;
	if (evmsg_open(&master, authd.base, PROTO_FD, R_AUTHD, R_MASTER, 1,
	    MASTER_QUEUE_MAX) == -1)
		fatal("master");
}

static void
generation_hand_on(int fd)
{
	if ((fd = fcntl(fd, F_DUPFD_CLOEXEC, 0)) == -1 ||
	    msg_fd_send(&master.imsgbuf, IMSG_MA_SOCKET, 0, fd) == -1)
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
	if (!master.open) {
		log_info("%s: restart pop3d to read its configuration", why);
		return;
	}
	if (authd.draining || authd.halting)
		return;
	log_info("%s: reloading", why);
	if (msg_empty_send(&master.imsgbuf, IMSG_MA_RELOAD, 0) == -1)
		log_warn("master");
	else
		evmsg_flush(&master);
}
