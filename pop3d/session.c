/* SPDX-License-Identifier: ISC */
/*
 * Runs in: engine (_pop3d, chroot).  The life of a session.
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
#include "listen.h"
#include "log.h"
#include "maildrop.h"
#include "output.h"
#include "peer.h"
#include "quota.h"
#include "session.h"
#include "transport.h"

/* Failed logins before the session is ended. */
#define LOGINS_MAX	3

/*
 * How long storaged may take for an answer, seconds: longer than it waits for
 * locks, and long enough for a first look at the largest mailbox.  Commits may
 * take as long as they take.
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
/* Descriptors taken, or kept back, for sockets to storageds. */
static uint32_t			 seconds;

static void	 session_on_timer(evutil_socket_t, short, void *);

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

const char *
session_rip(const struct session *s)
{
	return address_text(&s->remote);
}

int
session_may_login(const struct session *s)
{
	return s->tls != NULL || s->listener->mode == LISTEN_PLAINTEXT ||
	    address_loopback(&s->remote);
}

/* Wiped: people type their password into the wrong field. */
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
	s->active = engine_now();
}

/* Seconds that a session in this state may go without progress; 0: no end. */
static time_t
session_patience(const struct session *s)
{
	switch (s->state) {
	case SESSION_HANDSHAKE:
	case SESSION_AUTH:
		return engine.limits.login_timeout;
	case SESSION_TRANS:
		if (output_waiting(s) > 0)
			return engine.limits.stall_timeout;
		return s->maildrop->asked > 0 ? STORAGE_TIMEOUT :
		    engine.limits.idle_timeout;
	case SESSION_CLOSE:
		return engine.halting ? 5 : engine.limits.stall_timeout;
	case SESSION_OPEN:
		return STORAGE_TIMEOUT;
	case SESSION_CHECK:
		/* authd has a deadline for every backend. */
	case SESSION_UPDATE:
		break;
	}
	return 0;
}

static void
session_arm(struct session *s)
{
	struct timeval	 tv = { 0, 0 };
	time_t		 patience, since, left, often;

	if ((patience = session_patience(s)) == 0) {
		tv.tv_sec = 10;
	} else {
		since = s->state == SESSION_HANDSHAKE ||
		    s->state == SESSION_AUTH ? s->created : s->active;
		/* Never early: the clock is in whole seconds. */
		left = since + patience + 1 - engine_now();
		/* What it waits for may change, and be due much earlier. */
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

/*
 * The timer is not moved with every command; when it fires it looks whether
 * the time is really over.  RFC 1939, section 3: no reply, no UPDATE.
 */
static void
session_on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct session	*s = arg;
	time_t		 patience, since;

	patience = session_patience(s);
	since = s->state == SESSION_HANDSHAKE || s->state == SESSION_AUTH ?
	    s->created : s->active;
	if ((s->state == SESSION_TRANS || s->state == SESSION_CLOSE) &&
	    s->fd != -1 && alive_lost(s->fd))
		session_gone(s, "client cannot be reached");
	else if (patience == 0 || engine_now() - since <= patience)
		session_arm(s);
	else if (s->state == SESSION_OPEN)
		session_not_opened(s, ST_TEMP);
	else
		session_free(s, s->state == SESSION_CLOSE ? s->why :
		    "timeout");
}

/*
 * Who has waited longest without a login goes, but not s.  0: nobody.  One
 * whose password is being checked is passed over, since a flood of silent
 * connections is faster than a hash; but a flood of passwords must not be as
 * safe, or who comes new would go in its place: no more than half of the table.
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

/* Running out of descriptors would cost sessions that are under way. */
static int
session_has_descriptors(uint32_t n)
{
	return engine.sessions + seconds + n <= engine.limits.descriptors;
}

/* For one that can log in, if need be in the place of another. */
static int
session_has_place(void)
{
	return engine.sessions < engine.limits.sessions &&
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
	seconds++;
	return 1;
}

/* Give it back; the socket, if there was one, is closed. */
static void
session_unreserve(struct session *s)
{
	seconds -= s->second;
	s->second = 0;
}

/* Make room for somebody new. */
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
session_alloc(struct listener *l, int fd, const struct sockaddr *sa)
{
	struct m_peer	 remote;
	struct peer	*peer;
	struct session	*s = NULL;

	address_peer(&remote, sa);
	/* Behind the loopback is a proxy, or web mail, with many users. */
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
	    (s->out = evbuffer_new()) == NULL) {
		peer_put(peer);
		free(s);
		return NULL;
	}
	s->fd = fd;
	s->listener = l;
	s->state = l->mode == LISTEN_TLS ? SESSION_HANDSHAKE : SESSION_AUTH;
	s->remote = remote;
	s->peer = peer;
	do {
		s->id = ++last_id;
	} while (s->id == 0 || session_find(s->id) != NULL);
	s->created = s->active = engine_now();
	return s;
}

void
session_new(struct listener *l, int fd, const struct sockaddr *sa)
{
	static const char	 full[] =
				    "-ERR [SYS/TEMP] too many connections\r\n";
	struct session		*s;

	if ((s = session_alloc(l, fd, sa)) == NULL) {
		/* Whether this arrives is not worth waiting for. */
		if (l->mode != LISTEN_TLS)
			(void)send(fd, full, sizeof(full) - 1, MSG_NOSIGNAL);
		(void)close(fd);
		return;
	}
	alive_watch(fd);
	RB_INSERT(session_tree, &sessions, s);
	TAILQ_INSERT_TAIL(&unauth, s, by_age);
	s->unauth = 1;
	engine.sessions++;
	evtimer_assign(&s->ev_timer, engine.base, session_on_timer, s);
	transport_init(s);
	session_arm(s);
	if (s->state == SESSION_HANDSHAKE)
		transport_start_tls(s);
	else
		session_greet(s);
}

void
session_greet(struct session *s)
{
	output_line(s, "+OK pop3d ready");
	transport_update(s);
}

static void
session_leave_unauth(struct session *s)
{
	if (s->unauth) {
		TAILQ_REMOVE(&unauth, s, by_age);
		s->unauth = 0;
	}
}

static void
session_log_end(const struct session *s)
{
	if (s->maildrop == NULL) {
		log_debug("session end rip=%s tls=%s reason=%s",
		    session_rip(s), s->tlsver[0] != '\0' ? s->tlsver : "no",
		    log_vis(s->why));
		return;
	}
	log_info("session end user=%s rip=%s tls=%s retrieved=%u deleted=%u "
	    "in=%llu out=%llu seconds=%lld reason=%s", log_vis(s->user),
	    session_rip(s), s->tlsver[0] != '\0' ? s->tlsver : "no",
	    s->retrieved, s->deleted, (unsigned long long)s->octets_in,
	    (unsigned long long)s->octets_out,
	    (long long)(engine_now() - s->created), log_vis(s->why));
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
	session_leave_unauth(s);
	RB_REMOVE(session_tree, &sessions, s);
	(void)event_del(&s->ev_timer);
	transport_close(s);
	maildrop_free(s->maildrop);
	session_unreserve(s);
	evbuffer_free(s->out);
	freezero(s->in, s->inlen);
	peer_put(s->peer);
	session_forget_user(s);
	free(s);
	engine.sessions--;
	engine_drained();
}

void
session_close(struct session *s, const char *why)
{
	if (s->state == SESSION_CLOSE)
		return;
	s->why = why;
	if (s->fd == -1) {
		session_free(s, why);
		return;
	}
	s->state = SESSION_CLOSE;
	session_touch(s);
	session_arm(s);
	transport_update(s);
}

void
session_gone(struct session *s, const char *why)
{
	/* QUIT came before it left: that stands, though nobody will hear. */
	if (s->state == SESSION_UPDATE) {
		transport_close(s);
		return;
	}
	session_free(s, why);
}

int
session_yield(struct session *s)
{
	time_t	 takeover = engine.limits.takeover;

	/* Mail that we wrote long ago may still be on its way to the client. */
	if (takeover == 0 || s->state != SESSION_TRANS ||
	    s->maildrop->asked > 0 || engine_now() - s->active <= takeover ||
	    alive_taking(s->fd, engine.limits.takeover))
		return 0;
	session_free(s, "taken over");
	return 1;
}

void
session_authenticated(struct session *s, const char *user, int fd)
{
	if (s->state != SESSION_CHECK) {
		log_warnx("authd answers a session that did not ask");
		(void)close(fd);
		return;
	}
	session_forget_user(s);
	if ((s->user = strdup(user)) == NULL ||
	    (s->maildrop = maildrop_new(s, fd)) == NULL) {
		session_free(s, "out of memory");
		return;
	}
	s->state = SESSION_OPEN;
	session_touch(s);
	session_arm(s);
}

/* Back to AUTHORIZATION, without a name. */
static void
session_login_failed(struct session *s, const char *text)
{
	maildrop_free(s->maildrop);
	s->maildrop = NULL;
	session_unreserve(s);
	session_forget_user(s);
	s->state = SESSION_AUTH;
	session_arm(s);
	output_line(s, "-ERR %s", text);
	if (++s->failed >= LOGINS_MAX)
		session_close(s, "too many failed logins");
	transport_resume(s);
}

void
session_refused(struct session *s, uint32_t reason)
{
	static const char *const text[AUTH_REASON_MAX] = {
		[AUTH_CRED] = "[AUTH] wrong user name or password",
		[AUTH_DISABLED] = "[AUTH] account is closed",
		[AUTH_TEMP] = "[SYS/TEMP] cannot check the password now",
		[AUTH_PERM] = "[SYS/PERM] no mail service for this account",
		[AUTH_BUSY] = "[SYS/TEMP] too many logins now, try later",
		[AUTH_LIMIT] = "[IN-USE] too many sessions of this user, "
		    "maildrop is locked",
		[AUTH_ELSEWHERE] = "[SYS/PERM] this mailbox is kept by "
		    "another server",
	};

	session_login_failed(s, text[reason]);
}

void
session_opened(struct session *s)
{
	s->state = SESSION_TRANS;
	session_leave_unauth(s);
	session_touch(s);
	output_line(s, "+OK maildrop has %u messages (%llu octets)",
	    s->maildrop->messages, (unsigned long long)s->maildrop->octets);
	session_arm(s);
	transport_resume(s);
}

void
session_not_opened(struct session *s, uint32_t status)
{
	switch (status) {
	case ST_INUSE:
		session_login_failed(s, "[IN-USE] maildrop is locked by "
		    "another session or a delivery");
		break;
	case ST_PERM:
		session_login_failed(s, "[SYS/PERM] mailbox refused, ask your "
		    "postmaster");
		break;
	default:
		session_login_failed(s, "[SYS/TEMP] mailbox cannot be opened "
		    "now");
	}
}

void
session_halt_all(void)
{
	struct session	*s, *next;

	RB_FOREACH_SAFE(s, session_tree, &sessions, next) {
		if (s->state == SESSION_UPDATE || s->state == SESSION_CLOSE)
			continue;
		/* Not into the middle of an answer. */
		if (s->state == SESSION_HANDSHAKE || s->stls ||
		    (s->maildrop != NULL && s->maildrop->asked > 0)) {
			session_free(s, "server ends");
			continue;
		}
		output_line(s, "-ERR [SYS/TEMP] server is going down");
		session_close(s, "server ends");
	}
}
