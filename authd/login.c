/* SPDX-License-Identifier: ISC */
/*
 * Runs in: authd, root.  Logins, from the engine's request to its answer.
 * Trusts: a backend's verdict within the limits of the configuration; an
 * engine for nothing.
 */

#include <sys/types.h>
#include <sys/tree.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "address.h"
#include "backend_code.h"
#include "domain.h"
#include "log.h"
#include "login.h"
#include "pool.h"
#include "proc.h"
#include "quota.h"
#include "sessions.h"
#include "storage.h"

/*
 * Seconds that a login waits for the end of the session that it takes over.
 * Then it is tried all the same; a storaged that finds the maildrop in use
 * reports that.
 */
#define TAKEOVER_TIME	5

/* Only login_enter() writes it. */
enum login_state {
	LOGIN_NEW,		/* nothing has been done yet */
	LOGIN_ASKING,		/* a backend has the request in its queue, or
				 * at a worker */
	LOGIN_WAITING,		/* for the timer; then() goes on */
	LOGIN_STARTING,		/* accepted; its storaged is being started */
	LOGIN_ENDED		/* answered or dropped */
};

struct login {
	RB_ENTRY(login)		 entry;
	enum login_state	 state;
	struct proc		*engine;
	uint32_t		 number;	/* its session's, there */
	struct auth_req		 req;		/* password: while ASKING */
	const struct conf_domain *domain;	/* NULL: none that we serve */
	const struct conf_auth	*auth;		/* ASKING: backend */
	struct work		*work;		/* there */
	struct event		 timer;		/* WAITING */
	void			(*then)(struct login *);
	struct session		*old;		/* for its end, or NULL */
	struct session		*session;	/* STARTING */
	struct mailbox		 box;
	int64_t			 quota_octets;	/* for the log; -1: none */
	int64_t			 quota_messages;
};
RB_HEAD(logins, login);

static int	 login_cmp(struct login *, struct login *);
static void	 login_ask(struct login *);

RB_PROTOTYPE(logins, login, entry, login_cmp);

static struct logins	 logins = RB_INITIALIZER(&logins);

static int
login_cmp(struct login *a, struct login *b)
{
	if (a->engine != b->engine)
		return (uintptr_t)a->engine < (uintptr_t)b->engine ? -1 : 1;
	return a->number < b->number ? -1 : a->number > b->number;
}

RB_GENERATE(logins, login, entry, login_cmp);

static struct login *
login_find(struct proc *engine, uint32_t number)
{
	struct login	 key;

	key.engine = engine;
	key.number = number;
	return RB_FIND(logins, &logins, &key);
}

/*
 * Whether the engine can still be answered: one that was killed is not reaped
 * yet, but its channel is closed.
 */
static int
login_reaches(const struct login *l)
{
	return l->engine->em.open;
}

/* Change the state; undo all that belongs to the old one. */
static void
login_enter(struct login *l, enum login_state state)
{
	switch (l->state) {
	case LOGIN_ASKING:
		if (l->work != NULL)
			pool_cancel(l->work);
		l->work = NULL;
		break;
	case LOGIN_WAITING:
		(void)evtimer_del(&l->timer);
		if (l->old != NULL)
			sessions_leave(l->old);
		l->old = NULL;
		break;
	case LOGIN_STARTING:
		if (l->session != NULL)
			sessions_abandon(l->session);
		l->session = NULL;
		break;
	case LOGIN_NEW:
	case LOGIN_ENDED:
		break;
	}
	if (state != LOGIN_ASKING)
		explicit_bzero(l->req.pass, sizeof(l->req.pass));
	l->state = state;
}

static void
login_free(struct login *l)
{
	login_enter(l, LOGIN_ENDED);
	RB_REMOVE(logins, &logins, l);
	freezero(l, sizeof(*l));
}

static void
login_set_timer(struct login *l, int seconds)
{
	const struct timeval	 tv = { seconds, 0 };

	if (evtimer_add(&l->timer, &tv) == -1)
		fatalx("evtimer_add");
}

static void
login_on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct login	*l = arg;

	if (login_reaches(l))
		l->then(l);
	else
		login_free(l);
}

/* Go on after so many seconds, unless the client leaves before. */
static void
login_wait(struct login *l, int seconds, void (*then)(struct login *))
{
	login_enter(l, LOGIN_WAITING);
	l->then = then;
	evtimer_assign(&l->timer, authd.base, login_on_timer, l);
	login_set_timer(l, seconds);
}

/*
 * Refuse, and log why.  A name is only logged when it is a user's: people type
 * their password into the wrong field.
 */
static void
login_refuse(struct login *l, enum auth_reason reason, int known,
    const char *why)
{
	static const char *const names[AUTH_REASON_MAX] = {
		[AUTH_CRED] = "credentials", [AUTH_DISABLED] = "disabled",
		[AUTH_TEMP] = "temporary", [AUTH_PERM] = "refused",
		[AUTH_BUSY] = "busy", [AUTH_LIMIT] = "limit",
		[AUTH_ELSEWHERE] = "elsewhere",
	};

	if (quota_line(&l->req.remote))
		log_info("login failed user=%s rip=%s tls=%s code=%s reason=%s",
		    known ? log_vis(l->req.user) : "-",
		    address_text(&l->req.remote), l->req.tls ? "yes" : "no",
		    names[reason], log_vis(why));
	if (login_reaches(l)) {
		if (msg_auth_fail_send(&l->engine->em.imsgbuf, l->number,
		    reason) == -1)
			proc_kill(l->engine, "out of memory");
		else
			evmsg_flush(&l->engine->em);
	}
	login_free(l);
}

/*
 * Another server has the mailbox.  A mailbox here under its name, most often an
 * empty one, is not the user's: clients forget mail that it lacks.
 */
static void
login_elsewhere(struct login *l, const char *host)
{
	char	 why[512];

	(void)snprintf(why, sizeof(why), "the mailbox's host is neither "
	    "hostname, %.64s, nor one of cluster-hosts: %.255s",
	    authd.conf->hostname, host);
	login_refuse(l, AUTH_ELSEWHERE, 1, why);
}

/* "quota=OCTETS quota-messages=NUMBER" for the log; "-" is none. */
static const char *
login_quota(const struct login *l)
{
	static char	 text[80];
	char		 octets[24] = "-", messages[24] = "-";

	if (l->quota_octets >= 0)
		(void)snprintf(octets, sizeof(octets), "%" PRId64,
		    l->quota_octets);
	if (l->quota_messages >= 0)
		(void)snprintf(messages, sizeof(messages), "%" PRId64,
		    l->quota_messages);
	(void)snprintf(text, sizeof(text), "quota=%s quota-messages=%s",
	    octets, messages);
	return text;
}

/* storaged runs: the engine gets its socket. */
static void
login_welcome(struct login *l)
{
	int	 fd;

	fd = sessions_attach(l->session, l->engine, l->number);
	l->session = NULL;
	if (msg_auth_ok_send(&l->engine->em.imsgbuf, l->number, l->req.user,
	    fd) == -1)
		proc_kill(l->engine, "out of memory");
	else
		evmsg_flush(&l->engine->em);
	log_info("login ok user=%s rip=%s tls=%s uid=%u %s",
	    log_vis(l->req.user), address_text(&l->req.remote),
	    l->req.tls ? "yes" : "no", l->box.uid, login_quota(l));
	login_free(l);
}

/* Its session can be attached, or has gone. */
static void
login_on_ready(void *arg, int ok)
{
	struct login	*l = arg;

	if (!ok)
		l->session = NULL;
	if (!login_reaches(l))
		login_free(l);
	else if (ok)
		login_welcome(l);
	else
		login_refuse(l, AUTH_TEMP, 1, "cannot start a session");
}

/*
 * The engine gets its socket when storaged has one to authd, too: a session
 * that authd does not know yet could be over before, and would then count
 * against the user's next one.
 */
static void
login_start(struct login *l)
{
	const char	*why;
	uint32_t	 reason;

	login_enter(l, LOGIN_STARTING);
	l->session = sessions_start(&l->box, &l->req.remote, login_on_ready, l,
	    &reason, &why);
	if (l->session == NULL)
		login_refuse(l, reason, 1, why);
}

/* The session that was in the way has ended, or its engine keeps it. */
static void
login_on_over(void *arg)
{
	struct login	*l = arg;

	l->old = NULL;
	login_set_timer(l, 0);
}

/*
 * A client that lost its network comes back while its old session still holds
 * the maildrop: have that ended, and wait for it.
 */
static void
login_take_over(struct login *l)
{
	struct session	*old;

	old = sessions_take_over(l->req.user, &l->req.remote, login_on_over, l);
	if (old == NULL) {
		login_start(l);
		return;
	}
	login_wait(l, TAKEOVER_TIME, login_start);
	l->old = old;
}

/* The password was right. */
static void
login_accept(struct login *l, const struct userinfo *info)
{
	const char	*why;

	if (info->status != USER_ACTIVE) {
		login_refuse(l, AUTH_DISABLED, 1, "account is closed");
		return;
	}
	if (!conf_host_local(authd.conf, info->host)) {
		login_elsewhere(l, info->host);
		return;
	}
	if ((why = storage_refuses(info->uid, info->gid)) != NULL ||
	    domain_mailbox(authd.conf, l->domain, l->req.user, info,
	    l->box.path, sizeof(l->box.path), &why) == -1) {
		login_refuse(l, AUTH_PERM, 1, why);
		return;
	}
	l->quota_octets = info->quota_octets;
	l->quota_messages = info->quota_messages;
	(void)strlcpy(l->box.user, l->req.user, sizeof(l->box.user));
	l->box.uid = info->uid;
	l->box.gid = info->gid;
	l->box.format = domain_format(authd.conf, l->domain);
	login_take_over(l);
}

/* Not by this backend; if it does not know the user, perhaps by the next. */
static void
login_denied(struct login *l, const struct be_res *res)
{
	int	 nouser = res->nouser || l->domain == NULL;

	if (nouser && TAILQ_NEXT(l->auth, chain) != NULL) {
		l->auth = TAILQ_NEXT(l->auth, chain);
		login_ask(l);
		return;
	}
	login_refuse(l, AUTH_CRED, !nouser, l->domain == NULL ?
	    "nobody is served under that domain" : res->err);
}

/* A backend has answered. */
static void
login_on_verdict(void *arg, const struct be_res *res)
{
	struct login	*l = arg;

	l->work = NULL;
	if (!login_reaches(l)) {
		login_free(l);
		return;
	}
	switch (res->code) {
	case BACKEND_OK:
		/* Asked only for the time it takes. */
		if (l->domain == NULL)
			login_denied(l, res);
		else
			login_accept(l, &res->info);
		break;
	case BACKEND_DENIED:
		login_denied(l, res);
		break;
	case BACKEND_PARAM:
		login_refuse(l, AUTH_CRED, 0, res->err);
		break;
	case BACKEND_RECORD:
		login_refuse(l, AUTH_PERM, 1, res->err);
		break;
	default:
		if (quota_line(&l->req.remote))
			log_warnx("auth %s: %s", l->auth->name, res->err);
		login_refuse(l, AUTH_TEMP, 0, res->err);
	}
}

static void
login_ask(struct login *l)
{
	struct be_req	 req;

	login_enter(l, LOGIN_ASKING);
	memset(&req, 0, sizeof(req));
	req.op = BE_OP_LOGIN;
	if (TAILQ_NEXT(l->auth, chain) == NULL)
		req.flags = BE_LAST;
	domain_asked(l->domain, l->req.user, req.user);
	(void)strlcpy(req.pass, l->req.pass, sizeof(req.pass));
	l->work = pool_submit(l->auth, l->engine, &req, login_on_verdict, l);
	explicit_bzero(&req, sizeof(req));
	if (l->work == NULL)
		login_refuse(l, AUTH_BUSY, 0, "too many logins at once");
}

int
login_begin(struct proc *engine, uint32_t number, const struct auth_req *req)
{
	struct login	*l;

	if (login_find(engine, number) != NULL)
		return -1;
	if ((l = calloc(1, sizeof(*l))) == NULL) {
		proc_kill(engine, "out of memory");
		return 0;
	}
	l->engine = engine;
	l->number = number;
	l->req = *req;
	RB_INSERT(logins, &logins, l);
	if (domain_login(authd.conf, l->req.user, &l->domain) == -1 ||
	    req->pass[0] == '\0') {
		login_refuse(l, AUTH_CRED, 0, "not a name or no password");
		return 0;
	}
	l->auth = domain_auth(authd.conf, l->domain);
	login_ask(l);
	return 0;
}

void
login_cancel(struct proc *engine, uint32_t number)
{
	struct login	*l;

	if ((l = login_find(engine, number)) != NULL)
		login_free(l);
}

void
login_engine_down(struct proc *engine)
{
	struct login	*l, *next;

	RB_FOREACH_SAFE(l, logins, &logins, next) {
		if (l->engine == engine)
			login_free(l);
	}
}
