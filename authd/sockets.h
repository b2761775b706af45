/* SPDX-License-Identifier: ISC */
/* Runs in: authd, root.  The sockets of a listener, one for each engine. */

#ifndef POP3D_AUTHD_SOCKETS_H
#define POP3D_AUTHD_SOCKETS_H

#include "conf.h"

#define SOCKETS_BACKLOG	1024

/*
 * Each engine is given a socket of its own, or it could clear O_NONBLOCK, or
 * end the listener, for all of them.  The kernel spreads connections over them.
 * authd keeps them open: who calls while an engine is replaced waits for the
 * next one.
 *
 * sockets_add: beside l->fd, which is bound, those for engines 2 to n.  0, or
 * -1 with errno.  Where the system has no such sockets all share the one.
 */
int	 sockets_add(struct conf_listen *, unsigned int n);

/* The socket of an engine, counted from 0; authd's own. */
int	 sockets_of(const struct conf_listen *, unsigned int engine);

/* Whether it still listens: 1 or 0. */
int	 sockets_listening(const struct conf_listen *, unsigned int engine);

/*
 * As it was made, whatever an engine did to it: listening and not blocking.  0,
 * or -1 with errno.
 */
int	 sockets_revive(const struct conf_listen *, unsigned int engine);

/*
 * Its engine does not come back for a while: leave the connections to come to
 * the sockets of the others.  Those that wait there are reset.
 */
void	 sockets_rest(const struct conf_listen *, unsigned int engine);

/* Close all. */
void	 sockets_close(struct conf_listen *);

#endif
