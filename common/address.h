/* SPDX-License-Identifier: ISC */
/* Runs in: authd, engine.  Addresses of clients. */

#ifndef POP3D_COMMON_ADDRESS_H
#define POP3D_COMMON_ADDRESS_H

#include <sys/types.h>
#include <sys/socket.h>

#include "proto.h"

/* The peer at a socket address; its family is 0 unless that is IPv4 or IPv6. */
void		 address_peer(struct m_peer *, const struct sockaddr *);

/* Numeric address, "-" if there is none; static buffer. */
const char	*address_text(const struct m_peer *);

/* Whether the address is the loopback's.  1 or 0. */
int		 address_loopback(const struct m_peer *);

#endif
