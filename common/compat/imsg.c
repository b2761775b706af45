/* SPDX-License-Identifier: ISC */
/*
 * Runs in: every process on systems without libutil's imsg.  Trusts: nothing
 * that comes in from the other end of a channel.
 *
 * Written from imsg_add(3).
 */

#include <sys/types.h>

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "imsg.h"

#define FLAG_FDPASS	0x01	/* imsgbuf.flags */
#define MARK_FD		0x80000000U	/* in imsg_hdr.len */

static struct ibuf *imsg_readhdr(struct ibuf *, void *, int *);

int
imsgbuf_init(struct imsgbuf *imsgbuf, int fd)
{
	memset(imsgbuf, 0, sizeof(*imsgbuf));
	imsgbuf->w = msgbuf_new_reader(IMSG_HEADER_SIZE, imsg_readhdr,
	    imsgbuf);
	if (imsgbuf->w == NULL)
		return -1;
	imsgbuf->pid = getpid();
	imsgbuf->maxsize = MAX_IMSGSIZE;
	imsgbuf->fd = fd;
	return 0;
}

void
imsgbuf_allow_fdpass(struct imsgbuf *imsgbuf)
{
	imsgbuf->flags |= FLAG_FDPASS;
}

int
imsgbuf_set_maxsize(struct imsgbuf *imsgbuf, uint32_t max)
{
	if (max > MARK_FD - 1 - IMSG_HEADER_SIZE) {
		errno = EINVAL;
		return -1;
	}
	imsgbuf->maxsize = max + IMSG_HEADER_SIZE;
	return 0;
}

void
imsgbuf_clear(struct imsgbuf *imsgbuf)
{
	msgbuf_free(imsgbuf->w);
	imsgbuf->w = NULL;
}

int
imsgbuf_read(struct imsgbuf *imsgbuf)
{
	if (imsgbuf->flags & FLAG_FDPASS)
		return msgbuf_read(imsgbuf->fd, imsgbuf->w);
	return ibuf_read(imsgbuf->fd, imsgbuf->w);
}

int
imsgbuf_write(struct imsgbuf *imsgbuf)
{
	if (imsgbuf->flags & FLAG_FDPASS)
		return msgbuf_write(imsgbuf->fd, imsgbuf->w);
	return ibuf_write(imsgbuf->fd, imsgbuf->w);
}

int
imsgbuf_flush(struct imsgbuf *imsgbuf)
{
	while (imsgbuf_queuelen(imsgbuf) > 0)
		if (imsgbuf_write(imsgbuf) == -1)
			return -1;
	return 0;
}

uint32_t
imsgbuf_queuelen(struct imsgbuf *imsgbuf)
{
	return msgbuf_queuelen(imsgbuf->w);
}

/* Called by msgbuf_read: a header is there, what is the message like? */
static struct ibuf *
imsg_readhdr(struct ibuf *buf, void *arg, int *fd)
{
	struct imsgbuf	*imsgbuf = arg;
	struct imsg_hdr	 hdr;
	struct ibuf	*msg;
	uint32_t	 len;

	if (ibuf_get(buf, &hdr, sizeof(hdr)) == -1)
		return NULL;
	len = hdr.len & ~MARK_FD;
	if (len < IMSG_HEADER_SIZE || len > imsgbuf->maxsize) {
		errno = ERANGE;
		return NULL;
	}
	if ((msg = ibuf_open(len)) == NULL)
		return NULL;
	if (hdr.len & MARK_FD) {
		ibuf_fd_set(msg, *fd);
		*fd = -1;
	}
	return msg;
}

int
imsgbuf_get(struct imsgbuf *imsgbuf, struct imsg *imsg)
{
	struct ibuf	*buf;

	if ((buf = msgbuf_get(imsgbuf->w)) == NULL)
		return 0;
	if (ibuf_get(buf, &imsg->hdr, sizeof(imsg->hdr)) == -1) {
		ibuf_free(buf);
		return -1;
	}
	imsg->hdr.len &= ~MARK_FD;
	imsg->buf = buf;
	return 1;
}

void
imsg_free(struct imsg *imsg)
{
	ibuf_free(imsg->buf);
	imsg->buf = NULL;
}

uint32_t
imsg_get_type(struct imsg *imsg)
{
	return imsg->hdr.type;
}

uint32_t
imsg_get_id(struct imsg *imsg)
{
	return imsg->hdr.peerid;
}

pid_t
imsg_get_pid(struct imsg *imsg)
{
	return imsg->hdr.pid;
}

size_t
imsg_get_len(struct imsg *imsg)
{
	return imsg->hdr.len - IMSG_HEADER_SIZE;
}

int
imsg_get_fd(struct imsg *imsg)
{
	return ibuf_fd_get(imsg->buf);
}

/* As libutil's: a payload can be taken once, and there must be one. */
int
imsg_get_ibuf(struct imsg *imsg, struct ibuf *ibuf)
{
	size_t	 len = ibuf_size(imsg->buf);

	if (len == 0) {
		errno = EBADMSG;
		return -1;
	}
	return ibuf_get_ibuf(imsg->buf, len, ibuf);
}

int
imsg_get_data(struct imsg *imsg, void *data, size_t len)
{
	if (len == 0 || len != ibuf_size(imsg->buf)) {
		errno = len == 0 ? EINVAL : EBADMSG;
		return -1;
	}
	return ibuf_get(imsg->buf, data, len);
}

int
imsg_get_buf(struct imsg *imsg, void *data, size_t len)
{
	return ibuf_get(imsg->buf, data, len);
}

int
imsg_get_strbuf(struct imsg *imsg, char *str, size_t len)
{
	return ibuf_get_strbuf(imsg->buf, str, len);
}

struct ibuf *
imsg_create(struct imsgbuf *imsgbuf, uint32_t type, uint32_t id, pid_t pid,
    size_t datalen)
{
	struct imsg_hdr	 hdr;
	struct ibuf	*msg;

	if (datalen > imsgbuf->maxsize - IMSG_HEADER_SIZE) {
		errno = ERANGE;
		return NULL;
	}
	hdr.type = type;
	hdr.len = 0;		/* imsg_close knows */
	hdr.peerid = id;
	hdr.pid = pid != 0 ? pid : imsgbuf->pid;

	msg = ibuf_dynamic(datalen + IMSG_HEADER_SIZE, imsgbuf->maxsize);
	if (msg == NULL)
		return NULL;
	if (ibuf_add(msg, &hdr, sizeof(hdr)) == -1) {
		ibuf_free(msg);
		return NULL;
	}
	return msg;
}

int
imsg_add(struct ibuf *msg, const void *data, size_t datalen)
{
	if (ibuf_add(msg, data, datalen) == -1) {
		ibuf_free(msg);
		return -1;
	}
	return datalen;
}

int
imsg_set_maxsize(struct ibuf *msg, size_t max)
{
	if (max > SIZE_MAX - IMSG_HEADER_SIZE) {
		errno = ERANGE;
		return -1;
	}
	return ibuf_set_maxsize(msg, max + IMSG_HEADER_SIZE);
}

void
imsg_close(struct imsgbuf *imsgbuf, struct ibuf *msg)
{
	uint32_t	 len = ibuf_size(msg);

	if (!(imsgbuf->flags & FLAG_FDPASS))
		ibuf_fd_set(msg, -1);
	if (ibuf_fd_avail(msg))
		len |= MARK_FD;
	ibuf_set_h32(msg, offsetof(struct imsg_hdr, len), len);
	ibuf_close(imsgbuf->w, msg);
}

int
imsg_compose(struct imsgbuf *imsgbuf, uint32_t type, uint32_t id, pid_t pid,
    int fd, const void *data, size_t datalen)
{
	struct iovec	 iov;

	iov.iov_base = (void *)(uintptr_t)data;
	iov.iov_len = datalen;
	return imsg_composev(imsgbuf, type, id, pid, fd, &iov, 1);
}

int
imsg_composev(struct imsgbuf *imsgbuf, uint32_t type, uint32_t id, pid_t pid,
    int fd, const struct iovec *iov, int iovcnt)
{
	struct ibuf	*msg;
	size_t		 len = 0;
	int		 i;

	if (fd != -1 && !(imsgbuf->flags & FLAG_FDPASS)) {
		errno = EINVAL;
		return -1;
	}
	for (i = 0; i < iovcnt; i++) {
		if (iov[i].iov_len > imsgbuf->maxsize - len) {
			errno = ERANGE;
			return -1;
		}
		len += iov[i].iov_len;
	}
	if ((msg = imsg_create(imsgbuf, type, id, pid, len)) == NULL)
		return -1;
	for (i = 0; i < iovcnt; i++)
		if (imsg_add(msg, iov[i].iov_base, iov[i].iov_len) == -1)
			return -1;
	ibuf_fd_set(msg, fd);
	imsg_close(imsgbuf, msg);
	return 1;
}

int
imsg_compose_ibuf(struct imsgbuf *imsgbuf, uint32_t type, uint32_t id,
    pid_t pid, struct ibuf *buf)
{
	int	 ret;

	ret = imsg_compose(imsgbuf, type, id, pid, buf->fd, ibuf_data(buf),
	    ibuf_size(buf));
	if (ret == 1)
		ibuf_fd_get(buf);	/* it went along */
	ibuf_free(buf);
	return ret;
}

int
imsg_forward(struct imsgbuf *imsgbuf, struct imsg *imsg)
{
	/* All of it, whatever has been read of it: the header comes first. */
	return imsg_compose(imsgbuf, imsg->hdr.type, imsg->hdr.peerid,
	    imsg->hdr.pid, -1, imsg->buf->buf + IMSG_HEADER_SIZE,
	    imsg_get_len(imsg));
}
