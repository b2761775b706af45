/* SPDX-License-Identifier: ISC */
/*
 * Runs in: engine (_pop3d, chroot).  Detects clients that have gone.  When
 * OpenBSD sends keepalive probes is set by sysctl net.inet.tcp.keepidle and
 * keepintvl, for all connections of the machine.
 */

#include <sys/types.h>
#include <sys/socket.h>

#include <netinet/in.h>
#include <netinet/tcp.h>

#include "alive.h"

void
alive_watch(int fd)
{
	const int	 on = 1;

	/* These fail if inetd(8) gave us a socket that is not TCP. */
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	(void)setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
}

int
alive_lost(int fd)
{
	return 0;
}

/* Unknown.  Nothing is lost: the kernel sends data after the session, too. */
int
alive_taking(int fd, uint32_t seconds)
{
	return 0;
}
