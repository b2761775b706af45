/* SPDX-License-Identifier: ISC */
/*
 * Runs in: authd, root.  State directories for users who come when the disk is
 * full.
 */

#ifndef POP3D_AUTHD_SPARE_H
#define POP3D_AUTHD_SPARE_H

#include <sys/types.h>

/*
 * Make those that are missing, in the state directory, as long as the disk has
 * room for more than that.  To be called when that has been opened.
 */
void	 spare_fill(void);

/*
 * Make one of them the state directory of this user, who has none yet, if the
 * disk is nearly full: 0.  -1: it is not, or there is none left; make another.
 */
int	 spare_take(const char *user, uid_t uid, gid_t gid);

#endif
