/* SPDX-License-Identifier: ISC */
/* Runs in: authd, root, before any other process.  Trusts: the master. */

#include <sys/types.h>
#include <sys/socket.h>
#include <netinet/in.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "inherit.h"
#include "log.h"

static int	*sockets;	/* -1: taken */
static size_t	 count;

void
inherit_add(int fd)
{
	int	*more;

	if ((more = reallocarray(sockets, count + 1, sizeof(*more))) == NULL)
		fatal("listeners");
	sockets = more;
	sockets[count++] = fd;
}

/* Whether fd is bound to this address: 1 or 0. */
static int
inherit_bound(int fd, const struct sockaddr_storage *ss)
{
	struct sockaddr_storage	 own;
	struct sockaddr_in	 a, b;
	struct sockaddr_in6	 a6, b6;
	socklen_t		 len = sizeof(own), typelen = sizeof(int);
	int			 type = 0;

	memset(&own, 0, sizeof(own));
	if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &typelen) == -1 ||
	    type != SOCK_STREAM ||
	    getsockname(fd, (struct sockaddr *)&own, &len) == -1 ||
	    own.ss_family != ss->ss_family)
		return 0;
	if (own.ss_family == AF_INET) {
		memcpy(&a, &own, sizeof(a));
		memcpy(&b, ss, sizeof(b));
		return a.sin_port == b.sin_port &&
		    a.sin_addr.s_addr == b.sin_addr.s_addr;
	}
	memcpy(&a6, &own, sizeof(a6));
	memcpy(&b6, ss, sizeof(b6));
	return a6.sin6_port == b6.sin6_port &&
	    a6.sin6_scope_id == b6.sin6_scope_id &&
	    IN6_ARE_ADDR_EQUAL(&a6.sin6_addr, &b6.sin6_addr);
}

int
inherit_take(const struct sockaddr_storage *ss)
{
	size_t	 i;
	int	 fd;

	for (i = 0; i < count; i++) {
		if ((fd = sockets[i]) != -1 && inherit_bound(fd, ss)) {
			sockets[i] = -1;
			return fd;
		}
	}
	return -1;
}

void
inherit_drop(void)
{
	size_t	 i;

	for (i = 0; i < count; i++) {
		if (sockets[i] != -1)
			(void)close(sockets[i]);
	}
	free(sockets);
	sockets = NULL;
	count = 0;
}
