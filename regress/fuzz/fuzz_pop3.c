/* SPDX-License-Identifier: ISC */
/*
 * Runs in: libFuzzer, or over the corpus.  The engine between a client, authd
 * and storageds that say whatever the input wants.
 *
 * The input is what a client sends.  0xff and a letter do something else, see
 * act(); 0xff twice is 0xff.  What a client must get is known here: one answer
 * for each line, in order, of the form that the line asks for.  As long as the
 * storageds keep to the rules (play_*, not lie_*) that is what it gets.
 */

#include <sys/types.h>
#include <sys/socket.h>

#include <netinet/in.h>

#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#include <tls.h>

/* The engine with another main. */
int	engine_main(int, char **);
#define main	engine_main
#include "engine.c"
#undef main

#include "clock.h"
#include "command.h"
#include "evlog.h"
#include "listen.h"
#include "listener.h"
#include "maildrop.h"
#include "output.h"

#define CLIENTS		3
#define SEGMENT_MAX	8192
#define LINES_MAX	65536

/* The number of the login in AUTH_YIELD. */
#define YIELD_NUMBER	4711

/* What a session may hold, octets: what was read, what waits to go out. */
#define IN_MAX		16384
#define OUT_MAX		(65536 + 2048)
#define OUT_MAX_MAIL	(OUT_MAX + ST_WINDOW + MAILDROP_PIPELINE * 512)

/* Lines of this many octets are what our mail consists of. */
#define MAIL_LINE	74

/* A storaged, and how far it is. */
struct store {
	int		 open;
	int		 ready;		/* it has said so */
	struct imsgbuf	 ib;
	uint32_t	 credit;
	struct st_cmd	 queue[ST_CMDS_MAX];
	uint32_t	 head;
	uint32_t	 len;
	uint32_t	 messages;
	uint32_t	 deleted;	/* one bit each */
	uint32_t	 lines;		/* still to be sent of an answer */
	int		 streaming;
	uint32_t	 last;		/* RETR answered, or sent ahead */
	int		 in_order;	/* may send ahead */
	uint32_t	 ahead;		/* octets sent since */
};

struct client {
	int		 fd;
	uint32_t	 id;		/* its session, 0: refused */
	int		 asked;		/* authd has its password */
	int		 deaf;		/* does not read now */
	int		 loose;		/* may get a line it did not ask for */
	int		 lied;		/* its storaged broke the rules */
	/* What it has said. */
	char		 word[8];
	size_t		 linelen;
	unsigned char	 first;		/* octet of the line */
	int		 argument;
	size_t		 nlines;
	unsigned int	 digits;	/* its first argument as a number */
	/* Of each line: what it asks for, and of which message. */
	unsigned char	 kind[LINES_MAX];
	unsigned int	 number[LINES_MAX];
	/* What it has got. */
	size_t		 answers;	/* the greeting is the first */
	char		 line[80];	/* its beginning */
	size_t		 gotlen;	/* of this line */
	unsigned char	 last;		/* octet before the next */
	int		 multi;		/* within an answer of several lines */
	uint64_t	 octets;	/* of its mail, so far */
	uint64_t	 promised;	/* by "+OK n octets" */
	uint32_t	 deleted;	/* one bit each */
	struct store	 store;
};

/* How many of those, by number of the message. */
static const uint32_t	 mail_lines[] = { 3, 0, 1, 20, 200 };

#define KIND_MULTI	0x01
#define KIND_MAIL	0x02
#define KIND_DELE	0x04
#define KIND_RSET	0x08

int	 LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static struct client	 clients[CLIENTS];
static struct client	*cur;
static struct {
	uint32_t	 mode;
	struct tls	*tls;
}			 listeners[CLIENTS];
static struct imsgbuf	 authd;
static uint32_t		 next_id = 1;
static time_t		 now = 1000;
static int		 moved;		/* something has happened */
static int		 lies;		/* some storaged has lied */

/* What has to be true, whatever the input is. */
#define need(what)	need_at((what) != 0, #what, __LINE__)

static void
need_at(int is, const char *what, int line)
{
	if (is)
		return;
	(void)fprintf(stderr, "line %d: not true: %s\n", line, what);
	abort();
}

/* Instead of common/clock.c: time passes only as the input wants. */
time_t
clock_seconds(void)
{
	return now;
}

static void
pair(int sv[2])
{
	need(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0,
	    sv) == 0);
}

static void
on_message(struct evmsg *em, struct imsg *imsg)
{
	engine_on_message(imsg);
}

static void
on_closed(struct evmsg *em, const char *why)
{
	need(!"authd's channel is closed");
}

/*
 * Once.  Clients 0 and 2 may log in, 1 has to begin TLS and then meets a server
 * that has no certificate.
 */
static void
setup(void)
{
	const struct m_limits	 limits = { 2, 60, 600, 120, 10, 2, 0, 4 };
	int			 sv[2];

	need(tls_init() == 0);
	need(signal(SIGPIPE, SIG_IGN) != SIG_ERR);
	log_init("fuzz");
	need((engine.base = event_base_new()) != NULL);
	session_init(dialogue);
	listener_start();
	engine.limits = limits;
	engine.authd.handle = on_message;
	engine.authd.closed = on_closed;
	pair(sv);
	need(evmsg_open(&engine.authd, engine.base, sv[0], R_ENGINE, R_AUTHD,
	    1, AUTHD_QUEUE_MAX) == 0);
	need(imsgbuf_init(&authd, sv[1]) == 0);
	imsgbuf_allow_fdpass(&authd);
	evlog_open(&engine.authd);
	listeners[0].mode = listeners[2].mode = LISTEN_PLAINTEXT;
	listeners[1].mode = LISTEN_STARTTLS;
	need((listeners[1].tls = tls_server()) != NULL);
}

/* Its first answer is the greeting, to a line that it never sent. */
static void
client_connect(struct client *c)
{
	struct sockaddr_in	 sin;
	int			 sv[2], size = 4096;

	memset(c, 0, offsetof(struct client, kind));
	memset(&c->answers, 0, sizeof(*c) - offsetof(struct client, answers));
	c->nlines = 1;
	c->kind[0] = 0;
	memset(&sin, 0, sizeof(sin));
	sin.sin_family = AF_INET;
	sin.sin_addr.s_addr = htonl(0xc0000201 + (c == &clients[0]));
	pair(sv);
	c->fd = sv[0];
	(void)setsockopt(sv[1], SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	session_new(sv[1], (struct sockaddr *)&sin,
	    listeners[c - clients].mode, listeners[c - clients].tls);
	if (session_find(next_id) != NULL)
		c->id = next_id++;
}

static void
store_close(struct store *st)
{
	if (!st->open)
		return;
	imsgbuf_clear(&st->ib);
	(void)close(st->ib.fd);
	memset(st, 0, sizeof(*st));
}

static void
client_close(struct client *c)
{
	if (c->fd != -1)
		(void)close(c->fd);
	c->fd = -1;
}

/* What the line that has ended asks for. */
static void
client_line(struct client *c)
{
	static const struct {
		const char	*word;
		int		 argument;	/* of which kind it has one */
		unsigned char	 kind;
	}		 several[] = {
		{ "CAPA", 0, KIND_MULTI }, { "LANG", 0, KIND_MULTI },
		{ "LIST", 0, KIND_MULTI }, { "UIDL", 0, KIND_MULTI },
		{ "TOP", 1, KIND_MULTI },
		{ "RETR", 1, KIND_MULTI | KIND_MAIL },
		{ "DELE", 1, KIND_DELE }, { "RSET", 0, KIND_RSET },
	};
	size_t		 i;

	need(c->nlines < LINES_MAX);
	c->kind[c->nlines] = 0;
	for (i = 0; i < NITEMS(several); i++) {
		if (strcasecmp(several[i].word, c->word) == 0 &&
		    several[i].argument == c->argument)
			c->kind[c->nlines] = several[i].kind;
	}
	c->number[c->nlines++] = c->digits;
	c->digits = 0;
	memset(c->word, 0, sizeof(c->word));
	c->linelen = 0;
	c->argument = 0;
}

/* Keep account of what is going to be sent. */
static void
client_said(struct client *c, const unsigned char *p, size_t n)
{
	size_t	 i, len;

	for (i = 0; i < n; i++) {
		if (p[i] == '\n') {
			client_line(c);
			continue;
		}
		if (c->linelen++ == 0)
			c->first = p[i];
		len = strlen(c->word);
		if (p[i] == ' ')
			c->word[sizeof(c->word) - 1] = 1;
		else if (c->word[sizeof(c->word) - 1] == 1) {
			/* The CR before a LF is none; others do not matter. */
			if (p[i] != '\r')
				c->argument = 1;
			if (p[i] >= '0' && p[i] <= '9')
				c->digits = c->digits * 10 + p[i] - '0';
		} else if (len < sizeof(c->word) - 2 && p[i] != '\r')
			c->word[len] = (char)p[i];
	}
}

static void
client_send(struct client *c, const unsigned char *p, size_t n)
{
	ssize_t	 sent;

	if (c->fd == -1 || n == 0)
		return;
	if ((sent = send(c->fd, p, n, MSG_NOSIGNAL)) > 0) {
		client_said(c, p, (size_t)sent);
		moved = 1;
	}
}

static uint64_t
mail_size(uint32_t msg)
{
	return (uint64_t)mail_lines[msg % NITEMS(mail_lines)] * MAIL_LINE;
}

/* The first line of an answer is whole. */
static void
client_answer(struct client *c)
{
	unsigned long long	 n;
	unsigned int		 kind, bit;
	int			 ok;

	ok = strncmp(c->line, "+OK", 3) == 0;
	need(ok || strncmp(c->line, "-ERR ", 5) == 0);
	/* A line that is too long, or TLS, is answered before its end. */
	if (c->answers >= c->nlines + (c->linelen >= COMMAND_LINE_MAX)) {
		need((c->loose || (c->linelen > 0 &&
		    c->first == COMMAND_TLS)) && !ok);
		c->loose = 0;
		return;
	}
	kind = ok && c->answers < c->nlines ? c->kind[c->answers] : 0;
	bit = 1U << (c->number[c->answers] & 31);
	c->multi = (kind & KIND_MULTI) != 0;
	c->octets = 0;
	c->promised = UINT64_MAX;
	if (kind & KIND_DELE)
		c->deleted |= bit;
	if (kind & KIND_RSET)
		c->deleted = 0;
	if (kind & KIND_MAIL) {
		need(sscanf(c->line, "+OK %llu octets", &n) == 1);
		need(n == mail_size(c->number[c->answers]));
		need((c->deleted & bit) == 0);
		c->promised = n;
	}
	c->answers++;
}

/* A line has ended, the octet before its LF was last. */
static void
client_got_line(struct client *c)
{
	need(c->last == '\r');
	if (!c->multi)
		client_answer(c);
	else if (c->gotlen == 3 && c->line[0] == '.') {
		c->multi = 0;
		need(c->promised == UINT64_MAX || c->promised == c->octets);
	} else
		c->octets += c->gotlen;
	c->gotlen = 0;
}

static void
client_got(struct client *c, const unsigned char *p, size_t n)
{
	const unsigned char	*nl;
	size_t			 len, room;

	while (n > 0) {
		nl = memchr(p, '\n', n);
		len = nl == NULL ? n : (size_t)(nl + 1 - p);
		if (c->gotlen < sizeof(c->line) - 1) {
			room = sizeof(c->line) - 1 - c->gotlen;
			memcpy(c->line + c->gotlen, p, len < room ? len : room);
			c->line[c->gotlen + (len < room ? len : room)] = '\0';
		}
		c->gotlen += len;
		need(c->multi || c->gotlen <= 512);
		if (nl == NULL || len > 1)
			c->last = p[nl == NULL ? len - 1 : len - 2];
		if (nl != NULL)
			client_got_line(c);
		p += len;
		n -= len;
	}
}

static void
client_read(struct client *c)
{
	static unsigned char	 buf[65536];
	ssize_t			 n;

	while (c->fd != -1 && !c->deaf &&
	    (n = recv(c->fd, buf, sizeof(buf), 0)) > 0) {
		moved = 1;
		if (!c->lied)
			client_got(c, buf, (size_t)n);
	}
}

/* Whether the engine has found fault with what a storaged sends. */
static int
blames_storaged(const char *text)
{
	return strstr(text, "out of turn") != NULL ||
	    strstr(text, "out of shape") != NULL ||
	    strstr(text, "unexpected") != NULL ||
	    strstr(text, "unique-id") != NULL ||
	    strstr(text, "where more belong") != NULL;
}

/* What the engine tells authd. */
static void
authd_read(void)
{
	static struct auth_req	 req;
	static char		 text[TEXT_LEN_MAX + 1];
	struct imsg		 imsg;
	uint32_t		 priority;
	int			 n, i;

	need(imsgbuf_read(&authd) == 1);
	while ((n = imsgbuf_get(&authd, &imsg)) == 1) {
		moved = 1;
		need(proto_check(&imsg, R_ENGINE, R_AUTHD) == NULL);
		for (i = 0; i < CLIENTS; i++) {
			if (clients[i].id == imsg_get_id(&imsg))
				break;
		}
		switch (imsg_get_type(&imsg)) {
		case IMSG_LOG:
			need(msg_log_parse(&imsg, &priority, text) == 0);
			need(lies || !blames_storaged(text));
			break;
		case IMSG_AUTH_REQ:
			need(msg_auth_req_parse(&imsg, &req) == 0);
			if (i < CLIENTS) {
				need(!clients[i].asked);
				clients[i].asked = 1;
			}
			break;
		case IMSG_AUTH_CANCEL:
			need(i == CLIENTS || clients[i].asked);
			break;
		case IMSG_AUTH_KEPT:
			need(imsg_get_id(&imsg) == YIELD_NUMBER);
			break;
		default:
			abort();
		}
		imsg_free(&imsg);
	}
	need(n == 0);
}

static void
authd_accept(struct client *c, uint32_t id)
{
	struct store	*st = &c->store;
	int		 sv[2];

	pair(sv);
	need(msg_auth_ok_send(&authd, id, "anna", sv[0]) == 0);
	need(imsgbuf_flush(&authd) == 0);
	if (id != c->id || !c->asked) {
		(void)close(sv[1]);
		return;
	}
	c->asked = 0;
	store_close(st);
	need(imsgbuf_init(&st->ib, sv[1]) == 0);
	need(imsgbuf_set_maxsize(&st->ib, PROTO_MSG_MAX) == 0);
	st->open = 1;
	st->credit = ST_WINDOW;
}

static void
authd_refuse(struct client *c, uint32_t n)
{
	if (!c->asked)
		return;
	c->asked = 0;
	need(msg_auth_fail_send(&authd, c->id, 1 + n % (AUTH_REASON_MAX - 1)) ==
	    0);
	need(imsgbuf_flush(&authd) == 0);
}

/* What the engine asks of storaged: never more than was agreed. */
static void
store_read(struct client *c)
{
	static struct st_cmd	 cmds[ST_CMDS_MAX];
	struct store		*st = &c->store;
	struct imsg		 imsg;
	uint32_t		 credit, n, i;

	if (!st->open)
		return;
	(void)imsgbuf_read(&st->ib);
	while (imsgbuf_get(&st->ib, &imsg) == 1) {
		moved = 1;
		need(proto_check(&imsg, R_ENGINE, R_STORAGED) == NULL);
		need(msg_st_cmd_parse(&imsg, &credit, cmds, &n) == 0);
		need(n + st->len <= MAILDROP_PIPELINE || c->lied);
		need(credit <= ST_WINDOW - st->credit || c->lied);
		st->credit += credit;
		for (i = 0; i < n && st->len < ST_CMDS_MAX; i++)
			st->queue[(st->head + st->len++) % ST_CMDS_MAX] =
			    cmds[i];
		imsg_free(&imsg);
	}
}

static void
store_flush(struct client *c)
{
	if (c->store.open && imsgbuf_flush(&c->store.ib) == -1)
		store_close(&c->store);
}

static void
play_reply(struct client *c, uint32_t op, uint32_t status, uint64_t a)
{
	struct st_reply	 r;

	memset(&r, 0, sizeof(r));
	r.op = op;
	r.status = status;
	r.a = a;
	r.b = a * MAIL_LINE;
	need(msg_st_reply_send(&c->store.ib, &r, 1) == 0);
}

static void
mail_fill(unsigned char *p, uint32_t lines)
{
	for (; lines > 0; lines--, p += MAIL_LINE) {
		memset(p, 'm', MAIL_LINE - 2);
		memcpy(p + MAIL_LINE - 2, "\r\n", 2);
	}
}

/* As much of an answer of several lines as credit lasts; 0: not all. */
static int
play_stream(struct client *c, const struct st_cmd *cmd, uint32_t flags)
{
	struct store	*st = &c->store;
	struct st_reply	 r;
	struct ibuf	*ibuf;
	unsigned char	*p;
	uint32_t	 n;

	do {
		n = DATA_LEN_MAX / MAIL_LINE;
		if (n > st->credit / MAIL_LINE)
			n = st->credit / MAIL_LINE;
		if (n > st->lines)
			n = st->lines;
		if (n == 0 && st->lines > 0)
			return 0;
		memset(&r, 0, sizeof(r));
		r.op = cmd->op;
		r.a = (uint64_t)st->lines * MAIL_LINE;
		need((ibuf = msg_st_data_open(&st->ib, DATA_LEN_MAX, &p)) !=
		    NULL);
		mail_fill(p, n);
		st->lines -= n;
		st->credit -= n * MAIL_LINE;
		if (st->lines == 0)
			flags |= ST_LAST;
		need(msg_st_data_close(&st->ib, ibuf, &r, flags,
		    n * MAIL_LINE) == 0);
		flags = 0;
	} while (st->lines > 0);
	return 1;
}

static void
play_uidl(struct client *c, const struct st_cmd *cmd)
{
	struct st_reply	 r;
	struct ibuf	*ibuf;
	unsigned char	*p;

	memset(&r, 0, sizeof(r));
	r.op = cmd->op;
	need((ibuf = msg_st_data_open(&c->store.ib, DATA_LEN_MAX, &p)) != NULL);
	memset(p, 'u', UIDL_LEN_MAX);
	need(msg_st_data_close(&c->store.ib, ibuf, &r, ST_FIRST | ST_LAST,
	    UIDL_LEN_MAX) == 0);
	c->store.credit -= UIDL_LEN_MAX;
}

/* Answer one command as a storaged does.  0: not all of it yet. */
static int
play_command(struct client *c, const struct st_cmd *cmd)
{
	struct store		*st = &c->store;
	uint32_t		 bit = 1U << (cmd->msg & 31);

	if (st->streaming)
		return play_stream(c, cmd, 0);
	if (cmd->msg > st->messages || (cmd->msg != 0 &&
	    (st->deleted & bit) != 0)) {
		play_reply(c, cmd->op, cmd->msg > st->messages ? ST_NOMSG :
		    ST_DELETED, 0);
		return 1;
	}
	if (cmd->op == ST_OP_UIDL && cmd->msg != 0) {
		if (st->credit < UIDL_LEN_MAX)
			return 0;
		play_uidl(c, cmd);
		return 1;
	}
	if (cmd->op == ST_OP_RETR || cmd->op == ST_OP_TOP ||
	    (cmd->msg == 0 && (cmd->op == ST_OP_LIST ||
	    cmd->op == ST_OP_UIDL))) {
		st->lines = mail_lines[cmd->msg % NITEMS(mail_lines)];
		if (st->lines > 0 && st->credit < MAIL_LINE)
			return 0;
		if (cmd->op == ST_OP_RETR) {
			st->in_order = cmd->msg == st->last + 1;
			st->last = cmd->msg;
			st->ahead = 0;
		}
		st->streaming = 1;
		return play_stream(c, cmd, ST_FIRST);
	}
	if (cmd->op == ST_OP_DELE)
		st->deleted |= bit;
	if (cmd->op == ST_OP_RSET)
		st->deleted = 0;
	play_reply(c, cmd->op, ST_OK, st->messages);
	return 1;
}

/* Send up to so many messages before they are asked for, by the rules. */
static void
play_ahead(struct client *c, uint32_t max)
{
	struct store	*st = &c->store;
	struct st_reply	 r;
	struct ibuf	*ibuf;
	unsigned char	*p;
	size_t		 len;

	while (st->open && st->in_order && st->len == 0 && max-- > 0) {
		len = mail_size(st->last + 1);
		if (st->last >= st->messages ||
		    (st->deleted & 1U << ((st->last + 1) & 31)) != 0 ||
		    st->credit < DATA_LEN_MAX + len ||
		    st->ahead + len > ST_AHEAD_MAX)
			break;
		memset(&r, 0, sizeof(r));
		r.op = ST_OP_RETR;
		r.a = len;
		r.b = ++st->last;
		st->ahead += (uint32_t)len;
		st->credit -= (uint32_t)len;
		need((ibuf = msg_st_data_open(&st->ib, len, &p)) != NULL);
		mail_fill(p, (uint32_t)(len / MAIL_LINE));
		need(msg_st_data_close(&st->ib, ibuf, &r,
		    ST_FIRST | ST_LAST | ST_AHEAD, len) == 0);
	}
	st->in_order = 0;
	store_flush(c);
}

/* Answer up to so many commands by the rules. */
static void
play(struct client *c, uint32_t max)
{
	struct store	*st = &c->store;
	struct st_cmd	 cmd;

	if (!st->open)
		return;
	if (!st->ready) {
		st->messages = max % 16;
		st->ready = 1;
		need(msg_st_ready_send(&st->ib, st->messages, 1000) == 0);
		store_flush(c);
		moved = 1;
		return;
	}
	while (st->open && st->len > 0 && max-- > 0) {
		cmd = st->queue[st->head];
		if (!play_command(c, &cmd))
			break;
		moved = 1;
		st->streaming = 0;
		st->head = (st->head + 1) % ST_CMDS_MAX;
		st->len--;
		store_flush(c);
		if (cmd.op == ST_OP_COMMIT)
			store_close(st);
	}
	store_flush(c);
}

/* Octets of the input, or noughts behind its end. */
static uint32_t
take(const uint8_t **p, const uint8_t *end)
{
	return *p < end ? *(*p)++ : 0;
}

/* Anything that has the form of a message to the engine. */
static void
lie(struct client *c, const uint8_t **p, const uint8_t *end)
{
	static const uint32_t	 types[] = { IMSG_ST_REPLY, IMSG_ST_DATA,
				    IMSG_ST_READY, IMSG_ST_FAIL };
	static unsigned char	 payload[255 + 64];
	uint32_t		 kind = take(p, end), op, n, i;
	struct st_reply		 r;
	struct ibuf		*ibuf;
	unsigned char		*data;

	if (!c->store.open)
		return;
	c->lied = lies = 1;
	memset(&r, 0, sizeof(r));
	op = take(p, end);
	r.op = 1 + op % (ST_OP_MAX - 1);
	r.status = (op >> 4) % ST_STATUS_MAX;
	r.b = op & 7;
	n = take(p, end);
	switch (kind % 5) {
	case 0:
		r.a = r.b = UINT64_MAX - n;
		need(msg_st_reply_send(&c->store.ib, &r, 1) == 0);
		break;
	case 1:
		need((ibuf = msg_st_data_open(&c->store.ib, DATA_LEN_MAX,
		    &data)) != NULL);
		memset(data, (int)(n & 0x7f), DATA_LEN_MAX);
		if ((kind >> 4 & ST_AHEAD) != 0) {
			r.op = ST_OP_RETR;
			r.status = ST_OK;
			r.b++;
			kind = (ST_FIRST | ST_LAST | ST_AHEAD) << 4;
		}
		need(msg_st_data_close(&c->store.ib, ibuf, &r, kind >> 4,
		    n * 257) == 0);
		break;
	case 2:
		need(msg_st_ready_send(&c->store.ib, n, n) == 0);
		break;
	case 3:
		need(msg_st_fail_send(&c->store.ib,
		    1 + n % (ST_STATUS_MAX - 1)) == 0);
		break;
	case 4:
		for (i = 0; i < n; i++)
			payload[i] = (unsigned char)take(p, end);
		need(imsg_compose(&c->store.ib, types[op % NITEMS(types)], 0,
		    0, -1, payload, n) == 1);
		break;
	}
	store_flush(c);
}

static void
bounds(const struct client *c)
{
	const struct session	*s;

	if (c->id == 0 || (s = session_find(c->id)) == NULL)
		return;
	need(s->transport.inlen <= IN_MAX);
	need(output_waiting(&s->out) <= (s->maildrop == NULL ? OUT_MAX :
	    OUT_MAX_MAIL));
	if (s->maildrop == NULL)
		return;
	need(s->maildrop->asked <= MAILDROP_PIPELINE);
	need(s->maildrop->ahead.bytes <= ST_AHEAD_MAX);
	need(s->maildrop->ahead.bytes <= s->maildrop->uncredited);
}

/* Let everything that can happen happen. */
static void
run(void)
{
	int	 i;

	do {
		moved = 0;
		(void)event_base_loop(engine.base, EVLOOP_NONBLOCK);
		authd_read();
		for (i = 0; i < CLIENTS; i++) {
			bounds(&clients[i]);
			client_read(&clients[i]);
			store_read(&clients[i]);
		}
	} while (moved);
}

static void
time_passes(uint32_t seconds)
{
	struct session	*s;
	int		 i;

	now += seconds;
	for (i = 0; i < CLIENTS; i++) {
		if (clients[i].id != 0 &&
		    (s = session_find(clients[i].id)) != NULL)
			event_active(&s->ev_timer, EV_TIMEOUT, 0);
	}
}

/* Its user logs in anew: it may be ended, but not while it is at work. */
static void
authd_yield(const struct client *c)
{
	struct session	*s = session_find(c->id);
	int		 busy;

	busy = s != NULL && (s->state != SESSION_TRANS ||
	    s->maildrop->asked > 0);
	need(msg_auth_yield_send(&authd, c->id, YIELD_NUMBER) == 0);
	need(imsgbuf_flush(&authd) == 0);
	(void)event_base_loop(engine.base, EVLOOP_NONBLOCK | EVLOOP_ONCE);
	need(!busy || session_find(c->id) == s);
}

/* 0xff and a letter. */
static void
act(const uint8_t **p, const uint8_t *end)
{
	const uint8_t	*from;
	uint32_t	 what = take(p, end), n;

	switch (what) {
	case '0': case '1': case '2':	/* another client, perhaps a new one */
		cur = &clients[what - '0'];
		if (cur->fd == -1) {
			authd_refuse(cur, 0);
			store_close(&cur->store);
			run();
			client_connect(cur);
		}
		break;
	case 'c':			/* it closes */
		client_close(cur);
		break;
	case 'e':			/* it has said all */
		if (cur->fd != -1)
			(void)shutdown(cur->fd, SHUT_WR);
		break;
	case 'n':			/* it does not read any more; or again*/
		cur->deaf = !cur->deaf;
		break;
	case 't':			/* time passes */
		time_passes(take(p, end) * 10);
		break;
	case 'o':			/* the password is right */
		authd_accept(cur, cur->id);
		break;
	case 'O':			/* for a client that has gone */
		authd_accept(cur, cur->id + 1000);
		break;
	case 'f':			/* the password is wrong */
		authd_refuse(cur, take(p, end));
		break;
	case 'y':			/* the user logs in anew */
		authd_yield(cur);
		break;
	case 'h':			/* the server ends */
		for (n = 0; n < CLIENTS; n++)
			clients[n].loose = 1;
		need(msg_empty_send(&authd, IMSG_HALT, 0) == 0);
		need(imsgbuf_flush(&authd) == 0);
		break;
	case 'p':			/* storaged answers some */
		play(cur, take(p, end));
		break;
	case 'a':			/* and sends some mail ahead */
		play_ahead(cur, take(p, end));
		break;
	case 'F':			/* storaged cannot open the mailbox */
		if (cur->store.open && !cur->store.ready) {
			need(msg_st_fail_send(&cur->store.ib,
			    1 + take(p, end) % (ST_STATUS_MAX - 1)) == 0);
			store_flush(cur);
			store_close(&cur->store);
		}
		break;
	case 's':			/* storaged dies */
		cur->loose = 1;
		store_close(&cur->store);
		break;
	case 'l':			/* storaged lies */
		lie(cur, p, end);
		break;
	case 'g':			/* storaged says something, no message*/
		n = take(p, end);
		from = *p;
		*p += n < (size_t)(end - *p) ? n : (size_t)(end - *p);
		if (cur->store.open) {
			cur->lied = lies = 1;
			(void)send(cur->store.ib.fd, from, (size_t)(*p - from),
			    MSG_NOSIGNAL);
		}
		break;
	}
	run();
}

/* An honest client of an honest storaged has all that it asked for. */
static void
answered(const struct client *c)
{
	const struct session	*s;

	if (c->fd == -1 || c->lied || c->id == 0 ||
	    (s = session_find(c->id)) == NULL)
		return;
	need(c->answers == c->nlines + (c->linelen >= COMMAND_LINE_MAX));
	need(!c->multi && c->gotlen == 0);
	/* No credit has been lost. */
	if (s->maildrop != NULL && c->store.open)
		need(s->maildrop->uncredited + c->store.credit == ST_WINDOW);
}

/* Clients still connected have an answer to every command, then leave. */
static void
finish(void)
{
	struct client	*c;
	int		 i, round;

	for (round = 0; round < 3; round++) {
		do {
			moved = 0;
			for (i = 0; i < CLIENTS; i++) {
				clients[i].deaf = 0;
				authd_refuse(&clients[i], 0);
				play(&clients[i], UINT32_MAX);
			}
			i = moved;
			run();
		} while (i);
	}
	for (i = 0; i < CLIENTS; i++) {
		c = &clients[i];
		answered(c);
		client_close(c);
		store_close(&c->store);
	}
	for (round = 0; round < 3; round++)
		run();
	need(session_count() == 0);
	engine.halting = 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static unsigned char	 segment[SEGMENT_MAX];
	const uint8_t		*end = p + n;
	size_t			 len = 0;
	int			 i, action;

	if (engine.base == NULL)
		setup();
	lies = 0;
	for (i = 0; i < CLIENTS; i++)
		clients[i].fd = -1;
	cur = &clients[0];
	client_connect(cur);
	run();
	while (p < end) {
		action = *p == 0xff && (p + 1 == end || p[1] != 0xff);
		if (!action) {
			p += *p == 0xff;
			segment[len++] = *p;
		}
		p++;
		if (!action && len < sizeof(segment) && p < end)
			continue;
		client_send(cur, segment, len);
		len = 0;
		run();
		if (action)
			act(&p, end);
	}
	finish();
	return 0;
}
