/* SPDX-License-Identifier: ISC */
/* Runs in: engine.  A session's way from a password to an open maildrop. */

#ifndef POP3D_POP3D_SESSION_LOGIN_H
#define POP3D_POP3D_SESSION_LOGIN_H

#include <stdint.h>

struct session;

/*
 * Have authd check a password for s->user, which must be set, in state AUTH.
 * The answer to the client follows; a failure leads back to AUTH.  The caller
 * wipes the password.
 */
void	 session_login(struct session *, const char *password);

/*
 * authd has accepted the password: the canonical user name, and the socket to
 * a storaged, which is taken over.
 */
void	 session_authenticated(struct session *, const char *user, int fd);

/* authd has refused the login; reason as in proto.h. */
void	 session_refused(struct session *, uint32_t reason);

#endif
