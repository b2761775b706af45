/* SPDX-License-Identifier: ISC */
/* Runs in: master, root.  Generations of authd, one after the other. */

#ifndef POP3D_POP3D_MASTER_H
#define POP3D_POP3D_MASTER_H

/*
 * Run authd, the program at path, with this command line and -M, and look after
 * it until the service ends: SIGTERM and SIGINT end it, SIGHUP starts a new
 * generation, which reads its configuration anew.  Go into the background
 * unless foreground.  Returns the status for exit(3).
 */
int	 master_run(const char *path, char **argv, int foreground);

/*
 * master_OS.c: give up what neither the master nor, after execve(2), authd
 * needs.  Fatal on error.
 */
void	 master_confine(void);

#endif
