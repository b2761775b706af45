/* SPDX-License-Identifier: ISC */
/*
 * Runs in: every process on systems without libutil's msgbuf.  Trusts: nothing
 * that comes in from the socket.
 *
 * Written from ibuf_add(3), the msgbuf part.  A message is received into a
 * buffer of its own size: the rest of one that has begun straight from the
 * socket, the beginning of the next ones by way of a piece of stack.  So mail
 * is hardly copied, and a queue that waits for nothing holds nothing.
 */

#include <sys/types.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "imsg.h"

#define GATHER_MAX	64	/* buffers in one sendmsg(2) */

struct msgbuf {
	TAILQ_HEAD(, ibuf)	 out;
	TAILQ_HEAD(, ibuf)	 in;		/* whole messages */
	uint32_t		 queued;	/* in out */
	size_t			 hdrsz;
	struct ibuf		*hdr;		/* header that comes in */
	struct ibuf		*msg;		/* message that comes in */
	struct ibuf		*(*readhdr)(struct ibuf *, void *, int *);
	void			*arg;
	int			 fd;		/* no message has claimed it */
	int			 error;		/* stream is out of step */
};

/* Room for one descriptor: the kernel closes what does not fit. */
union one_fd {
	struct cmsghdr	 hdr;
	unsigned char	 room[CMSG_SPACE(sizeof(int))];
};

static int	transmit(int, struct msgbuf *, int);
static ssize_t	transmit_batch(int, struct msgbuf *, int, size_t *);
static void	attach_fd(struct msghdr *, union one_fd *, int);
static void	drain(struct msgbuf *, size_t);
static int	receive(int, struct msgbuf *, int);
static ssize_t	receive_some(int, struct msgbuf *, unsigned char *, int, int);
static void	take_fds(struct msgbuf *, struct msghdr *);
static int	take_octets(struct msgbuf *, const unsigned char *, size_t);
static int	begin_message(struct msgbuf *);
static void	end_message(struct msgbuf *);

struct msgbuf *
msgbuf_new(void)
{
	struct msgbuf	*mb;

	if ((mb = calloc(1, sizeof(*mb))) == NULL)
		return NULL;
	TAILQ_INIT(&mb->out);
	TAILQ_INIT(&mb->in);
	mb->fd = -1;
	return mb;
}

struct msgbuf *
msgbuf_new_reader(size_t hdrsz,
    struct ibuf *(*readhdr)(struct ibuf *, void *, int *), void *arg)
{
	struct msgbuf	*mb;

	if (hdrsz == 0 || hdrsz > IBUF_READ_SIZE) {
		errno = EINVAL;
		return NULL;
	}
	if ((mb = msgbuf_new()) == NULL)
		return NULL;
	if ((mb->hdr = ibuf_open(hdrsz)) == NULL) {
		free(mb);
		return NULL;
	}
	mb->hdrsz = hdrsz;
	mb->readhdr = readhdr;
	mb->arg = arg;
	return mb;
}

void
msgbuf_clear(struct msgbuf *mb)
{
	struct ibuf	*buf;

	while ((buf = TAILQ_FIRST(&mb->out)) != NULL) {
		TAILQ_REMOVE(&mb->out, buf, entry);
		ibuf_free(buf);
	}
	mb->queued = 0;
	while ((buf = msgbuf_get(mb)) != NULL)
		ibuf_free(buf);
	ibuf_free(mb->msg);
	mb->msg = NULL;
	if (mb->hdr != NULL) {
		ibuf_rewind(mb->hdr);
		ibuf_truncate(mb->hdr, 0);
	}
	if (mb->fd != -1)
		close(mb->fd);
	mb->fd = -1;
}

void
msgbuf_free(struct msgbuf *mb)
{
	if (mb == NULL)
		return;
	msgbuf_clear(mb);
	ibuf_free(mb->hdr);
	free(mb);
}

uint32_t
msgbuf_queuelen(struct msgbuf *mb)
{
	return mb->queued;
}

void
ibuf_close(struct msgbuf *mb, struct ibuf *buf)
{
	TAILQ_INSERT_TAIL(&mb->out, buf, entry);
	mb->queued++;
}

struct ibuf *
msgbuf_get(struct msgbuf *mb)
{
	struct ibuf	*buf;

	if ((buf = TAILQ_FIRST(&mb->in)) != NULL)
		TAILQ_REMOVE(&mb->in, buf, entry);
	return buf;
}

int
msgbuf_write(int fd, struct msgbuf *mb)
{
	return transmit(fd, mb, 1);
}

int
ibuf_write(int fd, struct msgbuf *mb)
{
	return transmit(fd, mb, 0);
}

static int
transmit(int fd, struct msgbuf *mb, int pass)
{
	ssize_t	 n;
	size_t	 want;

	while (!TAILQ_EMPTY(&mb->out)) {
		if ((n = transmit_batch(fd, mb, pass, &want)) == -1) {
			if (errno == EAGAIN || errno == EWOULDBLOCK ||
			    errno == ENOBUFS || errno == ETOOMANYREFS)
				return 0;
			return -1;
		}
		drain(mb, n);
		if (n < want)
			return 0;	/* no more for now: spare a call */
	}
	return 0;
}

/* One sendmsg(2); *want is what it was given to send, in octets. */
static ssize_t
transmit_batch(int fd, struct msgbuf *mb, int pass, size_t *want)
{
	struct iovec	 iov[GATHER_MAX];
	struct msghdr	 msg;
	union one_fd	 control;
	struct ibuf	*buf, *first = TAILQ_FIRST(&mb->out);
	ssize_t		 n;

	memset(&msg, 0, sizeof(msg));
	msg.msg_iov = iov;
	*want = 0;
	TAILQ_FOREACH(buf, &mb->out, entry) {
		/* A descriptor travels with the first octet of a call. */
		if (msg.msg_iovlen == GATHER_MAX ||
		    (pass && buf != first && buf->fd != -1))
			break;
		iov[msg.msg_iovlen].iov_base = ibuf_data(buf);
		iov[msg.msg_iovlen].iov_len = ibuf_size(buf);
		msg.msg_iovlen++;
		*want += ibuf_size(buf);
	}
	if (pass && first->fd != -1)
		attach_fd(&msg, &control, first->fd);

	do
		n = sendmsg(fd, &msg, MSG_NOSIGNAL);
	while (n == -1 && errno == EINTR);
	return n;
}

static void
attach_fd(struct msghdr *msg, union one_fd *control, int fd)
{
	struct cmsghdr	*cmsg;

	memset(control, 0, sizeof(*control));
	msg->msg_control = control->room;
	msg->msg_controllen = sizeof(control->room);
	cmsg = CMSG_FIRSTHDR(msg);
	cmsg->cmsg_len = CMSG_LEN(sizeof(fd));
	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_RIGHTS;
	memcpy(CMSG_DATA(cmsg), &fd, sizeof(fd));
}

/* len octets are on their way: drop them, and the descriptor with the first. */
static void
drain(struct msgbuf *mb, size_t len)
{
	struct ibuf	*buf;

	while ((buf = TAILQ_FIRST(&mb->out)) != NULL) {
		if (len < ibuf_size(buf)) {
			if (len > 0) {
				ibuf_skip(buf, len);
				ibuf_fd_set(buf, -1);
			}
			return;
		}
		len -= ibuf_size(buf);
		TAILQ_REMOVE(&mb->out, buf, entry);
		mb->queued--;
		ibuf_free(buf);
		if (len == 0)
			return;
	}
}

int
msgbuf_read(int fd, struct msgbuf *mb)
{
	return receive(fd, mb, 1);
}

int
ibuf_read(int fd, struct msgbuf *mb)
{
	return receive(fd, mb, 0);
}

/*
 * Once more, without waiting, when a call was filled up amid a message: mail
 * comes in messages longer than IBUF_READ_SIZE, and a turn of the event loop
 * costs more.  What is wrong then (end of file, an error) is reported next
 * time.
 */
static int
receive(int fd, struct msgbuf *mb, int pass)
{
	unsigned char	 extra[IBUF_READ_SIZE];
	size_t		 room;
	ssize_t		 n;
	int		 again, ret;

	if (mb->readhdr == NULL)
		mb->error = EINVAL;
	if (mb->error != 0) {
		errno = mb->error;
		return -1;
	}
	for (again = 0; again < 2; again++) {
		room = sizeof(extra);
		if (mb->msg != NULL)
			room += mb->msg->size - mb->msg->wpos;
		n = receive_some(fd, mb, extra, pass, again);
		if (again && n <= 0)
			return 1;
		if (n == -1)
			return errno == EAGAIN || errno == EWOULDBLOCK ?
			    1 : -1;
		if (n == 0)
			return 0;
		ret = take_octets(mb, extra, n);
		explicit_bzero(extra, n < sizeof(extra) ? n : sizeof(extra));
		if (ret == -1) {
			mb->error = errno;
			return -1;
		}
		if (n < room || mb->msg == NULL)
			return 1;
	}
	return 1;
}

/*
 * One recvmsg(2): to the message that has begun, what is more to extra.  The
 * number of octets, which take_octets has still to take.
 */
static ssize_t
receive_some(int fd, struct msgbuf *mb, unsigned char *extra, int pass,
    int nowait)
{
	struct iovec	 iov[2];
	struct msghdr	 msg;
	union one_fd	 control;
	ssize_t		 n;

	do {
		memset(&msg, 0, sizeof(msg));
		msg.msg_iov = iov;
		if (mb->msg != NULL) {
			iov[0].iov_base = mb->msg->buf + mb->msg->wpos;
			iov[0].iov_len = mb->msg->size - mb->msg->wpos;
			msg.msg_iovlen++;
		}
		iov[msg.msg_iovlen].iov_base = extra;
		iov[msg.msg_iovlen].iov_len = IBUF_READ_SIZE;
		msg.msg_iovlen++;
		if (pass) {
			msg.msg_control = control.room;
			msg.msg_controllen = CMSG_LEN(sizeof(int));
		}
		n = recvmsg(fd, &msg, MSG_CMSG_CLOEXEC |
		    (nowait ? MSG_DONTWAIT : 0));
	} while (n == -1 && errno == EINTR);
	if (n > 0 && pass)
		take_fds(mb, &msg);
	return n;
}

/* Keep the first descriptor for its message, close any others. */
static void
take_fds(struct msgbuf *mb, struct msghdr *msg)
{
	struct cmsghdr	*cmsg;
	unsigned char	*p, *end;
	int		 fd;

	for (cmsg = CMSG_FIRSTHDR(msg); cmsg != NULL;
	    cmsg = CMSG_NXTHDR(msg, cmsg)) {
		if (cmsg->cmsg_level != SOL_SOCKET ||
		    cmsg->cmsg_type != SCM_RIGHTS)
			continue;
		end = (unsigned char *)cmsg + cmsg->cmsg_len;
		for (p = CMSG_DATA(cmsg); p + sizeof(fd) <= end;
		    p += sizeof(fd)) {
			memcpy(&fd, p, sizeof(fd));
			if (mb->fd == -1)
				mb->fd = fd;
			else
				close(fd);
		}
	}
}

/*
 * Sort len octets that came in into messages.  The first of them are already in
 * the message that has begun, if there is one; the rest is at extra.
 */
static int
take_octets(struct msgbuf *mb, const unsigned char *extra, size_t len)
{
	struct ibuf	*into;
	size_t		 n;

	if (mb->msg != NULL) {
		n = mb->msg->size - mb->msg->wpos;
		if (n > len)
			n = len;
		mb->msg->wpos += n;
		len -= n;
		end_message(mb);
	}
	while (len > 0) {
		into = mb->msg != NULL ? mb->msg : mb->hdr;
		n = into->size - into->wpos;
		if (n > len)
			n = len;
		if (ibuf_add(into, extra, n) == -1)
			return -1;
		extra += n;
		len -= n;
		if (into == mb->hdr && into->wpos == into->size)
			if (begin_message(mb) == -1)
				return -1;
		end_message(mb);
	}
	return 0;
}

/* A header is complete: make a buffer for its message. */
static int
begin_message(struct msgbuf *mb)
{
	struct ibuf	*msg;

	if ((msg = mb->readhdr(mb->hdr, mb->arg, &mb->fd)) == NULL)
		return -1;
	ibuf_rewind(mb->hdr);
	if (msg->size < mb->hdrsz || ibuf_add_ibuf(msg, mb->hdr) == -1) {
		ibuf_free(msg);
		errno = EINVAL;
		return -1;
	}
	ibuf_truncate(mb->hdr, 0);
	mb->msg = msg;
	return 0;
}

static void
end_message(struct msgbuf *mb)
{
	if (mb->msg == NULL || mb->msg->wpos < mb->msg->size)
		return;
	TAILQ_INSERT_TAIL(&mb->in, mb->msg, entry);
	mb->msg = NULL;
}
