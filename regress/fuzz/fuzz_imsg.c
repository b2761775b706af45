/* SPDX-License-Identifier: ISC */
/*
 * Runs in: libFuzzer, or over the corpus.  Whatever another process may write
 * to a channel goes through imsgbuf_read, proto_check and the parsers.
 *
 * First octet of the input: bit 0, raw octets, in pieces as the second octet
 * says, with bit 1 a descriptor on each; or else payloads under good headers,
 * each begun by type (top bit: with a descriptor) and length.
 */

#include <sys/types.h>
#include <sys/socket.h>

#include <imsg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "parse_any.h"
#include "proto.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static struct imsgbuf	 reader;
static int		 sv[2];

/* Whether anybody may say this to anybody. */
static int
passes(struct imsg *imsg)
{
	uint32_t	 from, to;
	int		 n = 0;

	for (from = 1; from <= R_KEYD; from <<= 1)
		for (to = 1; to <= R_KEYD; to <<= 1)
			if (proto_check(imsg, from, to) == NULL)
				n++;
	return n > 0;
}

/* Everything that is whole. */
static void
dispatch(void)
{
	struct imsg	 imsg;

	while (imsgbuf_get(&reader, &imsg) == 1) {
		if (imsg_get_len(&imsg) > PROTO_MSG_MAX)
			abort();
		if (passes(&imsg))
			(void)parse_any(&imsg);
		imsg_free(&imsg);
	}
}

static int
feed(const uint8_t *data, size_t len, int with_fd)
{
	char		 control[CMSG_SPACE(sizeof(int))];
	struct iovec	 iov = { (void *)(uintptr_t)data, len };
	struct msghdr	 msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct cmsghdr	*cmsg;
	int		 fd = 0;

	if (with_fd) {
		memset(control, 0, sizeof(control));
		msg.msg_control = control;
		msg.msg_controllen = sizeof(control);
		cmsg = CMSG_FIRSTHDR(&msg);
		cmsg->cmsg_len = CMSG_LEN(sizeof(fd));
		cmsg->cmsg_level = SOL_SOCKET;
		cmsg->cmsg_type = SCM_RIGHTS;
		memcpy(CMSG_DATA(cmsg), &fd, sizeof(fd));
	}
	if (sendmsg(sv[0], &msg, MSG_DONTWAIT) == -1)
		return -1;
	return imsgbuf_read(&reader) == 1 ? 0 : -1;
}

/* Send the first message at data under a header; how much of it was used. */
static size_t
feed_framed(const uint8_t *data, size_t len)
{
	static uint8_t	 wire[PROTO_MSG_MAX + 65536];
	struct imsg_hdr	 hdr;
	size_t		 n;
	int		 with_fd;

	if (len < 3)
		return 0;
	with_fd = data[0] >> 7;
	n = data[1] | data[2] << 8;
	if (n > len - 3)
		n = len - 3;
	memset(&hdr, 0, sizeof(hdr));
	hdr.type = (data[0] & 0x7f) % (IMSG_MAX + 1);
	hdr.len = (IMSG_HEADER_SIZE + n) | (with_fd ? 0x80000000U : 0);
	memcpy(wire, &hdr, sizeof(hdr));
	memcpy(wire + sizeof(hdr), data + 3, n);
	if (feed(wire, sizeof(hdr) + n, with_fd) == -1)
		return 0;
	return n + 3;
}

/* Send the first piece at data as it is; how much of it was used. */
static size_t
feed_raw(const uint8_t *data, size_t len, size_t piece, int with_fd)
{
	if (piece > 0 && len > piece)
		len = piece;
	return feed(data, len, with_fd) == -1 ? 0 : len;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t	 n, piece;
	int	 raw, with_fd;

	if (size < 2)
		return 0;
	raw = data[0] & 1;
	with_fd = data[0] >> 1 & 1;
	piece = data[1];
	data += 2;
	size -= 2;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, sv) == -1)
		abort();
	if (imsgbuf_init(&reader, sv[1]) == -1 ||
	    imsgbuf_set_maxsize(&reader, PROTO_MSG_MAX) == -1)
		abort();
	imsgbuf_allow_fdpass(&reader);
	while (size > 0) {
		n = raw ? feed_raw(data, size, piece, with_fd) :
		    feed_framed(data, size);
		dispatch();
		if (n == 0)
			break;
		data += n;
		size -= n;
	}
	(void)shutdown(sv[0], SHUT_WR);
	(void)imsgbuf_read(&reader);
	dispatch();
	imsgbuf_clear(&reader);
	close(sv[0]);
	close(sv[1]);
	return 0;
}
