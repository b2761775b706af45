/* SPDX-License-Identifier: ISC */
/*
 * Runs in: authd, root.  The turns of generations: the channel to the master,
 * see pop3d/master.h.  Without a master (-i, -n) all of this does nothing.
 */

#ifndef POP3D_AUTHD_GENERATION_H
#define POP3D_AUTHD_GENERATION_H

/*
 * There is a master, on PROTO_FD: wait until it has sent the listening sockets
 * of the generation before; they are in inherit.h then.  Fatal on error.
 */
void	 generation_begin(void);

/* Whether this is the first one, whose errors go to standard error: 1 or 0. */
int	 generation_first(void);

/* Whether another generation serves now: 1 or 0. */
int	 generation_follows(void);

/* Close those that nobody asked for, and listen to the master. */
void	 generation_open(void);

/* We serve.  Fatal on error. */
void	 generation_ready(void);

/* Ask the master for the next generation; why, a path, is for the log. */
void	 generation_reload(const char *why);

#endif
