/* SPDX-License-Identifier: ISC */
/* Runs in: authd, root.  The sockets of a listener, one for each engine. */

#ifndef POP3D_AUTHD_SOCKETS_H
#define POP3D_AUTHD_SOCKETS_H

#include "conf.h"

#define SOCKETS_BACKLOG	1024

/*
 * Each engine has a socket of its own, or it could clear O_NONBLOCK or end the
 * listener for all of them.  The kernel spreads connections over the sockets.
 * authd keeps them open: while an engine is replaced, its clients wait.
 *
 * sockets_add: beside l->fd, which is bound, make those for engines 2 to n.  0,
 * or -1 with errno.  On a system without such sockets all engines share one.
 */
int	 sockets_add(struct conf_listen *, unsigned int n);

/* authd's descriptor of the socket of an engine, counted from 0. */
int	 sockets_of(const struct conf_listen *, unsigned int engine);

/* Whether it still listens: 1 or 0. */
int	 sockets_listening(const struct conf_listen *, unsigned int engine);

/*
 * Make it listening and non-blocking again, whatever an engine did to it.  0,
 * or -1 with errno.
 */
int	 sockets_revive(const struct conf_listen *, unsigned int engine);

/*
 * Its engine stays away for a while: leave new connections to the sockets of
 * the others.  Those that wait there are reset.
 */
void	 sockets_rest(const struct conf_listen *, unsigned int engine);

/* Close all. */
void	 sockets_close(struct conf_listen *);

#endif
