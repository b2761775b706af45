/* SPDX-License-Identifier: ISC */
/* Runs in: engine.  Accepts connections. */

#ifndef POP3D_POP3D_LISTENER_H
#define POP3D_POP3D_LISTENER_H

#include "engine.h"

/*
 * Take a socket over; fatal on error, this is configuration.  -1: there is
 * none, its only client has come already.
 */
void	 listener_add(int fd, uint32_t mode, struct tls *);

/* Begin to accept on all; stop and close all. */
void	 listener_start(void);
void	 listener_stop(void);

#endif
