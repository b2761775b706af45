/* SPDX-License-Identifier: ISC */
/*
 * Runs in: engine (_pop3d, chroot).  A session's storaged.
 * Trusts: a storaged with its own user's mail and with nothing else.
 */

#include <sys/types.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "log.h"
#include "maildrop.h"
#include "output.h"
#include "session.h"
#include "transport.h"

/* Messages that may wait for storaged to read them. */
#define MAILDROP_QUEUE_MAX	64

/* Credit is given back on its own in pieces of at least this, octets. */
#define CREDIT_PIECE		(DATA_LEN_MAX / 2)

/* The commands of the burst that is being read; one session at a time. */
static struct st_cmd	 burst[MAILDROP_PIPELINE];
static uint32_t		 nburst;

static const char *const	 status_text[ST_STATUS_MAX] = {
	[ST_OK] = "",
	[ST_NOMSG] = "no such message",
	[ST_DELETED] = "that message is marked as deleted",
	[ST_INUSE] = "[IN-USE] maildrop is locked",
	[ST_TEMP] = "[SYS/TEMP] mailbox cannot be read now",
	[ST_PERM] = "[SYS/PERM] mailbox refused",
	[ST_CHANGED] = "[SYS/TEMP] mailbox has changed",
};

/* Clients send thousands of DELE at once: not to be formatted each time. */
static const char	 marked[] = "+OK marked as deleted\r\n";

static void	 maildrop_on_message(struct evmsg *, struct imsg *);
static void	 maildrop_on_closed(struct evmsg *, const char *);

struct maildrop *
maildrop_new(struct session *s, int fd)
{
	struct maildrop	*m;

	if ((m = calloc(1, sizeof(*m))) == NULL) {
		(void)close(fd);
		return NULL;
	}
	m->session = s;
	TAILQ_INIT(&m->ahead.list);
	m->em.handle = maildrop_on_message;
	m->em.closed = maildrop_on_closed;
	m->em.arg = m;
	if (evmsg_open(&m->em, engine.base, fd, R_ENGINE, R_STORAGED, 0,
	    MAILDROP_QUEUE_MAX) == -1) {
		log_warn("maildrop");
		(void)close(fd);
		free(m);
		return NULL;
	}
	return m;
}

void
maildrop_free(struct maildrop *m)
{
	if (m == NULL)
		return;
	nburst = 0;
	evmsg_close(&m->em);
	prefetch_clear(&m->ahead);
	free(m);
}

int
maildrop_has_room(const struct maildrop *m)
{
	return m->asked < MAILDROP_PIPELINE;
}

/* Whether the answer comes as data. */
static int
maildrop_is_stream(uint32_t op, uint32_t msg)
{
	return op == ST_OP_RETR || op == ST_OP_TOP || op == ST_OP_UIDL ||
	    (op == ST_OP_LIST && msg == 0);
}

int
maildrop_delivered(const struct maildrop *m)
{
	return m->streams == 0 && !m->session->mail;
}

void
maildrop_ask(struct maildrop *m, uint32_t op, uint32_t msg, uint32_t lines)
{
	uint32_t	 slot = (m->head + m->asked++) % MAILDROP_PIPELINE;

	m->ask[slot].op = op;
	m->ask[slot].msg = msg;
	if (maildrop_is_stream(op, msg))
		m->streams++;
	burst[nburst].op = op;
	burst[nburst].msg = msg;
	burst[nburst].lines = lines;
	nburst++;
}

/*
 * What the client has taken off our hands storaged may send again.  It rides
 * along with commands; alone it goes only when storaged could be waiting.
 */
void
maildrop_send(struct maildrop *m)
{
	size_t		 waiting = output_waiting(m->session) + m->ahead.octets;
	uint32_t	 credit = 0;

	/* It has died, and what it sent before is still going out. */
	if (!m->em.open)
		return;
	if (m->uncredited > waiting)
		credit = m->uncredited - (uint32_t)waiting;
	if (nburst == 0 && (m->asked == 0 || credit < CREDIT_PIECE))
		return;
	if (msg_st_cmd_send(&m->em.imsgbuf, credit, burst, nburst) == -1)
		fatal("maildrop");
	nburst = 0;
	m->uncredited -= credit;
	evmsg_flush(&m->em);
}

int
maildrop_retr_ahead(struct maildrop *m, uint32_t msg)
{
	struct session		*s = m->session;
	struct prefetch_msg	*a;

	if (m->asked > 0 || (a = prefetch_take(&m->ahead, msg)) == NULL)
		return 0;
	s->retrieved++;
	s->mail = 1;
	output_line(s, "+OK %llu octets", (unsigned long long)a->size);
	output_imsg(s, &a->imsg, a->data, a->len);
	output_octets(s, ".\r\n", 3);
	prefetch_free(a);
	return 1;
}

/* A message that RETR will ask for next, if the client goes on as before. */
static int
maildrop_take_ahead(struct maildrop *m, struct imsg *imsg,
    const struct st_reply *r, const unsigned char *data, size_t len)
{
	struct prefetch_msg	 a;

	if (m->streaming || m->ahead.count == ST_AHEAD_MSGS ||
	    len > ST_AHEAD_MAX - m->ahead.octets ||
	    len > ST_WINDOW - m->uncredited)
		return -1;
	memset(&a, 0, sizeof(a));
	a.number = (uint32_t)r->b;
	a.size = r->a;
	a.data = data;
	a.len = len;
	if (prefetch_add(&m->ahead, &a, imsg) == -1)
		return -1;
	m->uncredited += (uint32_t)len;
	return 0;
}

/* The answer at the head of the queue is complete. */
static void
maildrop_answered(struct maildrop *m)
{
	if (maildrop_is_stream(m->ask[m->head].op, m->ask[m->head].msg))
		m->streams--;
	m->head = (m->head + 1) % MAILDROP_PIPELINE;
	m->asked--;
}

/* storaged does what it must not: its session is over, nobody else's. */
static void
maildrop_broken(struct maildrop *m, const char *why)
{
	struct session	*s = m->session;

	log_warnx("user %s: storaged: %s", log_vis(s->user), why);
	session_free(s, "storaged failed");
}

/* QUIT is through: only now the client hears of it. */
static void
maildrop_committed(struct session *s, const struct st_reply *r)
{
	if (r->status == ST_OK) {
		s->deleted = (uint32_t)r->a;
		output_line(s, "+OK bye");
		session_close(s, "quit");
	} else {
		output_line(s,
		    "-ERR [SYS/TEMP] some deleted messages not removed");
		session_close(s, "commit failed");
	}
}

/* One single-line answer.  0: the session has gone. */
static int
maildrop_reply(struct maildrop *m, const struct st_reply *r)
{
	struct session	*s = m->session;
	uint32_t	 msg;

	if (m->asked == 0 || m->streaming || m->ask[m->head].op != r->op) {
		maildrop_broken(m, "answer out of turn");
		return 0;
	}
	msg = m->ask[m->head].msg;
	maildrop_answered(m);
	if (r->op == ST_OP_COMMIT) {
		maildrop_committed(s, r);
		return 0;
	}
	if (r->status == ST_CHANGED) {
		output_line(s, "-ERR %s", status_text[ST_CHANGED]);
		session_close(s, "mailbox changed");
		return 0;
	}
	if (r->status != ST_OK) {
		output_line(s, "-ERR %s", status_text[r->status]);
		return 1;
	}
	switch (r->op) {
	case ST_OP_LIST:
		output_line(s, "+OK %u %llu", msg, (unsigned long long)r->a);
		break;
	case ST_OP_DELE:
		/* Whatever was sent ahead has come before this answer. */
		prefetch_free(prefetch_take(&m->ahead, msg));
		m->messages = (uint32_t)r->a;
		m->octets = r->b;
		output_octets(s, marked, sizeof(marked) - 1);
		break;
	case ST_OP_RSET:
		m->messages = (uint32_t)r->a;
		m->octets = r->b;
		output_line(s, "+OK %u messages (%llu octets)", m->messages,
		    (unsigned long long)m->octets);
		break;
	default:
		maildrop_broken(m, "one line where more belong");
		return 0;
	}
	return 1;
}

/* The head of an answer of several lines. */
static void
maildrop_first(struct maildrop *m, const struct st_reply *r, int single)
{
	struct session	*s = m->session;

	switch (r->op) {
	case ST_OP_RETR:
		s->retrieved++;
		output_line(s, "+OK %llu octets", (unsigned long long)r->a);
		break;
	case ST_OP_TOP:
		output_line(s, "+OK top of message follows");
		break;
	default:
		if (single)
			output_octets(s, "+OK ", 4);
		else
			output_line(s, "+OK %u messages (%llu octets)",
			    (uint32_t)r->a, (unsigned long long)r->b);
	}
}

/*
 * UIDL of one message: the id comes as data, and becomes part of our line, so
 * it has to look like one.
 */
static int
maildrop_uidl(struct maildrop *m, const unsigned char *data, size_t len,
    uint32_t flags)
{
	size_t	 i;

	if (len == 0 || len > UIDL_LEN_MAX || (flags & ST_LAST) == 0)
		return -1;
	for (i = 0; i < len; i++) {
		if (data[i] < 0x21 || data[i] > 0x7e)
			return -1;
	}
	output_line(m->session, "%u %.*s", m->ask[m->head].msg, (int)len,
	    (const char *)data);
	return 0;
}

/* A part of an answer.  0: the session has gone, or goes. */
static int
maildrop_data(struct maildrop *m, struct imsg *imsg)
{
	struct session		*s = m->session;
	const unsigned char	*data;
	struct st_reply		 r;
	uint32_t		 flags;
	size_t			 len;
	int			 single;

	if (msg_st_data_parse(imsg, &r, &flags, &data, &len) == -1) {
		maildrop_broken(m, "data out of shape");
		return 0;
	}
	if (flags & ST_AHEAD) {
		if (maildrop_take_ahead(m, imsg, &r, data, len) == 0)
			return 1;
		maildrop_broken(m, "mail ahead out of turn");
		return 0;
	}
	if (m->asked == 0 || m->streaming == ((flags & ST_FIRST) != 0) ||
	    ((flags & ST_FIRST) != 0 && m->ask[m->head].op != r.op) ||
	    len > ST_WINDOW - m->uncredited) {
		maildrop_broken(m, "data out of turn");
		return 0;
	}
	if (flags & ST_ABORT) {
		if (m->streaming) {
			/* No end mark: the client must not take it for all. */
			session_free(s, "mailbox changed");
			return 0;
		}
		output_line(s, "-ERR %s", status_text[r.status == ST_OK ?
		    ST_TEMP : r.status]);
		session_close(s, "mailbox cannot be read");
		return 0;
	}
	single = m->ask[m->head].op == ST_OP_UIDL && m->ask[m->head].msg != 0;
	if (flags & ST_FIRST) {
		/* Of what comes ahead from here on, this is the beginning. */
		if (r.op == ST_OP_RETR)
			prefetch_clear(&m->ahead);
		maildrop_first(m, &r, single);
	}
	m->streaming = (flags & ST_LAST) == 0;
	m->uncredited += (uint32_t)len;
	s->mail = 1;
	if (single) {
		if (maildrop_uidl(m, data, len, flags) == -1) {
			maildrop_broken(m, "not a unique-id");
			return 0;
		}
	} else
		output_imsg(s, imsg, data, len);
	if (flags & ST_LAST) {
		if (!single)
			output_octets(s, ".\r\n", 3);
		maildrop_answered(m);
	}
	return 1;
}

static void
maildrop_on_message(struct evmsg *em, struct imsg *imsg)
{
	static struct st_reply	 reps[ST_CMDS_MAX];
	struct maildrop		*m = em->arg;
	struct session		*s = m->session;
	uint32_t		 code, n, i;

	if (s->state == SESSION_CLOSE)
		return;
	switch (imsg_get_type(imsg)) {
	case IMSG_ST_READY:
		if (s->state != SESSION_OPEN || msg_st_ready_parse(imsg,
		    &m->messages, &m->octets) == -1)
			break;
		m->ready = 1;
		session_opened(s);
		return;
	case IMSG_ST_FAIL:
		if (s->state != SESSION_OPEN ||
		    msg_st_fail_parse(imsg, &code) == -1)
			break;
		session_not_opened(s, code);
		return;
	case IMSG_ST_REPLY:
		if (!m->ready || msg_st_reply_parse(imsg, reps, &n) == -1)
			break;
		for (i = 0; i < n; i++) {
			if (!maildrop_reply(m, &reps[i]))
				return;
		}
		transport_resume(s);
		return;
	case IMSG_ST_DATA:
		if (!m->ready)
			break;
		if (maildrop_data(m, imsg))
			transport_resume(s);
		return;
	}
	maildrop_broken(m, "unexpected message");
}

static void
maildrop_on_closed(struct evmsg *em, const char *why)
{
	struct maildrop	*m = em->arg;
	struct session	*s = m->session;

	if (why != NULL)
		log_warnx("user %s: storaged: %s", log_vis(s->user), why);
	evmsg_close(em);
	if (s->state == SESSION_CLOSE)
		return;
	if (s->state == SESSION_OPEN) {
		session_not_opened(s, ST_TEMP);
		return;
	}
	if (m->streaming || m->asked == 0) {
		session_free(s, "storaged died");
		return;
	}
	/* In the middle of a commit nobody knows how far it came. */
	output_line(s, "-ERR [SYS/TEMP] maildrop failed, some messages may not "
	    "be removed");
	session_close(s, "storaged died");
}
