/* SPDX-License-Identifier: ISC */
/* Runs in: authd, engine.  Trusts: nobody's address. */

#include <sys/types.h>
#include <sys/socket.h>

#include <arpa/inet.h>
#include <netinet/in.h>

#include <string.h>

#include "address.h"

void
address_peer(struct m_peer *peer, const struct sockaddr *sa)
{
	struct sockaddr_in	 sin;
	struct sockaddr_in6	 sin6;

	memset(peer, 0, sizeof(*peer));
	if (sa->sa_family == AF_INET) {
		memcpy(&sin, sa, sizeof(sin));
		peer->family = 4;
		peer->port = ntohs(sin.sin_port);
		memcpy(peer->addr, &sin.sin_addr, 4);
	} else if (sa->sa_family == AF_INET6) {
		memcpy(&sin6, sa, sizeof(sin6));
		peer->family = 6;
		peer->port = ntohs(sin6.sin6_port);
		memcpy(peer->addr, &sin6.sin6_addr, 16);
	}
}

const char *
address_text(const struct m_peer *peer)
{
	static char	 text[INET6_ADDRSTRLEN];

	if (peer->family == 0 || inet_ntop(peer->family == 6 ? AF_INET6 :
	    AF_INET, peer->addr, text, sizeof(text)) == NULL)
		return "-";
	return text;
}

int
address_loopback(const struct m_peer *peer)
{
	if (peer->family == 4)
		return peer->addr[0] == IN_LOOPBACKNET;
	return peer->family == 6 && memcmp(peer->addr, &in6addr_loopback,
	    sizeof(in6addr_loopback)) == 0;
}
