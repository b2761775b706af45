/* SPDX-License-Identifier: ISC */
/* Runs in: storaged -r, started by hand. */

#ifndef POP3D_STORAGED_RECOVER_CMD_H
#define POP3D_STORAGED_RECOVER_CMD_H

/*
 * storaged -r directory mailbox: finish what an interrupted commit left to do, as
 * the owner of the state folder.  Says on standard error what it did; the exit
 * status, 0 if nothing is left to do.
 */
int	 recover_cmd(int argc, char **argv);

#endif
