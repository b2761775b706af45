/* SPDX-License-Identifier: ISC */
/* Runs in: authd, root.  Listening sockets of the generation before. */

#ifndef POP3D_AUTHD_LISTEN_INHERIT_H
#define POP3D_AUTHD_LISTEN_INHERIT_H

#include <sys/types.h>
#include <sys/socket.h>

/* Takes fd.  Fatal if memory is short. */
void	 inherit_add(int fd);

/*
 * A socket that listens on this address, the caller's from now on, or -1.
 * Further calls give those of further engines.
 */
int	 inherit_take(const struct sockaddr_storage *);

/* Close those that nobody took. */
void	 inherit_drop(void);

#endif
