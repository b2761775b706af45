/* SPDX-License-Identifier: ISC */
/* Runs in: storaged -r, started by hand. */

#ifndef POP3D_STORAGED_RECOVER_CMD_H
#define POP3D_STORAGED_RECOVER_CMD_H

/*
 * storaged -r directory mailbox: finish an interrupted commit as the owner of
 * the state directory.  Reports on standard error.  Returns the exit status, 0
 * if nothing remains to be done.
 */
int	 recover_cmd(int argc, char **argv);

#endif
