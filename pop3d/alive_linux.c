/* SPDX-License-Identifier: ISC */
/* Runs in: engine (_pop3d, chroot).  Detects clients that have gone. */

#include <sys/types.h>
#include <sys/socket.h>

#include <netinet/in.h>
#include <netinet/tcp.h>

#include <string.h>

#include "alive.h"

/* Keepalive probes before the connection ends, and seconds between them. */
#define PROBES		4
#define PROBE_SECONDS	5

/*
 * Not TCP_USER_TIMEOUT: it would also end the connection of a client that is
 * present and does not read.  How long that may last is up to timeout stall.
 */
void
alive_watch(int fd)
{
	const int	 on = 1, probes = PROBES, pause = PROBE_SECONDS;
	const int	 idle = ALIVE_SECONDS - PROBES * PROBE_SECONDS;

	/* These fail if inetd(8) gave us a socket that is not TCP. */
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	(void)setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof(idle));
	(void)setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &pause, sizeof(pause));
	(void)setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &probes, sizeof(probes));
	(void)setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
}

/* Returns -1 if the socket is not TCP. */
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
	 * While nothing is sent, answers to keepalive count.  If the client's
	 * window is closed, the kernel probes it at growing intervals; one
	 * probe may be on its way.
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
