/* SPDX-License-Identifier: ISC */
/*
 * Runs in: kyua.  Tests of authd/pool.c, beside processes that are none: the
 * test holds the other end of a worker's channel.
 */

#include <sys/types.h>
#include <sys/socket.h>

#include <atf-c.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <imsg.h>

#include "backend_code.h"
#include "log.h"
#include "pool.h"
#include "proc.h"

struct authd	 authd;

static struct proc	*worker;	/* the newest */
static struct imsgbuf	 far;		/* its end of the channel */
static unsigned int	 killed, answers;
static int32_t		 code;

static void
on_progress(void)
{
}

static void
on_halt(int status)
{
}

static void
on_message(struct evmsg *em, struct imsg *imsg)
{
	struct proc	*p = em->arg;

	p->class->handle(p, imsg);
}

static void
on_closed(struct evmsg *em, const char *why)
{
	evmsg_close(em);
}

struct proc *
proc_new(const struct proc_class *class, const char *title,
    const char *program, const char *group, void *arg)
{
	int	 sp[2];

	ATF_REQUIRE_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, sp), 0);
	worker = calloc(1, sizeof(*worker));
	ATF_REQUIRE(worker != NULL);
	worker->class = class;
	worker->pid = getpid();
	worker->title = strdup(title);
	worker->arg = arg;
	worker->em.handle = on_message;
	worker->em.closed = on_closed;
	worker->em.arg = worker;
	ATF_REQUIRE_EQ(evmsg_open(&worker->em, authd.base, sp[0], R_AUTHD,
	    R_BACKEND, 1, 100), 0);
	ATF_REQUIRE_EQ(imsgbuf_init(&far, sp[1]), 0);
	class->up(worker);
	return worker;
}

void
proc_kill(struct proc *p, const char *why)
{
	killed++;
	evmsg_close(&p->em);
}

static void
done(void *arg, const struct be_res *res)
{
	answers++;
	code = res->code;
}

/* One backend with one worker, which is ready; whether it says it shares. */
static const struct conf_auth *
begin(int shares)
{
	static char		 name[] = "test";
	struct conf_auth	*auth;

	log_init("t_pool");
	authd.base = event_base_new();
	authd.halt = on_halt;
	authd.progress = on_progress;
	ATF_REQUIRE(authd.base != NULL);
	ATF_REQUIRE((authd.conf = conf_new()) != NULL);
	ATF_REQUIRE((auth = calloc(1, sizeof(*auth))) != NULL);
	TAILQ_INIT(&auth->opts);
	auth->name = name;
	auth->domain = &authd.conf->outside;
	auth->workers = 1;
	auth->deadline = 10;
	TAILQ_INSERT_TAIL(&authd.conf->auths, auth, entry);
	pool_init();
	ATF_REQUIRE_EQ(msg_be_ready_send(&far, shares), 0);
	ATF_REQUIRE_EQ(imsgbuf_flush(&far), 0);
	ATF_REQUIRE_EQ(event_base_loop(authd.base, EVLOOP_ONCE), 0);
	ATF_REQUIRE(worker->ready);
	return auth;
}

static void
request(struct be_req *req)
{
	memset(req, 0, sizeof(*req));
	req->op = BE_OP_LOGIN;
	(void)strlcpy(req->user, "anna", sizeof(req->user));
	memset(req->pass, 'x', PASS_LEN_MAX);
}

ATF_TC(unsent);
ATF_TC_HEAD(unsent, tc)
{
	atf_tc_set_md_var(tc, "descr", "A request that cannot be sent is "
	    "answered, but never before its caller knows of it");
}
ATF_TC_BODY(unsent, tc)
{
	const struct conf_auth	*auth = begin(0);
	struct be_req		 req;

	request(&req);
	/* As if memory were short. */
	ATF_REQUIRE_EQ(imsgbuf_set_maxsize(&worker->em.imsgbuf, 512), 0);
	ATF_REQUIRE(pool_submit(auth, &far, &req, done, NULL) != NULL);
	ATF_REQUIRE_EQ_MSG(answers, 0, "answered within pool_submit");
	ATF_REQUIRE_EQ(killed, 1);
	worker->class->down(worker);
	ATF_REQUIRE_EQ(answers, 1);
	ATF_REQUIRE_EQ(code, BACKEND_INTERNAL);
}

ATF_TC(cancelled);
ATF_TC_HEAD(cancelled, tc)
{
	atf_tc_set_md_var(tc, "descr", "A cancelled request gets no answer");
}
ATF_TC_BODY(cancelled, tc)
{
	const struct conf_auth	*auth = begin(0);
	struct be_req		 req;
	struct work		*first, *second;

	request(&req);
	first = pool_submit(auth, &far, &req, done, NULL);
	second = pool_submit(auth, &far, &req, done, NULL);
	ATF_REQUIRE(first != NULL && second != NULL);
	pool_cancel(second);
	pool_cancel(first);
	worker->class->down(worker);
	ATF_REQUIRE_EQ(answers, 0);
}

/* The number of the next request that the worker gets; 0: none comes. */
static uint32_t
asked(void)
{
	struct imsg	 imsg;
	uint32_t	 id;

	ATF_REQUIRE(event_base_loop(authd.base, EVLOOP_NONBLOCK) != -1);
	for (;;) {
		while (imsgbuf_get(&far, &imsg) == 1) {
			id = imsg_get_id(&imsg);
			if (imsg_get_type(&imsg) != IMSG_BE_REQ)
				id = 0;
			imsg_free(&imsg);
			if (id != 0)
				return id;
		}
		if (imsgbuf_read(&far) != 1)
			return 0;
	}
}

/* How many requests fit into this one's line; no worker takes them. */
static int
room(const struct conf_auth *auth, const void *from, const struct be_req *req)
{
	int	 n = 0;

	while (pool_submit(auth, from, req, done, NULL) != NULL)
		ATF_REQUIRE(++n < 10000);
	return n;
}

ATF_TC(dropped);
ATF_TC_HEAD(dropped, tc)
{
	atf_tc_set_md_var(tc, "descr", "A cancelled request in a line goes to "
	    "no worker, one that a worker has to no other");
}
ATF_TC_BODY(dropped, tc)
{
	const struct conf_auth	*auth = begin(0);
	struct be_req		 req;
	struct be_res		 res;
	struct work		*works[3];
	int			 i;

	ATF_REQUIRE_EQ(fcntl(far.fd, F_SETFL, O_NONBLOCK), 0);
	request(&req);
	for (i = 0; i < 3; i++) {
		works[i] = pool_submit(auth, &far, &req, done, NULL);
		ATF_REQUIRE(works[i] != NULL);
	}
	ATF_CHECK_EQ(asked(), 1);
	pool_cancel(works[1]);
	memset(&res, 0, sizeof(res));
	res.code = BACKEND_DENIED;
	ATF_REQUIRE_EQ(msg_be_res_send(&far, 1, &res), 0);
	ATF_REQUIRE_EQ(imsgbuf_flush(&far), 0);
	ATF_CHECK_EQ(asked(), 3);
	ATF_CHECK_EQ(answers, 1);
	/* Its files have moved: a new worker would be asked again. */
	pool_cancel(works[2]);
	ATF_REQUIRE_EQ(msg_empty_send(&far, IMSG_BE_STALE, 3), 0);
	ATF_REQUIRE_EQ(imsgbuf_flush(&far), 0);
	ATF_REQUIRE_EQ(event_base_loop(authd.base, EVLOOP_ONCE), 0);
	ATF_CHECK_EQ(answers, 1);
	ATF_CHECK_EQ(killed, 0);
	/* Nothing of it is left in the line. */
	ATF_CHECK_EQ(room(auth, &far, &req), room(auth, works, &req));
}

ATF_TC(dead);
ATF_TC_HEAD(dead, tc)
{
	atf_tc_set_md_var(tc, "descr", "Who waits is not given to a worker "
	    "that has answered and ended");
}
ATF_TC_BODY(dead, tc)
{
	const struct conf_auth	*auth = begin(0);
	struct be_req		 req;
	struct be_res		 res;

	request(&req);
	ATF_REQUIRE(pool_submit(auth, &far, &req, done, NULL) != NULL);
	ATF_REQUIRE(pool_submit(auth, &far, &req, done, NULL) != NULL);
	memset(&res, 0, sizeof(res));
	res.code = BACKEND_DENIED;
	ATF_REQUIRE_EQ(msg_be_res_send(&far, 1, &res), 0);
	ATF_REQUIRE_EQ(imsgbuf_flush(&far), 0);
	/* As proc.c reads what was said last by one that it has reaped. */
	worker->pid = 0;
	while (answers == 0)
		ATF_REQUIRE_EQ(event_base_loop(authd.base, EVLOOP_ONCE), 0);
	evmsg_close(&worker->em);
	worker->class->down(worker);
	ATF_REQUIRE_EQ_MSG(answers, 1, "the waiting request was refused");
}

static char	 order[8];

static void
done_in_order(void *arg, const struct be_res *res)
{
	order[answers++] = *(const char *)arg;
}

ATF_TC(lines);
ATF_TC_HEAD(lines, tc)
{
	atf_tc_set_md_var(tc, "descr", "Engines are served in turn, and the "
	    "line of one is full for itself only");
}
ATF_TC_BODY(lines, tc)
{
	static char		 names[] = "abcd";
	const struct conf_auth	*auth = begin(0);
	const char		*flood = &names[0], *other = &names[1];
	struct be_req		 req;
	struct be_res		 res;
	uint32_t		 id;
	int			 i;

	request(&req);
	/* The worker has a; b and c wait before d has come. */
	for (i = 0; i < 4; i++)
		ATF_REQUIRE(pool_submit(auth, i < 3 ? flood : other, &req,
		    done_in_order, &names[i]) != NULL);
	memset(&res, 0, sizeof(res));
	res.code = BACKEND_DENIED;
	for (id = 1; answers < 4; id++) {
		/* Numbers are given out as requests come. */
		ATF_REQUIRE(id <= 4);
		ATF_REQUIRE_EQ(msg_be_res_send(&far, "\1\2\4\3"[id - 1],
		    &res), 0);
		ATF_REQUIRE_EQ(imsgbuf_flush(&far), 0);
		while (answers < id)
			ATF_REQUIRE_EQ(event_base_loop(authd.base,
			    EVLOOP_ONCE), 0);
		/* Out of turn it would have been ended, and the rest late. */
		ATF_REQUIRE_EQ(killed, 0);
	}
	ATF_CHECK_STREQ("abdc", order);

	for (i = 0; pool_submit(auth, flood, &req, done, NULL) != NULL; i++)
		ATF_REQUIRE(i < 10000);
	ATF_CHECK(i > 1000);
	ATF_CHECK(pool_submit(auth, other, &req, done, NULL) != NULL);
}

/* What one shares, and what becomes of it; it has said that it does, or not. */
static void
share(int says)
{
	int	 fd;

	begin(says);
	imsgbuf_allow_fdpass(&far);
	ATF_REQUIRE((fd = dup(STDIN_FILENO)) != -1);
	ATF_REQUIRE_EQ(msg_fd_send(&far, IMSG_BE_SHARE, 0, fd), 0);
	ATF_REQUIRE_EQ(imsgbuf_flush(&far), 0);
	ATF_REQUIRE_EQ(event_base_loop(authd.base, EVLOOP_ONCE), 0);
}

ATF_TC(shares);
ATF_TC_HEAD(shares, tc)
{
	atf_tc_set_md_var(tc, "descr", "One that shares, as it said");
}
ATF_TC_BODY(shares, tc)
{
	share(1);
	ATF_CHECK_EQ(killed, 0);
	ATF_CHECK(worker->ready);
}

ATF_TC(lies);
ATF_TC_HEAD(lies, tc)
{
	atf_tc_set_md_var(tc, "descr", "One that shares although its kind does "
	    "not: that is its own end");
}
ATF_TC_BODY(lies, tc)
{
	share(0);
	ATF_CHECK_EQ(killed, 1);
	ATF_CHECK(!worker->ready);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, lines);
	ATF_TP_ADD_TC(tp, unsent);
	ATF_TP_ADD_TC(tp, cancelled);
	ATF_TP_ADD_TC(tp, dropped);
	ATF_TP_ADD_TC(tp, dead);
	ATF_TP_ADD_TC(tp, shares);
	ATF_TP_ADD_TC(tp, lies);
	return atf_no_error();
}
