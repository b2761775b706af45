/* SPDX-License-Identifier: ISC */
/* Runs in: storaged, as the user; authd, root.  Whose clock a file has. */

#ifndef POP3D_COMMON_FSLOCAL_H
#define POP3D_COMMON_FSLOCAL_H

/*
 * Whether a file is on a file system of this host alone, as far as that can be
 * known: names are looked up there each time, and the times of files are by
 * this host's clock.
 */
int	 fs_local(int fd);

#endif
