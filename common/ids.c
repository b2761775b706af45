/* SPDX-License-Identifier: ISC */
/* Runs in: authd and the spawner. */

#include <stddef.h>

#include "ids.h"

int
ids_uid(const struct ids *ids, uint32_t uid)
{
	return uid != 0 && uid >= ids->uid_min && uid <= ids->uid_max;
}

int
ids_gid(const struct ids *ids, uint32_t gid)
{
	size_t	 i;

	if (gid == 0)
		return 0;
	for (i = 0; i < IDS_GROUPS; i++) {
		if (ids->gids[i] == gid)
			return 1;
	}
	return gid >= ids->gid_min && gid <= ids->gid_max;
}

int
ids_add(struct ids *ids, uint32_t gid)
{
	size_t	 i;

	if (ids_gid(ids, gid))
		return 0;
	for (i = 0; i < IDS_GROUPS; i++) {
		if (ids->gids[i] == 0) {
			ids->gids[i] = gid;
			return 0;
		}
	}
	return -1;
}

int
ids_valid(const struct ids *ids)
{
	return ids->uid_min <= ids->uid_max && ids->gid_min <= ids->gid_max;
}
