/* SPDX-License-Identifier: ISC */
/* Runs in: every process.  Trusts: no length that comes from a message. */

#include <sys/types.h>

#include <errno.h>
#include <imsg.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "msg.h"
#include "msg_wire.h"

void
msg_part(struct msg_parts *parts, const void *data, size_t len)
{
	if (parts->count == MSG_PARTS_MAX) {
		parts->error = EINVAL;
		return;
	}
	parts->iov[parts->count].iov_base = (void *)(uintptr_t)data;
	parts->iov[parts->count].iov_len = len;
	parts->count++;
}

void
msg_part_text(struct msg_parts *parts, const char *text, size_t min,
    size_t max, uint16_t *len)
{
	size_t	 n;

	/* An array that nobody ended is a mistake, not a reason to read on. */
	n = strnlen(text, max + 1);
	if (n < min || n > max) {
		if (parts->error == 0)
			parts->error = ERANGE;
		return;
	}
	if (len != NULL)
		*len = n;
	msg_part(parts, text, n);
}

int
msg_send(struct imsgbuf *imsgbuf, uint32_t type, uint32_t id, int fd,
    struct msg_parts *parts)
{
	size_t	 len = 0;
	int	 i, saved;

	errno = parts->error;
	if (errno != 0)
		goto fail;
	for (i = 0; i < parts->count; i++)
		len += parts->iov[i].iov_len;
	if (proto_sendable(type, len, fd != -1) == -1)
		goto fail;
	if (imsg_composev(imsgbuf, type, id, 0, fd, parts->iov,
	    parts->count) == -1)
		goto fail;
	return 0;
fail:
	saved = errno;
	if (fd != -1)
		close(fd);
	errno = saved;
	return -1;
}

int
msg_empty_send(struct imsgbuf *imsgbuf, uint32_t type, uint32_t id)
{
	struct msg_parts	 parts = { .count = 0 };

	return msg_send(imsgbuf, type, id, -1, &parts);
}

int
msg_head(struct imsg *imsg, struct ibuf *in, void *head, size_t len)
{
	if (imsg_get_ibuf(imsg, in) == -1)
		return -1;
	return ibuf_get(in, head, len);
}

int
msg_text(struct ibuf *in, char *dst, size_t len, size_t min, size_t max)
{
	if (len < min || len > max || ibuf_get(in, dst, len) == -1)
		return -1;
	dst[len] = '\0';
	return memchr(dst, '\0', len) == NULL ? 0 : -1;
}

int
msg_end(struct ibuf *in)
{
	return ibuf_size(in) == 0 ? 0 : -1;
}
