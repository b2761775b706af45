/* SPDX-License-Identifier: ISC */
/* Tests of common/compat/imsg.c and msgbuf.c: channels, honest and hostile. */

#include <sys/types.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>

#include <atf-c.h>
#include <errno.h>
#include <fcntl.h>
#include <imsg.h>
#include <malloc.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "channel.h"

#define MAXSIZE	70000	/* payload */

static struct imsgbuf	 a, b;
static uint32_t		 seed = 1;

static uint32_t
rnd(void)
{
	seed = seed * 1103515245 + 12345;
	return seed >> 8;
}

/* Descriptors that this process has open. */
static int
open_fds(void)
{
	int	 fd, n = 0;

	for (fd = 0; fd < 1024; fd++)
		if (fcntl(fd, F_GETFD) != -1)
			n++;
	return n;
}

static void
none(void)
{
	struct imsg	 imsg;

	ATF_REQUIRE_EQ(1, imsgbuf_read(&b));
	ATF_REQUIRE_EQ(0, imsgbuf_get(&b, &imsg));
}

/* A message as it looks on the wire. */
static size_t
raw(unsigned char *dst, uint32_t type, uint32_t len, const void *data,
    size_t datalen)
{
	struct imsg_hdr	 hdr = { .type = type, .len = len, .pid = 1 };

	memcpy(dst, &hdr, sizeof(hdr));
	if (datalen > 0)
		memcpy(dst + sizeof(hdr), data, datalen);
	return sizeof(hdr) + datalen;
}

/* Octets with n descriptors. */
static void
send_raw(const void *data, size_t len, const int *fds, int n)
{
	char		 control[CMSG_SPACE(sizeof(int) * 16)];
	struct iovec	 iov = { (void *)(uintptr_t)data, len };
	struct msghdr	 msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct cmsghdr	*cmsg;

	if (n > 0) {
		memset(control, 0, sizeof(control));
		msg.msg_control = control;
		msg.msg_controllen = CMSG_SPACE(sizeof(int) * n);
		cmsg = CMSG_FIRSTHDR(&msg);
		cmsg->cmsg_len = CMSG_LEN(sizeof(int) * n);
		cmsg->cmsg_level = SOL_SOCKET;
		cmsg->cmsg_type = SCM_RIGHTS;
		memcpy(CMSG_DATA(cmsg), fds, sizeof(int) * n);
	}
	ATF_REQUIRE_EQ(len, sendmsg(a.fd, &msg, 0));
}

ATF_TC_WITHOUT_HEAD(round_trip);
ATF_TC_BODY(round_trip, tc)
{
	struct imsg	 imsg;
	struct ibuf	 in;
	char		 got[8];

	channel_open(&a, &b, MAXSIZE);
	ATF_CHECK_EQ(0, imsgbuf_queuelen(&a));
	ATF_CHECK_EQ(1, imsg_compose(&a, 7, 8, 0, -1, "payload", 8));
	ATF_CHECK_EQ(1, imsg_compose(&a, UINT32_MAX, UINT32_MAX, 9, -1, NULL,
	    0));
	ATF_CHECK_EQ(2, imsgbuf_queuelen(&a));
	channel_next(&a, &b, &imsg);
	ATF_CHECK_EQ(0, imsgbuf_queuelen(&a));
	ATF_CHECK_EQ(7, imsg_get_type(&imsg));
	ATF_CHECK_EQ(8, imsg_get_id(&imsg));
	ATF_CHECK_EQ(getpid(), imsg_get_pid(&imsg));
	ATF_CHECK_EQ(8, imsg_get_len(&imsg));
	ATF_CHECK_EQ(-1, imsg_get_fd(&imsg));
	errno = 0;
	ATF_CHECK_EQ(-1, imsg_get_data(&imsg, got, 7));
	ATF_CHECK_EQ(EBADMSG, errno);
	ATF_CHECK_EQ(-1, imsg_get_data(&imsg, got, 9));
	ATF_CHECK_EQ(-1, imsg_get_data(&imsg, got, 0));
	ATF_CHECK_EQ(0, imsg_get_data(&imsg, got, 8));
	ATF_CHECK_STREQ("payload", got);
	imsg_free(&imsg);
	imsg_free(&imsg);
	channel_next(&a, &b, &imsg);
	ATF_CHECK_EQ(UINT32_MAX, imsg_get_type(&imsg));
	ATF_CHECK_EQ(UINT32_MAX, imsg_get_id(&imsg));
	ATF_CHECK_EQ(9, imsg_get_pid(&imsg));
	ATF_CHECK_EQ(0, imsg_get_len(&imsg));
	ATF_CHECK_EQ(-1, imsg_get_ibuf(&imsg, &in));
	ATF_CHECK_EQ(-1, imsg_get_buf(&imsg, got, 1));
	imsg_free(&imsg);
	none();
	channel_close(&a, &b);
}

ATF_TC_WITHOUT_HEAD(getters);
ATF_TC_BODY(getters, tc)
{
	struct imsg	 imsg;
	struct ibuf	 in;
	char		 got[8];

	channel_open(&a, &b, MAXSIZE);
	ATF_CHECK_EQ(1, imsg_compose(&a, 1, 0, 0, -1, "abc\0defg", 8));
	channel_next(&a, &b, &imsg);
	ATF_CHECK_EQ(0, imsg_get_strbuf(&imsg, got, 4));
	ATF_CHECK_STREQ("abc", got);
	ATF_CHECK_EQ(0, imsg_get_buf(&imsg, got, 1));
	ATF_CHECK_EQ('d', got[0]);
	ATF_CHECK_EQ(8, imsg_get_len(&imsg));
	ATF_CHECK_EQ(-1, imsg_get_strbuf(&imsg, got, 4));
	ATF_CHECK_EQ(0, imsg_get_ibuf(&imsg, &in));
	ATF_CHECK_EQ(3, ibuf_size(&in));
	ATF_CHECK_EQ(0, memcmp(ibuf_data(&in), "efg", 3));
	imsg_free(&imsg);
	channel_close(&a, &b);
}

ATF_TC_WITHOUT_HEAD(composers);
ATF_TC_BODY(composers, tc)
{
	struct iovec	 iov[3] = { { (void *)(uintptr_t)"one", 3 },
			    { NULL, 0 }, { (void *)(uintptr_t)"two", 3 } };
	struct imsg	 imsg;
	struct ibuf	*msg;
	char		 got[6];

	channel_open(&a, &b, MAXSIZE);
	ATF_CHECK_EQ(1, imsg_composev(&a, 1, 0, 0, -1, iov, 3));
	channel_next(&a, &b, &imsg);
	ATF_CHECK_EQ(0, imsg_get_data(&imsg, got, 6));
	ATF_CHECK_EQ(0, memcmp(got, "onetwo", 6));
	imsg_free(&imsg);

	ATF_REQUIRE((msg = imsg_create(&a, 2, 3, 4, 0)) != NULL);
	ATF_CHECK_EQ(3, imsg_add(msg, "one", 3));
	ATF_CHECK_EQ(0, imsg_set_maxsize(msg, 6));
	ATF_CHECK_EQ(-1, imsg_set_maxsize(msg, 7));
	ATF_CHECK_EQ(-1, imsg_set_maxsize(msg, SIZE_MAX));
	ATF_CHECK_EQ(3, imsg_add(msg, "two", 3));
	imsg_close(&a, msg);
	channel_next(&a, &b, &imsg);
	ATF_CHECK_EQ(2, imsg_get_type(&imsg));
	ATF_CHECK_EQ(3, imsg_get_id(&imsg));
	ATF_CHECK_EQ(4, imsg_get_pid(&imsg));
	ATF_CHECK_EQ(0, imsg_get_data(&imsg, got, 6));
	ATF_CHECK_EQ(0, memcmp(got, "onetwo", 6));
	imsg_free(&imsg);

	/* A failing imsg_add frees the message: ASan would report a leak. */
	ATF_REQUIRE((msg = imsg_create(&a, 2, 3, 4, 0)) != NULL);
	ATF_CHECK_EQ(0, imsg_set_maxsize(msg, 2));
	ATF_CHECK_EQ(-1, imsg_add(msg, "one", 3));

	ATF_REQUIRE((msg = ibuf_open(3)) != NULL);
	ATF_REQUIRE_EQ(0, ibuf_add(msg, "abc", 3));
	ibuf_fd_set(msg, dup(0));
	ATF_CHECK_EQ(1, imsg_compose_ibuf(&a, 5, 0, 0, msg));
	ATF_CHECK_EQ(1, imsgbuf_queuelen(&a));
	channel_next(&a, &b, &imsg);
	ATF_CHECK_EQ(0, imsg_get_data(&imsg, got, 3));
	ATF_CHECK_EQ(0, memcmp(got, "abc", 3));
	ATF_CHECK(ibuf_fd_avail(imsg.buf));
	imsg_free(&imsg);
	channel_close(&a, &b);
}

ATF_TC_WITHOUT_HEAD(forward);
ATF_TC_BODY(forward, tc)
{
	struct imsg	 imsg, copy;
	char		 got[4];
	int		 i;

	channel_open(&a, &b, MAXSIZE);
	ATF_CHECK_EQ(1, imsg_compose(&a, 1, 2, 3, dup(0), "abcd", 4));
	channel_next(&a, &b, &imsg);
	ATF_CHECK_EQ(0, imsg_get_buf(&imsg, got, 3));
	for (i = 0; i < 2; i++) {
		ATF_CHECK_EQ(1, imsg_forward(&a, &imsg));
		channel_next(&a, &b, &copy);
		ATF_CHECK_EQ(1, imsg_get_type(&copy));
		ATF_CHECK_EQ(2, imsg_get_id(&copy));
		ATF_CHECK_EQ(3, imsg_get_pid(&copy));
		ATF_CHECK_EQ(-1, imsg_get_fd(&copy));
		ATF_CHECK_EQ(0, imsg_get_data(&copy, got, 4));
		ATF_CHECK_EQ(0, memcmp(got, "abcd", 4));
		imsg_free(&copy);
	}
	imsg_free(&imsg);
	channel_close(&a, &b);
}

ATF_TC_WITHOUT_HEAD(size_limits);
ATF_TC_BODY(size_limits, tc)
{
	static char	 big[MAXSIZE + 1];
	struct imsg	 imsg;
	struct iovec	 iov[2] = { { big, MAXSIZE }, { big, 1 } };
	struct ibuf	*msg;

	channel_open(&a, &b, MAXSIZE);
	memset(big, 'x', sizeof(big));
	ATF_CHECK_EQ(1, imsg_compose(&a, 1, 0, 0, -1, big, MAXSIZE));
	errno = 0;
	ATF_CHECK_EQ(-1, imsg_compose(&a, 1, 0, 0, -1, big, MAXSIZE + 1));
	ATF_CHECK_EQ(ERANGE, errno);
	ATF_CHECK_EQ(-1, imsg_compose(&a, 1, 0, 0, -1, big, SIZE_MAX));
	ATF_CHECK_EQ(-1, imsg_composev(&a, 1, 0, 0, -1, iov, 2));
	ATF_CHECK(imsg_create(&a, 1, 0, 0, MAXSIZE + 1) == NULL);
	ATF_CHECK(imsg_create(&a, 1, 0, 0, SIZE_MAX - 8) == NULL);
	ATF_REQUIRE((msg = imsg_create(&a, 1, 0, 0, 0)) != NULL);
	ATF_CHECK_EQ(MAXSIZE, imsg_add(msg, big, MAXSIZE));
	ATF_CHECK_EQ(-1, imsg_add(msg, big, 1));
	ATF_CHECK_EQ(1, imsgbuf_queuelen(&a));
	channel_next(&a, &b, &imsg);
	ATF_CHECK_EQ(MAXSIZE, imsg_get_len(&imsg));
	imsg_free(&imsg);
	errno = 0;
	ATF_CHECK_EQ(-1, imsgbuf_set_maxsize(&a, UINT32_MAX));
	ATF_CHECK_EQ(EINVAL, errno);
	ATF_CHECK_EQ(-1, imsgbuf_set_maxsize(&a, 0x80000000U));
	channel_close(&a, &b);

	/* The default: MAX_IMSGSIZE with the header. */
	channel_open(&a, &b, MAXSIZE);
	imsgbuf_clear(&a);
	ATF_REQUIRE_EQ(0, imsgbuf_init(&a, a.fd));
	ATF_CHECK_EQ(1, imsg_compose(&a, 1, 0, 0, -1, big,
	    MAX_IMSGSIZE - IMSG_HEADER_SIZE));
	ATF_CHECK_EQ(-1, imsg_compose(&a, 1, 0, 0, -1, big,
	    MAX_IMSGSIZE - IMSG_HEADER_SIZE + 1));
	channel_close(&a, &b);
}

/* A length that cannot be: the read fails, and goes on failing. */
static void
bad_length(uint32_t len)
{
	unsigned char	 wire[100], good[100];
	struct imsg	 imsg;
	size_t		 n;

	channel_open(&a, &b, MAXSIZE);
	n = raw(good, 1, IMSG_HEADER_SIZE + 3, "abc", 3);
	n += raw(good + n, 2, len, "abc", 3);
	send_raw(good, n, NULL, 0);
	errno = 0;
	ATF_CHECK_EQ_MSG(-1, imsgbuf_read(&b), "length %u", len);
	ATF_CHECK_EQ(ERANGE, errno);
	/* What came before it is whole. */
	ATF_CHECK_EQ(1, imsgbuf_get(&b, &imsg));
	ATF_CHECK_EQ(1, imsg_get_type(&imsg));
	imsg_free(&imsg);
	ATF_CHECK_EQ(0, imsgbuf_get(&b, &imsg));
	/* The rest is out of step for ever, whatever is allowed later. */
	ATF_CHECK_EQ(0, imsgbuf_set_maxsize(&b, MAXSIZE * 2));
	n = raw(wire, 3, IMSG_HEADER_SIZE, NULL, 0);
	send_raw(wire, n, NULL, 0);
	errno = 0;
	ATF_CHECK_EQ(-1, imsgbuf_read(&b));
	ATF_CHECK_EQ(ERANGE, errno);
	ATF_CHECK_EQ(0, imsgbuf_get(&b, &imsg));
	channel_close(&a, &b);
}

ATF_TC_WITHOUT_HEAD(hostile_lengths);
ATF_TC_BODY(hostile_lengths, tc)
{
	bad_length(0);
	bad_length(1);
	bad_length(IMSG_HEADER_SIZE - 1);
	bad_length(IMSG_HEADER_SIZE + MAXSIZE + 1);
	bad_length(INT32_MAX);
	bad_length(0x80000000U);
	bad_length(0x80000000U + IMSG_HEADER_SIZE - 1);
	bad_length(UINT32_MAX);
}

ATF_TC_WITHOUT_HEAD(byte_by_byte);
ATF_TC_BODY(byte_by_byte, tc)
{
	unsigned char	 wire[400];
	struct imsg	 imsg;
	size_t		 n = 0, i;
	unsigned int	 k, seen = 0;
	char		 text[100];

	memset(text, 'q', sizeof(text));
	for (k = 0; k < 4; k++)
		n += raw(wire + n, k, IMSG_HEADER_SIZE + k * 33, text,
		    k * 33);
	channel_open(&a, &b, MAXSIZE);
	for (i = 0; i < n; i++) {
		send_raw(wire + i, 1, NULL, 0);
		ATF_REQUIRE_EQ(1, imsgbuf_read(&b));
		while (imsgbuf_get(&b, &imsg) == 1) {
			ATF_CHECK_EQ(seen, imsg_get_type(&imsg));
			ATF_CHECK_EQ(seen * 33, imsg_get_len(&imsg));
			if (seen > 0)
				ATF_CHECK_EQ(0, memcmp(text, ibuf_data(
				    imsg.buf), seen * 33));
			imsg_free(&imsg);
			seen++;
		}
	}
	ATF_CHECK_EQ(4, seen);
	channel_close(&a, &b);
}

ATF_TC_WITHOUT_HEAD(every_split);
ATF_TC_BODY(every_split, tc)
{
	unsigned char	 wire[400];
	struct imsg	 imsg;
	size_t		 n = 0, i, j;
	unsigned int	 k, seen;
	char		 text[30] = "some text that is long enough";

	for (k = 0; k < 3; k++)
		n += raw(wire + n, k, IMSG_HEADER_SIZE + k * 13, text,
		    k * 13);
	channel_open(&a, &b, MAXSIZE);
	for (i = 0; i <= n; i++) {
		for (j = i; j <= n; j++) {
			send_raw(wire, i, NULL, 0);
			ATF_REQUIRE_EQ(1, imsgbuf_read(&b));
			send_raw(wire + i, j - i, NULL, 0);
			ATF_REQUIRE_EQ(1, imsgbuf_read(&b));
			send_raw(wire + j, n - j, NULL, 0);
			ATF_REQUIRE_EQ(1, imsgbuf_read(&b));
			for (seen = 0; imsgbuf_get(&b, &imsg) == 1; seen++) {
				ATF_REQUIRE_EQ(seen, imsg_get_type(&imsg));
				ATF_REQUIRE_EQ(seen * 13, imsg_get_len(&imsg));
				ATF_REQUIRE_EQ(0, memcmp(text, ibuf_data(
				    imsg.buf), seen * 13));
				imsg_free(&imsg);
			}
			ATF_REQUIRE_EQ(3, seen);
		}
	}
	channel_close(&a, &b);
}

ATF_TC_WITHOUT_HEAD(ten_thousand);
ATF_TC_BODY(ten_thousand, tc)
{
	struct imsg	 imsg;
	uint32_t	 i, got = 0;
	uint64_t	 v[3];

	channel_open(&a, &b, MAXSIZE);
	for (i = 0; i < 10000; i++) {
		v[0] = v[1] = v[2] = i;
		ATF_REQUIRE_EQ(1, imsg_compose(&a, 1, i, 0, -1, v, i % 4 * 8));
	}
	ATF_CHECK_EQ(10000, imsgbuf_queuelen(&a));
	while (got < 10000) {
		ATF_REQUIRE_EQ(0, imsgbuf_write(&a));
		ATF_REQUIRE_EQ(1, imsgbuf_read(&b));
		while (imsgbuf_get(&b, &imsg) == 1) {
			ATF_REQUIRE_EQ(got, imsg_get_id(&imsg));
			ATF_REQUIRE_EQ(got % 4 * 8, imsg_get_len(&imsg));
			if (got % 4 > 0) {
				ATF_REQUIRE_EQ(0, imsg_get_data(&imsg, v,
				    got % 4 * 8));
				ATF_REQUIRE_EQ(got, v[got % 4 - 1]);
			}
			imsg_free(&imsg);
			got++;
		}
	}
	ATF_CHECK_EQ(0, imsgbuf_queuelen(&a));
	none();
	channel_close(&a, &b);
}

/* Octet i of message id. */
static unsigned char
pattern(uint32_t id, size_t i)
{
	return id * 31 + i * 7 + (i >> 8);
}

ATF_TC_WITHOUT_HEAD(mail);
ATF_TC_BODY(mail, tc)
{
	struct imsg	 imsg;
	struct ibuf	 in;
	struct ibuf	*msg;
	unsigned char	*p;
	uint32_t	 sent = 0, got = 0;
	size_t		 i, len;

	channel_open(&a, &b, MAXSIZE);
	while (got < 2000) {
		while (sent < 2000 && imsgbuf_queuelen(&a) < 3) {
			len = rnd() % 4 == 0 ? rnd() % 100 : rnd() % MAXSIZE;
			msg = imsg_create(&a, 1, sent, 0, len);
			ATF_REQUIRE(msg != NULL);
			ATF_REQUIRE((p = ibuf_reserve(msg, len)) != NULL);
			for (i = 0; i < len; i++)
				p[i] = pattern(sent, i);
			imsg_close(&a, msg);
			sent++;
		}
		ATF_REQUIRE_EQ(0, imsgbuf_write(&a));
		ATF_REQUIRE_EQ(1, imsgbuf_read(&b));
		while (imsgbuf_get(&b, &imsg) == 1) {
			ATF_REQUIRE_EQ(got, imsg_get_id(&imsg));
			len = imsg_get_len(&imsg);
			if (len > 0) {
				ATF_REQUIRE_EQ(0, imsg_get_ibuf(&imsg, &in));
				p = ibuf_data(&in);
				for (i = 0; i < len; i++)
					if (p[i] != pattern(got, i))
						atf_tc_fail("octet %zu of %u",
						    i, got);
			}
			imsg_free(&imsg);
			got++;
		}
	}
	channel_close(&a, &b);
}

/* A file whose inode tells it apart. */
static int
unique_fd(ino_t *ino)
{
	char		 path[] = "fd.XXXXXXXXXX";
	struct stat	 st;
	int		 fd;

	ATF_REQUIRE((fd = mkstemp(path)) != -1);
	ATF_REQUIRE_EQ(0, unlink(path));
	ATF_REQUIRE_EQ(0, fstat(fd, &st));
	*ino = st.st_ino;
	return fd;
}

ATF_TC_WITHOUT_HEAD(fd_many);
ATF_TC_BODY(fd_many, tc)
{
	ino_t		 ino[300];
	struct stat	 st;
	static char	 fill[60000];
	struct imsg	 imsg;
	int		 fd, i, got = 0, before = open_fds();

	/* A small socket buffer, so long ones go in several pieces. */
	channel_open(&a, &b, MAXSIZE);
	i = 4096;
	ATF_REQUIRE_EQ(0, setsockopt(a.fd, SOL_SOCKET, SO_SNDBUF, &i,
	    sizeof(i)));
	memset(fill, 'f', sizeof(fill));
	/* Some with a descriptor, some without, some of them long. */
	for (i = 0; i < 300; i++) {
		fd = -1;
		ino[i] = 0;
		if (rnd() % 2)
			fd = unique_fd(&ino[i]);
		ATF_REQUIRE_EQ(1, imsg_compose(&a, i, 0, 0, fd, fill,
		    rnd() % 3 == 0 ? rnd() % sizeof(fill) : rnd() % 20));
	}
	while (got < 300) {
		channel_next(&a, &b, &imsg);
		ATF_REQUIRE_EQ(got, imsg_get_type(&imsg));
		fd = imsg_get_fd(&imsg);
		ATF_REQUIRE_EQ(ino[got] == 0, fd == -1);
		if (fd != -1) {
			ATF_REQUIRE_EQ(0, fstat(fd, &st));
			ATF_REQUIRE_EQ(ino[got], st.st_ino);
			ATF_CHECK(fcntl(fd, F_GETFD) & FD_CLOEXEC);
			close(fd);
		}
		ATF_CHECK_EQ(-1, imsg_get_fd(&imsg));
		imsg_free(&imsg);
		got++;
	}
	/* None was sent twice. */
	ATF_CHECK_EQ(before + 2, open_fds());
	channel_close(&a, &b);
	ATF_CHECK_EQ(before, open_fds());
}

ATF_TC_WITHOUT_HEAD(fd_no_optin);
ATF_TC_BODY(fd_no_optin, tc)
{
	struct imsg	 imsg;
	struct ibuf	*msg;
	int		 fd, before = open_fds();

	/* The sender does not allow it. */
	channel_open(&a, &b, MAXSIZE);
	imsgbuf_clear(&a);
	ATF_REQUIRE_EQ(0, imsgbuf_init(&a, a.fd));
	fd = dup(0);
	errno = 0;
	ATF_CHECK_EQ(-1, imsg_compose(&a, 1, 0, 0, fd, NULL, 0));
	ATF_CHECK_EQ(EINVAL, errno);
	ATF_CHECK(fcntl(fd, F_GETFD) != -1);
	ATF_REQUIRE((msg = imsg_create(&a, 1, 0, 0, 0)) != NULL);
	ibuf_fd_set(msg, fd);
	imsg_close(&a, msg);
	ATF_CHECK_EQ(-1, fcntl(fd, F_GETFD));
	channel_next(&a, &b, &imsg);
	ATF_CHECK_EQ(-1, imsg_get_fd(&imsg));
	imsg_free(&imsg);
	channel_close(&a, &b);

	/* The receiver does not. */
	channel_open(&a, &b, MAXSIZE);
	imsgbuf_clear(&b);
	ATF_REQUIRE_EQ(0, imsgbuf_init(&b, b.fd));
	ATF_CHECK_EQ(1, imsg_compose(&a, 1, 0, 0, dup(0), "abc", 3));
	channel_next(&a, &b, &imsg);
	ATF_CHECK_EQ(3, imsg_get_len(&imsg));
	ATF_CHECK_EQ(-1, imsg_get_fd(&imsg));
	ATF_CHECK_EQ(before + 2, open_fds());
	imsg_free(&imsg);
	channel_close(&a, &b);
	ATF_CHECK_EQ(before, open_fds());
}

/* The descriptor comes with octets long before the message that has it. */
ATF_TC_WITHOUT_HEAD(fd_early);
ATF_TC_BODY(fd_early, tc)
{
	unsigned char	 wire[400];
	struct imsg	 imsg;
	size_t		 n, i, cut;
	int		 k, fd, before = open_fds();

	n = raw(wire, 0, IMSG_HEADER_SIZE + 5, "abcde", 5);
	n += raw(wire + n, 1, IMSG_HEADER_SIZE, NULL, 0);
	n += raw(wire + n, 2, (IMSG_HEADER_SIZE + 2) | 0x80000000U, "ab", 2);
	n += raw(wire + n, 3, IMSG_HEADER_SIZE, NULL, 0);
	for (cut = 1; cut < n; cut++) {
		channel_open(&a, &b, MAXSIZE);
		fd = dup(0);
		send_raw(wire, cut, &fd, 1);
		close(fd);
		for (i = cut; i < n; i++)
			send_raw(wire + i, 1, NULL, 0);
		for (k = 0; k < 4; k++) {
			channel_next(&a, &b, &imsg);
			ATF_REQUIRE_EQ(k, imsg_get_type(&imsg));
			fd = imsg_get_fd(&imsg);
			ATF_REQUIRE_EQ(k == 2, fd != -1);
			if (fd != -1)
				close(fd);
			imsg_free(&imsg);
		}
		channel_close(&a, &b);
		ATF_REQUIRE_EQ(before, open_fds());
	}
}

ATF_TC_WITHOUT_HEAD(fd_surplus);
ATF_TC_BODY(fd_surplus, tc)
{
	unsigned char	 wire[100];
	struct imsg	 imsg;
	size_t		 n;
	int		 fds[3] = { 0, 0, 0 }, i, before;

	channel_open(&a, &b, MAXSIZE);
	before = open_fds();
	/* Three at once, then one with each message, none of them claimed. */
	n = raw(wire, 0, IMSG_HEADER_SIZE, NULL, 0);
	send_raw(wire, n, fds, 3);
	ATF_CHECK_EQ(1, imsgbuf_read(&b));
	ATF_CHECK_EQ(before + 1, open_fds());
	for (i = 0; i < 10; i++) {
		send_raw(wire, n, fds, 1);
		ATF_CHECK_EQ(1, imsgbuf_read(&b));
	}
	ATF_CHECK_EQ(before + 1, open_fds());
	for (i = 0; i < 11; i++) {
		channel_next(&a, &b, &imsg);
		ATF_CHECK_EQ(-1, imsg_get_fd(&imsg));
		imsg_free(&imsg);
	}
	/* Marked, but nothing came: without one. */
	imsgbuf_clear(&b);
	ATF_CHECK_EQ(before, open_fds());
	ATF_REQUIRE_EQ(0, imsgbuf_init(&b, b.fd));
	imsgbuf_allow_fdpass(&b);
	n = raw(wire, 9, IMSG_HEADER_SIZE | 0x80000000U, NULL, 0);
	send_raw(wire, n, NULL, 0);
	channel_next(&a, &b, &imsg);
	ATF_CHECK_EQ(9, imsg_get_type(&imsg));
	ATF_CHECK_EQ(0, imsg_get_len(&imsg));
	ATF_CHECK_EQ(-1, imsg_get_fd(&imsg));
	imsg_free(&imsg);
	channel_close(&a, &b);
}

ATF_TC_WITHOUT_HEAD(fd_unclaimed);
ATF_TC_BODY(fd_unclaimed, tc)
{
	unsigned char	 wire[100];
	struct imsg	 imsg;
	size_t		 n;
	int		 fd = 0, before;

	channel_open(&a, &b, MAXSIZE);
	before = open_fds();
	/* By imsg_free. */
	ATF_CHECK_EQ(1, imsg_compose(&a, 1, 0, 0, dup(0), NULL, 0));
	channel_next(&a, &b, &imsg);
	ATF_CHECK_EQ(before + 1, open_fds());
	imsg_free(&imsg);
	ATF_CHECK_EQ(before, open_fds());
	/* By imsgbuf_clear: not sent, not fetched, in a part of a message. */
	ATF_CHECK_EQ(1, imsg_compose(&a, 1, 0, 0, dup(0), NULL, 0));
	ATF_CHECK_EQ(0, imsgbuf_write(&a));
	ATF_CHECK_EQ(before, open_fds());
	ATF_CHECK_EQ(1, imsgbuf_read(&b));
	n = raw(wire, 1, (IMSG_HEADER_SIZE + 3) | 0x80000000U, "ab", 2);
	send_raw(wire, n, &fd, 1);
	ATF_CHECK_EQ(1, imsgbuf_read(&b));
	ATF_CHECK_EQ(1, imsg_compose(&a, 1, 0, 0, dup(0), NULL, 0));
	ATF_CHECK_EQ(before + 3, open_fds());
	imsgbuf_clear(&a);
	ATF_CHECK_EQ(before + 2, open_fds());
	imsgbuf_clear(&b);
	ATF_CHECK_EQ(before, open_fds());
	close(a.fd);
	close(b.fd);
}

/* No room for one more descriptor: the message comes without it. */
ATF_TC_WITHOUT_HEAD(fd_no_room);
ATF_TC_BODY(fd_no_room, tc)
{
	struct rlimit	 rl, old;
	struct imsg	 imsg;

	channel_open(&a, &b, MAXSIZE);
	ATF_CHECK_EQ(1, imsg_compose(&a, 1, 0, 0, dup(0), "abc", 3));
	ATF_CHECK_EQ(1, imsg_compose(&a, 2, 0, 0, -1, NULL, 0));
	ATF_CHECK_EQ(0, imsgbuf_write(&a));
	ATF_REQUIRE_EQ(0, getrlimit(RLIMIT_NOFILE, &old));
	rl = old;
	rl.rlim_cur = 0;
	ATF_REQUIRE_EQ(0, setrlimit(RLIMIT_NOFILE, &rl));
	channel_next(&a, &b, &imsg);
	ATF_REQUIRE_EQ(0, setrlimit(RLIMIT_NOFILE, &old));
	ATF_CHECK_EQ(1, imsg_get_type(&imsg));
	ATF_CHECK_EQ(3, imsg_get_len(&imsg));
	ATF_CHECK_EQ(-1, imsg_get_fd(&imsg));
	imsg_free(&imsg);
	channel_next(&a, &b, &imsg);
	ATF_CHECK_EQ(2, imsg_get_type(&imsg));
	imsg_free(&imsg);
	channel_close(&a, &b);
}

ATF_TC_WITHOUT_HEAD(end_of_file);
ATF_TC_BODY(end_of_file, tc)
{
	unsigned char	 wire[100];
	struct imsg	 imsg;
	size_t		 n, i;

	n = raw(wire, 1, IMSG_HEADER_SIZE + 4, "abcd", 4);
	for (i = 0; i <= n; i++) {
		channel_open(&a, &b, MAXSIZE);
		send_raw(wire, i, NULL, 0);
		shutdown(a.fd, SHUT_WR);
		ATF_REQUIRE_EQ(i > 0, imsgbuf_read(&b));
		ATF_REQUIRE_EQ(0, imsgbuf_read(&b));
		ATF_REQUIRE_EQ(0, imsgbuf_read(&b));
		ATF_REQUIRE_EQ(i == n, imsgbuf_get(&b, &imsg));
		if (i == n)
			imsg_free(&imsg);
		channel_close(&a, &b);
	}
}

/* All that was sent before the peer went away is there to be read. */
ATF_TC_WITHOUT_HEAD(last_words);
ATF_TC_BODY(last_words, tc)
{
	static char	 fill[50000];
	struct imsg	 imsg;
	int		 i, got = 0, n;

	channel_open(&a, &b, MAXSIZE);
	for (i = 0; i < 3; i++)
		ATF_CHECK_EQ(1, imsg_compose(&a, i, 0, 0, -1, fill,
		    sizeof(fill)));
	ATF_CHECK_EQ(0, imsgbuf_write(&a));
	ATF_REQUIRE_EQ(0, imsgbuf_queuelen(&a));
	/* Data that it never read makes the close a reset. */
	ATF_CHECK_EQ(1, imsg_compose(&b, 9, 0, 0, -1, fill, 10));
	ATF_CHECK_EQ(0, imsgbuf_write(&b));
	imsgbuf_clear(&a);
	close(a.fd);
	while ((n = imsgbuf_read(&b)) == 1)
		continue;
	ATF_CHECK(n == 0 || errno == ECONNRESET);
	while (imsgbuf_get(&b, &imsg) == 1) {
		ATF_CHECK_EQ(sizeof(fill), imsg_get_len(&imsg));
		imsg_free(&imsg);
		got++;
	}
	ATF_CHECK_EQ(3, got);
	/* And no SIGPIPE. */
	ATF_CHECK_EQ(1, imsg_compose(&b, 1, 0, 0, -1, NULL, 0));
	errno = 0;
	ATF_CHECK_EQ(-1, imsgbuf_write(&b));
	ATF_CHECK_EQ(EPIPE, errno);
	ATF_CHECK_EQ(1, imsgbuf_queuelen(&b));
	imsgbuf_clear(&b);
	close(b.fd);
}

/* A reset right behind a full read must not hide what was read. */
ATF_TC_WITHOUT_HEAD(reset_after_full_read);
ATF_TC_BODY(reset_after_full_read, tc)
{
	unsigned char	 wire[IBUF_READ_SIZE];
	struct imsg	 imsg;
	size_t		 n;

	channel_open(&a, &b, MAXSIZE);
	memset(wire, 0, sizeof(wire));
	n = raw(wire, 1, IMSG_HEADER_SIZE, NULL, 0);
	raw(wire + n, 2, IMSG_HEADER_SIZE + sizeof(wire), NULL, 0);
	send_raw(wire, sizeof(wire), NULL, 0);
	ATF_CHECK_EQ(1, imsg_compose(&b, 9, 0, 0, -1, NULL, 0));
	ATF_CHECK_EQ(0, imsgbuf_write(&b));
	close(a.fd);
	ATF_CHECK_EQ(1, imsgbuf_read(&b));
	ATF_REQUIRE_EQ(1, imsgbuf_get(&b, &imsg));
	ATF_CHECK_EQ(1, imsg_get_type(&imsg));
	imsg_free(&imsg);
	ATF_CHECK(imsgbuf_read(&b) != 1);
	imsgbuf_clear(&a);
	imsgbuf_clear(&b);
	close(b.fd);
}

ATF_TC_WITHOUT_HEAD(would_block);
ATF_TC_BODY(would_block, tc)
{
	static char	 fill[60000];
	struct imsg	 imsg;
	int		 i;

	channel_open(&a, &b, MAXSIZE);
	none();
	for (i = 0; i < 50; i++)
		ATF_CHECK_EQ(1, imsg_compose(&a, i, 0, 0, -1, fill,
		    sizeof(fill)));
	ATF_CHECK_EQ(0, imsgbuf_write(&a));
	ATF_CHECK(imsgbuf_queuelen(&a) > 0);
	ATF_CHECK_EQ(0, imsgbuf_write(&a));
	for (i = 0; i < 50; i++) {
		channel_next(&a, &b, &imsg);
		ATF_REQUIRE_EQ(i, imsg_get_type(&imsg));
		ATF_REQUIRE_EQ(sizeof(fill), imsg_get_len(&imsg));
		imsg_free(&imsg);
	}
	none();
	/* flush: all at once where there is room for it. */
	for (i = 0; i < 200; i++)
		ATF_CHECK_EQ(1, imsg_compose(&a, i, 0, 0, -1, NULL, 0));
	ATF_CHECK_EQ(0, imsgbuf_flush(&a));
	ATF_CHECK_EQ(0, imsgbuf_queuelen(&a));
	channel_close(&a, &b);
}

ATF_TC_WITHOUT_HEAD(bad_socket);
ATF_TC_BODY(bad_socket, tc)
{
	channel_open(&a, &b, MAXSIZE);
	close(b.fd);
	errno = 0;
	ATF_CHECK_EQ(-1, imsgbuf_read(&b));
	ATF_CHECK_EQ(EBADF, errno);
	ATF_CHECK_EQ(1, imsg_compose(&b, 1, 0, 0, -1, NULL, 0));
	ATF_CHECK_EQ(-1, imsgbuf_flush(&b));
	ATF_CHECK_EQ(EBADF, errno);
	imsgbuf_clear(&b);
	imsgbuf_clear(&b);
	imsgbuf_clear(&a);
	close(a.fd);
}

ATF_TC_WITHOUT_HEAD(garbage);
ATF_TC_BODY(garbage, tc)
{
	unsigned char	 wire[3000];
	struct imsg	 imsg;
	int		 round, fd = 0, before = open_fds();
	size_t		 i, n;

	for (round = 0; round < 3000; round++) {
		channel_open(&a, &b, MAXSIZE);
		n = 1 + rnd() % sizeof(wire);
		for (i = 0; i < n; i++)
			wire[i] = rnd();
		/* Half of them with a length that could be. */
		if (rnd() % 2 && n >= IMSG_HEADER_SIZE)
			raw(wire, rnd() % 32, IMSG_HEADER_SIZE + rnd() % 64,
			    NULL, 0);
		send_raw(wire, n, &fd, rnd() % 2);
		(void)imsgbuf_read(&b);
		while (imsgbuf_get(&b, &imsg) == 1)
			imsg_free(&imsg);
		channel_close(&a, &b);
	}
	ATF_CHECK_EQ(before, open_fds());
}

/* Thousands of channels wait at any time: they must be small while they do. */
ATF_TC_WITHOUT_HEAD(idle_is_small);
ATF_TC_BODY(idle_is_small, tc)
{
	static char	 fill[60000];
	static struct imsgbuf many[1000];
	struct imsg	 imsg;
	size_t		 before, used;
	int		 i;

	channel_open(&a, &b, MAXSIZE);
	before = mallinfo2().uordblks;
	for (i = 0; i < 1000; i++) {
		ATF_REQUIRE_EQ(0, imsgbuf_init(&many[i], b.fd));
		ATF_REQUIRE_EQ(0, imsgbuf_set_maxsize(&many[i], MAXSIZE));
		ATF_REQUIRE_EQ(1, imsg_compose(&a, 1, 0, 0, -1, fill,
		    sizeof(fill)));
		while (imsgbuf_get(&many[i], &imsg) == 0) {
			ATF_REQUIRE_EQ(0, imsgbuf_write(&a));
			ATF_REQUIRE_EQ(1, imsgbuf_read(&many[i]));
		}
		imsg_free(&imsg);
	}
	used = mallinfo2().uordblks - before;
	ATF_CHECK_MSG(used < 1000 * 512, "%zu octets each", used / 1000);
	for (i = 0; i < 1000; i++)
		imsgbuf_clear(&many[i]);
	channel_close(&a, &b);
}

ATF_TC_WITHOUT_HEAD(reader_rules);
ATF_TC_BODY(reader_rules, tc)
{
	struct msgbuf	*mb;

	/* A queue that only writes cannot read. */
	ATF_REQUIRE((mb = msgbuf_new()) != NULL);
	ATF_CHECK_EQ(-1, msgbuf_read(0, mb));
	ATF_CHECK(msgbuf_get(mb) == NULL);
	msgbuf_free(mb);
	ATF_CHECK(msgbuf_new_reader(0, NULL, NULL) == NULL);
	msgbuf_free(NULL);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, round_trip);
	ATF_TP_ADD_TC(tp, getters);
	ATF_TP_ADD_TC(tp, composers);
	ATF_TP_ADD_TC(tp, forward);
	ATF_TP_ADD_TC(tp, size_limits);
	ATF_TP_ADD_TC(tp, hostile_lengths);
	ATF_TP_ADD_TC(tp, byte_by_byte);
	ATF_TP_ADD_TC(tp, every_split);
	ATF_TP_ADD_TC(tp, ten_thousand);
	ATF_TP_ADD_TC(tp, mail);
	ATF_TP_ADD_TC(tp, fd_many);
	ATF_TP_ADD_TC(tp, fd_no_optin);
	ATF_TP_ADD_TC(tp, fd_early);
	ATF_TP_ADD_TC(tp, fd_surplus);
	ATF_TP_ADD_TC(tp, fd_unclaimed);
	ATF_TP_ADD_TC(tp, fd_no_room);
	ATF_TP_ADD_TC(tp, end_of_file);
	ATF_TP_ADD_TC(tp, last_words);
	ATF_TP_ADD_TC(tp, reset_after_full_read);
	ATF_TP_ADD_TC(tp, would_block);
	ATF_TP_ADD_TC(tp, bad_socket);
	ATF_TP_ADD_TC(tp, garbage);
	ATF_TP_ADD_TC(tp, idle_is_small);
	ATF_TP_ADD_TC(tp, reader_rules);
	return atf_no_error();
}
