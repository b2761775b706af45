/* SPDX-License-Identifier: ISC */
/*
 * Runs in: engine (_pop3d, chroot).  A session: its state, its timer, its end.
 * Trusts: authd; nothing that the client sends.
 */

#include <sys/types.h>
#include <sys/socket.h>
#include <sys/tree.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "address.h"
#include "alive.h"
#include "clock.h"
#include "listen.h"
#include "log.h"
#include "maildrop.h"
#include "output.h"
#include "peer.h"
#include "quota.h"
#include "session.h"
#include "transport.h"

/*
 * How long storaged may take to answer, seconds: longer than it waits for
 * locks, and long enough to scan the largest mailbox for the first time.
 * Commits have no limit.
 */
#define STORAGE_TIMEOUT	300

RB_HEAD(session_tree, session);
TAILQ_HEAD(session_list, session);

static int	 session_cmp(struct session *, struct session *);
RB_PROTOTYPE(session_tree, session, by_id, session_cmp);

static struct session_tree	 sessions = RB_INITIALIZER(&sessions);
/* Not logged in yet, oldest first. */
static struct session_list	 unauth = TAILQ_HEAD_INITIALIZER(unauth);
static uint32_t			 last_id;
static uint32_t			 count;
/* Descriptors in use, or reserved, for sockets to storageds. */
static uint32_t			 reserved;

static const struct session_rule	*rules;

static void	 session_on_timer(evutil_socket_t, short, void *);
static int	 session_on_line(void *, const char *, size_t, int);
static void	 session_on_batch(void *);
static int	 session_on_idle(void *);
static void	 session_on_sent(void *);
static void	 session_on_secured(void *);
static void	 session_on_drained(void *);
static void	 session_on_lost(void *, const char *);

static const struct transport_ops	 ops = {
	.on_line = session_on_line,
	.on_batch = session_on_batch,
	.idle = session_on_idle,
	.on_sent = session_on_sent,
	.on_secured = session_on_secured,
	.on_drained = session_on_drained,
	.on_lost = session_on_lost
};

static int
session_cmp(struct session *a, struct session *b)
{
	return a->id < b->id ? -1 : a->id > b->id;
}

RB_GENERATE(session_tree, session, by_id, session_cmp);

struct session *
session_find(uint32_t id)
{
	struct session	 key;

	key.id = id;
	return RB_FIND(session_tree, &sessions, &key);
}

void
session_init(const struct session_rule table[SESSION_STATES])
{
	rules = table;
}

uint32_t
session_count(void)
{
	return count;
}

const char *
session_rip(const struct session *s)
{
	return address_text(&s->remote);
}

int
session_may_login(const struct session *s)
{
	return transport_is_tls(&s->transport) || s->mode == LISTEN_PLAINTEXT ||
	    address_loopback(&s->remote);
}

/* Wiped: people type their passwords into the wrong field. */
void
session_forget_user(struct session *s)
{
	if (s->user != NULL)
		freezero(s->user, strlen(s->user));
	s->user = NULL;
}

void
session_touch(struct session *s)
{
	s->active = clock_seconds();
}

/* How long a session in this state may be idle, seconds; 0: no limit. */
static time_t
session_timeout(const struct session *s)
{
	switch (s->state) {
	case SESSION_HANDSHAKE:
	case SESSION_AUTH:
		return engine.limits.login_timeout;
	case SESSION_TRANS:
		if (output_waiting(&s->out) > 0)
			return engine.limits.stall_timeout;
		return maildrop_idle(s->maildrop) ?
		    engine.limits.idle_timeout : STORAGE_TIMEOUT;
	case SESSION_CLOSE:
		return engine.halting ? 5 : engine.limits.stall_timeout;
	case SESSION_OPEN:
		return STORAGE_TIMEOUT;
	case SESSION_CHECK:
		/* authd has a deadline for every backend. */
	case SESSION_UPDATE:
	case SESSION_STATES:
		break;
	}
	return 0;
}

/* The time at which the timeout begins. */
static time_t
session_since(const struct session *s)
{
	return s->state == SESSION_HANDSHAKE || s->state == SESSION_AUTH ?
	    s->created : s->active;
}

static void
session_arm(struct session *s)
{
	struct timeval	 tv = { 0, 0 };
	time_t		 timeout, left, often;

	if ((timeout = session_timeout(s)) == 0) {
		tv.tv_sec = 10;
	} else {
		/* Round up: the clock counts whole seconds. */
		left = session_since(s) + timeout + 1 - clock_seconds();
		/* The timeout may change and be over much earlier. */
		often = engine.limits.stall_timeout;
		if (often > engine.limits.idle_timeout)
			often = engine.limits.idle_timeout;
		if (often > ALIVE_LOOK)
			often = ALIVE_LOOK;
		if (s->state == SESSION_TRANS && left > (often + 1) / 2)
			left = (often + 1) / 2;
		tv.tv_sec = left > 0 ? left : 1;
	}
	if (evtimer_add(&s->ev_timer, &tv) == -1)
		fatalx("evtimer_add");
}

void
session_enter(struct session *s, enum session_state state)
{
	s->state = state;
	transport_set_rule(&s->transport, &rules[state].input);
	if (state == SESSION_CLOSE && s->maildrop != NULL)
		maildrop_ignore(s->maildrop);
	session_arm(s);
}

/*
 * Commands do not restart the timer; when it fires, check whether the time is
 * really up.  RFC 1939, section 3: no reply, no UPDATE.
 */
static void
session_on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct session	*s = arg;
	time_t		 timeout = session_timeout(s);

	if ((s->state == SESSION_TRANS || s->state == SESSION_CLOSE) &&
	    s->transport.fd != -1 && alive_lost(s->transport.fd))
		session_gone(s, "client cannot be reached");
	else if (timeout == 0 ||
	    clock_seconds() - session_since(s) <= timeout)
		session_arm(s);
	else if (s->state == SESSION_OPEN)
		maildrop_give_up(s->maildrop);
	else
		session_free(s, s->state == SESSION_CLOSE ? s->why :
		    "timeout");
}

/*
 * End the oldest session without a login, but not s.  Returns 0 if there is
 * none.  Sessions whose password is being checked are spared, since a flood of
 * silent connections is faster than a hash.  No more than half of the table is
 * spared: a flood of passwords must not push out every newcomer.
 */
static int
session_evict(const struct session *s)
{
	struct session	*o, *oldest = NULL;
	uint32_t	 spared = engine.limits.sessions / 2;

	TAILQ_FOREACH(o, &unauth, by_age) {
		if (o == s)
			continue;
		if (oldest == NULL)
			oldest = o;
		if (o->state != SESSION_CHECK && o->state != SESSION_OPEN) {
			oldest = o;
			break;
		}
		if (spared-- == 0)
			break;
	}
	if (oldest == NULL)
		return 0;
	session_free(oldest, "too many sessions, oldest without login ended");
	return 1;
}

/* Running out of descriptors would break sessions in progress. */
static int
session_has_descriptors(uint32_t n)
{
	return count + reserved + n <= engine.limits.descriptors;
}

/* Whether one more session can log in, even if another must end for it. */
static int
session_has_place(void)
{
	return count < engine.limits.sessions &&
	    session_has_descriptors(TAILQ_EMPTY(&unauth) ? 2 : 1);
}

int
session_full(void)
{
	return !session_has_place() && TAILQ_EMPTY(&unauth);
}

int
session_reserve(struct session *s)
{
	if (s->second)
		return 1;
	while (!session_has_descriptors(1)) {
		if (!session_evict(s))
			return 0;
	}
	s->second = 1;
	reserved++;
	return 1;
}

void
session_unreserve(struct session *s)
{
	reserved -= s->second;
	s->second = 0;
}

/* Make room for a new session.  Returns 0 if there is none. */
static int
session_make_room(void)
{
	while (!session_has_place()) {
		if (!session_evict(NULL))
			return 0;
	}
	return 1;
}

static struct session *
session_alloc(const struct sockaddr *sa)
{
	struct m_peer	 remote;
	struct peer	*peer;
	struct session	*s = NULL;

	address_peer(&remote, sa);
	/* A proxy or web mail on the loopback has many users. */
	peer = peer_get(&remote, address_loopback(&remote) ? 0 :
	    engine.limits.per_address);
	if (peer == NULL) {
		if (quota_line(&remote))
			log_info("session refused rip=%s reason=per-address",
			    address_text(&remote));
		return NULL;
	}
	/* Last: a refused client must not cost another its place. */
	if (!session_make_room() || (s = calloc(1, sizeof(*s))) == NULL ||
	    output_init(&s->out) == -1) {
		peer_put(peer);
		free(s);
		return NULL;
	}
	s->remote = remote;
	s->peer = peer;
	do {
		s->id = ++last_id;
	} while (s->id == 0 || session_find(s->id) != NULL);
	s->created = s->active = clock_seconds();
	return s;
}

static void
session_greet(struct session *s)
{
	output_line(&s->out, "+OK pop3d ready");
	transport_update(&s->transport);
}

void
session_new(int fd, const struct sockaddr *sa, uint32_t mode,
    struct tls *server)
{
	static const char	 full[] =
				    "-ERR [SYS/TEMP] too many connections\r\n";
	struct session		*s;

	if ((s = session_alloc(sa)) == NULL) {
		/* Best effort: not worth waiting for. */
		if (mode != LISTEN_TLS)
			(void)send(fd, full, sizeof(full) - 1, MSG_NOSIGNAL);
		(void)close(fd);
		return;
	}
	s->mode = mode;
	s->server = server;
	alive_watch(fd);
	RB_INSERT(session_tree, &sessions, s);
	TAILQ_INSERT_TAIL(&unauth, s, by_age);
	s->unauth = 1;
	count++;
	evtimer_assign(&s->ev_timer, engine.base, session_on_timer, s);
	transport_init(&s->transport, fd, &s->out, &s->remote, &ops, s);
	if (mode == LISTEN_TLS) {
		session_enter(s, SESSION_HANDSHAKE);
		transport_start_tls(&s->transport, s->server);
	} else {
		session_enter(s, SESSION_AUTH);
		session_greet(s);
	}
}

void
session_keep(struct session *s)
{
	if (s->unauth) {
		TAILQ_REMOVE(&unauth, s, by_age);
		s->unauth = 0;
	}
}

/* For the log. */
static const char *
session_tls(const struct session *s)
{
	return s->transport.version[0] != '\0' ? s->transport.version : "no";
}

static void
session_log_end(const struct session *s)
{
	const struct transport	*t = &s->transport;

	if (s->maildrop == NULL) {
		log_debug("session end rip=%s tls=%s reason=%s",
		    session_rip(s), session_tls(s),
		    log_vis(s->why));
		return;
	}
	log_info("session end user=%s rip=%s tls=%s retrieved=%u deleted=%u "
	    "in=%llu out=%llu seconds=%lld reason=%s", log_vis(s->user),
	    session_rip(s), session_tls(s), s->maildrop->retrieved,
	    s->maildrop->deleted, (unsigned long long)t->octets_in,
	    (unsigned long long)t->octets_out,
	    (long long)(clock_seconds() - s->created), log_vis(s->why));
}

void
session_drain(void)
{
	engine.halting = 1;
	if (count == 0)
		(void)event_base_loopbreak(engine.base);
}

void
session_free(struct session *s, const char *why)
{
	if (s->why == NULL)
		s->why = why;
	session_log_end(s);
	if (s->state == SESSION_CHECK &&
	    msg_empty_send(&engine.authd.imsgbuf, IMSG_AUTH_CANCEL, s->id) == 0)
		evmsg_flush(&engine.authd);
	session_keep(s);
	RB_REMOVE(session_tree, &sessions, s);
	(void)event_del(&s->ev_timer);
	transport_free(&s->transport);
	maildrop_free(s->maildrop);
	session_unreserve(s);
	output_free(&s->out);
	peer_put(s->peer);
	session_forget_user(s);
	free(s);
	count--;
	if (engine.halting)
		session_drain();
}

void
session_close(struct session *s, const char *why)
{
	if (s->state == SESSION_CLOSE)
		return;
	s->why = why;
	if (s->transport.fd == -1) {
		session_free(s, why);
		return;
	}
	session_touch(s);
	session_enter(s, SESSION_CLOSE);
	transport_update(&s->transport);
}

void
session_gone(struct session *s, const char *why)
{
	/* QUIT came first: the commit stands, though nobody gets the answer. */
	if (s->state == SESSION_UPDATE)
		transport_close(&s->transport);
	else
		session_free(s, why);
}

int
session_yield(struct session *s)
{
	time_t	 takeover = engine.limits.takeover;

	/* Mail written long ago may still be on its way to the client. */
	if (takeover == 0 || s->state != SESSION_TRANS ||
	    !maildrop_idle(s->maildrop) ||
	    clock_seconds() - s->active <= takeover ||
	    alive_taking(s->transport.fd, engine.limits.takeover))
		return 0;
	session_free(s, "taken over");
	return 1;
}

/* Commands, not bytes, restart the idle time (RFC 1939, section 3). */
static int
session_on_line(void *arg, const char *line, size_t len, int whole)
{
	struct session	*s = arg;

	if (!rules[s->state].line(s, line, len, whole))
		return 0;
	session_touch(s);
	return 1;
}

static void
session_on_batch(void *arg)
{
	struct session	*s = arg;

	if (s->maildrop != NULL)
		maildrop_send(s->maildrop);
}

static int
session_on_idle(void *arg)
{
	const struct session	*s = arg;

	return s->maildrop == NULL || maildrop_idle(s->maildrop);
}

static void
session_on_sent(void *arg)
{
	session_touch(arg);
}

static void
session_on_secured(void *arg)
{
	struct session	*s = arg;

	/* RFC 2595, section 4: forget all that came in the clear. */
	session_forget_user(s);
	s->bad = 0;
	session_enter(s, SESSION_AUTH);
	if (s->mode == LISTEN_TLS)
		session_greet(s);
	transport_update(&s->transport);
}

static void
session_on_drained(void *arg)
{
	struct session	*s = arg;

	if (transport_stls_pending(&s->transport)) {
		session_enter(s, SESSION_HANDSHAKE);
		transport_start_tls(&s->transport, s->server);
	} else
		session_free(s, s->why);
}

static void
session_on_lost(void *arg, const char *why)
{
	session_gone(arg, why);
}

void
session_halt_all(void)
{
	struct session	*s, *next;

	engine.halting = 1;
	RB_FOREACH_SAFE(s, session_tree, &sessions, next) {
		if (s->state == SESSION_UPDATE || s->state == SESSION_CLOSE)
			continue;
		/* Do not write into the middle of an answer. */
		if (s->state == SESSION_HANDSHAKE ||
		    transport_stls_pending(&s->transport) ||
		    (s->maildrop != NULL && !maildrop_idle(s->maildrop))) {
			session_free(s, "server ends");
			continue;
		}
		output_line(&s->out, "-ERR [SYS/TEMP] server is going down");
		session_close(s, "server ends");
	}
	session_drain();
}
