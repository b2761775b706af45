/* SPDX-License-Identifier: ISC */
/*
 * Runs in: engine (_pop3d, chroot).  Whether a client's machine is there.  When
 * OpenBSD asks is up to sysctl net.inet.tcp.keepidle and keepintvl, for all
 * connections of the machine.
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

	/* No connection of TCP, from inetd(8): then none of it is needed. */
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	(void)setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
}

int
alive_lost(int fd)
{
	return 0;
}

/* Not known.  Nor lost: the system sends it even when the session has ended. */
int
alive_taking(int fd, uint32_t seconds)
{
	return 0;
}
