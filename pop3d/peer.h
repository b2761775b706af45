/* SPDX-License-Identifier: ISC */
/* Runs in: engine.  How many sessions each address has. */

#ifndef POP3D_POP3D_PEER_H
#define POP3D_POP3D_PEER_H

#include "proto.h"

struct peer;

/*
 * Count a session of this address; with IPv6, of its /64, which is one site.
 * Returns NULL if there are max already (0: no limit) or memory is short.
 * peer_put ends the count; NULL is allowed.
 */
struct peer	*peer_get(const struct m_peer *, uint32_t max);
void		 peer_put(struct peer *);

#endif
