/* SPDX-License-Identifier: ISC */
/* Runs in: engine.  Detects clients whose machine has gone. */

#ifndef POP3D_POP3D_ALIVE_H
#define POP3D_POP3D_ALIVE_H

#include <stdint.h>

/* A client whose machine is silent for this long is gone, seconds. */
#define ALIVE_SECONDS	45

/* How often to ask alive_lost, seconds. */
#define ALIVE_LOOK	20

/*
 * Turn on keepalive, so that the connection of a machine that does not answer
 * ends, and TCP_NODELAY.  A socket that is not TCP, from inetd(8), needs none
 * of it.
 */
void	 alive_watch(int fd);

/*
 * Whether the client's machine has not answered for ALIVE_SECONDS although
 * something was sent to it.  The machine of a client that is slow or does not
 * read does answer.  1 or 0.
 */
int	 alive_lost(int fd);

/*
 * Whether the kernel still has data to send to the client, whose machine has
 * answered within the last so many seconds.  1 or 0.
 */
int	 alive_taking(int fd, uint32_t seconds);

#endif
