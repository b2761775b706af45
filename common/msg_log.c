/* SPDX-License-Identifier: ISC */
/* Runs in: every process.  LOG.  Trusts: no message. */

#include <sys/types.h>

#include <errno.h>
#include <imsg.h>
#include <stdint.h>
#include <string.h>
#include <syslog.h>

#include "msg.h"
#include "msg_wire.h"

int
msg_log_send(struct imsgbuf *imsgbuf, uint32_t priority, const char *text)
{
	struct msg_parts	 parts = { .count = 0 };
	struct m_log		 m;

	if (priority > LOG_DEBUG || strchr(text, '\n') != NULL)
		parts.error = EINVAL;
	memset(&m, 0, sizeof(m));
	m.priority = priority;
	msg_part(&parts, &m, sizeof(m));
	msg_part_text(&parts, text, 1, TEXT_LEN_MAX, NULL);
	return msg_send(imsgbuf, IMSG_LOG, 0, -1, &parts);
}

/* A newline would let the sender write log lines of its own making. */
int
msg_log_parse(struct imsg *imsg, uint32_t *priority,
    char text[TEXT_LEN_MAX + 1])
{
	struct m_log	 m;
	struct ibuf	 in;

	if (msg_head(imsg, &in, &m, sizeof(m)) == -1 ||
	    m.priority > LOG_DEBUG ||
	    msg_text(&in, text, ibuf_size(&in), 1, TEXT_LEN_MAX) == -1 ||
	    strchr(text, '\n') != NULL)
		return -1;
	*priority = m.priority;
	return 0;
}
