/* SPDX-License-Identifier: ISC */
/*
 * A storaged that was taken over: linked in place of serve_main, so that the
 * spawner is the real one.  The sessions of bert are evil, others are not.
 *
 * Each serves for a while: answers in shape and in turn, with numbers, sizes
 * and mail that are lies.  It ends with one thing that the engine must end the
 * session for, and says in the log if the engine does not.
 */

#include <sys/types.h>
#include <sys/socket.h>

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <imsg.h>

#include "evil.h"
#include "log.h"
#include "msg.h"
#include "serve.h"
#include "syncmsg.h"

/* Messages in one life, about; and how long the engine may take, seconds. */
#define CHATTER		500
#define PATIENCE	30

/* From this kind of end on it does not matter what was said before. */
#define KIND_ANY	21

/* What the engine has asked for and not been answered yet. */
static struct st_cmd	 asked[2 * ST_CMDS_MAX];
static uint32_t		 nasked;

static struct imsgbuf	 engine, authd;
static uint32_t		 credit = ST_WINDOW, said;

void	 __wrap_serve_main(const struct sp_spawn *, const struct m_sp_conf *)
	    __attribute__((noreturn));
void	 __real_serve_main(const struct sp_spawn *, const struct m_sp_conf *)
	    __attribute__((noreturn));

/* This type and head, and so much noise behind it. */
static void
say(uint32_t type, const void *head, size_t headlen, size_t len)
{
	static unsigned char	 buf[PROTO_MSG_MAX + sizeof(struct imsg_hdr)];
	struct imsg_hdr		 hdr;

	memset(&hdr, 0, sizeof(hdr));
	hdr.type = type;
	hdr.len = (uint32_t)(sizeof(hdr) + headlen + len);
	memcpy(buf, &hdr, sizeof(hdr));
	if (headlen > 0)
		memcpy(buf + sizeof(hdr), head, headlen);
	memcpy(buf + sizeof(hdr) + headlen, evil_noise, len);
	evil_throw(SESSION_FD, buf, sizeof(hdr) + headlen + len, 0);
	said++;
}

/* A number of any size; often one at an edge. */
static uint64_t
any_number(void)
{
	uint64_t	 n = (uint64_t)evil_rnd(UINT32_MAX) << 32 |
			    evil_rnd(UINT32_MAX);

	switch (evil_rnd(4)) {
	case 0:
		return evil_rnd(2) ? UINT64_MAX : UINT32_MAX;
	case 1:
		return evil_rnd(10);
	default:
		return n >> evil_rnd(64);
	}
}

static void
say_ready(void)
{
	struct m_st_ready	 m;

	memset(&m, 0, sizeof(m));
	m.messages = (uint32_t)any_number();
	m.octets = any_number();
	say(IMSG_ST_READY, &m, sizeof(m), 0);
}

static void
say_reply(uint32_t op, uint32_t status)
{
	struct st_reply	 r;

	memset(&r, 0, sizeof(r));
	r.op = op;
	r.status = status;
	r.a = any_number();
	r.b = any_number();
	say(IMSG_ST_REPLY, &r, sizeof(r), 0);
}

static void
say_data(uint32_t op, uint32_t flags, uint64_t number, uint32_t saidlen,
    size_t len)
{
	struct m_st_data	 m;

	memset(&m, 0, sizeof(m));
	m.reply.op = op;
	m.reply.a = any_number();
	m.reply.b = number;
	m.flags = flags;
	m.len = saidlen;
	say(IMSG_ST_DATA, &m, sizeof(m), len);
}

/* What the engine says, if there is anything.  0: it has closed. */
static int
hear(int timeout)
{
	static struct st_cmd	 cmds[ST_CMDS_MAX];
	struct pollfd		 pfd = { SESSION_FD, POLLIN, 0 };
	struct imsg		 imsg;
	uint32_t		 more, n;
	int			 ret;

	for (;;) {
		if ((ret = imsgbuf_get(&engine, &imsg)) == -1)
			evil_give_up(__LINE__);
		if (ret == 0) {
			if (poll(&pfd, 1, timeout) <= 0)
				return 1;
			if (imsgbuf_read(&engine) <= 0)
				return 0;
			timeout = 0;
			continue;
		}
		if (imsg_get_type(&imsg) != IMSG_ST_CMD ||
		    msg_st_cmd_parse(&imsg, &more, cmds, &n) == -1 ||
		    nasked + n > NITEMS(asked))
			evil_give_up(__LINE__);
		imsg_free(&imsg);
		credit += more;
		memcpy(asked + nasked, cmds, n * sizeof(cmds[0]));
		nasked += n;
	}
}

/* A part of a stream, within the credit. */
static void
say_part(uint32_t op, uint32_t flags)
{
	size_t	 len = evil_rnd(4) ? evil_rnd(40) : evil_rnd(DATA_LEN_MAX + 1);

	if (len > credit)
		len = credit;
	credit -= (uint32_t)len;
	say_data(op, flags, any_number(), (uint32_t)len, len);
}

static void
answer_stream(uint32_t op)
{
	uint32_t	 n = 1 + evil_rnd(100), i;

	for (i = 0; i < n; i++) {
		say_part(op, (i == 0 ? ST_FIRST : 0) |
		    (i == n - 1 ? ST_LAST : 0));
		if (i % 8 == 0 && !hear(credit == 0 ? 1000 : 0))
			return;
	}
}

/* UIDL of one message has to look like one. */
static void
answer_uidl(void)
{
	struct m_st_data	 m;
	unsigned char		 buf[sizeof(m) + UIDL_LEN_MAX];
	size_t			 len = 1 + evil_rnd(UIDL_LEN_MAX), i;

	if (len > credit)
		return;
	credit -= (uint32_t)len;
	memset(&m, 0, sizeof(m));
	m.reply.op = ST_OP_UIDL;
	m.flags = ST_FIRST | ST_LAST;
	m.len = (uint32_t)len;
	memcpy(buf, &m, sizeof(m));
	for (i = 0; i < len; i++)
		buf[sizeof(m) + i] = (unsigned char)(0x21 + evil_rnd(94));
	say(IMSG_ST_DATA, buf, sizeof(m) + len, 0);
}

/* The oldest question, in turn, if with lies. */
static void
answer(void)
{
	struct st_cmd	 c = asked[0];

	memmove(asked, asked + 1, --nasked * sizeof(asked[0]));
	switch (c.op) {
	case ST_OP_RETR:
	case ST_OP_TOP:
		answer_stream(c.op);
		break;
	case ST_OP_UIDL:
		if (c.msg != 0)
			answer_uidl();
		else
			answer_stream(c.op);
		break;
	case ST_OP_LIST:
		if (c.msg == 0) {
			answer_stream(c.op);
			break;
		}
		/* FALLTHROUGH */
	default:
		say_reply(c.op, evil_rnd(ST_CHANGED));
	}
}

/* One by one, without end: each of them within what the engine allows. */
static void
flood_ahead(void)
{
	uint32_t	 i;

	for (i = 1; i < 200000; i++) {
		say_data(ST_OP_RETR, ST_FIRST | ST_LAST | ST_AHEAD, i, 0, 0);
		if (i % 64 == 0 && !hear(0))
			return;
	}
}

/* Answers that fit no question, or none at all. */
static void
end_by_reply(uint32_t kind)
{
	switch (kind) {
	case 0:				/* nobody asks for that here */
		say_reply(ST_OP_COMMIT, ST_OK);
		break;
	case 1:
		say_reply(ST_OP_RETR, ST_OK);
		break;
	case 2:
		say_reply(evil_rnd(2) ? 0 : ST_OP_MAX, ST_OK);
		break;
	case 3:
		say_reply(ST_OP_LIST, ST_STATUS_MAX + evil_rnd(1000));
		break;
	}
}

/* Mail out of turn, or out of shape. */
static void
end_by_data(uint32_t kind)
{
	switch (kind) {
	case 4:				/* the middle of nothing */
		say_data(ST_OP_RETR, 0, 1, 10, 10);
		break;
	case 5:				/* begins twice */
		say_data(ST_OP_RETR, ST_FIRST, 1, 10, 10);
		say_data(ST_OP_RETR, ST_FIRST, 1, 10, 10);
		break;
	case 7:				/* other lengths than it says */
		say_data(ST_OP_RETR, ST_FIRST, 1, 11, 10);
		break;
	case 8:
		say_data(ST_OP_RETR, ST_FIRST, 1, UINT32_MAX, 10);
		break;
	case 9:
		say_data(ST_OP_RETR, ST_FIRST | 0x10U << evil_rnd(28), 1, 10,
		    10);
		break;
	case 10:
		say_data(ST_OP_RETR, ST_FIRST | ST_ABORT, 1, 0, 0);
		break;
	case 11:			/* ahead: 0, no order, too much */
		say_data(ST_OP_RETR, ST_FIRST | ST_LAST | ST_AHEAD, 0, 1, 1);
		break;
	case 12:
		say_data(ST_OP_RETR, ST_FIRST | ST_LAST | ST_AHEAD, 9, 1, 1);
		say_data(ST_OP_RETR, ST_FIRST | ST_LAST | ST_AHEAD, 9, 1, 1);
		break;
	case 13:
		say_data(ST_OP_RETR, ST_FIRST | ST_LAST | ST_AHEAD, 9,
		    ST_AHEAD_MAX + 1, ST_AHEAD_MAX + 1);
		break;
	}
}

/* What nobody may let pass, number kind.  0: the engine need not see it. */
static int
end_by(uint32_t kind)
{
	static const uint32_t	 heads[] = { 1, sizeof(struct imsg_hdr) - 1,
				    sizeof(struct imsg_hdr), 1000 };
	int			 i;

	if (kind < 4) {
		end_by_reply(kind);
		return 1;
	}
	if (kind < 14 && kind != 6) {
		end_by_data(kind);
		return 1;
	}
	switch (kind) {
	case 14:
		flood_ahead();
		break;
	case 15:
		say_ready();
		break;
	case 16:			/* once it has been ready */
		say(IMSG_ST_FAIL, "\4\0\0\0", sizeof(struct m_st_fail), 0);
		break;
	case 17:			/* no descriptor may come here */
		evil_imsg(SESSION_FD, IMSG_ST_READY,
		    (sizeof(struct imsg_hdr) + 16) | 1U << 31, 16, 3);
		break;
	case 18:
		say(IMSG_ST_REPLY, NULL, 0, 24 * (ST_CMDS_MAX + 1));
		break;
	case 19:			/* it gives up, in the middle or not */
		evil_throw(SESSION_FD, evil_noise, heads[evil_rnd(4)], 0);
		(void)close(SESSION_FD);
		return 0;
	case 20:			/* and hangs until the client leaves */
		(void)poll(NULL, 0, 1000);
		return 0;
	case 6:
		/* More than there is credit for, unless the client is fast. */
		say_data(ST_OP_RETR, ST_FIRST, 1, DATA_LEN_MAX, DATA_LEN_MAX);
		for (i = 0; i < 8; i++)
			say_data(ST_OP_RETR, 0, 1, DATA_LEN_MAX, DATA_LEN_MAX);
		/* FALLTHROUGH */
	default:
		/* Half of a message may be waited for; noise is its rest. */
		evil_worst(SESSION_FD);
		evil_throw(SESSION_FD, evil_noise, sizeof(evil_noise), 0);
	}
	return 1;
}

static void __attribute__((noreturn))
end(uint32_t kind)
{
	struct pollfd	 pfd = { SESSION_FD, 0, 0 };

	/* Whatever else it says, it has to hang up. */
	if (end_by(kind) && poll(&pfd, 1, PATIENCE * 1000) <= 0)
		log_warnx("evil: kind %u is let pass", kind);
	log_info("evil: %u messages, then kind %u", said, kind);
	exit(0);
}

void
__wrap_serve_main(const struct sp_spawn *sp, const struct m_sp_conf *conf)
{
	if (strcmp(sp->user, "bert") != 0 || (sp->flags & SP_RECOVER))
		__real_serve_main(sp, conf);
	log_init("storaged");
	if (imsgbuf_init(&authd, CONTROL_FD) == -1 ||
	    imsgbuf_init(&engine, SESSION_FD) == -1 ||
	    imsgbuf_set_maxsize(&engine, PROTO_MSG_MAX) == -1)
		evil_give_up(__LINE__);
	syncmsg_log_to(&authd);
	(void)evil_begin();
	if (evil_rnd(16) == 0)
		end(KIND_ANY);
	say_ready();
	while (said < CHATTER && hear(nasked > 0 ? 0 : 1000)) {
		if (nasked == 0)
			break;
		answer();
	}
	end(evil_rnd(KIND_ANY + 11));
}
