/* SPDX-License-Identifier: ISC */
/*
 * Runs in: kyua.  Tests of authd's login.c, sessions.c and storage.c: clients
 * that leave, and what a spawner or a storaged that was taken over can do.  The
 * test is engine, backend, spawner and storaged.
 */

#include <sys/types.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <atf-c.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <imsg.h>

#include "backend_code.h"
#include "log.h"
#include "login.h"
#include "paths.h"
#include "pool.h"
#include "proc.h"
#include "proc_spawner.h"
#include "recover.h"
#include "sessions.h"
#include "spool.h"
#include "storage.h"

#define CONF	"listen on 127.0.0.1 port 1110 plaintext\n"		\
		"auth passwd\nmailbox mbox \"/m/%u\"\nuid-min 1\n"

struct authd	 authd;

static struct proc	 engine, spawner;
static void		(*answer)(void *, const struct be_res *);
static void		*answer_arg;
static uint32_t		 spawned;	/* number of the login */
static unsigned int	 killed, lines, locks, healed, spawns, cancels;
static int		 far_end = -1;	/* storaged's, of the last one */
static const struct proc_spawner_events	*events;
static struct imsgbuf	 far;		/* the engine's end */
static int		 heals;		/* paths_heal() says so */

void
proc_kill(struct proc *p, const char *why)
{
	killed++;
	evmsg_close(&p->em);
}

struct work *
pool_submit(const struct conf_auth *auth, const void *from,
    const struct be_req *req, void (*done)(void *, const struct be_res *),
    void *arg)
{
	answer = done;
	answer_arg = arg;
	return arg;		/* any that is not NULL */
}

void
pool_cancel(struct work *w)
{
	cancels++;
	answer = NULL;
}

void
proc_spawner_init(const struct proc_spawner_events *who)
{
	events = who;
}

struct proc *
proc_spawner_spawn(uint32_t id, const struct sp_spawn *sp, int session)
{
	spawned = id;
	spawns++;
	if (far_end != -1)
		(void)close(far_end);
	far_end = session;
	return &spawner;
}

void
recover_mailbox(const struct mailbox *box)
{
}

int
paths_heal(const char *mailbox)
{
	healed++;
	return heals;
}

void
proc_spawner_renew(void)
{
}

int
proc_spawner_is(const struct proc *p)
{
	return p == &spawner;
}

uint32_t
spool_lock(const char *mailbox, uid_t owner, pid_t pid, struct stat *made)
{
	locks++;
	return CTL_BUSY;
}

void
spool_unlock(const char *mailbox, const struct stat *made)
{
}

static void
on_line(int priority, const char *text)
{
	lines++;
}

static void
on_message(struct evmsg *em, struct imsg *imsg)
{
}

static void
on_closed(struct evmsg *em, const char *why)
{
	evmsg_close(em);
}

static void
turn(void)
{
	ATF_REQUIRE(event_base_loop(authd.base, EVLOOP_NONBLOCK) != -1);
}

/* A password for anna, from 192.0.2.HOST; no answer yet. */
static void
asks_for(uint32_t session, uint8_t host)
{
	static const uint8_t	 addr[4] = { 192, 0, 2 };
	struct auth_req		 req;

	memset(&req, 0, sizeof(req));
	req.remote.family = 4;
	memcpy(req.remote.addr, addr, sizeof(addr));
	req.remote.addr[3] = host;
	(void)strlcpy(req.user, "anna", sizeof(req.user));
	(void)strlcpy(req.pass, "right", sizeof(req.pass));
	ATF_REQUIRE_EQ(login_begin(&engine, session, &req), 0);
}

/* The same; it is the right one. */
static void
logs_in(uint32_t session, uint8_t host)
{
	struct be_res	 res;

	asks_for(session, host);
	memset(&res, 0, sizeof(res));
	res.code = BACKEND_OK;
	res.info.uid = geteuid() == 0 ? 5001 : geteuid();
	res.info.gid = getegid() == 0 ? 5001 : getegid();
	answer(answer_arg, &res);
	turn();
}

/* A right password; a storaged is to be started. */
static void
begin(void)
{
	static char	 here[] = ".";
	int		 fd, sp[2];

	log_init("t_login");
	authd.base = event_base_new();
	ATF_REQUIRE(authd.base != NULL);
	fd = open("conf", O_WRONLY | O_CREAT, 0600);
	ATF_REQUIRE(fd != -1);
	ATF_REQUIRE_EQ(write(fd, CONF, strlen(CONF)), (ssize_t)strlen(CONF));
	(void)close(fd);
	ATF_REQUIRE((authd.conf = conf_parse("conf", NULL)) != NULL);
	log_setsink(on_line);
	authd.privileged = 1;
	authd.logins_max = 100;
	authd.conf->state = here;
	storage_init();
	authd.statefd = open(".", O_RDONLY | O_DIRECTORY);
	ATF_REQUIRE(authd.statefd != -1);
	ATF_REQUIRE_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, sp), 0);
	engine.em.handle = on_message;
	engine.em.closed = on_closed;
	ATF_REQUIRE_EQ(evmsg_open(&engine.em, authd.base, sp[0], R_AUTHD,
	    R_ENGINE, 1, 100), 0);
	ATF_REQUIRE_EQ(fcntl(sp[1], F_SETFL, O_NONBLOCK), 0);
	ATF_REQUIRE_EQ(imsgbuf_init(&far, sp[1]), 0);
	imsgbuf_allow_fdpass(&far);
	logs_in(7, 1);
	ATF_REQUIRE(spawned != 0);
}

/* storaged runs: its end of the control channel. */
static int
starts(pid_t pid)
{
	int	 sp[2];

	ATF_REQUIRE_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, sp), 0);
	(void)events->spawned(&spawner, spawned, pid, sp[0]);
	turn();
	return sp[1];
}

/* Whether authd has closed its end. */
static int
closed(int fd)
{
	char	 buf[1024];
	ssize_t	 n;

	while ((n = recv(fd, buf, sizeof(buf), MSG_DONTWAIT)) > 0)
		continue;
	return n == 0 || errno == ECONNRESET;
}

ATF_TC(once);
ATF_TC_HEAD(once, tc)
{
	atf_tc_set_md_var(tc, "descr", "A login has one storaged, once");
}
ATF_TC_BODY(once, tc)
{
	int	 first, second;

	begin();
	first = starts(1000);
	ATF_REQUIRE(!closed(first));
	second = starts(1001);
	ATF_CHECK(closed(second));
	(void)close(first);
	turn();
	/* It does not count any more; nor may it have anything of ours. */
	second = starts(1002);
	ATF_CHECK_MSG(closed(second), "a descriptor that nobody counts");
	ATF_CHECK_EQ(events->exited(&spawner, spawned, 1000, 0), 0);
	ATF_CHECK_EQ(events->exited(&spawner, spawned, 1000, 0), -1);
}

/* How many of n messages of a storaged count, of which each adds to *seen. */
static void
floods(uint32_t type, const unsigned int *seen)
{
	struct imsgbuf	 ctl;
	unsigned int	 i;
	int		 fd;

	begin();
	fd = starts(1000);
	ATF_REQUIRE_EQ(imsgbuf_init(&ctl, fd), 0);
	for (i = 0; i < 20000 && !closed(fd); i++) {
		if (type == IMSG_LOG)
			ATF_REQUIRE_EQ(msg_log_send(&ctl, LOG_ERR, "x"), 0);
		else
			ATF_REQUIRE_EQ(msg_empty_send(&ctl, type, 0), 0);
		if (imsgbuf_flush(&ctl) == -1)
			break;
		turn();
	}
	ATF_CHECK_MSG(closed(fd), "it may go on");
	/* A slow machine may take a few seconds. */
	ATF_CHECK_MSG(*seen < 15000, "%u", *seen);
	ATF_CHECK_EQ(events->exited(&spawner, spawned, 1000, 0), 0);
}

ATF_TC(logs);
ATF_TC_HEAD(logs, tc)
{
	atf_tc_set_md_var(tc, "descr", "A storaged that logs without an end");
}
ATF_TC_BODY(logs, tc)
{
	floods(IMSG_LOG, &lines);
}

ATF_TC(asks);
ATF_TC_HEAD(asks, tc)
{
	atf_tc_set_md_var(tc, "descr", "A storaged that asks for its dotlock "
	    "without an end");
}
ATF_TC_BODY(asks, tc)
{
	floods(IMSG_CTL_LOCK, &locks);
}

ATF_TC(halfway);
ATF_TC_HEAD(halfway, tc)
{
	atf_tc_set_md_var(tc, "descr", "A state directory that was made, but "
	    "not given to its user, before a power failure");
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(halfway, tc)
{
	struct stat	 st;

	ATF_REQUIRE_EQ(mkdir("anna", 0700), 0);
	begin();
	ATF_REQUIRE_EQ(stat("anna", &st), 0);
	ATF_CHECK_EQ(st.st_uid, 5001);
}

/* A message of a storaged's, with a descriptor unless that is -1. */
static void
say(struct imsgbuf *chan, uint32_t type, int fd)
{
	if (fd == -1)
		ATF_REQUIRE_EQ(msg_empty_send(chan, type, 0), 0);
	else
		ATF_REQUIRE_EQ(msg_fd_send(chan, type, 0, fd), 0);
	(void)imsgbuf_flush(chan);
	turn();
	turn();
}

/* A storaged that was denied its mailbox, and may try again or not. */
static int
denied(struct imsgbuf *chan, int may)
{
	struct imsg	 imsg;
	uint32_t	 result;
	int		 fd;

	begin();
	fd = starts(1000);
	ATF_REQUIRE_EQ(imsgbuf_init(chan, fd), 0);
	imsgbuf_allow_fdpass(chan);
	heals = may;
	say(chan, IMSG_CTL_DENIED, -1);
	ATF_REQUIRE_EQ(imsgbuf_read(chan), 1);
	ATF_REQUIRE_EQ(imsgbuf_get(chan, &imsg), 1);
	ATF_REQUIRE_EQ(msg_ctl_locked_parse(&imsg, &result), 0);
	ATF_REQUIRE_EQ(result, may ? CTL_OK : CTL_FAILED);
	imsg_free(&imsg);
	spawns = 0;
	return fd;
}

/* One end of a pair. */
static int
pair(int domain, int type)
{
	int	 sp[2];

	ATF_REQUIRE_EQ(socketpair(domain, type, 0, sp), 0);
	(void)close(sp[1]);
	return sp[0];
}

ATF_TC(again);
ATF_TC_HEAD(again, tc)
{
	atf_tc_set_md_var(tc, "descr", "A storaged that was denied its mailbox "
	    "gives its session back, and with it its descriptor here");
}
ATF_TC_BODY(again, tc)
{
	struct imsgbuf	 chan;
	uint32_t	 old;
	int		 fd = denied(&chan, 1);

	old = spawned;
	say(&chan, IMSG_CTL_AGAIN, pair(AF_UNIX, SOCK_STREAM));
	ATF_CHECK_EQ(spawns, 1);
	ATF_CHECK_MSG(closed(fd), "a descriptor that nobody counts");
	ATF_CHECK_EQ(events->exited(&spawner, old, 1000, 0), 0);
	ATF_CHECK_EQ(events->exited(&spawner, spawned, 1001, 0), 0);
	ATF_CHECK_EQ(events->exited(&spawner, old, 1000, 0), -1);
	ATF_CHECK_EQ(events->exited(&spawner, spawned, 1001, 0), -1);
}

/* What ends a storaged, and starts nothing. */
static void
refused(uint32_t type, int may, int fd)
{
	struct imsgbuf	 chan;
	uint32_t	 old;
	int		 ctl = denied(&chan, may);

	old = spawned;
	say(&chan, type, fd);
	ATF_CHECK_EQ(spawns, 0);
	ATF_CHECK(closed(ctl));
	ATF_CHECK_EQ(events->exited(&spawner, old, 1000, 0), 0);
	ATF_CHECK_EQ(events->exited(&spawner, old, 1000, 0), -1);
}

ATF_TC(again_lies);
ATF_TC_HEAD(again_lies, tc)
{
	atf_tc_set_md_var(tc, "descr", "A storaged that gives back what is no "
	    "session, or must not, or is denied twice");
}
ATF_TC_BODY(again_lies, tc)
{
	struct imsgbuf	 chan;
	int		 ctl;

	refused(IMSG_CTL_AGAIN, 1, open("/dev/null", O_RDWR));
	refused(IMSG_CTL_AGAIN, 1, pair(AF_UNIX, SOCK_DGRAM));
	refused(IMSG_CTL_AGAIN, 1, socket(AF_INET, SOCK_STREAM, 0));
	refused(IMSG_CTL_AGAIN, 0, pair(AF_UNIX, SOCK_STREAM));
	refused(IMSG_CTL_DENIED, 1, -1);
	refused(IMSG_CTL_DENIED, 0, -1);
	/* Unasked. */
	begin();
	ctl = starts(1000);
	spawns = 0;
	ATF_REQUIRE_EQ(imsgbuf_init(&chan, ctl), 0);
	imsgbuf_allow_fdpass(&chan);
	say(&chan, IMSG_CTL_AGAIN, pair(AF_UNIX, SOCK_STREAM));
	ATF_CHECK_EQ(spawns, 0);
	ATF_CHECK(closed(ctl));
}

ATF_TC(no_files);
ATF_TC_HEAD(no_files, tc)
{
	atf_tc_set_md_var(tc, "descr", "Descriptors of a storaged do not even "
	    "come to authd, which would have to close them");
}
ATF_TC_BODY(no_files, tc)
{
	struct msghdr	 msg = { 0 };
	char		 octet = 'x';
	struct iovec	 iov = { &octet, 1 };
	union {
		struct cmsghdr	 hdr;
		char		 buf[CMSG_SPACE(sizeof(int))];
	}		 control = { { 0 } };
	int		 ctl, next, fd = STDIN_FILENO;

	begin();
	ctl = starts(1000);
	ATF_REQUIRE((next = dup(STDIN_FILENO)) != -1);
	(void)close(next);
	/* A message that does not end, with a descriptor. */
	msg.msg_iov = &iov;
	msg.msg_iovlen = 1;
	msg.msg_control = control.buf;
	msg.msg_controllen = sizeof(control.buf);
	control.hdr.cmsg_level = SOL_SOCKET;
	control.hdr.cmsg_type = SCM_RIGHTS;
	control.hdr.cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(&control.hdr), &fd, sizeof(fd));
	ATF_REQUIRE_EQ(sendmsg(ctl, &msg, 0), 1);
	turn();
	turn();
	ATF_REQUIRE((fd = dup(STDIN_FILENO)) != -1);
	ATF_CHECK_EQ_MSG(fd, next, "authd holds a storaged's file");
}

/* The next message to the engine; NONE: no more.  What it says in *number. */
static uint32_t
heard(uint32_t *id, uint32_t *number)
{
	struct imsg	 imsg;
	uint32_t	 type;

	turn();
	if (imsgbuf_get(&far, &imsg) != 1 && (imsgbuf_read(&far) != 1 ||
	    imsgbuf_get(&far, &imsg) != 1))
		return IMSG_NONE;
	type = imsg_get_type(&imsg);
	*id = imsg_get_id(&imsg);
	if (type == IMSG_AUTH_YIELD)
		ATF_REQUIRE_EQ(msg_auth_yield_parse(&imsg, number), 0);
	else if (type == IMSG_AUTH_FAIL)
		ATF_REQUIRE_EQ(msg_auth_fail_parse(&imsg, number), 0);
	imsg_free(&imsg);
	return type;
}

/* A session that may be idle, session 8 waits for its end.  Its storaged. */
static int
waits(uint32_t *number)
{
	uint32_t	 id;
	int		 fd;

	begin();
	authd.conf->limits.takeover = 1;
	authd.conf->user_sessions = 1;
	fd = starts(1000);
	ATF_REQUIRE_EQ(heard(&id, number), IMSG_AUTH_OK);
	/* Too young. */
	logs_in(8, 1);
	ATF_REQUIRE_EQ(heard(&id, number), IMSG_AUTH_FAIL);
	ATF_REQUIRE_EQ(*number, AUTH_LIMIT);
	(void)sleep(3);
	/* From another address. */
	logs_in(8, 2);
	ATF_REQUIRE_EQ(heard(&id, number), IMSG_AUTH_FAIL);
	ATF_REQUIRE_EQ(*number, AUTH_LIMIT);
	logs_in(8, 1);
	ATF_REQUIRE_EQ(heard(&id, number), IMSG_AUTH_YIELD);
	ATF_CHECK_EQ(id, 7);
	ATF_CHECK_EQ(*number, spawned);
	ATF_CHECK_EQ(spawns, 1);
	return fd;
}

/* The session that was asked to end, and its storaged, do. */
static void
ends(int fd, uint32_t number)
{
	(void)close(fd);
	turn();
	/* It may not have let go of its locks. */
	ATF_CHECK_EQ(spawns, 1);
	ATF_CHECK_EQ(events->exited(&spawner, number, 1000, 0), 0);
	turn();
}

ATF_TC(yields);
ATF_TC_HEAD(yields, tc)
{
	atf_tc_set_md_var(tc, "descr", "The next login waits for the end of a "
	    "session that yields, and for no other");
}
ATF_TC_BODY(yields, tc)
{
	uint32_t	 number, id, reason;
	int		 fd;

	fd = waits(&number);
	/* One is enough. */
	logs_in(9, 1);
	ATF_CHECK_EQ(heard(&id, &reason), IMSG_AUTH_FAIL);
	ATF_CHECK_EQ(id, 9);
	ends(fd, number);
	ATF_CHECK_EQ(spawns, 2);
	fd = starts(1001);
	ATF_CHECK_EQ(heard(&id, &reason), IMSG_AUTH_OK);
	ATF_CHECK_EQ(id, 8);
	/* Late, and about one that has ended. */
	sessions_kept(&engine, number);
	ATF_CHECK_EQ(killed, 0);
	(void)close(fd);
}

ATF_TC(ignores);
ATF_TC_HEAD(ignores, tc)
{
	atf_tc_set_md_var(tc, "descr", "An engine that does not end a session "
	    "when it is asked to");
}
ATF_TC_BODY(ignores, tc)
{
	struct timespec	 begun, now;
	struct proc	 other;
	uint32_t	 number, id, reason, type;
	int		 fd;

	fd = waits(&number);
	memset(&other, 0, sizeof(other));
	/* Not this one's to say. */
	sessions_kept(&other, number);
	(void)clock_gettime(CLOCK_MONOTONIC, &begun);
	while ((type = heard(&id, &reason)) == IMSG_NONE)
		(void)usleep(20000);
	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	ATF_CHECK(now.tv_sec - begun.tv_sec >= 4);
	ATF_CHECK_EQ(type, IMSG_AUTH_FAIL);
	ATF_CHECK_EQ(id, 8);
	ATF_CHECK_EQ(reason, AUTH_LIMIT);
	ATF_CHECK_EQ(spawns, 1);
	ATF_CHECK(!closed(fd));
}

ATF_TC(kept);
ATF_TC_HEAD(kept, tc)
{
	atf_tc_set_md_var(tc, "descr", "A session that is not idle: "
	    "no waiting");
}
ATF_TC_BODY(kept, tc)
{
	uint32_t	 number, id, reason;
	int		 fd;

	fd = waits(&number);
	sessions_kept(&engine, number);
	sessions_kept(&engine, number);
	ATF_CHECK_EQ(heard(&id, &reason), IMSG_AUTH_FAIL);
	ATF_CHECK_EQ(id, 8);
	ATF_CHECK_EQ(reason, AUTH_LIMIT);
	ATF_CHECK_EQ(heard(&id, &reason), IMSG_NONE);
	ATF_CHECK_EQ(spawns, 1);
	ATF_CHECK(!closed(fd));
}

ATF_TC(leaves);
ATF_TC_HEAD(leaves, tc)
{
	atf_tc_set_md_var(tc, "descr", "The client, or its engine, goes while "
	    "its login waits");
}
ATF_TC_BODY(leaves, tc)
{
	uint32_t	 number, id, reason;
	int		 fd;

	fd = waits(&number);
	login_cancel(&engine, 8);
	sessions_kept(&engine, number);
	turn();
	logs_in(8, 1);
	ATF_CHECK_EQ(heard(&id, &reason), IMSG_AUTH_YIELD);
	login_engine_down(&engine);
	sessions_engine_down(&engine);
	ends(fd, number);
	ATF_CHECK_EQ(spawns, 1);
	/* Nothing is left in the way. */
	logs_in(8, 1);
	ATF_CHECK_EQ(spawns, 2);
}

ATF_TC(leaves_backend);
ATF_TC_HEAD(leaves_backend, tc)
{
	atf_tc_set_md_var(tc, "descr", "The client, or its engine, goes while "
	    "a backend has its password");
}
ATF_TC_BODY(leaves_backend, tc)
{
	uint32_t	 id, reason;

	begin();
	asks_for(8, 1);
	login_cancel(&engine, 8);
	ATF_CHECK_EQ(cancels, 1);
	/* Late, and twice; and the number means the next client. */
	login_cancel(&engine, 8);
	asks_for(8, 1);
	ATF_CHECK_EQ(cancels, 1);
	asks_for(9, 1);
	login_engine_down(&engine);
	ATF_CHECK_EQ(cancels, 3);
	ATF_CHECK_EQ(spawns, 1);
	ATF_CHECK_EQ(heard(&id, &reason), IMSG_NONE);
}

ATF_TC(leaves_spawn);
ATF_TC_HEAD(leaves_spawn, tc)
{
	atf_tc_set_md_var(tc, "descr", "The client goes while its storaged "
	    "starts: that sees the end, and counts until it has ended");
}
ATF_TC_BODY(leaves_spawn, tc)
{
	uint32_t	 number, id, reason;
	int		 fd;

	begin();
	authd.conf->user_sessions = 1;
	ATF_CHECK(!closed(far_end));
	login_cancel(&engine, 7);
	ATF_CHECK(closed(far_end));
	number = spawned;
	fd = starts(1000);
	ATF_CHECK_EQ(heard(&id, &reason), IMSG_NONE);
	logs_in(7, 1);
	ATF_CHECK_EQ(heard(&id, &reason), IMSG_AUTH_FAIL);
	ATF_CHECK_EQ(reason, AUTH_LIMIT);
	(void)close(fd);
	turn();
	ATF_CHECK_EQ(events->exited(&spawner, number, 1000, 0), 0);
	logs_in(7, 1);
	ATF_CHECK_EQ(spawns, 2);
}

ATF_TC(leaves_waiting);
ATF_TC_HEAD(leaves_waiting, tc)
{
	atf_tc_set_md_var(tc, "descr", "The client goes while its login waits "
	    "for a session to end: nothing of it is left");
}
ATF_TC_BODY(leaves_waiting, tc)
{
	uint32_t	 number, id, reason;
	int		 fd;

	fd = waits(&number);
	login_cancel(&engine, 8);
	/* Another may wait at once, under the same number. */
	logs_in(8, 1);
	ATF_CHECK_EQ(heard(&id, &reason), IMSG_AUTH_YIELD);
	ends(fd, number);
	ATF_CHECK_EQ(spawns, 2);
	fd = starts(1001);
	ATF_CHECK_EQ(heard(&id, &reason), IMSG_AUTH_OK);
	ATF_CHECK_EQ(heard(&id, &reason), IMSG_NONE);
	(void)close(fd);
}

ATF_TC(fails);
ATF_TC_HEAD(fails, tc)
{
	atf_tc_set_md_var(tc, "descr", "A storaged that does not start, or "
	    "whose spawner ends: an answer at once");
}
ATF_TC_BODY(fails, tc)
{
	uint32_t	 id, reason;

	begin();
	ATF_CHECK_EQ(events->exited(&spawner, spawned, 0, 0), 0);
	ATF_CHECK_EQ(heard(&id, &reason), IMSG_AUTH_FAIL);
	ATF_CHECK_EQ(reason, AUTH_TEMP);
	ATF_CHECK(closed(far_end));
	logs_in(7, 1);
	events->down(&spawner);
	ATF_CHECK_EQ(heard(&id, &reason), IMSG_AUTH_FAIL);
	ATF_CHECK_EQ(reason, AUTH_TEMP);
	ATF_CHECK_EQ(events->exited(&spawner, spawned, 1000, 0), -1);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, once);
	ATF_TP_ADD_TC(tp, logs);
	ATF_TP_ADD_TC(tp, asks);
	ATF_TP_ADD_TC(tp, halfway);
	ATF_TP_ADD_TC(tp, again);
	ATF_TP_ADD_TC(tp, again_lies);
	ATF_TP_ADD_TC(tp, no_files);
	ATF_TP_ADD_TC(tp, yields);
	ATF_TP_ADD_TC(tp, ignores);
	ATF_TP_ADD_TC(tp, kept);
	ATF_TP_ADD_TC(tp, leaves);
	ATF_TP_ADD_TC(tp, leaves_backend);
	ATF_TP_ADD_TC(tp, leaves_spawn);
	ATF_TP_ADD_TC(tp, leaves_waiting);
	ATF_TP_ADD_TC(tp, fails);
	return atf_no_error();
}
