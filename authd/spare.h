/* SPDX-License-Identifier: ISC */
/*
 * Runs in: authd, root.  State directories for new users when the disk is full.
 */

#ifndef POP3D_AUTHD_SPARE_H
#define POP3D_AUTHD_SPARE_H

#include <sys/types.h>

/*
 * Make the missing ones in the state directory, which has been opened, as long
 * as the disk has ample room.
 */
void	 spare_fill(void);

/*
 * If the disk is nearly full, make a spare the state directory of this user,
 * who has none yet: 0.  -1: it is not full, or no spare is left; make a new
 * one.
 */
int	 spare_take(const char *user, uid_t uid, gid_t gid);

#endif
