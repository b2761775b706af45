/* SPDX-License-Identifier: ISC */
/* Runs in: engine.  Whether a client's machine is still there. */

#ifndef POP3D_POP3D_ALIVE_H
#define POP3D_POP3D_ALIVE_H

#include <stdint.h>

/* A client that has not been heard of for so long is gone; seconds. */
#define ALIVE_SECONDS	45

/* alive_lost is worth a look this often, seconds. */
#define ALIVE_LOOK	20

/*
 * Have the system ask a client that says nothing whether it is still there, and
 * end the connection of one that does not answer; and send what is small at
 * once.
 */
void	 alive_watch(int fd);

/*
 * Whether the client has confirmed nothing of what was sent to it for
 * ALIVE_SECONDS.  Not one that is slow, or does not read: its machine answers.
 */
int	 alive_lost(int fd);

/*
 * Whether the system still has something to send to the client, whose machine
 * has answered in the last so many seconds.
 */
int	 alive_taking(int fd, uint32_t seconds);

#endif
