/* SPDX-License-Identifier: ISC */
/* Runs in: authd and the spawner.  The ids that sessions may have. */

#ifndef POP3D_COMMON_IDS_H
#define POP3D_COMMON_IDS_H

#include <stdint.h>

/* Groups outside of the range that users may have, too. */
#define IDS_GROUPS	8

/* Root's are never among them.  Sent to the spawner as it stands. */
struct ids {
	uint32_t	 uid_min;
	uint32_t	 uid_max;
	uint32_t	 gid_min;
	uint32_t	 gid_max;
	uint32_t	 gids[IDS_GROUPS];	/* 0: none */
};

/* Whether a session may have this one: 1 or 0. */
int	 ids_uid(const struct ids *, uint32_t uid);
int	 ids_gid(const struct ids *, uint32_t gid);

/* Add a group: 0, or -1 if there are too many. */
int	 ids_add(struct ids *, uint32_t gid);

/* Whether the ranges are not empty: 1 or 0. */
int	 ids_valid(const struct ids *);

#endif
