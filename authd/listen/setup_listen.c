/* SPDX-License-Identifier: ISC */
/*
 * Runs in: authd, root, before any other process.  Trusts: the configuration.
 * Binds the addresses of all listeners, or checks whether they could be bound.
 */

#include <sys/types.h>
#include <sys/socket.h>
#include <netinet/in.h>

#include <errno.h>
#include <ifaddrs.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "authd.h"
#include "conf_listen.h"
#include "defaults.h"
#include "generation.h"
#include "inherit.h"
#include "log.h"
#include "setup.h"
#include "sockets.h"

/* Tries to bind a new IPv6 address of an interface; 100 ms each. */
#define TENTATIVE_TRIES	50

static unsigned int
setup_listen_port(const struct conf_listen *l)
{
	struct sockaddr_in	 sin;
	struct sockaddr_in6	 sin6;

	if (l->ss.ss_family == AF_INET) {
		memcpy(&sin, &l->ss, sizeof(sin));
		return ntohs(sin.sin_port);
	}
	memcpy(&sin6, &l->ss, sizeof(sin6));
	return ntohs(sin6.sin6_port);
}

/*
 * A bound socket, or -1 and errno.  It is bound without SO_REUSEPORT: another
 * server on the port is an error.  Set afterwards, that option lets pop3d -n
 * bind beside a pop3d of the same user, but beside no other server.
 */
static int
setup_listen_bind(const struct conf_listen *l)
{
	const int	 on = 1;
	int		 fd, saved;

	fd = socket(l->ss.ss_family, SOCK_STREAM | SOCK_NONBLOCK |
	    SOCK_CLOEXEC, 0);
	if (fd == -1)
		return -1;
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == -1 ||
	    (l->ss.ss_family == AF_INET6 && setsockopt(fd, IPPROTO_IPV6,
	    IPV6_V6ONLY, &on, sizeof(on)) == -1) ||
	    (authd.check_only && setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on,
	    sizeof(on)) == -1) ||
	    bind(fd, (const struct sockaddr *)&l->ss, l->sslen) == -1 ||
	    (!authd.check_only && (setsockopt(fd, SOL_SOCKET, SO_REUSEPORT,
	    &on, sizeof(on)) == -1 || (!generation_follows() &&
	    listen(fd, SOCKETS_BACKLOG) == -1)))) {
		saved = errno;
		(void)close(fd);
		errno = saved;
		return -1;
	}
	return fd;
}

/*
 * Whether an interface has this IPv6 address.  If it cannot be bound yet, the
 * kernel is still looking for a neighbour with the same address.
 */
static int
setup_listen_tentative(const struct conf_listen *l)
{
	struct sockaddr_in6	 want, have;
	struct ifaddrs		*all, *ifa;
	int			 found = 0;

	if (l->ss.ss_family != AF_INET6 || getifaddrs(&all) == -1)
		return 0;
	memcpy(&want, &l->ss, sizeof(want));
	for (ifa = all; ifa != NULL && !found; ifa = ifa->ifa_next) {
		if (ifa->ifa_addr == NULL ||
		    ifa->ifa_addr->sa_family != AF_INET6)
			continue;
		memcpy(&have, ifa->ifa_addr, sizeof(have));
		found = IN6_ARE_ADDR_EQUAL(&want.sin6_addr, &have.sin6_addr);
	}
	freeifaddrs(all);
	return found;
}

/* As setup_listen_bind(), but wait until the address is ready. */
static int
setup_listen_await(const struct conf_listen *l)
{
	const struct timespec	 pause = { 0, 100000000 };
	int			 fd, i;

	for (i = 0;; i++) {
		if ((fd = setup_listen_bind(l)) != -1 ||
		    errno != EADDRNOTAVAIL || i == TENTATIVE_TRIES)
			return fd;
		if (!setup_listen_tentative(l)) {
			errno = EADDRNOTAVAIL;
			return -1;
		}
		(void)nanosleep(&pause, NULL);
	}
}

/* Whether the next or previous entry, or NULL, is of the same statement. */
static int
setup_listen_same(const struct conf_listen *a, const struct conf_listen *b)
{
	return b != NULL && a->line == b->line &&
	    strcmp(a->file, b->file) == 0;
}

/* -1: this host does not have the address.  Everything else is fatal. */
static int
setup_listen_open(struct conf_listen *l)
{
	if (((l->fd = inherit_take(&l->ss)) != -1 ||
	    (l->fd = setup_listen_await(l)) != -1) && (authd.check_only ||
	    sockets_add(l, authd.conf->engines) == 0))
		return 0;
	switch (errno) {
	case EADDRNOTAVAIL:
	case EAFNOSUPPORT:
		return -1;
	case EADDRINUSE:
		fatalx("%s:%u: listen on %s: Address already in use; another "
		    "server has it: %s%u shows which", l->file, l->line,
		    listen_text(l), defaults_os.listeners,
		    setup_listen_port(l));
	case EACCES:
		if (!authd.check_only)
			fatalx("%s:%u: listen on %s: ports below 1024 need "
			    "root", l->file, l->line, listen_text(l));
		log_warnx("%s:%u: listen on %s: not tried, which takes root",
		    l->file, l->line, listen_text(l));
		return 0;
	default:
		fatal("%s:%u: listen on %s", l->file, l->line,
		    listen_text(l));
	}
}

/*
 * A name may have addresses that this host lacks, of a family or of other
 * hosts.  They are left out as long as the statement has one that works.
 */
void
setup_listeners(void)
{
	struct conf_listens	*all = &authd.conf->listens;
	struct conf_listen	*l, *next, *prev = NULL;

	TAILQ_FOREACH_SAFE(l, all, entry, next) {
		if (setup_listen_open(l) == 0) {
			if (authd.check_only && l->fd != -1) {
				(void)close(l->fd);
				l->fd = -1;
			}
			prev = l;
			continue;
		}
		if (!setup_listen_same(l, prev) && !setup_listen_same(l, next))
			fatalx("%s:%u: listen on %s: this host does not have "
			    "that address", l->file, l->line,
			    listen_text(l));
		log_warnx("%s:%u: listen on %s: left out, this host does not "
		    "have that address", l->file, l->line,
		    listen_text(l));
		TAILQ_REMOVE(all, l, entry);
		conf_listen_free(l);
	}
}
