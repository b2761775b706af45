/* SPDX-License-Identifier: ISC */
/*
 * Runs in: engine and storaged.  A session: commands one way, answers and mail
 * the other.  Trusts: no message.
 */

#include <sys/types.h>

#include <errno.h>
#include <imsg.h>
#include <stdint.h>
#include <string.h>

#include "msg.h"
#include "msg_wire.h"

#define ST_FLAGS_ALL	(ST_FIRST | ST_LAST | ST_ABORT | ST_AHEAD)

int
msg_st_ready_send(struct imsgbuf *imsgbuf, uint32_t messages, uint64_t octets)
{
	struct msg_parts	 parts = { .count = 0 };
	struct m_st_ready	 m;

	memset(&m, 0, sizeof(m));
	m.messages = messages;
	m.octets = octets;
	msg_part(&parts, &m, sizeof(m));
	return msg_send(imsgbuf, IMSG_ST_READY, 0, -1, &parts);
}

int
msg_st_ready_parse(struct imsg *imsg, uint32_t *messages, uint64_t *octets)
{
	struct m_st_ready	 m;

	if (imsg_get_data(imsg, &m, sizeof(m)) == -1)
		return -1;
	*messages = m.messages;
	*octets = m.octets;
	return 0;
}

static int
st_fail_valid(uint32_t code)
{
	return code != ST_OK && code < ST_STATUS_MAX;
}

int
msg_st_fail_send(struct imsgbuf *imsgbuf, uint32_t code)
{
	struct msg_parts	 parts = { .count = 0 };
	struct m_st_fail	 m;

	if (!st_fail_valid(code))
		parts.error = EINVAL;
	memset(&m, 0, sizeof(m));
	m.code = code;
	msg_part(&parts, &m, sizeof(m));
	return msg_send(imsgbuf, IMSG_ST_FAIL, 0, -1, &parts);
}

int
msg_st_fail_parse(struct imsg *imsg, uint32_t *code)
{
	struct m_st_fail	 m;

	if (imsg_get_data(imsg, &m, sizeof(m)) == -1 ||
	    !st_fail_valid(m.code))
		return -1;
	*code = m.code;
	return 0;
}

static int
st_op_valid(uint32_t op)
{
	return op >= ST_OP_LIST && op < ST_OP_MAX;
}

static int
st_cmds_valid(const struct st_cmd *cmds, uint32_t count)
{
	uint32_t	 i;

	for (i = 0; i < count; i++)
		if (!st_op_valid(cmds[i].op))
			return 0;
	return 1;
}

int
msg_st_cmd_send(struct imsgbuf *imsgbuf, uint32_t credit,
    const struct st_cmd *cmds, uint32_t count)
{
	struct msg_parts	 parts = { .count = 0 };
	struct m_st_cmd		 m;

	if (count > ST_CMDS_MAX) {
		errno = ERANGE;
		return -1;
	}
	if (!st_cmds_valid(cmds, count))
		parts.error = EINVAL;
	memset(&m, 0, sizeof(m));
	m.credit = credit;
	m.count = count;
	msg_part(&parts, &m, sizeof(m));
	msg_part(&parts, cmds, count * sizeof(*cmds));
	return msg_send(imsgbuf, IMSG_ST_CMD, 0, -1, &parts);
}

int
msg_st_cmd_parse(struct imsg *imsg, uint32_t *credit,
    struct st_cmd cmds[ST_CMDS_MAX], uint32_t *count)
{
	struct m_st_cmd	 m;
	struct ibuf	 in;

	if (msg_head(imsg, &in, &m, sizeof(m)) == -1 ||
	    m.count > ST_CMDS_MAX ||
	    ibuf_get(&in, cmds, m.count * sizeof(cmds[0])) == -1 ||
	    msg_end(&in) == -1 || !st_cmds_valid(cmds, m.count))
		return -1;
	*credit = m.credit;
	*count = m.count;
	return 0;
}

static int
st_replies_valid(const struct st_reply *reps, uint32_t count)
{
	uint32_t	 i;

	for (i = 0; i < count; i++)
		if (!st_op_valid(reps[i].op) ||
		    reps[i].status >= ST_STATUS_MAX)
			return 0;
	return 1;
}

int
msg_st_reply_send(struct imsgbuf *imsgbuf, const struct st_reply *reps,
    uint32_t count)
{
	struct msg_parts	 parts = { .count = 0 };

	if (count == 0 || count > ST_CMDS_MAX) {
		errno = ERANGE;
		return -1;
	}
	if (!st_replies_valid(reps, count))
		parts.error = EINVAL;
	msg_part(&parts, reps, count * sizeof(*reps));
	return msg_send(imsgbuf, IMSG_ST_REPLY, 0, -1, &parts);
}

int
msg_st_reply_parse(struct imsg *imsg, struct st_reply reps[ST_CMDS_MAX],
    uint32_t *count)
{
	size_t	 len = imsg_get_len(imsg);

	if (len % sizeof(reps[0]) != 0 ||
	    len > ST_CMDS_MAX * sizeof(reps[0]) ||
	    imsg_get_data(imsg, reps, len) == -1 ||
	    !st_replies_valid(reps, len / sizeof(reps[0])))
		return -1;
	*count = len / sizeof(reps[0]);
	return 0;
}

struct ibuf *
msg_st_data_open(struct imsgbuf *imsgbuf, size_t max, unsigned char **data)
{
	struct m_st_data	*m;
	struct ibuf		*msg;

	if (max > DATA_LEN_MAX) {
		errno = ERANGE;
		return NULL;
	}
	msg = imsg_create(imsgbuf, IMSG_ST_DATA, 0, 0, sizeof(*m) + max);
	if (msg == NULL)
		return NULL;
	/* All the room was made by imsg_create, so nothing moves below. */
	if (ibuf_add_zero(msg, sizeof(*m)) == -1 ||
	    (*data = ibuf_reserve(msg, max)) == NULL) {
		ibuf_free(msg);
		return NULL;
	}
	return msg;
}

static int
st_data_valid(const struct m_st_data *m)
{
	if ((m->flags & ~ST_FLAGS_ALL) != 0)
		return 0;
	if ((m->flags & ST_AHEAD) && (m->flags !=
	    (ST_FIRST | ST_LAST | ST_AHEAD) || m->reply.op != ST_OP_RETR ||
	    m->reply.status != ST_OK || m->reply.b == 0 ||
	    m->reply.b > UINT32_MAX))
		return 0;
	return !(m->flags & ST_FIRST) || st_replies_valid(&m->reply, 1);
}

int
msg_st_data_close(struct imsgbuf *imsgbuf, struct ibuf *msg,
    const struct st_reply *reply, uint32_t flags, size_t len)
{
	struct m_st_data	 m;

	memset(&m, 0, sizeof(m));
	if (flags & ST_FIRST)
		m.reply = *reply;
	m.flags = flags;
	m.len = len;
	if (len > ibuf_size(msg) - IMSG_HEADER_SIZE - sizeof(m) ||
	    !st_data_valid(&m)) {
		ibuf_free(msg);
		errno = EINVAL;
		return -1;
	}
	if (ibuf_truncate(msg, IMSG_HEADER_SIZE + sizeof(m) + len) == -1 ||
	    ibuf_set(msg, IMSG_HEADER_SIZE, &m, sizeof(m)) == -1) {
		ibuf_free(msg);
		return -1;
	}
	imsg_close(imsgbuf, msg);
	return 0;
}

int
msg_st_data_parse(struct imsg *imsg, struct st_reply *reply, uint32_t *flags,
    const unsigned char **data, size_t *len)
{
	struct m_st_data	 m;
	struct ibuf		 in;

	if (msg_head(imsg, &in, &m, sizeof(m)) == -1 ||
	    m.len != ibuf_size(&in) || !st_data_valid(&m))
		return -1;
	if (!(m.flags & ST_FIRST))
		memset(&m.reply, 0, sizeof(m.reply));
	*reply = m.reply;
	*flags = m.flags;
	*data = ibuf_data(&in);
	*len = m.len;
	return 0;
}
