/* SPDX-License-Identifier: ISC */
/*
 * Runs in: engine (_pop3d, chroot).  The channel to a session's storaged.
 * Trusts: storaged with its own user's mail and with nothing else.
 */

#include <sys/types.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine_shared.h"
#include "log.h"
#include "maildrop.h"
#include "output.h"

/* Messages that may wait for storaged to read them. */
#define MAILDROP_QUEUE_MAX	64

/* Without commands, credit is returned in pieces of at least this, bytes. */
#define CREDIT_PIECE		(DATA_LEN_MAX / 2)

/* The commands of the burst being read, which is always one session's. */
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

/* Not formatted each time: clients send thousands of DELE at once. */
static const char	 marked[] = "+OK marked as deleted\r\n";

static void	 maildrop_on_message(struct evmsg *, struct imsg *);
static void	 maildrop_on_closed(struct evmsg *, const char *);

struct maildrop *
maildrop_new(int fd, const char *user, struct output *out,
    const struct maildrop_ops *ops, void *arg)
{
	struct maildrop	*m;

	if ((m = calloc(1, sizeof(*m))) == NULL) {
		(void)close(fd);
		return NULL;
	}
	m->user = user;
	m->out = out;
	m->ops = ops;
	m->arg = arg;
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

void
maildrop_ignore(struct maildrop *m)
{
	m->ended = 1;
}

void
maildrop_give_up(struct maildrop *m)
{
	m->ops->on_not_open(m->arg, ST_TEMP);
}

int
maildrop_has_room(const struct maildrop *m)
{
	return m->asked < MAILDROP_PIPELINE;
}

int
maildrop_idle(const struct maildrop *m)
{
	return m->asked == 0;
}

/* Whether the answer comes in ST_DATA. */
static int
maildrop_is_stream(uint32_t op, uint32_t msg)
{
	return op == ST_OP_RETR || op == ST_OP_TOP || op == ST_OP_UIDL ||
	    (op == ST_OP_LIST && msg == 0);
}

int
maildrop_delivered(const struct maildrop *m)
{
	return m->streams == 0 && !m->out->mail;
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
 * storaged may send as much again as has been written to the client.  This
 * credit goes along with commands; alone only if storaged may be waiting.
 */
void
maildrop_send(struct maildrop *m)
{
	size_t		 waiting = output_waiting(m->out) + m->ahead.bytes;
	uint32_t	 credit = 0;

	/* storaged has died, and its last answers are still going out. */
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
	struct prefetch_msg	*a;

	if (m->asked > 0 || (a = prefetch_take(&m->ahead, msg)) == NULL)
		return 0;
	m->retrieved++;
	m->out->mail = 1;
	output_line(m->out, "+OK %llu octets", (unsigned long long)a->size);
	output_imsg(m->out, &a->imsg, a->data, a->len);
	output_bytes(m->out, ".\r\n", 3);
	prefetch_free(a);
	return 1;
}

/* Keep a message that the client will ask for next if it reads in order. */
static int
maildrop_take_ahead(struct maildrop *m, struct imsg *imsg,
    const struct st_reply *r, const unsigned char *data, size_t len)
{
	struct prefetch_msg	 a;

	if (m->streaming || m->ahead.count == ST_AHEAD_MSGS ||
	    len > ST_AHEAD_MAX - m->ahead.bytes ||
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

/* storaged breaks the protocol: end its session and no other. */
static void
maildrop_broken(struct maildrop *m, const char *why)
{
	log_warnx("user %s: storaged: %s", log_vis(m->user), why);
	m->ops->on_failed(m->arg, "storaged failed");
}

/* QUIT has been carried out; only now the client may know. */
static void
maildrop_committed(struct maildrop *m, const struct st_reply *r)
{
	if (r->status == ST_OK) {
		m->deleted = (uint32_t)r->a;
		output_line(m->out, "+OK bye");
		m->ops->on_done(m->arg, "quit");
	} else {
		output_line(m->out,
		    "-ERR [SYS/TEMP] some deleted messages not removed");
		m->ops->on_done(m->arg, "commit failed");
	}
}

/* Queue a successful single-line answer.  Returns -1 if it has several. */
static int
maildrop_queue_line(struct maildrop *m, const struct st_reply *r, uint32_t msg)
{
	switch (r->op) {
	case ST_OP_LIST:
		output_line(m->out, "+OK %u %llu", msg,
		    (unsigned long long)r->a);
		return 0;
	case ST_OP_DELE:
		/* Whatever storaged sent ahead came before this answer. */
		prefetch_free(prefetch_take(&m->ahead, msg));
		m->messages = (uint32_t)r->a;
		m->octets = r->b;
		output_bytes(m->out, marked, sizeof(marked) - 1);
		return 0;
	case ST_OP_RSET:
		m->messages = (uint32_t)r->a;
		m->octets = r->b;
		output_line(m->out, "+OK %u messages (%llu octets)",
		    m->messages, (unsigned long long)m->octets);
		return 0;
	}
	return -1;
}

/* One single-line answer.  Returns 0 if the maildrop may have been freed. */
static int
maildrop_reply(struct maildrop *m, const struct st_reply *r)
{
	struct output	*out = m->out;
	uint32_t	 msg;

	if (m->asked == 0 || m->streaming || m->ask[m->head].op != r->op) {
		maildrop_broken(m, "answer out of turn");
		return 0;
	}
	msg = m->ask[m->head].msg;
	maildrop_answered(m);
	if (r->op == ST_OP_COMMIT) {
		maildrop_committed(m, r);
		return 0;
	}
	if (r->status == ST_CHANGED) {
		output_line(out, "-ERR %s", status_text[ST_CHANGED]);
		m->ops->on_done(m->arg, "mailbox changed");
		return 0;
	}
	if (r->status != ST_OK) {
		output_line(out, "-ERR %s", status_text[r->status]);
		return 1;
	}
	if (maildrop_queue_line(m, r, msg) == -1) {
		maildrop_broken(m, "one line where more belong");
		return 0;
	}
	return 1;
}

/* The head of an answer of several lines. */
static void
maildrop_first(struct maildrop *m, const struct st_reply *r, int single)
{
	struct output	*out = m->out;

	switch (r->op) {
	case ST_OP_RETR:
		m->retrieved++;
		output_line(out, "+OK %llu octets", (unsigned long long)r->a);
		break;
	case ST_OP_TOP:
		output_line(out, "+OK top of message follows");
		break;
	default:
		if (single)
			output_bytes(out, "+OK ", 4);
		else
			output_line(out, "+OK %u messages (%llu octets)",
			    (uint32_t)r->a, (unsigned long long)r->b);
	}
}

/*
 * UIDL of one message: the id comes as data and becomes part of our line, so
 * check that it looks like an id.
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
	output_line(m->out, "%u %.*s", m->ask[m->head].msg, (int)len,
	    (const char *)data);
	return 0;
}

/* storaged cannot complete an answer, so the session ends. */
static void
maildrop_abort(struct maildrop *m, uint32_t status)
{
	if (m->streaming) {
		/* No end mark: the message is not complete. */
		m->ops->on_failed(m->arg, "mailbox changed");
		return;
	}
	output_line(m->out, "-ERR %s", status_text[status == ST_OK ? ST_TEMP :
	    status]);
	m->ops->on_done(m->arg, "mailbox cannot be read");
}

/* Whether a part of an answer is the next one, and within the credit. */
static int
maildrop_data_in_turn(const struct maildrop *m, const struct st_reply *r,
    uint32_t flags, size_t len)
{
	const int	 first = (flags & ST_FIRST) != 0;

	return m->asked > 0 && m->streaming != first &&
	    (!first || m->ask[m->head].op == r->op) &&
	    len <= ST_WINDOW - m->uncredited;
}

/* Queue a part of an answer.  Returns -1 if it should be an id and is not. */
static int
maildrop_queue(struct maildrop *m, struct imsg *imsg, const struct st_reply *r,
    uint32_t flags, const unsigned char *data, size_t len)
{
	const int	 single = m->ask[m->head].op == ST_OP_UIDL &&
			    m->ask[m->head].msg != 0;

	if (flags & ST_FIRST) {
		/* Mail that comes ahead from here on follows this message. */
		if (r->op == ST_OP_RETR)
			prefetch_clear(&m->ahead);
		maildrop_first(m, r, single);
	}
	m->streaming = (flags & ST_LAST) == 0;
	m->uncredited += (uint32_t)len;
	m->out->mail = 1;
	if (!single)
		output_imsg(m->out, imsg, data, len);
	else if (maildrop_uidl(m, data, len, flags) == -1)
		return -1;
	if (flags & ST_LAST) {
		if (!single)
			output_bytes(m->out, ".\r\n", 3);
		maildrop_answered(m);
	}
	return 0;
}

/* A part of an answer.  Returns 0 if the maildrop may have been freed. */
static int
maildrop_data(struct maildrop *m, struct imsg *imsg)
{
	const unsigned char	*data;
	const char		*wrong = NULL;
	struct st_reply		 r;
	uint32_t		 flags;
	size_t			 len;

	if (msg_st_data_parse(imsg, &r, &flags, &data, &len) == -1) {
		wrong = "data out of shape";
	} else if (flags & ST_AHEAD) {
		if (maildrop_take_ahead(m, imsg, &r, data, len) == -1)
			wrong = "mail ahead out of turn";
	} else if (!maildrop_data_in_turn(m, &r, flags, len)) {
		wrong = "data out of turn";
	} else if (flags & ST_ABORT) {
		maildrop_abort(m, r.status);
		return 0;
	} else if (maildrop_queue(m, imsg, &r, flags, data, len) == -1) {
		wrong = "not a unique-id";
	}
	if (wrong != NULL)
		maildrop_broken(m, wrong);
	return wrong == NULL;
}

static void
maildrop_on_message(struct evmsg *em, struct imsg *imsg)
{
	static struct st_reply	 reps[ST_CMDS_MAX];
	struct maildrop		*m = em->arg;
	uint32_t		 code, n, i;

	if (m->ended)
		return;
	switch (imsg_get_type(imsg)) {
	case IMSG_ST_READY:
		if (m->ready || msg_st_ready_parse(imsg, &m->messages,
		    &m->octets) == -1)
			break;
		m->ready = 1;
		m->ops->on_open(m->arg);
		return;
	case IMSG_ST_FAIL:
		if (m->ready || msg_st_fail_parse(imsg, &code) == -1)
			break;
		m->ops->on_not_open(m->arg, code);
		return;
	case IMSG_ST_REPLY:
		if (!m->ready || msg_st_reply_parse(imsg, reps, &n) == -1)
			break;
		for (i = 0; i < n; i++) {
			if (!maildrop_reply(m, &reps[i]))
				return;
		}
		m->ops->on_answer(m->arg);
		return;
	case IMSG_ST_DATA:
		if (!m->ready)
			break;
		if (maildrop_data(m, imsg))
			m->ops->on_answer(m->arg);
		return;
	}
	maildrop_broken(m, "unexpected message");
}

static void
maildrop_on_closed(struct evmsg *em, const char *why)
{
	struct maildrop	*m = em->arg;

	if (why != NULL)
		log_warnx("user %s: storaged: %s", log_vis(m->user), why);
	evmsg_close(em);
	if (m->ended)
		return;
	if (!m->ready) {
		maildrop_give_up(m);
		return;
	}
	if (m->streaming || m->asked == 0) {
		m->ops->on_failed(m->arg, "storaged died");
		return;
	}
	/* How far a commit got is unknown. */
	output_line(m->out, "-ERR [SYS/TEMP] maildrop failed, some messages "
	    "may not be removed");
	m->ops->on_done(m->arg, "storaged died");
}
