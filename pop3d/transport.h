/* SPDX-License-Identifier: ISC */
/* Runs in: engine.  Octets in and out of a connection, plain or TLS. */

#ifndef POP3D_POP3D_TRANSPORT_H
#define POP3D_POP3D_TRANSPORT_H

struct session;

/* Set up the events of a new session. */
void	 transport_init(struct session *);

/*
 * Begin the TLS handshake: at once on a tls listener, after STLS when its
 * answer is out.
 */
void	 transport_start_tls(struct session *);

/*
 * Wait for what the session's state calls for: input only while commands can
 * be taken.  To be called whenever that may have changed.
 */
void	 transport_update(struct session *);

/*
 * Something that commands had to wait for has come: go on with those that were
 * read already, give storaged its credit, then as transport_update.  May free
 * the session.
 */
void	 transport_resume(struct session *);

/* Close the connection; the session stays.  Idempotent. */
void	 transport_close(struct session *);

#endif
