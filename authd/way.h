/* SPDX-License-Identifier: ISC */
/* Runs in: authd, root.  Where a path leads that no user can change. */

#ifndef POP3D_AUTHD_WAY_H
#define POP3D_AUTHD_WAY_H

#include <sys/types.h>
#include <sys/stat.h>

#include "proto.h"

enum way_end {
	WAY_WHOLE,	/* all of it is the system's, and in real */
	WAY_USERS,	/* real is the first directory that is not */
	WAY_MISSING,	/* real is the last directory that exists */
	WAY_BAD		/* leads nowhere, or over a link of a user's */
};

struct way {
	char		 real[PATH_LEN_MAX + 1];	/* has no links */
	struct stat	 st;			/* of real */
	char		 why[2 * PATH_LEN_MAX + 128];	/* unless WAY_WHOLE */
};

/*
 * Follow an absolute path to a directory.  One rule holds for every component,
 * the last included.  A directory is the system's if its owner is below uid_min
 * and no user may write it, unless it is sticky.  A link is followed if its
 * owner is below uid_min and its directory is the system's and not sticky, so
 * that no user can have put it there.  Only the system can change where real
 * leads.
 */
enum way_end	 way_follow(const char *path, uid_t uid_min, struct way *);

/* Whether path is dir, or below it, by the text of both alone.  1 or 0. */
int		 way_has(const char *dir, const char *path);

#endif
