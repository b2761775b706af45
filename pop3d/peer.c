/* SPDX-License-Identifier: ISC */
/* Runs in: engine (_pop3d, chroot).  How many sessions each address has. */

#include <sys/types.h>
#include <sys/tree.h>

#include <stdlib.h>
#include <string.h>

#include "peer.h"

struct peer {
	RB_ENTRY(peer)	 entry;
	uint8_t		 key[9];	/* family; 4 or 8 bytes of address */
	uint32_t	 sessions;
};
RB_HEAD(peer_tree, peer);

static int	 peer_cmp(struct peer *, struct peer *);
RB_PROTOTYPE(peer_tree, peer, entry, peer_cmp);

static struct peer_tree	 peers = RB_INITIALIZER(&peers);

static int
peer_cmp(struct peer *a, struct peer *b)
{
	return memcmp(a->key, b->key, sizeof(a->key));
}

RB_GENERATE(peer_tree, peer, entry, peer_cmp);

struct peer *
peer_get(const struct m_peer *remote, uint32_t max)
{
	struct peer	 key, *p;

	memset(&key, 0, sizeof(key));
	key.key[0] = remote->family;
	memcpy(key.key + 1, remote->addr, remote->family == 6 ? 8 : 4);
	if ((p = RB_FIND(peer_tree, &peers, &key)) == NULL) {
		if ((p = malloc(sizeof(*p))) == NULL)
			return NULL;
		*p = key;
		RB_INSERT(peer_tree, &peers, p);
	}
	if (max != 0 && p->sessions >= max)
		return NULL;
	p->sessions++;
	return p;
}

void
peer_put(struct peer *p)
{
	if (p == NULL || --p->sessions > 0)
		return;
	RB_REMOVE(peer_tree, &peers, p);
	free(p);
}
