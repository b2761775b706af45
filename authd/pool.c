/*
 * Runs in: authd, root.  Trusts: a backend for its verdicts, within what
 * login.c checks of them; not for anything else.
 */

#include <sys/types.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend_code.h"
#include "log.h"
#include "pool.h"
#include "privdrop.h"
#include "proc.h"

/* Requests that wait for a worker of one backend. */
#define POOL_QUEUE_MAX	1024

struct pool {
	TAILQ_ENTRY(pool)	 entry;
	const struct conf_auth	*auth;
	TAILQ_HEAD(works, work)	 queue;
	unsigned int		 queued;
	unsigned int		 nworkers;
	struct proc		*workers[64];
};

struct work {
	TAILQ_ENTRY(work)	 entry;
	struct pool		*pool;
	struct proc		*worker;	/* NULL: in the queue */
	struct event		 deadline;
	uint32_t		 id;
	struct be_req		 req;
	void			(*done)(void *, const struct be_res *);
	void			*arg;		/* done NULL: cancelled */
};

/* arg of a worker's struct proc. */
struct worker {
	struct pool		*pool;
	struct work		*work;		/* what it is doing */
};

static TAILQ_HEAD(, pool)	 pools = TAILQ_HEAD_INITIALIZER(pools);
static uint32_t			 work_id;

static void	 worker_up(struct proc *);
static void	 worker_handle(struct proc *, struct imsg *);
static void	 worker_down(struct proc *);

static const struct proc_class	 worker_class = {
	R_BACKEND, worker_up, worker_handle, worker_down
};

static void
work_free(struct work *w)
{
	(void)event_del(&w->deadline);
	if (w->worker == NULL) {
		TAILQ_REMOVE(&w->pool->queue, w, entry);
		w->pool->queued--;
	} else
		((struct worker *)w->worker->arg)->work = NULL;
	freezero(w, sizeof(*w));
}

static void
work_finish(struct work *w, const struct be_res *res)
{
	void	(*done)(void *, const struct be_res *) = w->done;
	void	*arg = w->arg;

	work_free(w);
	if (done != NULL)
		done(arg, res);
}

static void
work_fail(struct work *w, const char *why)
{
	struct be_res	 res;

	memset(&res, 0, sizeof(res));
	res.code = BACKEND_INTERNAL;
	(void)strlcpy(res.err, why, sizeof(res.err));
	work_finish(w, &res);
}

/* Give the oldest request to a worker that has nothing to do. */
static void
pool_run(struct pool *pool)
{
	struct worker	*wk;
	struct work	*w;
	unsigned int	 i;

	for (i = 0; i < pool->nworkers; i++) {
		if ((w = TAILQ_FIRST(&pool->queue)) == NULL)
			return;
		wk = pool->workers[i]->arg;
		if (!pool->workers[i]->ready || wk->work != NULL ||
		    !pool->workers[i]->em.open)
			continue;
		TAILQ_REMOVE(&pool->queue, w, entry);
		pool->queued--;
		w->worker = pool->workers[i];
		wk->work = w;
		if (msg_be_req_send(&w->worker->em.imsgbuf, w->id, &w->req) ==
		    -1) {
			work_fail(w, "out of memory");
			continue;
		}
		evmsg_flush(&w->worker->em);
		explicit_bzero(&w->req, sizeof(w->req));
	}
}

static void
work_on_deadline(evutil_socket_t fd, short what, void *arg)
{
	struct work	*w = arg;
	struct proc	*worker = w->worker;

	/* Its worker is stuck: kill it, so that it cannot answer the next. */
	if (worker != NULL) {
		((struct worker *)worker->arg)->work = NULL;
		worker->ready = 0;
		w->worker = NULL;
		TAILQ_INSERT_HEAD(&w->pool->queue, w, entry);
		w->pool->queued++;
		proc_kill(worker, "missed its deadline");
	}
	work_fail(w, "deadline passed");
}

struct work *
pool_submit(const struct conf_auth *auth, const struct be_req *req,
    void (*done)(void *, const struct be_res *), void *arg)
{
	struct timeval	 tv = { auth->deadline, 0 };
	struct pool	*pool;
	struct work	*w;

	TAILQ_FOREACH(pool, &pools, entry) {
		if (pool->auth == auth)
			break;
	}
	if (pool == NULL || pool->queued >= POOL_QUEUE_MAX ||
	    (w = calloc(1, sizeof(*w))) == NULL)
		return NULL;
	w->pool = pool;
	w->id = ++work_id;
	w->req = *req;
	w->done = done;
	w->arg = arg;
	evtimer_assign(&w->deadline, authd.base, work_on_deadline, w);
	TAILQ_INSERT_TAIL(&pool->queue, w, entry);
	pool->queued++;
	if (evtimer_add(&w->deadline, &tv) == -1) {
		work_free(w);
		return NULL;
	}
	pool_run(pool);
	return w;
}

void
pool_cancel(struct work *w)
{
	/* A worker's answer is waited for: it does one thing at a time. */
	if (w->worker != NULL)
		w->done = NULL;
	else
		work_free(w);
}

/* Tell a new worker its options; it answers BE_READY. */
static void
worker_up(struct proc *p)
{
	struct worker	*wk = p->arg;
	struct conf_opt	*opt;

	TAILQ_FOREACH(opt, &wk->pool->auth->opts, entry) {
		if (msg_be_opt_send(&p->em.imsgbuf, opt->text) == -1)
			fatal("%s", p->title);
	}
	if (msg_empty_send(&p->em.imsgbuf, IMSG_BE_START, 0) == -1)
		fatal("%s", p->title);
}

static void
worker_handle(struct proc *p, struct imsg *imsg)
{
	static struct be_res	 res;
	struct worker		*wk = p->arg;

	switch (imsg_get_type(imsg)) {
	case IMSG_BE_READY:
		if (p->ready)
			break;
		p->ready = 1;
		p->delay = 0;
		pool_run(wk->pool);
		authd_progress();
		return;
	case IMSG_BE_RES:
		if (!p->ready || wk->work == NULL ||
		    imsg_get_id(imsg) != wk->work->id ||
		    msg_be_res_parse(imsg, &res) == -1)
			break;
		work_finish(wk->work, &res);
		pool_run(wk->pool);
		return;
	}
	p->ready = 0;
	proc_kill(p, "unexpected or malformed message");
}

static void
worker_down(struct proc *p)
{
	struct worker	*wk = p->arg;

	if (wk->work != NULL)
		work_fail(wk->work, "worker died");
}

void
pool_init(void)
{
	struct conf_auth	*auth;
	struct pool		*pool;
	struct worker		*wk;
	char			 program[64], title[PATH_LEN_MAX + 1];
	const char		*group;
	unsigned int		 i;

	TAILQ_FOREACH(auth, &authd.conf->auths, entry) {
		if ((pool = calloc(1, sizeof(*pool))) == NULL)
			fatal("auth %s", auth->name);
		pool->auth = auth;
		TAILQ_INIT(&pool->queue);
		TAILQ_INSERT_TAIL(&pools, pool, entry);
		(void)snprintf(program, sizeof(program), "auth_%s",
		    auth->name);
		group = strcmp(auth->name, "passwd") == 0 ||
		    strcmp(auth->name, "pam") == 0 ?
		    privdrop_passwd_group : NULL;
		for (i = 0; i < auth->workers &&
		    i < NITEMS(pool->workers); i++) {
			if ((wk = calloc(1, sizeof(*wk))) == NULL)
				fatal("auth %s", auth->name);
			wk->pool = pool;
			(void)snprintf(title, sizeof(title), "%s%s%s %u",
			    program, auth->domain->name == NULL ? "" : " ",
			    auth->domain->name == NULL ? "" :
			    auth->domain->name, i + 1);
			pool->workers[i] = proc_new(&worker_class, title,
			    program, &authd.auth, NULL, group, 1, wk);
			pool->nworkers++;
		}
	}
}
