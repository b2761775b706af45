/* SPDX-License-Identifier: ISC */
/* Runs in: authd, as root.  Trusts: the configuration; name servers. */

#include <sys/types.h>
#include <sys/socket.h>
#include <netinet/in.h>

#include <errno.h>
#include <ifaddrs.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conf_listen.h"
#include "log.h"
#include "nitems.h"

static socklen_t addr_len(const struct sockaddr *);
static void	 addr_set_port(struct sockaddr_storage *, uint16_t);
static int	 addr_loopback(const struct sockaddr_storage *);
static int	 addr_same(const struct sockaddr_storage *,
		    const struct sockaddr_storage *);
static void	 found_add(struct conf_listens *, const struct listen_spec *,
		    const struct sockaddr *);
static void	 found_free(struct conf_listens *);
static int	 find_any(struct conf_listens *, const struct listen_spec *);
static int	 find_name(struct conf_listens *, const struct listen_spec *,
		    int);
static int	 find_interface(struct conf_listens *,
		    const struct listen_spec *);

/* The length of an IPv4 or IPv6 address; 0 for another family. */
static socklen_t
addr_len(const struct sockaddr *sa)
{
	switch (sa->sa_family) {
	case AF_INET:
		return sizeof(struct sockaddr_in);
	case AF_INET6:
		return sizeof(struct sockaddr_in6);
	default:
		return 0;
	}
}

static void
addr_set_port(struct sockaddr_storage *ss, uint16_t port)
{
	if (ss->ss_family == AF_INET)
		((struct sockaddr_in *)ss)->sin_port = htons(port);
	else
		((struct sockaddr_in6 *)ss)->sin6_port = htons(port);
}

static int
addr_loopback(const struct sockaddr_storage *ss)
{
	const struct sockaddr_in	*in;
	const struct sockaddr_in6	*in6;

	if (ss->ss_family == AF_INET) {
		in = (const struct sockaddr_in *)ss;
		return ntohl(in->sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
	}
	in6 = (const struct sockaddr_in6 *)ss;
	return IN6_IS_ADDR_LOOPBACK(&in6->sin6_addr);
}

static int
addr_same(const struct sockaddr_storage *a, const struct sockaddr_storage *b)
{
	const struct sockaddr_in	*a4, *b4;
	const struct sockaddr_in6	*a6, *b6;

	if (a->ss_family != b->ss_family)
		return 0;
	if (a->ss_family == AF_INET) {
		a4 = (const struct sockaddr_in *)a;
		b4 = (const struct sockaddr_in *)b;
		return a4->sin_port == b4->sin_port &&
		    a4->sin_addr.s_addr == b4->sin_addr.s_addr;
	}
	a6 = (const struct sockaddr_in6 *)a;
	b6 = (const struct sockaddr_in6 *)b;
	return a6->sin6_port == b6->sin6_port &&
	    a6->sin6_scope_id == b6->sin6_scope_id &&
	    IN6_ARE_ADDR_EQUAL(&a6->sin6_addr, &b6->sin6_addr);
}

static void
found_add(struct conf_listens *found, const struct listen_spec *spec,
    const struct sockaddr *sa)
{
	struct conf_listen	*l, *o;
	socklen_t		 len = addr_len(sa);

	if (len == 0)
		return;
	if ((l = calloc(1, sizeof(*l))) == NULL)
		fatal("configuration");
	(void)memcpy(&l->ss, sa, len);
	addr_set_port(&l->ss, spec->port);
	TAILQ_FOREACH(o, found, entry) {
		if (addr_same(&l->ss, &o->ss)) {
			free(l);
			return;
		}
	}
	l->sslen = len;
	l->mode = spec->mode;
	l->fd = -1;
	l->line = spec->line;
	if ((l->file = strdup(spec->file)) == NULL ||
	    (spec->pki != NULL && (l->pki = strdup(spec->pki)) == NULL))
		fatal("configuration");
	TAILQ_INSERT_TAIL(found, l, entry);
}

static void
found_free(struct conf_listens *found)
{
	struct conf_listen	*l;

	while ((l = TAILQ_FIRST(found)) != NULL) {
		TAILQ_REMOVE(found, l, entry);
		free(l->pki);
		free(l->file);
		free(l);
	}
}

/* "*": all addresses of the families that the system has. */
static int
find_any(struct conf_listens *found, const struct listen_spec *spec)
{
	static const int	 families[] = { AF_INET, AF_INET6 };
	struct sockaddr_storage	 ss;
	size_t			 i;
	int			 fd;

	for (i = 0; i < NITEMS(families); i++) {
		fd = socket(families[i], SOCK_STREAM | SOCK_CLOEXEC, 0);
		if (fd == -1 && errno == EAFNOSUPPORT)
			continue;
		if (fd != -1)
			(void)close(fd);
		(void)memset(&ss, 0, sizeof(ss));
		ss.ss_family = families[i];
		found_add(found, spec, (struct sockaddr *)&ss);
	}
	return 0;
}

/* Returns 0, or an error of getaddrinfo(3). */
static int
find_name(struct conf_listens *found, const struct listen_spec *spec,
    int flags)
{
	struct addrinfo	 hints, *res, *ai;
	int		 error;

	(void)memset(&hints, 0, sizeof(hints));
	hints.ai_family = AF_UNSPEC;
	hints.ai_socktype = SOCK_STREAM;
	hints.ai_flags = flags;
	if ((error = getaddrinfo(spec->host, NULL, &hints, &res)) != 0)
		return error;
	for (ai = res; ai != NULL; ai = ai->ai_next)
		found_add(found, spec, ai->ai_addr);
	freeaddrinfo(res);
	return 0;
}

/* Returns 1 if there is an interface of that name, 0 if not, -1 and errno. */
static int
find_interface(struct conf_listens *found, const struct listen_spec *spec)
{
	struct ifaddrs	*ifas, *ifa;
	int		 exists = 0;

	if (getifaddrs(&ifas) == -1)
		return -1;
	for (ifa = ifas; ifa != NULL; ifa = ifa->ifa_next) {
		if (strcmp(ifa->ifa_name, spec->host) != 0)
			continue;
		exists = 1;
		if (ifa->ifa_addr != NULL)
			found_add(found, spec, ifa->ifa_addr);
	}
	freeifaddrs(ifas);
	return exists;
}

/* Fill found.  Returns 0, or -1 and a reason. */
static int
find(struct conf_listens *found, const struct listen_spec *spec, char *why,
    size_t whysize)
{
	int	 error;

	if (strcmp(spec->host, "*") == 0)
		return find_any(found, spec);
	if (find_name(found, spec, AI_NUMERICHOST) == 0)
		return 0;
	switch (find_interface(found, spec)) {
	case -1:
		(void)snprintf(why, whysize, "getifaddrs: %s", strerror(errno));
		return -1;
	case 1:
		if (!TAILQ_EMPTY(found))
			return 0;
		(void)snprintf(why, whysize, "the interface has no address");
		return -1;
	default:
		break;
	}
	if ((error = find_name(found, spec, 0)) == 0)
		return 0;
	(void)snprintf(why, whysize, "no address, interface or host: %s",
	    gai_strerror(error));
	return -1;
}

int
listen_add(struct conf_listens *listens, const struct listen_spec *spec,
    int *exposed, char *why, size_t whysize)
{
	struct conf_listens	 found = TAILQ_HEAD_INITIALIZER(found);
	struct conf_listen	*l, *o;

	*exposed = 0;
	if (find(&found, spec, why, whysize) == -1)
		return -1;
	TAILQ_FOREACH(l, &found, entry) {
		if (!addr_loopback(&l->ss))
			*exposed = 1;
		TAILQ_FOREACH(o, listens, entry) {
			if (!addr_same(&l->ss, &o->ss))
				continue;
			(void)snprintf(why, whysize, "port %u there is taken "
			    "by %s:%u", spec->port, o->file, o->line);
			found_free(&found);
			return -1;
		}
	}
	TAILQ_CONCAT(listens, &found, entry);
	return 0;
}

const char *
listen_text(const struct conf_listen *l)
{
	static char	 text[NI_MAXHOST + NI_MAXSERV + 8];
	char		 host[NI_MAXHOST], port[NI_MAXSERV];

	if (getnameinfo((const struct sockaddr *)&l->ss, l->sslen, host,
	    sizeof(host), port, sizeof(port),
	    NI_NUMERICHOST | NI_NUMERICSERV) != 0)
		fatalx("%s:%u: listen: bad address", l->file, l->line);
	(void)snprintf(text, sizeof(text), "%s port %s", host, port);
	return text;
}
