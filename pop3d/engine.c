/* SPDX-License-Identifier: ISC */
/*
 * Runs in: engine (_pop3d, chroot), the process that talks to the network.
 * Trusts: authd.
 */

#include <sys/types.h>

#include "child.h"
#include "dialogue.h"
#include "engine_conf.h"
#include "engine_shared.h"
#include "evchild.h"
#include "listener.h"
#include "log.h"
#include "quota.h"
#include "sandbox.h"
#include "session.h"
#include "session_login.h"
#include "tlsconf.h"

/* Messages that may wait for authd to read them. */
#define AUTHD_QUEUE_MAX	65536

/*
 * Callbacks between two polls of the descriptors and the clock.  Otherwise a
 * callback that makes an event active, as transport.c does while libtls may
 * hold more data, would run again before any other session is served.
 */
#define CALLBACKS_MAX	256

/* The answer to PASS.  The client may have left meanwhile. */
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
			log_debug("answer for a session that has ended");
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

/* The user of this session logs in again from the same address. */
static void
engine_take_yield(struct imsg *imsg)
{
	struct session	*s = session_find(imsg_get_id(imsg));
	uint32_t	 login;

	if (msg_auth_yield_parse(imsg, &login) == -1)
		fatalx("authd sent a bad AUTH_YIELD");
	/* If it yields, its storaged ends, and authd notices that. */
	if (s == NULL || session_yield(s))
		return;
	if (msg_empty_send(&engine.authd.imsgbuf, IMSG_AUTH_KEPT, login) == -1)
		fatal("AUTH_KEPT");
	evmsg_flush(&engine.authd);
}

/* The next generation has the listeners; the sessions here go on. */
static void
engine_drain(void)
{
	log_debug("draining, %u sessions", session_count());
	listener_stop();
	session_drain();
}

static void
engine_halt(void)
{
	log_debug("ending, %u sessions", session_count());
	listener_stop();
	session_halt_all();
}

static void
engine_on_message(struct imsg *imsg)
{
	switch (imsg_get_type(imsg)) {
	case IMSG_CONF_BEGIN:
	case IMSG_CONF_LIMITS:
	case IMSG_CONF_PKI:
	case IMSG_CONF_LISTEN:
	case IMSG_CONF_END:
		engine_conf_take(imsg);
		break;
	case IMSG_AUTH_OK:
	case IMSG_AUTH_FAIL:
		engine_take_auth(imsg);
		break;
	case IMSG_AUTH_YIELD:
		engine_take_yield(imsg);
		break;
	case IMSG_KEY_SOCKET:
		engine_conf_keyd(imsg);
		break;
	case IMSG_SERVE:
		engine_conf_go();
		break;
	case IMSG_DRAIN:
		engine_drain();
		break;
	case IMSG_HALT:
		engine_halt();
		break;
	}
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
	session_init(dialogue);
	evchild_drop(&self, "engine");
	evchild_open(&engine.authd, engine.base, R_ENGINE, AUTHD_QUEUE_MAX,
	    engine_on_message);
	sandbox_enter(SANDBOX_ENGINE, NULL);
	(void)event_base_dispatch(engine.base);
	(void)imsgbuf_flush(&engine.authd.imsgbuf);
	return 0;
}
