/* SPDX-License-Identifier: ISC */
/*
 * Runs in: authd and the auth backends.  Requests to a backend and what it
 * answers.  Trusts: no message.
 */

#include <sys/types.h>

#include <errno.h>
#include <imsg.h>
#include <stdint.h>
#include <string.h>

#include "backend_code.h"
#include "msg.h"
#include "msg_wire.h"

int
msg_be_opt_send(struct imsgbuf *imsgbuf, const char *text)
{
	struct msg_parts	 parts = { .count = 0 };

	msg_part_text(&parts, text, 1, TEXT_LEN_MAX, NULL);
	return msg_send(imsgbuf, IMSG_BE_OPT, 0, -1, &parts);
}

int
msg_be_opt_parse(struct imsg *imsg, char text[TEXT_LEN_MAX + 1])
{
	struct ibuf	 in;

	if (imsg_get_ibuf(imsg, &in) == -1)
		return -1;
	return msg_text(&in, text, ibuf_size(&in), 1, TEXT_LEN_MAX);
}

int
msg_be_ready_send(struct imsgbuf *imsgbuf, int shares)
{
	struct msg_parts	 parts = { .count = 0 };
	struct m_be_ready	 m = { shares != 0 };

	msg_part(&parts, &m, sizeof(m));
	return msg_send(imsgbuf, IMSG_BE_READY, 0, -1, &parts);
}

int
msg_be_ready_parse(struct imsg *imsg, int *shares)
{
	struct m_be_ready	 m;
	struct ibuf		 in;

	if (msg_head(imsg, &in, &m, sizeof(m)) == -1 || m.shares > 1 ||
	    msg_end(&in) == -1)
		return -1;
	*shares = (int)m.shares;
	return 0;
}

static int
be_req_valid(const struct m_be_req *m)
{
	return m->op >= BE_OP_LOGIN && m->op < BE_OP_MAX &&
	    (m->flags & ~BE_LAST) == 0;
}

int
msg_be_req_send(struct imsgbuf *imsgbuf, uint32_t id,
    const struct be_req *req)
{
	struct msg_parts	 parts = { .count = 0 };
	struct m_be_req		 m;

	memset(&m, 0, sizeof(m));
	m.op = req->op;
	m.flags = req->flags;
	if (!be_req_valid(&m))
		parts.error = EINVAL;
	msg_part(&parts, &m, sizeof(m));
	msg_part_text(&parts, req->user, 0, USER_LEN_MAX, &m.userlen);
	msg_part_text(&parts, req->pass, 0, PASS_LEN_MAX, &m.passlen);
	msg_part_text(&parts, req->newpass, 0, PASS_LEN_MAX, &m.newlen);
	return msg_send(imsgbuf, IMSG_BE_REQ, id, -1, &parts);
}

int
msg_be_req_parse(struct imsg *imsg, struct be_req *req)
{
	struct m_be_req	 m;
	struct ibuf	 in;

	memset(req, 0, sizeof(*req));
	if (msg_head(imsg, &in, &m, sizeof(m)) == -1 || !be_req_valid(&m) ||
	    msg_text(&in, req->user, m.userlen, 0, USER_LEN_MAX) == -1 ||
	    msg_text(&in, req->pass, m.passlen, 0, PASS_LEN_MAX) == -1 ||
	    msg_text(&in, req->newpass, m.newlen, 0, PASS_LEN_MAX) == -1 ||
	    msg_end(&in) == -1)
		return -1;
	req->op = m.op;
	req->flags = m.flags;
	return 0;
}

/* Every name is ended, and none is empty or holds a NUL. */
static int
be_names_valid(const char *names, size_t len)
{
	return len > 0 && names[0] != '\n' && names[len - 1] == '\n' &&
	    memchr(names, '\0', len) == NULL &&
	    memmem(names, len, "\n\n", 2) == NULL;
}

int
msg_be_names_send(struct imsgbuf *imsgbuf, uint32_t id, const char *names,
    size_t len)
{
	struct msg_parts	 parts = { .count = 0 };

	if (!be_names_valid(names, len))
		parts.error = EINVAL;
	msg_part(&parts, names, len);
	return msg_send(imsgbuf, IMSG_BE_NAMES, id, -1, &parts);
}

int
msg_be_names_parse(struct imsg *imsg, char names[NAMES_LEN_MAX + 1])
{
	struct ibuf	 in;
	size_t		 len;

	if (imsg_get_ibuf(imsg, &in) == -1)
		return -1;
	len = ibuf_size(&in);
	if (msg_text(&in, names, len, 1, NAMES_LEN_MAX) == -1 ||
	    !be_names_valid(names, len))
		return -1;
	return 0;
}

/*
 * Whether the numbers of an answer are possible at all; nobody is not let in.
 */
static int
be_res_valid(const struct m_be_res *m)
{
	return m->code >= BACKEND_RECORD && m->code <= BACKEND_OK &&
	    m->nouser <= (m->code != BACKEND_OK) &&
	    m->status < USER_STATUS_MAX &&
	    m->quota_octets >= -1 && m->quota_messages >= -1 &&
	    m->ngroups <= GROUPS_MAX;
}

int
msg_be_res_send(struct imsgbuf *imsgbuf, uint32_t id,
    const struct be_res *res)
{
	struct msg_parts	 parts = { .count = 0 };
	const struct userinfo	*u = &res->info;
	struct m_be_res		 m;

	memset(&m, 0, sizeof(m));
	m.code = res->code;
	m.nouser = res->nouser;
	m.uid = u->uid;
	m.gid = u->gid;
	m.status = u->status;
	m.quota_octets = u->quota_octets;
	m.quota_messages = u->quota_messages;
	m.ngroups = u->ngroups > GROUPS_MAX ? GROUPS_MAX + 1 : u->ngroups;
	if (!be_res_valid(&m)) {
		errno = EINVAL;
		return -1;	/* also: ngroups is not to be read up to */
	}
	msg_part(&parts, &m, sizeof(m));
	msg_part(&parts, u->groups, m.ngroups * sizeof(u->groups[0]));
	msg_part_text(&parts, u->realname, 0, PATH_LEN_MAX, &m.realnamelen);
	msg_part_text(&parts, u->home, 0, PATH_LEN_MAX, &m.homelen);
	msg_part_text(&parts, u->mailbox, 0, PATH_LEN_MAX, &m.mailboxlen);
	msg_part_text(&parts, u->host, 0, PATH_LEN_MAX, &m.hostlen);
	msg_part_text(&parts, res->err, 0, PATH_LEN_MAX, &m.errlen);
	return msg_send(imsgbuf, IMSG_BE_RES, id, -1, &parts);
}

int
msg_be_res_parse(struct imsg *imsg, struct be_res *res)
{
	struct userinfo	*u = &res->info;
	struct m_be_res	 m;
	struct ibuf	 in;

	memset(res, 0, sizeof(*res));
	if (msg_head(imsg, &in, &m, sizeof(m)) == -1 || !be_res_valid(&m) ||
	    ibuf_get(&in, u->groups, m.ngroups * sizeof(u->groups[0])) == -1 ||
	    msg_text(&in, u->realname, m.realnamelen, 0, PATH_LEN_MAX) == -1 ||
	    msg_text(&in, u->home, m.homelen, 0, PATH_LEN_MAX) == -1 ||
	    msg_text(&in, u->mailbox, m.mailboxlen, 0, PATH_LEN_MAX) == -1 ||
	    msg_text(&in, u->host, m.hostlen, 0, PATH_LEN_MAX) == -1 ||
	    msg_text(&in, res->err, m.errlen, 0, PATH_LEN_MAX) == -1 ||
	    msg_end(&in) == -1)
		return -1;
	res->code = m.code;
	res->nouser = m.nouser;
	u->uid = m.uid;
	u->gid = m.gid;
	u->ngroups = m.ngroups;
	u->status = m.status;
	u->quota_octets = m.quota_octets;
	u->quota_messages = m.quota_messages;
	return 0;
}
