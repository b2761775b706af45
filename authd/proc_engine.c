/* SPDX-License-Identifier: ISC */
/* Runs in: authd, root.  Trusts: no engine; they talk to the world. */

#include <sys/types.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "log.h"
#include "login.h"
#include "pki.h"
#include "proc.h"
#include "proc_engine.h"
#include "proc_keyd.h"
#include "sessions.h"
#include "sockets.h"
#include "watchdog.h"

/* What a login may take beyond its timeout, seconds. */
#define LINGER	10

static unsigned int	 nready;

static void	 proc_engine_up(struct proc *);
static void	 proc_engine_handle(struct proc *, struct imsg *);
static void	 proc_engine_look(struct proc *);
static void	 proc_engine_down(struct proc *);

/* Clients cause what an engine logs: it is not killed for it. */
static const struct proc_class	 proc_engine_class = {
	.name = "engine",
	.role = R_ENGINE,
	.account = &authd.engine,
	.drop = PROC_DROP_CHROOT,
	.lines_max = 10000,
	.watched = 1,
	.up = proc_engine_up,
	.handle = proc_engine_handle,
	.look = proc_engine_look,
	.down = proc_engine_down
};

/* Counted from 0. */
static unsigned int
proc_engine_number(const struct proc *p)
{
	const unsigned int	*number = p->arg;

	return *number;
}

/* Send the configuration; it takes effect as a whole at CONF_END. */
static int
proc_engine_configure(struct proc *p)
{
	struct imsgbuf		*ib = &p->em.imsgbuf;
	struct conf		*conf = authd.conf;
	struct conf_listen	*l;
	struct conf_pki		*pki;
	const unsigned int	 n = proc_engine_number(p);
	int			 fd;

	if (msg_conf_send(ib, IMSG_CONF_BEGIN, conf->generation, 1, NULL) ==
	    -1 || msg_limits_send(ib, &conf->limits) == -1)
		return -1;
	TAILQ_FOREACH(pki, &conf->pkis, entry) {
		if (msg_pki_send(ib, IMSG_CONF_PKI, pki->name, pki->cert,
		    strlen(pki->cert)) == -1)
			return -1;
	}
	TAILQ_FOREACH(l, &conf->listens, entry) {
		if (authd.check_only)
			break;
		/* Ours stays open: clients of an engine that dies just wait. */
		if ((fd = dup(sockets_of(l, n))) == -1)
			return -1;
		if (msg_listen_send(ib, l->mode, l->pki == NULL ? "" : l->pki,
		    fd) == -1)
			return -1;
	}
	return msg_conf_send(ib, IMSG_CONF_END, conf->generation, 1, NULL);
}

/*
 * Not before all other processes are ready: until then the generation before
 * has the connections, and keeps them if this one fails.
 */
static int
proc_engine_accept(struct proc *p)
{
	struct conf_listen	*l;

	TAILQ_FOREACH(l, &authd.conf->listens, entry) {
		if (!authd.inetd &&
		    sockets_revive(l, proc_engine_number(p)) == -1)
			return -1;
	}
	return msg_empty_send(&p->em.imsgbuf, IMSG_SERVE, 0);
}

static void
proc_engine_up(struct proc *p)
{
	watchdog_fresh(p);
	if (proc_engine_configure(p) == -1 ||
	    (authd.ready && proc_engine_accept(p) == -1)) {
		log_warn("%s: cannot send its configuration", p->title);
		proc_kill(p, "not configured");
		return;
	}
	proc_keyd_engine_up(p);
}

/*
 * Log why an engine refuses its configuration.  "NAME: reason" is about a pki;
 * the operator gets its paths, which the engine does not know.
 */
static void
proc_engine_refused(const char *reason)
{
	struct conf_pki	*pki;
	size_t		 len;

	TAILQ_FOREACH(pki, &authd.conf->pkis, entry) {
		len = strlen(pki->name);
		if (strncmp(reason, pki->name, len) == 0 &&
		    strncmp(reason + len, ": ", 2) == 0) {
			pki_complain(pki, reason + len + 2);
			return;
		}
	}
	log_warnx("configuration refused: %s", reason);
}

static int
proc_engine_conf_done(struct proc *p, struct imsg *imsg)
{
	struct m_conf	 conf;
	char		 reason[TEXT_LEN_MAX + 1];

	if (msg_conf_parse(imsg, &conf, reason) == -1 ||
	    conf.generation != authd.conf->generation || p->ready)
		return -1;
	if (!conf.ok) {
		proc_engine_refused(reason);
		if (!authd.ready)
			authd.halt(1);
		else
			proc_kill(p, "refuses its configuration");
		return 0;
	}
	p->ready = 1;
	authd.progress();
	return 0;
}

/*
 * Whether this session must have begun after the next generation did, in an
 * engine that goes on accepting; or is a late try of one that was refused.
 */
static int
proc_engine_lingers(void)
{
	return authd.draining && clock_seconds() - authd.drained >
	    (time_t)authd.conf->limits.login_timeout + LINGER;
}

static int
proc_engine_auth_req(struct proc *p, struct imsg *imsg)
{
	struct auth_req	 req;
	uint32_t	 session = imsg_get_id(imsg);
	int		 ret = -1;

	if (!p->ready || msg_auth_req_parse(imsg, &req) == -1)
		ret = -1;
	else if (!proc_engine_lingers())
		ret = login_begin(p, session, &req);
	else if ((ret = msg_auth_fail_send(&p->em.imsgbuf, session,
	    AUTH_TEMP)) == 0)
		evmsg_flush(&p->em);
	explicit_bzero(&req, sizeof(req));
	return ret;
}

static void
proc_engine_handle(struct proc *p, struct imsg *imsg)
{
	int	 ret = -1;

	switch (imsg_get_type(imsg)) {
	case IMSG_CONF_DONE:
		ret = proc_engine_conf_done(p, imsg);
		break;
	case IMSG_AUTH_REQ:
		ret = proc_engine_auth_req(p, imsg);
		break;
	case IMSG_AUTH_CANCEL:
		login_cancel(p, imsg_get_id(imsg));
		ret = 0;
		break;
	case IMSG_AUTH_KEPT:
		sessions_kept(p, imsg_get_id(imsg));
		ret = 0;
		break;
	case IMSG_PONG:
		ret = watchdog_answer(p, imsg_get_id(imsg));
		break;
	case IMSG_KEY_WANTED:
		proc_keyd_engine_wants(p);
		ret = 0;
		break;
	}
	if (ret == -1)
		proc_kill(p, "unexpected or malformed message");
}

static void
proc_engine_count_ready(struct proc *p)
{
	if (p->ready && p->em.open)
		nready++;
}

/* Until it is started again, other engines get its connections. */
static void
proc_engine_rest(struct proc *p)
{
	struct conf_listen	*l;

	if (!authd.ready || authd.draining)
		return;
	nready = 0;
	proc_each(&proc_engine_class, proc_engine_count_ready);
	if (nready == 0 || proc_delay(p) == 0)
		return;
	TAILQ_FOREACH(l, &authd.conf->listens, entry)
		sockets_rest(l, proc_engine_number(p));
}

static void
proc_engine_down(struct proc *p)
{
	login_engine_down(p);
	sessions_engine_down(p);
	/* This may retire it, which proc_keyd_engine_down() has to know. */
	if ((authd.halting || authd.inetd) && !proc_engine_running())
		authd.halt(0);
	proc_keyd_engine_down(p);
	if (!p->retired && !authd.halting && !authd.inetd)
		proc_engine_rest(p);
}

/* Kill an engine that has ended its listening socket. */
static void
proc_engine_look(struct proc *p)
{
	struct conf_listen	*l;

	if (!authd.ready || authd.halting || authd.draining || authd.inetd ||
	    !p->ready || !p->em.open)
		return;
	TAILQ_FOREACH(l, &authd.conf->listens, entry) {
		if (!sockets_listening(l, proc_engine_number(p))) {
			proc_kill(p, "has shut its listener down");
			return;
		}
	}
}

void
proc_engine_init(void)
{
	static unsigned int	 numbers[ENGINES_MAX];
	char		 title[32];
	uint32_t	 i, n;

	n = authd.check_only ? 1 : authd.conf->engines;
	for (i = 0; i < n; i++) {
		numbers[i] = i;
		(void)snprintf(title, sizeof(title), "engine %u", i + 1);
		(void)proc_new(&proc_engine_class, title, "engine", NULL,
		    &numbers[i]);
	}
}

static void
proc_engine_begin(struct proc *p)
{
	if (!p->em.open)
		return;
	if (proc_engine_accept(p) == -1)
		proc_kill(p, "cannot be given its listeners");
	else
		evmsg_flush(&p->em);
}

void
proc_engine_serve(void)
{
	proc_each(&proc_engine_class, proc_engine_begin);
}

void
proc_engine_drain(void)
{
	proc_each(&proc_engine_class, proc_drain);
}

void
proc_engine_halt(void)
{
	proc_each(&proc_engine_class, proc_retire);
}

int
proc_engine_running(void)
{
	return proc_running(&proc_engine_class);
}
