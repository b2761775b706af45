/* SPDX-License-Identifier: ISC */
/* Runs in: engine (_pop3d, chroot).  Whether a client's machine is there. */

#include <sys/types.h>
#include <sys/socket.h>

#include <netinet/in.h>
#include <netinet/tcp.h>

#include <string.h>

#include "alive.h"

/* Questions before a silent client is given up, and the time between them. */
#define ASKED		4
#define ASK_SECONDS	5

/*
 * Not TCP_USER_TIMEOUT: it would also end the connection of a client that is
 * there and does not read, which has the time that timeout stall gives it.
 */
void
alive_watch(int fd)
{
	const int	 on = 1, asked = ASKED, ask = ASK_SECONDS;
	const int	 idle = ALIVE_SECONDS - ASKED * ASK_SECONDS;

	/* No connection of TCP, from inetd(8): then none of it is needed. */
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	(void)setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof(idle));
	(void)setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &ask, sizeof(ask));
	(void)setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &asked, sizeof(asked));
	(void)setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
}

/* -1: no connection of TCP. */
static int
alive_info(int fd, struct tcp_info *info)
{
	socklen_t	 len = sizeof(*info);

	memset(info, 0, sizeof(*info));
	return getsockopt(fd, IPPROTO_TCP, TCP_INFO, info, &len);
}

int
alive_lost(int fd)
{
	struct tcp_info	 info;

	if (alive_info(fd, &info) == -1)
		return 0;
	/*
	 * While nothing is sent the answers to alive_watch's questions count.
	 * A client that takes nothing is asked by the system, more and more
	 * seldom, whether it does again: one such question may be on its way.
	 */
	return (info.tcpi_unacked > 0 || info.tcpi_probes > 1) &&
	    info.tcpi_last_ack_recv >= ALIVE_SECONDS * 1000;
}

int
alive_taking(int fd, uint32_t seconds)
{
	struct tcp_info	 info;

	return alive_info(fd, &info) == 0 && info.tcpi_unacked > 0 &&
	    info.tcpi_last_ack_recv < (uint64_t)seconds * 1000;
}
