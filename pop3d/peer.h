/* SPDX-License-Identifier: ISC */
/* Runs in: engine.  How many sessions each address has. */

#ifndef POP3D_POP3D_PEER_H
#define POP3D_POP3D_PEER_H

#include "proto.h"

struct peer;

/*
 * Count a session of this address (of its /64 with IPv6: that is one site).
 * NULL: it has max already, or memory is short.  peer_put gives it back; NULL
 * is allowed.
 */
struct peer	*peer_get(const struct m_peer *, uint32_t max);
void		 peer_put(struct peer *);

#endif
