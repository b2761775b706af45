/* SPDX-License-Identifier: ISC */
/*
 * What those that have been taken over have in common: chance, and messages
 * that nobody may let pass.
 */

#include <sys/types.h>
#include <sys/socket.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <imsg.h>

#include "evil.h"
#include "log.h"
#include "proto.h"

unsigned char	 evil_noise[128 * 1024];

static uint64_t	 state;

/* The story went differently; the log says where and why. */
void
evil_give_up(int line)
{
	log_warn("evil: gives up in line %d", line);
	exit(1);
}

unsigned long long
evil_begin(void)
{
	uint64_t	 seed;
	size_t		 k;

	arc4random_buf(&seed, sizeof(seed));
	seed |= 1;
	state = seed;
	for (k = 0; k < sizeof(evil_noise); k++)
		evil_noise[k] = (unsigned char)evil_rnd(256);
	return seed;
}

uint32_t
evil_rnd(uint32_t below)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (uint32_t)(state >> 16) % below;
}

/* As it stands, with descriptors. */
void
evil_throw(int fd, const void *buf, size_t len, int nfds)
{
	union {
		struct cmsghdr	 hdr;
		unsigned char	 buf[CMSG_SPACE(sizeof(int) * 16)];
	}		 cmsg;
	struct iovec	 iov = { (void *)(uintptr_t)buf, len };
	struct msghdr	 msg;
	int		 fds[16], i;

	memset(&msg, 0, sizeof(msg));
	msg.msg_iov = &iov;
	msg.msg_iovlen = 1;
	if (nfds > 0) {
		memset(&cmsg, 0, sizeof(cmsg));
		msg.msg_control = &cmsg.buf;
		msg.msg_controllen = CMSG_SPACE(sizeof(int) * nfds);
		cmsg.hdr.cmsg_len = CMSG_LEN(sizeof(int) * nfds);
		cmsg.hdr.cmsg_level = SOL_SOCKET;
		cmsg.hdr.cmsg_type = SCM_RIGHTS;
		for (i = 0; i < nfds; i++)
			fds[i] = STDERR_FILENO;
		memcpy(CMSG_DATA(&cmsg.hdr), fds, sizeof(int) * nfds);
	}
	(void)sendmsg(fd, &msg, MSG_NOSIGNAL);
}

/* A header that says this, and so much behind it. */
void
evil_imsg(int fd, uint32_t type, uint32_t said, size_t len, int nfds)
{
	struct imsg_hdr	 hdr;

	memset(&hdr, 0, sizeof(hdr));
	hdr.type = type;
	hdr.len = said;
	hdr.peerid = evil_rnd(4) == 0 ? 1 : evil_rnd(UINT32_MAX);
	memcpy(evil_noise, &hdr, sizeof(hdr));
	evil_throw(fd, evil_noise, sizeof(hdr) + len, nfds);
	memset(evil_noise, (int)evil_rnd(256), sizeof(hdr));
}

/* Something that no peer of ours may let pass. */
void
evil_worst(int fd)
{
	uint32_t	 len = evil_rnd(2000), head = sizeof(struct imsg_hdr);

	switch (evil_rnd(10)) {
	case 0:
		evil_throw(fd, evil_noise, 1 + evil_rnd(sizeof(evil_noise)), 0);
		break;
	case 1:
		evil_imsg(fd, evil_rnd(IMSG_MAX + 10), head + len, len, 0);
		break;
	case 2:
		evil_imsg(fd, evil_rnd(IMSG_MAX), evil_rnd(UINT32_MAX), len, 0);
		break;
	case 3:
		evil_imsg(fd, evil_rnd(IMSG_MAX), evil_rnd(head), len, 0);
		break;
	case 4:
		evil_imsg(fd, IMSG_MAX + evil_rnd(1000000), head + len, len, 0);
		break;
	case 5:
		evil_imsg(fd, evil_rnd(IMSG_MAX), (head + len) | 1U << 31, len,
		    1 + (int)evil_rnd(16));
		break;
	case 6:
		evil_imsg(fd, evil_rnd(IMSG_MAX), (head + len) | 1U << 31, len,
		    0);
		break;
	case 7:
		evil_imsg(fd, evil_rnd(IMSG_MAX), head + 70000, 70000, 0);
		break;
	case 8:
		/* It ends in the middle. */
		evil_imsg(fd, evil_rnd(IMSG_MAX), head + 2000, len, 0);
		break;
	case 9:
		evil_imsg(fd, IMSG_AUTH_REQ, head + len, len, 0);
		break;
	}
}
