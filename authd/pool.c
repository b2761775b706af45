/* SPDX-License-Identifier: ISC */
/*
 * Runs in: authd, root.  Trusts: a backend for its verdicts alone, within the
 * limits that login.c checks.
 */

#include <sys/types.h>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "backend_code.h"
#include "backend_needs.h"
#include "clock.h"
#include "domain.h"
#include "log.h"
#include "pool.h"
#include "privdrop.h"
#include "proc.h"

/* Requests of one engine that may wait for one backend. */
#define POOL_LINE_MAX	1024

/* Seconds between replacements of all workers of a pool. */
#define RENEW_PAUSE	5

/* The requests of one engine that wait; never empty. */
struct line {
	TAILQ_ENTRY(line)	 entry;
	const void		*from;
	TAILQ_HEAD(, work)	 works;
	unsigned int		 n;
};

struct pool {
	TAILQ_ENTRY(pool)	 entry;
	const struct conf_auth	*auth;
	TAILQ_HEAD(lines, line)	 lines;		/* next one first */
	unsigned int		 nworkers;
	struct proc		*workers[64];
	int			 sticky;	/* a user to the same worker */
	int			 served;	/* one of them was ready once */
	int			 shared;	/* a worker's file, or -1 */
	unsigned int		 shares;	/* how many there were */
	time_t			 renewed;	/* clock_seconds(); 0: never */
};

struct work {
	TAILQ_ENTRY(work)	 entry;
	struct pool		*pool;
	struct line		*line;		/* where it waits, or NULL */
	const void		*from;
	int			 again;		/* asked anew: files moved */
	struct proc		*worker;	/* that has it, or NULL */
	struct event		 deadline;
	uint32_t		 id;
	struct be_req		 req;
	void			(*done)(void *, const struct be_res *);
	void			*arg;		/* done NULL: cancelled */
};

/* arg of a worker's struct proc. */
struct worker {
	struct pool		*pool;
	struct work		*work;		/* that it has, or NULL */
	int			 first;		/* of the pool */
	int			 stale;		/* to be replaced when idle */
	int			 sharing;	/* as BE_READY said */
	int			 asked;		/* -n: has BE_OP_READY */
	unsigned int		 shares;	/* the number it has got */
};

static TAILQ_HEAD(, pool)	 pools = TAILQ_HEAD_INITIALIZER(pools);
static uint32_t			 work_id;

static void	 pool_worker_up(struct proc *);
static void	 pool_worker_handle(struct proc *, struct imsg *);
static void	 pool_worker_down(struct proc *);
static void	 pool_worker_ready(struct worker *, struct proc *);

/* A worker has no reason to log much. */
static const struct proc_class	 pool_class = {
	.name = "auth",
	.role = R_BACKEND,
	.account = &authd.auth,
	.drop = PROC_DROP_EXEC,
	.lines_max = 1000,
	.lines_kill = 1,
	.up = pool_worker_up,
	.handle = pool_worker_handle,
	.down = pool_worker_down
};

/* The line of an engine, a new one if it has none; NULL if it is full. */
static struct line *
pool_line_of(struct pool *pool, const void *from)
{
	struct line	*line;

	TAILQ_FOREACH(line, &pool->lines, entry) {
		if (line->from == from)
			return line->n < POOL_LINE_MAX ? line : NULL;
	}
	if ((line = calloc(1, sizeof(*line))) == NULL)
		return NULL;
	line->from = from;
	TAILQ_INIT(&line->works);
	TAILQ_INSERT_TAIL(&pool->lines, line, entry);
	return line;
}

static void
pool_line_leave(struct work *w)
{
	struct line	*line = w->line;

	w->line = NULL;
	TAILQ_REMOVE(&line->works, w, entry);
	if (--line->n == 0) {
		TAILQ_REMOVE(&w->pool->lines, line, entry);
		free(line);
	}
}

static void
pool_work_free(struct work *w)
{
	(void)event_del(&w->deadline);
	if (w->line != NULL)
		pool_line_leave(w);
	if (w->worker != NULL)
		((struct worker *)w->worker->arg)->work = NULL;
	freezero(w, sizeof(*w));
}

static void
pool_work_finish(struct work *w, const struct be_res *res)
{
	void	(*done)(void *, const struct be_res *) = w->done;
	void	*arg = w->arg;

	pool_work_free(w);
	if (done != NULL)
		done(arg, res);
}

static void
pool_work_fail(struct work *w, const char *why)
{
	struct be_res	 res;

	memset(&res, 0, sizeof(res));
	res.code = BACKEND_INTERNAL;
	(void)strlcpy(res.err, why, sizeof(res.err));
	pool_work_finish(w, &res);
}

/*
 * Pass on, unseen, what another worker has shared.  It goes with a request, of
 * which a worker has one at a time: descriptors must not pile up in the channel
 * of a worker that does not read.
 */
static void
pool_worker_share(struct worker *wk, struct proc *p)
{
	struct pool	*pool = wk->pool;
	int		 fd;

	if (wk->shares == pool->shares)
		return;
	if ((fd = fcntl(pool->shared, F_DUPFD_CLOEXEC, 0)) == -1 ||
	    msg_fd_send(&p->em.imsgbuf, IMSG_BE_SHARED, 0, fd) == -1)
		log_warn("%s", p->title);	/* It reads its files. */
	else
		wk->shares = pool->shares;
}

/*
 * Keep what a worker shares.  It may always share before it is ready, later
 * only if its BE_READY said so, before it saw a first request.
 */
static void
pool_worker_shares(struct worker *wk, struct imsg *imsg)
{
	struct pool	*pool = wk->pool;

	if (pool->shared != -1)
		(void)close(pool->shared);
	pool->shared = imsg_get_fd(imsg);
	wk->shares = ++pool->shares;
}

/* Start with the worker that may remember this user. */
static unsigned int
pool_first(const struct pool *pool, const struct work *w)
{
	uint32_t	 hash = 2166136261;	/* FNV-1a */
	const char	*p;

	if (!pool->sticky)
		return 0;
	for (p = w->req.user; *p != '\0'; p++)
		hash = (hash ^ (unsigned char)*p) * 16777619;
	return hash % pool->nworkers;
}

/*
 * An idle worker for this request, or NULL.  One that has ended has no pid, but
 * proc.c may still read what it sent.
 */
static struct proc *
pool_idle(const struct pool *pool, const struct work *w)
{
	unsigned int	 i, first = pool_first(pool, w);
	struct proc	*p;

	for (i = 0; i < pool->nworkers; i++) {
		p = pool->workers[(first + i) % pool->nworkers];
		if (p->ready && p->pid != 0 && p->em.open &&
		    ((struct worker *)p->arg)->work == NULL)
			return p;
	}
	return NULL;
}

/*
 * Give the oldest request of each line in turn to idle workers.  Never answer
 * one from here: pool_submit() has not returned it yet.
 */
static void
pool_run(struct pool *pool)
{
	struct line	*line;
	struct worker	*wk;
	struct work	*w;
	struct proc	*p;

	while ((line = TAILQ_FIRST(&pool->lines)) != NULL) {
		w = TAILQ_FIRST(&line->works);
		if ((p = pool_idle(pool, w)) == NULL)
			break;
		wk = p->arg;
		TAILQ_REMOVE(&pool->lines, line, entry);
		TAILQ_INSERT_TAIL(&pool->lines, line, entry);
		pool_line_leave(w);
		w->worker = p;
		wk->work = w;
		pool_worker_share(wk, p);
		/* pool_worker_down() answers it if this fails. */
		if (msg_be_req_send(&p->em.imsgbuf, w->id, &w->req) == -1)
			proc_kill(p, "out of memory");
		else
			evmsg_flush(&p->em);
	}
}

static void
pool_work_on_deadline(evutil_socket_t fd, short what, void *arg)
{
	struct work	*w = arg;
	struct proc	*worker = w->worker;

	/* Kill the stuck worker: its answer must not reach the next request. */
	if (worker != NULL) {
		((struct worker *)worker->arg)->work = NULL;
		worker->ready = 0;
		w->worker = NULL;
		proc_kill(worker, "missed its deadline");
	}
	pool_work_fail(w, "deadline passed");
}

struct work *
pool_submit(const struct conf_auth *auth, const void *from,
    const struct be_req *req, void (*done)(void *, const struct be_res *),
    void *arg)
{
	struct timeval	 tv = { auth->deadline, 0 };
	struct pool	*pool;
	struct line	*line;
	struct work	*w;

	TAILQ_FOREACH(pool, &pools, entry) {
		if (pool->auth == auth)
			break;
	}
	if (pool == NULL || (w = calloc(1, sizeof(*w))) == NULL)
		return NULL;
	if ((line = pool_line_of(pool, from)) == NULL) {
		free(w);
		return NULL;
	}
	w->pool = pool;
	w->line = line;
	w->from = from;
	w->id = ++work_id;
	w->req = *req;
	w->done = done;
	w->arg = arg;
	evtimer_assign(&w->deadline, authd.base, pool_work_on_deadline, w);
	TAILQ_INSERT_TAIL(&line->works, w, entry);
	line->n++;
	if (evtimer_add(&w->deadline, &tv) == -1) {
		pool_work_free(w);
		return NULL;
	}
	pool_run(pool);
	return w;
}

void
pool_cancel(struct work *w)
{
	/* The worker is busy until it answers: it does one thing at a time. */
	if (w->worker != NULL)
		w->done = NULL;
	else
		pool_work_free(w);
}

/* Have it start; it answers BE_READY. */
static void
pool_worker_begin(struct worker *wk, struct proc *p)
{
	pool_worker_share(wk, p);
	if (msg_empty_send(&p->em.imsgbuf, IMSG_BE_START, 0) == -1)
		proc_kill(p, "out of memory");
	else
		evmsg_flush(&p->em);
}

/*
 * Send a new worker its options.  The first one starts alone: it may share what
 * it reads, so that the others need not read it.
 */
static void
pool_worker_up(struct proc *p)
{
	struct worker		*wk = p->arg;
	const struct conf_auth	*auth = wk->pool->auth;
	struct conf_opt		*opt;
	char			 names[PATH_LEN_MAX + 1];

	wk->shares = 0;
	wk->stale = 0;
	wk->sharing = 0;
	if (backend_needs(auth->name)->gives & BACKEND_GIVE_NAMES) {
		(void)strlcpy(names, "names=", sizeof(names));
		domain_names(authd.conf, auth->domain, names + strlen(names),
		    sizeof(names) - strlen(names));
		if (msg_be_opt_send(&p->em.imsgbuf, names) == -1) {
			proc_kill(p, "out of memory");
			return;
		}
	}
	TAILQ_FOREACH(opt, &auth->opts, entry) {
		if (msg_be_opt_send(&p->em.imsgbuf, opt->text) == -1) {
			proc_kill(p, "out of memory");
			return;
		}
	}
	if (wk->first || wk->pool->served)
		pool_worker_begin(wk, p);
}

/* -n: its options are good; ask whether anybody could log in. */
static void
pool_worker_ask(struct worker *wk, struct proc *p)
{
	struct be_req	 req;

	memset(&req, 0, sizeof(req));
	req.op = BE_OP_READY;
	wk->asked = 1;
	if (msg_be_req_send(&p->em.imsgbuf, 0, &req) == -1)
		proc_kill(p, "out of memory");
	else
		evmsg_flush(&p->em);
}

/*
 * The answer.  A program of somebody else's need not know the question.
 */
static void
pool_worker_asked(struct worker *wk, struct proc *p, const struct be_res *res)
{
	const struct conf_auth	*auth = wk->pool->auth;

	wk->asked = 0;
	if (res->code != BACKEND_OK && res->code != BACKEND_PARAM &&
	    res->code != BACKEND_UNSUPPORTED) {
		log_warnx("%s:%u: auth %s: %s", auth->file, auth->line,
		    auth->name, res->err);
		authd.halt(1);
		return;
	}
	pool_worker_ready(wk, p);
}

static void
pool_worker_ready(struct worker *wk, struct proc *p)
{
	struct pool	*pool = wk->pool;
	unsigned int	 i;

	p->ready = 1;
	if (!pool->served) {
		pool->served = 1;
		for (i = 1; i < pool->nworkers; i++) {
			if (pool->workers[i]->em.open)
				pool_worker_begin(pool->workers[i]->arg,
				    pool->workers[i]);
		}
	}
	pool_run(pool);
	authd.progress();
}

/* The end of file ends it, and another one starts. */
static void
pool_worker_renew(struct proc *p)
{
	p->ready = 0;
	p->delay = 0;
	evmsg_close(&p->em);
}

/* Replace all workers when they are idle.  -1: they are new already. */
static int
pool_renew(struct pool *pool)
{
	struct worker	*wk;
	struct proc	*p;
	unsigned int	 i;

	if (pool->renewed != 0 && clock_seconds() - pool->renewed < RENEW_PAUSE)
		return -1;
	pool->renewed = clock_seconds();
	log_info("auth %s: its files are no longer where its workers may read: "
	    "new workers", pool->auth->name);
	for (i = 0; i < pool->nworkers; i++) {
		p = pool->workers[i];
		wk = p->arg;
		if (wk->work != NULL)
			wk->stale = 1;
		else if (p->ready && p->em.open)
			pool_worker_renew(p);
	}
	return 0;
}

/*
 * The directories of a worker's files are no longer those that its sandbox has
 * rules for.  A new worker gets new rules; the request becomes the first of its
 * line again.
 */
static void
pool_worker_stale(struct worker *wk, struct proc *p)
{
	struct work	*w = wk->work;
	struct pool	*pool = wk->pool;

	wk->work = NULL;
	w->worker = NULL;
	if (w->again || (!wk->stale && pool_renew(pool) == -1) ||
	    w->done == NULL ||
	    (w->line = pool_line_of(pool, w->from)) == NULL) {
		/* A new worker is not replaced: this costs one login. */
		pool_work_fail(w, "its files are no longer where it may read");
		if (wk->stale)
			pool_worker_renew(p);
		pool_run(pool);
		return;
	}
	w->again = 1;
	TAILQ_INSERT_HEAD(&w->line->works, w, entry);
	w->line->n++;
	if (p->em.open)
		pool_worker_renew(p);
}

static void
pool_worker_handle(struct proc *p, struct imsg *imsg)
{
	static struct be_res	 res;
	struct worker		*wk = p->arg;

	switch (imsg_get_type(imsg)) {
	case IMSG_BE_READY:
		if (p->ready || msg_be_ready_parse(imsg, &wk->sharing) == -1)
			break;
		if (authd.check_only)
			pool_worker_ask(wk, p);
		else
			pool_worker_ready(wk, p);
		return;
	case IMSG_BE_SHARE:
		if (p->ready && !wk->sharing)
			break;
		pool_worker_shares(wk, imsg);
		return;
	case IMSG_BE_STALE:
		if (!p->ready || wk->work == NULL ||
		    imsg_get_id(imsg) != wk->work->id)
			break;
		pool_worker_stale(wk, p);
		return;
	case IMSG_BE_RES:
		if (wk->asked && msg_be_res_parse(imsg, &res) == 0) {
			pool_worker_asked(wk, p, &res);
			return;
		}
		if (!p->ready || wk->work == NULL ||
		    imsg_get_id(imsg) != wk->work->id ||
		    msg_be_res_parse(imsg, &res) == -1)
			break;
		pool_work_finish(wk->work, &res);
		if (wk->stale)
			pool_worker_renew(p);
		pool_run(wk->pool);
		return;
	}
	p->ready = 0;
	proc_kill(p, "unexpected or malformed message");
}

static void
pool_worker_down(struct proc *p)
{
	struct worker		*wk = p->arg;
	const struct conf_auth	*auth = wk->pool->auth;

	if (wk->work != NULL)
		pool_work_fail(wk->work, "worker died");
	if (!authd.ready && !authd.halting && !p->ready)
		log_warnx("%s:%u: auth %s: does not start", auth->file,
		    auth->line, auth->name);
}

void
pool_init(void)
{
	struct conf_auth	*auth;
	struct pool		*pool;
	struct worker		*wk;
	char			 program[64], title[PATH_LEN_MAX + 1];
	const char		*group;
	unsigned int		 i, max;

	TAILQ_FOREACH(auth, &authd.conf->auths, entry) {
		if ((pool = calloc(1, sizeof(*pool))) == NULL)
			fatal("auth %s", auth->name);
		pool->auth = auth;
		pool->sticky = conf_auth_opt(auth, "success-cache") != NULL;
		pool->shared = -1;
		TAILQ_INIT(&pool->lines);
		TAILQ_INSERT_TAIL(&pools, pool, entry);
		(void)snprintf(program, sizeof(program), "auth_%s",
		    auth->name);
		group = backend_needs(auth->name)->gives &
		    BACKEND_GIVE_GROUP ? privdrop_passwd_group : NULL;
		/* One is enough to check the options. */
		max = authd.check_only ? 1 : auth->workers;
		for (i = 0; i < max && i < NITEMS(pool->workers); i++) {
			if ((wk = calloc(1, sizeof(*wk))) == NULL)
				fatal("auth %s", auth->name);
			wk->pool = pool;
			wk->first = i == 0;
			(void)snprintf(title, sizeof(title), "%s%s%s %u",
			    program, auth->domain->name == NULL ? "" : " ",
			    auth->domain->name == NULL ? "" :
			    auth->domain->name, i + 1);
			pool->workers[i] = proc_new(&pool_class, title,
			    program, group, wk);
			pool->nworkers++;
		}
	}
}
