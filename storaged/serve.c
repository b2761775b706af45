/* SPDX-License-Identifier: ISC */
/*
 * Runs in: storaged, one per session, as the user.
 * Trusts: authd and its messages; neither the engine nor the mailbox.
 */

#include <sys/types.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <imsg.h>

#include "log.h"
#include "msg.h"
#include "sandbox.h"
#include "serve.h"
#include "store.h"
#include "store_format.h"
#include "syncmsg.h"
#include "title.h"

/* Resource limits of the process, in bytes. */
#define MEMORY_MIN	((uint64_t)256 * 1024 * 1024)
#define MEMORY_MESSAGE	((uint64_t)128)
#define FILE_MIN	((uint64_t)128 * 1024 * 1024)

/* Less credit is not worth a message, and too little for store_read(). */
#define CREDIT_MIN	4096

/* The answer in progress, if it has more than one part. */
enum stream {
	STREAM_NONE,
	STREAM_MAIL,			/* RETR, TOP */
	STREAM_LIST,			/* LIST, UIDL of all */
};

static struct session {
	struct imsgbuf	 engine;
	struct imsgbuf	 authd;
	struct store	*store;
	const char	*user;
	const char	*path;		/* of the mailbox */
	const struct m_sp_conf *conf;
	uint32_t	 credit;	/* octets of ST_DATA we may send */
	struct st_cmd	 queue[ST_CMDS_MAX];
	uint32_t	 qhead;
	uint32_t	 qlen;
	struct st_reply	 replies[ST_CMDS_MAX];
	uint32_t	 nreplies;
	enum stream	 stream;
	struct st_reply	 first;		/* sent with the first part */
	uint32_t	 flags;		/* ST_FIRST until that is sent */
	uint32_t	 next;		/* STREAM_LIST: next message to list */
	uint32_t	 last;		/* last message sent to the engine */
	int		 in_order;	/* RETR of last came in sequence */
	int		 committed;
	int		 denied;	/* a path could not be opened */
} session;

static void	 session_run(struct session *);

/* The engine is gone, or the channel has failed: exit, removing no mail. */
static void
session_end(struct session *s, int status)
{
	store_close(s->store);
	s->store = NULL;
	exit(status);
}

/*
 * Release all locks and leave authd's count of sessions before the answer to
 * QUIT goes out: a client may log in again as soon as it has read that answer.
 */
static void
session_release(struct session *s)
{
	store_close(s->store);
	s->store = NULL;
	syncmsg_log_to(NULL);
	imsgbuf_clear(&s->authd);
	(void)close(s->authd.fd);
}

static void
session_flush(struct session *s)
{
	if (s->nreplies > 0) {
		if (msg_st_reply_send(&s->engine, s->replies, s->nreplies) ==
		    -1) {
			log_warn("user %s: reply", log_vis(s->user));
			session_end(s, 1);
		}
		s->nreplies = 0;
	}
	if (imsgbuf_flush(&s->engine) == -1)
		session_end(s, 0);
}

static void
session_reply(struct session *s, uint32_t op, uint32_t status, uint64_t a,
    uint64_t b)
{
	struct st_reply	*r;

	if (s->nreplies == ST_CMDS_MAX)
		session_flush(s);
	r = &s->replies[s->nreplies++];
	memset(r, 0, sizeof(*r));
	r->op = op;
	r->status = status;
	r->a = a;
	r->b = b;
}

/* store_conf's dotlock: ask authd for the dotlock of our mailbox. */
static int
session_dotlock(void *arg, int take)
{
	struct session	*s = arg;
	struct imsg	 imsg;
	uint32_t	 result = CTL_FAILED;

	if (msg_empty_send(&s->authd, take ? IMSG_CTL_LOCK : IMSG_CTL_UNLOCK,
	    0) == -1 || imsgbuf_flush(&s->authd) == -1)
		return CTL_FAILED;
	if (!take)
		return CTL_OK;
	if (syncmsg_get(&s->authd, &imsg, R_STORAGED, R_AUTHD) != 1)
		return CTL_FAILED;
	if (imsg_get_type(&imsg) != IMSG_CTL_LOCKED ||
	    msg_ctl_locked_parse(&imsg, &result) == -1)
		result = CTL_FAILED;
	imsg_free(&imsg);
	return (int)result;
}

/* store_conf's denied. */
static void
session_denied(void *arg)
{
	struct session	*s = arg;

	s->denied = 1;
}

/*
 * A path could not be opened.  If authd answers that a new storaged could, pass
 * it the engine's socket; the engine has not noticed anything yet.
 */
static int
session_again(struct session *s)
{
	struct imsg	 imsg;
	uint32_t	 result = CTL_FAILED;
	int		 fd;

	if (!s->denied || msg_empty_send(&s->authd, IMSG_CTL_DENIED, 0) == -1 ||
	    imsgbuf_flush(&s->authd) == -1 ||
	    syncmsg_get(&s->authd, &imsg, R_STORAGED, R_AUTHD) != 1)
		return 0;
	if (imsg_get_type(&imsg) != IMSG_CTL_LOCKED ||
	    msg_ctl_locked_parse(&imsg, &result) == -1)
		result = CTL_FAILED;
	imsg_free(&imsg);
	if (result != CTL_OK ||
	    (fd = fcntl(SESSION_FD, F_DUPFD_CLOEXEC, 0)) == -1)
		return 0;
	imsgbuf_allow_fdpass(&s->authd);
	return msg_fd_send(&s->authd, IMSG_CTL_AGAIN, 0, fd) == 0 &&
	    imsgbuf_flush(&s->authd) == 0;
}

/*
 * store_conf's marked: authd records the owner of the mailbox, in case the
 * machine goes down during a commit.  Sessions that only read leave no record.
 */
static void
session_marked(void *arg)
{
	struct session	*s = arg;

	/* Without authd the next login recovers the mailbox. */
	if (msg_empty_send(&s->authd, IMSG_CTL_NOTE, 0) == -1 ||
	    imsgbuf_flush(&s->authd) == -1)
		log_debug("user %s: not noted", log_vis(s->user));
}

/* Begin the answer to RETR or TOP. */
static void
session_mail(struct session *s, const struct st_cmd *c)
{
	enum st_status	 st;

	st = store_begin(s->store, c->msg,
	    c->op == ST_OP_TOP ? c->lines : UINT32_MAX);
	if (st != ST_OK) {
		session_reply(s, c->op, st, 0, 0);
		return;
	}
	s->first.a = store_size(s->store, c->msg);
	s->stream = STREAM_MAIL;
	if (c->op == ST_OP_RETR) {
		s->in_order = c->msg == s->last + 1;
		s->last = c->msg;
	}
}

/* Begin the answer to one command; complete it if it is a single line. */
static void
session_command(struct session *s, const struct st_cmd *c)
{
	enum st_status	 st = ST_OK;
	uint64_t	 octets;
	uint32_t	 n, removed = 0, left = 0;

	if (c->msg != 0 || (c->op != ST_OP_LIST && c->op != ST_OP_UIDL &&
	    c->op != ST_OP_RSET && c->op != ST_OP_NOOP &&
	    c->op != ST_OP_COMMIT))
		st = store_check(s->store, c->msg);
	if (st != ST_OK) {
		session_reply(s, c->op, st, 0, 0);
		return;
	}
	memset(&s->first, 0, sizeof(s->first));
	s->first.op = c->op;
	s->flags = ST_FIRST;
	switch (c->op) {
	case ST_OP_LIST:
		if (c->msg != 0) {
			session_reply(s, c->op, ST_OK,
			    store_size(s->store, c->msg), 0);
			break;
		}
		/* FALLTHROUGH */
	case ST_OP_UIDL:
		store_totals(s->store, &n, &octets);
		s->first.a = c->msg != 0 ? c->msg : n;
		s->first.b = octets;
		s->next = c->msg != 0 ? c->msg : 1;
		s->stream = STREAM_LIST;
		break;
	case ST_OP_RETR:
	case ST_OP_TOP:
		session_mail(s, c);
		break;
	case ST_OP_DELE:
	case ST_OP_RSET:
		if (c->op == ST_OP_DELE)
			store_delete(s->store, c->msg);
		else
			store_reset(s->store);
		store_totals(s->store, &n, &octets);
		session_reply(s, c->op, ST_OK, n, octets);
		break;
	case ST_OP_NOOP:
		session_reply(s, c->op, ST_OK, 0, 0);
		break;
	case ST_OP_COMMIT:
		st = store_commit(s->store, &removed, &left);
		s->committed = 1;
		session_reply(s, c->op, st, removed, left);
		break;
	}
}

/* Fill buf with lines of LIST or UIDL: "n size", "n id", or just the id. */
static enum st_status
session_lines(struct session *s, unsigned char *buf, size_t size, size_t *len,
    int *done)
{
	char		 line[16 + UIDL_LEN_MAX + 2], uidl[UIDL_LEN_MAX + 1];
	const struct st_cmd *c = &s->queue[s->qhead];
	enum st_status	 st;
	uint32_t	 last;
	int		 n;

	*len = 0;
	last = c->msg != 0 ? c->msg : store_count(s->store);
	for (; s->next <= last; s->next++) {
		if ((st = store_check(s->store, s->next)) == ST_DELETED)
			continue;
		if (st != ST_OK)
			return st;
		if (size - *len < sizeof(line))
			return ST_OK;
		if (c->op == ST_OP_LIST) {
			n = snprintf(line, sizeof(line), "%u %llu\r\n", s->next,
			    (unsigned long long)store_size(s->store, s->next));
		} else {
			st = store_uidl(s->store, s->next, uidl);
			if (st != ST_OK)
				return st;
			n = c->msg != 0 ?
			    snprintf(line, sizeof(line), "%s", uidl) :
			    snprintf(line, sizeof(line), "%u %s\r\n", s->next,
			    uidl);
		}
		memcpy(buf + *len, line, n);
		*len += n;
	}
	*done = 1;
	return ST_OK;
}

/* Send one part of the answer in progress.  Returns 0 if credit is used up. */
static int
session_stream(struct session *s)
{
	struct ibuf	*ibuf;
	unsigned char	*buf;
	size_t		 size = DATA_LEN_MAX, len = 0;
	enum st_status	 st;
	int		 done = 0;

	if (s->credit < CREDIT_MIN)
		return 0;
	if (size > s->credit)
		size = s->credit;
	if ((ibuf = msg_st_data_open(&s->engine, size, &buf)) == NULL) {
		log_warn("user %s: data", log_vis(s->user));
		session_end(s, 1);
	}
	st = s->stream == STREAM_MAIL ?
	    store_read(s->store, buf, size, &len, &done) :
	    session_lines(s, buf, size, &len, &done);
	if (st != ST_OK) {
		s->first.status = st;
		s->flags |= ST_ABORT | ST_LAST;
		len = 0;
	} else if (done)
		s->flags |= ST_LAST;
	if (msg_st_data_close(&s->engine, ibuf, &s->first, s->flags, len) ==
	    -1) {
		log_warn("user %s: data", log_vis(s->user));
		session_end(s, 1);
	}
	s->credit -= len;
	s->flags = 0;
	if (st != ST_OK) {
		session_flush(s);
		session_end(s, 1);
	}
	if (done)
		s->stream = STREAM_NONE;
	return 1;
}

/* Answer commands in order until none is left or the credit is used up. */
static void
session_run(struct session *s)
{
	while (s->qlen > 0 && !s->committed) {
		if (s->stream == STREAM_NONE) {
			session_command(s, &s->queue[s->qhead]);
			/* Queue complete replies before parts of the next. */
			if (s->stream != STREAM_NONE && s->nreplies > 0) {
				if (msg_st_reply_send(&s->engine, s->replies,
				    s->nreplies) == -1)
					session_end(s, 1);
				s->nreplies = 0;
			}
		}
		while (s->stream != STREAM_NONE) {
			if (!session_stream(s))
				return;
			/* The engine can send this part while we read on. */
			if (s->stream != STREAM_NONE)
				session_flush(s);
		}
		s->qhead = (s->qhead + 1) % ST_CMDS_MAX;
		s->qlen--;
	}
}

/* Send all of message n before its RETR.  Returns 0 if it does not fit. */
static int
session_ahead_one(struct session *s, uint32_t n, size_t room, size_t *len)
{
	struct st_reply	 r;
	struct ibuf	*ibuf;
	unsigned char	*buf;
	int		 done = 0;

	memset(&r, 0, sizeof(r));
	r.op = ST_OP_RETR;
	r.a = store_size(s->store, n);
	r.b = n;
	if (r.a > room || store_begin(s->store, n, UINT32_MAX) != ST_OK ||
	    (ibuf = msg_st_data_open(&s->engine, room, &buf)) == NULL)
		return 0;
	/* Its RETR will report the error. */
	if (store_read(s->store, buf, room, len, &done) != ST_OK || !done) {
		ibuf_free(ibuf);
		return 0;
	}
	return msg_st_data_close(&s->engine, ibuf, &r,
	    ST_FIRST | ST_LAST | ST_AHEAD, *len) == 0;
}

/*
 * A client that retrieves messages in order will ask for the next.  Sending a
 * few ahead is cheaper than waking two processes for each.  Send only small
 * ones, and keep credit for an answer.
 */
static void
session_ahead(struct session *s)
{
	size_t	 room, len;
	int	 n;

	if (!s->in_order || s->qlen > 0 || s->committed)
		return;
	s->in_order = 0;
	if (s->credit < DATA_LEN_MAX + CREDIT_MIN)
		return;
	room = s->credit - DATA_LEN_MAX;
	if (room > ST_AHEAD_MAX)
		room = ST_AHEAD_MAX;
	for (n = 0; n < ST_AHEAD_MSGS && room >= CREDIT_MIN &&
	    store_check(s->store, s->last + 1) == ST_OK &&
	    session_ahead_one(s, s->last + 1, room, &len); n++) {
		s->last++;
		s->credit -= len;
		room -= len;
	}
}

/* Handle a message from the engine.  Returns -1 on a protocol violation. */
static int
session_take(struct session *s, struct imsg *imsg)
{
	static struct st_cmd	 cmds[ST_CMDS_MAX];
	uint32_t		 credit, count, i;

	if (imsg_get_type(imsg) != IMSG_ST_CMD ||
	    msg_st_cmd_parse(imsg, &credit, cmds, &count) == -1) {
		log_warnx("user %s: engine sent an unexpected message",
		    log_vis(s->user));
		return -1;
	}
	if (credit > ST_WINDOW - s->credit || count > ST_CMDS_MAX - s->qlen) {
		log_warnx("user %s: engine exceeds its window",
		    log_vis(s->user));
		return -1;
	}
	s->credit += credit;
	for (i = 0; i < count; i++)
		s->queue[(s->qhead + s->qlen++) % ST_CMDS_MAX] = cmds[i];
	return 0;
}

/*
 * Open the user's state directory, which authd created.  The user must own it
 * and others must have no access, because its contents decide what happens to
 * the mailbox.
 */
static int
session_state(struct session *s, const char *path)
{
	struct stat	 st;
	int		 fd;

	fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd == -1) {
		s->denied = errno == EACCES || errno == ENOENT;
		log_warn("state directory %s", path);
		return -1;
	}
	if (fstat(fd, &st) == -1) {
		log_warn("state directory %s", path);
	} else if (st.st_uid != getuid() || (st.st_mode & 077) != 0) {
		log_warnx("state directory %s: must be of uid %u and mode 0700",
		    path, getuid());
	} else
		return fd;
	(void)close(fd);
	return -1;
}

/* store_conf's seal: confine the session before it parses hostile mail. */
static void
session_seal(void *arg, const struct store_confine *need)
{
	struct session	*s = arg;
	struct sandbox	 what;

	memset(&what, 0, sizeof(what));
	what.dir = need->dirfd;
	what.path = s->path;
	what.mailbox = need->file;
	what.dotlock = need->dotlock;
	what.dotlock_own = need->own;
	/* More than enough for the index of the largest maildrop. */
	what.octets_max = MEMORY_MIN + s->conf->octets_max / 256 +
	    s->conf->messages_max * MEMORY_MESSAGE;
	what.file_max = FILE_MIN + s->conf->octets_max +
	    s->conf->messages_max * MEMORY_MESSAGE;
	sandbox_enter(need->own ? SANDBOX_SESSION_DOTLOCK : SANDBOX_SESSION,
	    &what);
}

static enum st_status
session_open(struct session *s, const struct sp_spawn *sp,
    const struct m_sp_conf *conf)
{
	struct store_conf	 sc;

	memset(&sc, 0, sizeof(sc));
	sc.format = store_format_get(sp->format);
	if ((sc.statefd = session_state(s, sp->state)) == -1)
		return ST_TEMP;
	sc.path = sp->mailbox;
	sc.user = sp->user;
	sc.uid = sp->uid;
	sc.lock_flags = conf->lock_flags;
	sc.lock_timeout = conf->lock_timeout;
	sc.octets_max = conf->octets_max;
	sc.messages_max = conf->messages_max;
	sc.dotlock = session_dotlock;
	sc.marked = session_marked;
	sc.denied = session_denied;
	sc.seal = session_seal;
	s->path = sp->mailbox;
	s->conf = conf;
	sc.arg = s;
	sc.recover = (sp->flags & SP_RECOVER) != 0;
	return store_open(&s->store, &sc);
}

void
serve_main(const struct sp_spawn *sp, const struct m_sp_conf *conf)
{
	struct session	*s = &session;
	struct imsg	 imsg;
	enum st_status	 st;
	uint64_t	 octets;
	uint32_t	 messages;

	log_init("storaged");
	title_set("session %s", sp->user);
	if (imsgbuf_init(&s->authd, CONTROL_FD) == -1 ||
	    imsgbuf_init(&s->engine, SESSION_FD) == -1 ||
	    imsgbuf_set_maxsize(&s->engine, PROTO_MSG_MAX) == -1)
		fatal("imsgbuf_init");
	syncmsg_log_to(&s->authd);
	s->user = sp->user;
	s->credit = ST_WINDOW;
	if (sp->flags & SP_RECOVER) {
		title_set("recovery %s", sp->user);
		st = session_open(s, sp, conf);
		/* ST_INUSE: that session did the recovery when it began. */
		session_end(s, st != ST_OK && st != ST_INUSE);
	}
	if ((st = session_open(s, sp, conf)) != ST_OK) {
		if (session_again(s))
			exit(0);
		if (msg_st_fail_send(&s->engine, st) == 0)
			(void)imsgbuf_flush(&s->engine);
		exit(0);
	}
	store_totals(s->store, &messages, &octets);
	if (msg_st_ready_send(&s->engine, messages, octets) == -1)
		session_end(s, 1);
	for (;;) {
		session_run(s);
		if (s->committed)
			session_release(s);
		session_ahead(s);
		session_flush(s);
		if (s->stream == STREAM_NONE && !s->committed)
			store_idle(s->store);
		if (s->committed ||
		    syncmsg_get(&s->engine, &imsg, R_STORAGED, R_ENGINE) != 1)
			session_end(s, 0);
		if (session_take(s, &imsg) == -1)
			session_end(s, 1);
		imsg_free(&imsg);
	}
}
