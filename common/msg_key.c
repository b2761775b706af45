/* SPDX-License-Identifier: ISC */
/*
 * Runs in: every process.  Certificates, keys, and the sockets over which
 * signatures are asked for.  Trusts: no message.
 */

#include <sys/types.h>

#include <errno.h>
#include <imsg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "msg.h"
#include "msg_wire.h"

int
msg_pki_send(struct imsgbuf *imsgbuf, uint32_t type, const char *name,
    const char *pem, size_t len)
{
	struct msg_parts	 parts = { .count = 0 };
	struct m_pki		 m;

	if (len == 0 || len > PEM_LEN_MAX) {
		errno = ERANGE;
		return -1;
	}
	if (memchr(pem, '\0', len) != NULL) {
		errno = EINVAL;
		return -1;
	}
	memset(&m, 0, sizeof(m));
	m.len = len;
	msg_part(&parts, &m, sizeof(m));
	msg_part_text(&parts, name, 1, PATH_LEN_MAX, &m.namelen);
	msg_part(&parts, pem, len);
	return msg_send(imsgbuf, type, 0, -1, &parts);
}

int
msg_pki_parse(struct imsg *imsg, char name[PATH_LEN_MAX + 1], char **pem,
    size_t *len)
{
	struct m_pki	 m;
	struct ibuf	 in;
	char		*text;

	if (msg_head(imsg, &in, &m, sizeof(m)) == -1 ||
	    msg_text(&in, name, m.namelen, 1, PATH_LEN_MAX) == -1 ||
	    m.len > PEM_LEN_MAX || m.len != ibuf_size(&in))
		return -1;
	if ((text = malloc(m.len + 1)) == NULL)
		return -1;
	if (msg_text(&in, text, m.len, 1, PEM_LEN_MAX) == -1) {
		freezero(text, m.len + 1);
		return -1;
	}
	*pem = text;
	*len = m.len;
	return 0;
}

int
msg_key_done_send(struct imsgbuf *imsgbuf, const char *name,
    const char *reason)
{
	struct msg_parts	 parts = { .count = 0 };
	struct m_key_done	 m;

	memset(&m, 0, sizeof(m));
	msg_part(&parts, &m, sizeof(m));
	msg_part_text(&parts, name, 1, PATH_LEN_MAX, &m.namelen);
	msg_part_text(&parts, reason, 0, TEXT_LEN_MAX, &m.reasonlen);
	return msg_send(imsgbuf, IMSG_KEY_DONE, 0, -1, &parts);
}

int
msg_key_done_parse(struct imsg *imsg, char name[PATH_LEN_MAX + 1],
    char reason[TEXT_LEN_MAX + 1])
{
	struct m_key_done	 m;
	struct ibuf		 in;

	if (msg_head(imsg, &in, &m, sizeof(m)) == -1 ||
	    msg_text(&in, name, m.namelen, 1, PATH_LEN_MAX) == -1 ||
	    msg_text(&in, reason, m.reasonlen, 0, TEXT_LEN_MAX) == -1)
		return -1;
	return msg_end(&in);
}

int
msg_fd_send(struct imsgbuf *imsgbuf, uint32_t type, uint32_t id, int fd)
{
	struct msg_parts	 parts = { .count = 0 };

	return msg_send(imsgbuf, type, id, fd, &parts);
}
