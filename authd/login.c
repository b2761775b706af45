/* SPDX-License-Identifier: ISC */
/*
 * Runs in: authd, root.  Logins, from the request to the end of the session.
 * Trusts: a backend's verdict within the limits of the configuration; an
 * engine for nothing; a storaged for nothing.
 */

#include <sys/types.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/tree.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "address.h"
#include "backend_code.h"
#include "clock.h"
#include "domain.h"
#include "log.h"
#include "login.h"
#include "namespace.h"
#include "paths.h"
#include "pool.h"
#include "proc.h"
#include "proc_spawner.h"
#include "quota.h"
#include "recover.h"
#include "spare.h"
#include "spool.h"
#include "state.h"

/* Messages that may wait for a storaged to read them; it asks one by one. */
#define CTL_QUEUE_MAX	4

/* What a storaged may say in a second: a dotlock's tries, lines for the log. */
#define CTL_RATE_MAX	1000

/*
 * Seconds that a recovery may take.  Killed, it loses nothing: the next login
 * goes on where it was.
 */
#define RECOVERY_TIME	600

/*
 * Seconds that a login waits for the end of the session that it takes over.
 * Then it is tried all the same; a storaged that finds the maildrop in use says
 * so.
 */
#define TAKEOVER_TIME	5

LIST_HEAD(login_list, login);

/* A user with sessions, to count them. */
struct user {
	RB_ENTRY(user)	 entry;
	char		 name[USER_LEN_MAX + 1];
	uint32_t	 sessions;
	struct login_list list;		/* of them */
};
RB_HEAD(user_tree, user);

struct login {
	RB_ENTRY(login)		 by_id;
	RB_ENTRY(login)		 by_session;
	uint32_t		 id;		/* ours */
	struct proc		*engine;	/* NULL: answered, or gone */
	uint32_t		 session;	/* the engine's */
	struct auth_req		 req;		/* password wiped with verdict*/
	const struct conf_domain *domain;	/* NULL: none that we serve */
	int			 session_fd;	/* the engine's end, until its
						 * storaged is there; or -1 */
	const struct conf_auth	*auth;		/* backend being asked */
	struct work		*work;
	struct user		*user;		/* counted there */
	LIST_ENTRY(login)	 by_user;
	struct proc		*runs_at;	/* engine of a session that
						 * runs; NULL: gone, or none */
	time_t			 since;		/* then: clock_seconds() */
	struct login		*taker;		/* waits for our end */
	struct login		*old;		/* whose end we wait for */
	const struct proc	*spawner;	/* NULL: no storaged (more) */
	pid_t			 pid;		/* storaged; 0: not yet */
	uint32_t		 uid;		/* its */
	uint32_t		 gid;
	int64_t			 quota_octets;	/* for the log; -1: none */
	int64_t			 quota_messages;
	int			 recovery;	/* not a client's: looks after
						 * a mailbox */
	struct event		 deadline;	/* of a recovery: it is killed,
						 * of old's end: we go on */
	int			 late;		/* recovery was killed */
	int			 noted;		/* mail may be removed: IMSG_
						 * CTL_NOTE */
	int			 died;		/* storaged, of a signal */
	int			 status;	/* of storaged's end */
	struct evmsg		 ctl;
	struct flood		 said;		/* there */
	char			*mailbox;
	int			 again;		/* its first storaged had no
						 * rule for its mailbox */
	int			 denied;	/* storaged has said so: CTL_OK
						 * or CTL_FAILED was answered */
	int			 dotlock;	/* we hold it for storaged */
	struct stat		 lock;		/* then: which file */
};
RB_HEAD(login_ids, login);
RB_HEAD(login_sessions, login);

static int	 user_cmp(struct user *, struct user *);
static int	 login_id_cmp(struct login *, struct login *);
static int	 login_session_cmp(struct login *, struct login *);
static void	 login_ask(struct login *);
static void	 login_on_message(struct evmsg *, struct imsg *);
static void	 login_on_closed(struct evmsg *, const char *);

RB_PROTOTYPE(user_tree, user, entry, user_cmp);
RB_PROTOTYPE(login_ids, login, by_id, login_id_cmp);
RB_PROTOTYPE(login_sessions, login, by_session, login_session_cmp);

static struct user_tree		 users = RB_INITIALIZER(&users);
static struct login_ids		 logins = RB_INITIALIZER(&logins);
static struct login_sessions	 waiting = RB_INITIALIZER(&waiting);
static uint32_t			 last_id;
static uint32_t			 counted;	/* logins with a user */
static uint32_t			 starting;	/* of them with session_fd */

static int
user_cmp(struct user *a, struct user *b)
{
	return strcmp(a->name, b->name);
}

static int
login_id_cmp(struct login *a, struct login *b)
{
	return a->id < b->id ? -1 : a->id > b->id;
}

static int
login_session_cmp(struct login *a, struct login *b)
{
	if (a->engine != b->engine)
		return (uintptr_t)a->engine < (uintptr_t)b->engine ? -1 : 1;
	return a->session < b->session ? -1 : a->session > b->session;
}

RB_GENERATE(user_tree, user, entry, user_cmp);
RB_GENERATE(login_ids, login, by_id, login_id_cmp);
RB_GENERATE(login_sessions, login, by_session, login_session_cmp);

static struct login *
login_find(uint32_t id)
{
	struct login	 key;

	key.id = id;
	return RB_FIND(login_ids, &logins, &key);
}

static struct login *
login_find_session(struct proc *engine, uint32_t session)
{
	struct login	 key;

	key.engine = engine;
	key.session = session;
	return RB_FIND(login_sessions, &waiting, &key);
}

/*
 * Whether the engine can still be answered: one that was killed is not reaped
 * yet, and its channel gone.
 */
static int
login_reaches(const struct login *l)
{
	return l->engine != NULL && l->engine->em.open;
}

/* The engine's end of the session's socketpair; it is not ours any more. */
static int
login_take_fd(struct login *l)
{
	int	 fd = l->session_fd;

	l->session_fd = -1;
	starting--;
	return fd;
}

/* The engine has its answer, or is not interested any more. */
static void
login_answered(struct login *l)
{
	if (l->engine == NULL)
		return;
	RB_REMOVE(login_sessions, &waiting, l);
	l->engine = NULL;
	explicit_bzero(l->req.pass, sizeof(l->req.pass));
	/* A storaged that has started ends when nobody is at the other end. */
	if (l->session_fd != -1)
		(void)close(login_take_fd(l));
}

/* It is no session any more, or never became one. */
static void
login_uncount(struct login *l)
{
	if (l->user == NULL)
		return;
	LIST_REMOVE(l, by_user);
	counted--;
	if (--l->user->sessions == 0) {
		RB_REMOVE(user_tree, &users, l->user);
		free(l->user);
	}
	l->user = NULL;
}

/*
 * No use to wait for the end of this one any longer: the login that does goes
 * on.  Not from here, where others are being looked through.
 */
static void
login_release(struct login *l)
{
	const struct timeval	 tv = { 0, 0 };

	if (l->taker == NULL)
		return;
	if (evtimer_add(&l->taker->deadline, &tv) == -1)
		fatalx("evtimer_add");
	l->taker->old = NULL;
	l->taker = NULL;
}

static void
login_free(struct login *l)
{
	login_release(l);
	if (l->recovery) {
		(void)evtimer_del(&l->deadline);
		if (!l->late)
			recover_ended(l->req.user, l->status);
	} else if (l->died && l->noted)
		/* A commit may have been cut short. */
		recover_mailbox(l->req.user, l->uid, l->gid, l->mailbox);
	login_answered(l);
	if (l->work != NULL)
		pool_cancel(l->work);
	evmsg_close(&l->ctl);
	if (l->dotlock)
		spool_unlock(l->mailbox, &l->lock);
	login_uncount(l);
	RB_REMOVE(login_ids, &logins, l);
	free(l->mailbox);
	freezero(l, sizeof(*l));
}

/*
 * Refuse, and say why in the log.  A name is only logged when it is a user's:
 * people type their password into the wrong field.
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
		if (msg_auth_fail_send(&l->engine->em.imsgbuf, l->session,
		    reason) == -1)
			proc_kill(l->engine, "out of memory");
		else
			evmsg_flush(&l->engine->em);
	}
	login_free(l);
}

static int
login_state_new(const char *user, uid_t uid, gid_t gid)
{
	if (spare_take(user, uid, gid) == 0 ||
	    mkdirat(authd.statefd, user, 0700) == 0 || errno == EEXIST)
		return 0;
	return -1;
}

/*
 * Make the user's state directory, if it is not there.  storaged checks whose
 * it is before it trusts what is in it.
 */
static int
login_state(const char *user, uid_t uid, gid_t gid)
{
	struct stat	 st;

	switch (state_renew()) {
	case -1:
		return -1;
	case 1:
		proc_spawner_renew();
	}
	if (fstatat(authd.statefd, user, &st, AT_SYMLINK_NOFOLLOW) == -1 &&
	    (errno != ENOENT || login_state_new(user, uid, gid) == -1 ||
	    fstatat(authd.statefd, user, &st, AT_SYMLINK_NOFOLLOW) == -1))
		goto fail;
	/* Ours: new, or the power went before it was given away. */
	if (authd.privileged && st.st_uid == geteuid() &&
	    fchownat(authd.statefd, user, uid, gid, AT_SYMLINK_NOFOLLOW) == -1)
		goto fail;
	return 0;
fail:
	log_warn("state directory %s/%s", authd.conf->state, user);
	return -1;
}

/* Is this somebody whose mail may be served?  NULL, or why not. */
static const char *
login_check(uint32_t uid, uint32_t gid)
{
	if (uid == 0 || gid == 0)
		return "root's mail is not served";
	if (!authd.privileged)
		return uid == geteuid() ? NULL :
		    "not started as root: only the own mailbox is served";
	if (!ids_uid(&authd.conf->ids, uid))
		return "uid outside of uid-min and uid-max";
	if (!ids_gid(&authd.conf->ids, gid))
		return "gid outside of gid-min and gid-max, and not one of "
		    "the groups that \"groups\" in pop3d.conf names";
	if (!namespace_has(uid) || !namespace_has(gid))
		return "65534 is nobody's uid and gid";
	return NULL;
}

/* NULL: has no session. */
static struct user *
login_user_find(const char *name)
{
	struct user	 key;

	(void)strlcpy(key.name, name, sizeof(key.name));
	return RB_FIND(user_tree, &users, &key);
}

static struct user *
login_user(const char *name)
{
	struct user	*user;

	if ((user = login_user_find(name)) != NULL ||
	    (user = calloc(1, sizeof(*user))) == NULL)
		return user;
	(void)strlcpy(user->name, name, sizeof(user->name));
	RB_INSERT(user_tree, &users, user);
	return user;
}

/*
 * One more session of this user.  Counted only after the password: others who
 * guess at it must not keep them out, nor learn that they are here.
 */
static int
login_count(struct login *l)
{
	/* One that starts has both ends of a socketpair for a while. */
	if (counted + 2 * starting >= authd.logins_max) {
		login_refuse(l, AUTH_BUSY, 1, "no more descriptors");
		return -1;
	}
	if ((l->user = login_user(l->req.user)) == NULL) {
		login_refuse(l, AUTH_TEMP, 1, "out of memory");
		return -1;
	}
	LIST_INSERT_HEAD(&l->user->list, l, by_user);
	counted++;
	if (l->user->sessions++ >= authd.conf->user_sessions) {
		login_refuse(l, AUTH_LIMIT, 1, "limit per-user");
		return -1;
	}
	return 0;
}

/* Whose storaged it will be, and where. */
static int
login_place(struct login *l, uint32_t uid, uint32_t gid, const char *mailbox)
{
	l->uid = uid;
	l->gid = gid;
	return (l->mailbox = strdup(mailbox)) == NULL ? -1 : 0;
}

/* Start storaged for it.  -1: not now; fd is closed. */
static int
login_spawn(struct login *l, uint16_t flags, int fd)
{
	struct sp_spawn	 sp;

	memset(&sp, 0, sizeof(sp));
	sp.uid = l->uid;
	sp.gid = l->gid;
	sp.flags = flags;
	(void)strlcpy(sp.user, l->req.user, sizeof(sp.user));
	(void)strlcpy(sp.mailbox, l->mailbox, sizeof(sp.mailbox));
	if (strlcpy(sp.state, authd.conf->state, sizeof(sp.state)) >=
	    sizeof(sp.state) ||
	    strlcat(sp.state, "/", sizeof(sp.state)) >= sizeof(sp.state) ||
	    strlcat(sp.state, sp.user, sizeof(sp.state)) >=
	    sizeof(sp.state)) {
		(void)close(fd);
		return -1;
	}
	l->spawner = proc_spawner_spawn(l->id, &sp, fd);
	return l->spawner == NULL ? -1 : 0;
}

/*
 * Another server has the mailbox.  What lies here under its name, most often
 * nothing, is not the user's mail: clients forget what an empty maildrop lacks.
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

/*
 * Start storaged.  The engine gets its socket when storaged has one to us, too:
 * a session that we have not heard of yet could be over before, and would then
 * count against the user's next one.
 */
static void
login_start(struct login *l)
{
	int	 fds[2];

	if (login_count(l) == -1)
		return;
	if (login_state(l->req.user, l->uid, l->gid) == -1 ||
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) == -1) {
		login_refuse(l, AUTH_TEMP, 1, "cannot start a session");
		return;
	}
	l->session_fd = fds[0];
	starting++;
	if (login_spawn(l, 0, fds[1]) == -1)
		login_refuse(l, AUTH_TEMP, 1, "no storaged to be had now");
}

/*
 * A session of the same user from the same address that may be idle; engines
 * know.  One that has just begun is not.  Each has one taker at most: an engine
 * cannot make any number of logins wait here.
 */
static struct login *
login_idle(const struct login *l)
{
	const struct m_peer	*peer = &l->req.remote;
	const struct user	*user;
	struct login		*o;
	time_t			 takeover = authd.conf->limits.takeover;

	if (takeover == 0 || peer->family == 0 ||
	    (user = login_user_find(l->req.user)) == NULL)
		return NULL;
	LIST_FOREACH(o, &user->list, by_user) {
		if (o->runs_at != NULL && o->runs_at->em.open &&
		    o->taker == NULL && clock_seconds() - o->since > takeover &&
		    o->req.remote.family == peer->family &&
		    memcmp(o->req.remote.addr, peer->addr,
		    sizeof(peer->addr)) == 0)
			return o;
	}
	return NULL;
}

/* The session that was in the way has ended, or will not. */
static void
login_on_old(evutil_socket_t fd, short what, void *arg)
{
	struct login	*l = arg;

	if (l->old != NULL)
		l->old->taker = NULL;
	l->old = NULL;
	if (login_reaches(l))
		login_start(l);
	else
		login_free(l);
}

/*
 * A client that lost its network comes back while its old session still holds
 * the maildrop: have that ended, and wait for it.  0: there is none.
 */
static int
login_take_over(struct login *l)
{
	const struct timeval	 tv = { TAKEOVER_TIME, 0 };
	struct login		*old;

	if ((old = login_idle(l)) == NULL)
		return 0;
	if (msg_auth_yield_send(&old->runs_at->em.imsgbuf, old->session,
	    old->id) == -1)
		return 0;
	evmsg_flush(&old->runs_at->em);
	evtimer_assign(&l->deadline, authd.base, login_on_old, l);
	if (evtimer_add(&l->deadline, &tv) == -1)
		fatalx("evtimer_add");
	old->taker = l;
	l->old = old;
	return 1;
}

/* The password was right. */
static void
login_accept(struct login *l, const struct userinfo *info)
{
	char		 mailbox[PATH_LEN_MAX + 1];
	const char	*why;

	explicit_bzero(l->req.pass, sizeof(l->req.pass));
	if (info->status != USER_ACTIVE) {
		login_refuse(l, AUTH_DISABLED, 1, "account is closed");
		return;
	}
	if (!conf_host_local(authd.conf, info->host)) {
		login_elsewhere(l, info->host);
		return;
	}
	if ((why = login_check(info->uid, info->gid)) != NULL ||
	    domain_mailbox(authd.conf, l->domain, l->req.user, info,
	    mailbox, sizeof(mailbox), &why) == -1) {
		login_refuse(l, AUTH_PERM, 1, why);
		return;
	}
	l->quota_octets = info->quota_octets;
	l->quota_messages = info->quota_messages;
	if (login_place(l, info->uid, info->gid, mailbox) == -1)
		login_refuse(l, AUTH_TEMP, 1, "out of memory");
	else if (!login_take_over(l))
		login_start(l);
}

/* storaged runs: the engine gets its socket. */
static void
login_welcome(struct login *l)
{
	if (msg_auth_ok_send(&l->engine->em.imsgbuf, l->session, l->req.user,
	    login_take_fd(l)) == -1)
		proc_kill(l->engine, "out of memory");
	else
		evmsg_flush(&l->engine->em);
	log_info("login ok user=%s rip=%s tls=%s uid=%u %s",
	    log_vis(l->req.user), address_text(&l->req.remote),
	    l->req.tls ? "yes" : "no", l->uid, login_quota(l));
	l->runs_at = l->engine;
	l->since = clock_seconds();
	login_answered(l);
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
login_verdict(void *arg, const struct be_res *res)
{
	struct login	*l = arg;

	l->work = NULL;
	if (!login_reaches(l)) {
		login_free(l);
		return;
	}
	switch (res->code) {
	case BACKEND_OK:
		/* Asked for the time it takes, not for what it says. */
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

	memset(&req, 0, sizeof(req));
	req.op = BE_OP_LOGIN;
	if (TAILQ_NEXT(l->auth, chain) == NULL)
		req.flags = BE_LAST;
	domain_asked(l->domain, l->req.user, req.user);
	(void)strlcpy(req.pass, l->req.pass, sizeof(req.pass));
	l->work = pool_submit(l->auth, l->engine, &req, login_verdict, l);
	explicit_bzero(&req, sizeof(req));
	if (l->work == NULL)
		login_refuse(l, AUTH_BUSY, 0, "too many logins at once");
}

/* A login with a number of its own. */
static struct login *
login_new(void)
{
	struct login	*l;

	if ((l = calloc(1, sizeof(*l))) == NULL)
		return NULL;
	while (++last_id == 0 || login_find(last_id) != NULL)
		;
	l->id = last_id;
	l->session_fd = -1;
	RB_INSERT(login_ids, &logins, l);
	return l;
}

int
login_begin(struct proc *engine, uint32_t session, const struct auth_req *req)
{
	struct login	*l;

	if (login_find_session(engine, session) != NULL)
		return -1;
	if ((l = login_new()) == NULL) {
		proc_kill(engine, "out of memory");
		return 0;
	}
	l->engine = engine;
	l->session = session;
	l->req = *req;
	RB_INSERT(login_sessions, &waiting, l);
	if (domain_login(authd.conf, l->req.user, &l->domain) == -1 ||
	    req->pass[0] == '\0') {
		login_refuse(l, AUTH_CRED, 0, "not a name or no password");
		return 0;
	}
	l->auth = domain_auth(authd.conf, l->domain);
	login_ask(l);
	return 0;
}

/*
 * A recovery hangs, stopped by its user or on a file system that does not
 * answer: others wait for its place.
 */
static void
login_on_deadline(evutil_socket_t fd, short what, void *arg)
{
	struct login	*l = arg;

	log_warnx("recovery of %s: pid %d is not done after %d s: killed",
	    log_vis(l->req.user), l->pid, RECOVERY_TIME);
	/* Its channel is open: the number is still its own. */
	if (l->pid != 0 && l->spawner != NULL && l->ctl.open &&
	    kill(l->pid, SIGKILL) == -1)
		log_warn("kill %d", l->pid);
	l->late = 1;
	recover_ended(l->req.user, -1);
}

int
login_recover(const char *user, uint32_t uid, uint32_t gid,
    const char *mailbox)
{
	struct timeval	 tv = { RECOVERY_TIME, 0 };
	struct login	*l;
	const char	*why;
	int		 fds[2];

	if ((why = login_check(uid, gid)) != NULL) {
		log_warnx("recovery of %s: %s", log_vis(user), why);
		return 1;
	}
	if ((l = login_new()) == NULL)
		return -1;
	(void)strlcpy(l->req.user, user, sizeof(l->req.user));
	/* Every storaged gets one; this one has nobody at the other end. */
	if (login_place(l, uid, gid, mailbox) == -1 ||
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) == -1) {
		login_free(l);
		return -1;
	}
	(void)close(fds[0]);
	if (login_spawn(l, SP_RECOVER, fds[1]) == -1) {
		login_free(l);
		return -1;
	}
	l->recovery = 1;
	evtimer_assign(&l->deadline, authd.base, login_on_deadline, l);
	if (evtimer_add(&l->deadline, &tv) == -1)
		fatalx("evtimer_add");
	return 0;
}

void
login_cancel(struct proc *engine, uint32_t session)
{
	struct login	*l;

	/* login_verdict frees it: a worker is never left in the middle. */
	if ((l = login_find_session(engine, session)) != NULL)
		login_answered(l);
}

void
login_engine_down(struct proc *engine)
{
	struct login	*l, *next;

	RB_FOREACH_SAFE(l, login_sessions, &waiting, next) {
		if (l->engine == engine)
			login_answered(l);
	}
	/* Its number means another session, when it is back. */
	RB_FOREACH(l, login_ids, &logins) {
		if (l->runs_at == engine)
			l->runs_at = NULL;
	}
}

void
login_kept(const struct proc *engine, uint32_t id)
{
	struct login	*l = login_find(id);

	/* It may have ended meanwhile. */
	if (l != NULL && l->runs_at == engine)
		login_release(l);
}

/* A login whose storaged has ended and closed its channel is over. */
static void
login_check_end(struct login *l)
{
	if (l->spawner == NULL && !l->ctl.open && l->work == NULL)
		login_free(l);
}

/* Its storaged has ended, or there never was one. */
static void
login_storage_down(struct login *l)
{
	l->spawner = NULL;
	if (login_reaches(l))
		login_refuse(l, AUTH_TEMP, 1, "cannot start a session");
	else
		login_check_end(l);
}

int
login_spawned(const struct proc *spawner, uint32_t id, pid_t pid, int fd)
{
	struct login	*l;

	/* Once for each: no more descriptors than are counted. */
	if ((l = login_find(id)) == NULL || l->spawner != spawner ||
	    l->pid != 0) {
		(void)close(fd);
		return -1;
	}
	l->pid = pid;
	l->ctl.handle = login_on_message;
	l->ctl.closed = login_on_closed;
	l->ctl.arg = l;
	if (evmsg_open(&l->ctl, authd.base, fd, R_AUTHD, R_STORAGED, 0,
	    CTL_QUEUE_MAX) == -1) {
		log_warn("session of %s", l->req.user);
		(void)close(fd);
	}
	if (login_reaches(l))
		login_welcome(l);
	return 0;
}

int
login_exit(const struct proc *spawner, uint32_t id, pid_t pid, int status)
{
	struct login	*l;

	if ((l = login_find(id)) == NULL || l->spawner != spawner)
		return -1;
	if (WIFSIGNALED(status)) {
		log_warnx("session of %s: pid %d killed by signal %d",
		    log_vis(l->req.user), pid, WTERMSIG(status));
		l->died = 1;
	}
	l->status = pid == 0 ? -1 : status;
	login_storage_down(l);
	return 0;
}

void
login_spawner_down(const struct proc *spawner)
{
	struct login	*l, *next;

	RB_FOREACH_SAFE(l, login_ids, &logins, next) {
		if (l->spawner == spawner) {
			/* It may have died with it. */
			l->died = 1;
			l->status = -1;
			login_storage_down(l);
		}
	}
}

/*
 * Its storaged was denied its mailbox.  Once for each login, a new one may be
 * allowed more, be it because the spawner has been replaced meanwhile.
 */
static int
login_denied_path(struct login *l)
{
	uint32_t	 result = CTL_FAILED;

	if (l->denied != 0)
		return -1;
	if (l->again)
		log_warnx("%s: denied in spite of new rules: the user may not "
		    "enter its directory; if that is not so, restart pop3d",
		    l->mailbox);
	else if (!l->recovery && !proc_spawner_is(l->spawner))
		result = CTL_OK;
	else if (paths_heal(l->mailbox)) {
		proc_spawner_renew();
		if (!l->recovery)
			result = CTL_OK;
	}
	l->denied = (int)result;
	/* Not before: to close a user's file may take as long as it likes. */
	if (result == CTL_OK)
		imsgbuf_allow_fdpass(&l->ctl.imsgbuf);
	if (msg_ctl_locked_send(&l->ctl.imsgbuf, result) == -1)
		return -1;
	evmsg_flush(&l->ctl);
	return 0;
}

/* Whether it can be an end of a socketpair(2); asked without a file system. */
static int
login_is_pair(int fd)
{
	struct sockaddr_storage	 ss;
	socklen_t		 sslen = sizeof(ss), len = sizeof(int);
	int			 type;

	return getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) == 0 &&
	    type == SOCK_STREAM &&
	    getsockname(fd, (struct sockaddr *)&ss, &sslen) == 0 &&
	    ss.ss_family == AF_UNIX;
}

/* The engine's socket, back from a storaged that was denied its mailbox. */
static int
login_again(struct login *old, int fd)
{
	struct login	*l = NULL;

	if (fd == -1 || old->denied != CTL_OK || !login_is_pair(fd) ||
	    (l = login_new()) == NULL) {
		if (fd != -1)
			(void)close(fd);
		return -1;
	}
	old->denied = CTL_FAILED;
	(void)strlcpy(l->req.user, old->req.user, sizeof(l->req.user));
	l->req.remote = old->req.remote;
	l->again = 1;
	/* Its place in the count, and with the engine. */
	if ((l->user = old->user) != NULL) {
		LIST_REMOVE(old, by_user);
		LIST_INSERT_HEAD(&l->user->list, l, by_user);
	}
	old->user = NULL;
	l->runs_at = old->runs_at;
	l->session = old->session;
	l->since = old->since;
	/* The engine sees the end of file and answers [SYS/TEMP]. */
	if (login_place(l, old->uid, old->gid, old->mailbox) == -1) {
		(void)close(fd);
		login_free(l);
	} else if (login_spawn(l, 0, fd) == -1)
		login_free(l);
	return 0;
}

static void
login_on_message(struct evmsg *em, struct imsg *imsg)
{
	struct login	*l = em->arg;
	char		 text[TEXT_LEN_MAX + 1];
	uint32_t	 priority, result = CTL_OK;

	if (flood_count(&l->said) > CTL_RATE_MAX) {
		login_on_closed(em, "floods authd");
		return;
	}
	switch (imsg_get_type(imsg)) {
	case IMSG_LOG:
		if (msg_log_parse(imsg, &priority, text) == -1)
			break;
		/* Only what a storaged has reason to say. */
		if (priority < LOG_ERR)
			priority = LOG_ERR;
		log_text((int)priority, "storaged", text);
		return;
	case IMSG_CTL_LOCK:
		if (!l->dotlock)
			result = spool_lock(l->mailbox, l->uid,
			    l->pid, &l->lock);
		l->dotlock = result == CTL_OK;
		if (msg_ctl_locked_send(&em->imsgbuf, result) == -1)
			break;
		evmsg_flush(em);
		return;
	case IMSG_CTL_UNLOCK:
		if (l->dotlock)
			spool_unlock(l->mailbox, &l->lock);
		l->dotlock = 0;
		return;
	case IMSG_CTL_DENIED:
		if (login_denied_path(l) == -1)
			break;
		return;
	case IMSG_CTL_AGAIN:
		if (login_again(l, imsg_get_fd(imsg)) == -1)
			break;
		/* Nobody counts its descriptor now. */
		login_on_closed(em, NULL);
		return;
	case IMSG_CTL_NOTE:
		l->noted = 1;
		recover_note(l->req.user, l->uid, l->gid, l->mailbox);
		return;
	}
	login_on_closed(em, "unexpected or malformed message");
}

/* storaged has ended, or is not worth listening to any more. */
static void
login_on_closed(struct evmsg *em, const char *why)
{
	struct login	*l = em->arg;

	if (why != NULL)
		log_warnx("session of %s: %s", log_vis(l->req.user), why);
	evmsg_close(em);
	if (l->dotlock)
		spool_unlock(l->mailbox, &l->lock);
	l->dotlock = 0;
	login_uncount(l);
	login_check_end(l);
}
