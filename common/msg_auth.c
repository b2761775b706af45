/* SPDX-License-Identifier: ISC */
/*
 * Runs in: engine and authd.  A login and its answer.  Trusts: no message.
 */

#include <sys/types.h>

#include <errno.h>
#include <imsg.h>
#include <stdint.h>
#include <string.h>

#include "msg.h"
#include "msg_wire.h"

static int
family_valid(uint8_t family)
{
	return family == 0 || family == 4 || family == 6;
}

int
msg_auth_req_send(struct imsgbuf *imsgbuf, uint32_t id,
    const struct auth_req *req)
{
	struct msg_parts	 parts = { .count = 0 };
	struct m_auth_req	 m;

	if (!family_valid(req->remote.family))
		parts.error = EINVAL;
	memset(&m, 0, sizeof(m));
	m.remote = req->remote;
	m.remote.pad = 0;
	m.tls = req->tls != 0;
	msg_part(&parts, &m, sizeof(m));
	msg_part_text(&parts, req->user, 1, USER_LEN_MAX, &m.userlen);
	msg_part_text(&parts, req->pass, 1, PASS_LEN_MAX, &m.passlen);
	return msg_send(imsgbuf, IMSG_AUTH_REQ, id, -1, &parts);
}

int
msg_auth_req_parse(struct imsg *imsg, struct auth_req *req)
{
	struct m_auth_req	 m;
	struct ibuf		 in;

	memset(req, 0, sizeof(*req));
	if (msg_head(imsg, &in, &m, sizeof(m)) == -1 || m.tls > 1 ||
	    !family_valid(m.remote.family) ||
	    msg_text(&in, req->user, m.userlen, 1, USER_LEN_MAX) == -1 ||
	    msg_text(&in, req->pass, m.passlen, 1, PASS_LEN_MAX) == -1 ||
	    msg_end(&in) == -1)
		return -1;
	req->remote = m.remote;
	req->tls = m.tls;
	return 0;
}

int
msg_auth_ok_send(struct imsgbuf *imsgbuf, uint32_t id, const char *user,
    int fd)
{
	struct msg_parts	 parts = { .count = 0 };
	struct m_auth_ok	 m;

	memset(&m, 0, sizeof(m));
	msg_part(&parts, &m, sizeof(m));
	msg_part_text(&parts, user, 1, USER_LEN_MAX, &m.userlen);
	return msg_send(imsgbuf, IMSG_AUTH_OK, id, fd, &parts);
}

int
msg_auth_ok_parse(struct imsg *imsg, char user[USER_LEN_MAX + 1])
{
	struct m_auth_ok	 m;
	struct ibuf		 in;

	if (msg_head(imsg, &in, &m, sizeof(m)) == -1 ||
	    msg_text(&in, user, m.userlen, 1, USER_LEN_MAX) == -1)
		return -1;
	return msg_end(&in);
}

int
msg_auth_fail_send(struct imsgbuf *imsgbuf, uint32_t id, uint32_t reason)
{
	struct msg_parts	 parts = { .count = 0 };
	struct m_auth_fail	 m;

	if (reason < AUTH_CRED || reason >= AUTH_REASON_MAX)
		parts.error = EINVAL;
	memset(&m, 0, sizeof(m));
	m.reason = reason;
	msg_part(&parts, &m, sizeof(m));
	return msg_send(imsgbuf, IMSG_AUTH_FAIL, id, -1, &parts);
}

int
msg_auth_fail_parse(struct imsg *imsg, uint32_t *reason)
{
	struct m_auth_fail	 m;

	if (imsg_get_data(imsg, &m, sizeof(m)) == -1 ||
	    m.reason < AUTH_CRED || m.reason >= AUTH_REASON_MAX)
		return -1;
	*reason = m.reason;
	return 0;
}

int
msg_auth_yield_send(struct imsgbuf *imsgbuf, uint32_t id, uint32_t login)
{
	struct msg_parts	 parts = { .count = 0 };
	struct m_auth_yield	 m;

	if (login == 0)
		parts.error = EINVAL;
	memset(&m, 0, sizeof(m));
	m.login = login;
	msg_part(&parts, &m, sizeof(m));
	return msg_send(imsgbuf, IMSG_AUTH_YIELD, id, -1, &parts);
}

int
msg_auth_yield_parse(struct imsg *imsg, uint32_t *login)
{
	struct m_auth_yield	 m;

	if (imsg_get_data(imsg, &m, sizeof(m)) == -1 || m.login == 0)
		return -1;
	*login = m.login;
	return 0;
}
