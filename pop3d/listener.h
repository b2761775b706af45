/* SPDX-License-Identifier: ISC */
/* Runs in: engine.  Accepts connections. */

#ifndef POP3D_POP3D_LISTENER_H
#define POP3D_POP3D_LISTENER_H

#include <stdint.h>

struct tls;

/*
 * Take over a bound socket for sessions of this mode (enum listen_mode), with
 * the server context for TLS or NULL.  Fatal on error: this is configuration.
 */
void	 listener_add(int fd, uint32_t mode, struct tls *);

/* Begin to accept on all sockets. */
void	 listener_start(void);

/* Close all sockets for good. */
void	 listener_stop(void);

#endif
