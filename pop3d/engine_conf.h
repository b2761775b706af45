/* SPDX-License-Identifier: ISC */
/* Runs in: engine.  Takes the configuration from authd. */

#ifndef POP3D_POP3D_ENGINE_CONF_H
#define POP3D_POP3D_ENGINE_CONF_H

struct imsg;

/*
 * One of IMSG_CONF_*.  With the last one the configuration takes effect, and
 * authd gets CONF_DONE.  Fatal if a message is bad or out of turn.
 */
void	 engine_conf_take(struct imsg *);

/* IMSG_SERVE: all other processes are ready, accept connections. */
void	 engine_conf_go(void);

/* IMSG_KEY_SOCKET: the socket to a new keyd. */
void	 engine_conf_keyd(struct imsg *);

#endif
