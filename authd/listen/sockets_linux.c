/* SPDX-License-Identifier: ISC */
/* Runs in: authd, root, before it is confined: it cannot bind later. */

#include <sys/types.h>
#include <sys/socket.h>
#include <netinet/in.h>

#include <stdlib.h>
#include <unistd.h>

#include "authd.h"
#include "inherit.h"
#include "sockets.h"

/*
 * Only sockets of the same user, root or the one that runs pop3d -d, may share
 * an address.  So nobody else gets a part of the connections.
 */
static int
sockets_make(const struct conf_listen *l)
{
	const int	 on = 1;
	int		 fd;

	fd = socket(l->ss.ss_family, SOCK_STREAM | SOCK_NONBLOCK |
	    SOCK_CLOEXEC, 0);
	if (fd == -1)
		return -1;
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == -1 ||
	    setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on)) == -1 ||
	    (l->ss.ss_family == AF_INET6 && setsockopt(fd, IPPROTO_IPV6,
	    IPV6_V6ONLY, &on, sizeof(on)) == -1) ||
	    bind(fd, (const struct sockaddr *)&l->ss, l->sslen) == -1 ||
	    (!authd.mastered && listen(fd, SOCKETS_BACKLOG) == -1)) {
		(void)close(fd);
		return -1;
	}
	return fd;
}

int
sockets_add(struct conf_listen *l, unsigned int n)
{
	int	 fd;

	if ((l->more = calloc(n, sizeof(*l->more))) == NULL)
		return -1;
	while (l->nmore + 1 < n) {
		if ((fd = inherit_take(&l->ss)) == -1 &&
		    (fd = sockets_make(l)) == -1)
			return -1;
		l->more[l->nmore++] = fd;
	}
	return 0;
}
