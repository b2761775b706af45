/* SPDX-License-Identifier: ISC */
/*
 * Runs in: authd and engine.  The configuration on its way to the engine, and
 * the answer.  Trusts: no message.
 */

#include <sys/types.h>

#include <errno.h>
#include <imsg.h>
#include <stdint.h>
#include <string.h>

#include "listen.h"
#include "msg.h"
#include "msg_wire.h"

int
msg_conf_send(struct imsgbuf *imsgbuf, uint32_t type, uint32_t generation,
    int ok, const char *reason)
{
	struct msg_parts	 parts = { .count = 0 };
	struct m_conf		 m;

	memset(&m, 0, sizeof(m));
	m.generation = generation;
	m.ok = ok != 0;
	msg_part(&parts, &m, sizeof(m));
	if (reason != NULL)
		msg_part_text(&parts, reason, 0, TEXT_LEN_MAX, NULL);
	return msg_send(imsgbuf, type, 0, -1, &parts);
}

int
msg_conf_parse(struct imsg *imsg, struct m_conf *m,
    char reason[TEXT_LEN_MAX + 1])
{
	struct ibuf	 in;

	if (msg_head(imsg, &in, m, sizeof(*m)) == -1 || m->ok > 1)
		return -1;
	return msg_text(&in, reason, ibuf_size(&in), 0, TEXT_LEN_MAX);
}

int
msg_limits_send(struct imsgbuf *imsgbuf, const struct m_limits *limits)
{
	struct msg_parts	 parts = { .count = 0 };

	msg_part(&parts, limits, sizeof(*limits));
	return msg_send(imsgbuf, IMSG_CONF_LIMITS, 0, -1, &parts);
}

int
msg_limits_parse(struct imsg *imsg, struct m_limits *limits)
{
	return imsg_get_data(imsg, limits, sizeof(*limits));
}

int
msg_listen_send(struct imsgbuf *imsgbuf, uint32_t mode, const char *pki,
    int fd)
{
	struct msg_parts	 parts = { .count = 0 };
	struct m_listen		 m;

	if (mode >= LISTEN_MODE_MAX)
		parts.error = EINVAL;
	memset(&m, 0, sizeof(m));
	m.mode = mode;
	msg_part(&parts, &m, sizeof(m));
	msg_part_text(&parts, pki, 0, PATH_LEN_MAX, &m.pkilen);
	return msg_send(imsgbuf, IMSG_CONF_LISTEN, 0, fd, &parts);
}

int
msg_listen_parse(struct imsg *imsg, uint32_t *mode,
    char pki[PATH_LEN_MAX + 1])
{
	struct m_listen	 m;
	struct ibuf	 in;

	if (msg_head(imsg, &in, &m, sizeof(m)) == -1 ||
	    m.mode >= LISTEN_MODE_MAX ||
	    msg_text(&in, pki, m.pkilen, 0, PATH_LEN_MAX) == -1 ||
	    msg_end(&in) == -1)
		return -1;
	*mode = m.mode;
	return 0;
}
