/* SPDX-License-Identifier: ISC */
/* Runs in: engine.  A client's session: its state, its timer, its end. */

#ifndef POP3D_POP3D_SESSION_H
#define POP3D_POP3D_SESSION_H

#include <sys/types.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <sys/tree.h>

#include "engine_shared.h"
#include "output.h"
#include "transport.h"

/* RFC 1939's states, and the steps between them. */
enum session_state {
	SESSION_HANDSHAKE,	/* TLS is being set up */
	SESSION_AUTH,		/* AUTHORIZATION */
	SESSION_CHECK,		/* authd checks the password */
	SESSION_OPEN,		/* storaged opens the maildrop */
	SESSION_TRANS,		/* TRANSACTION */
	SESSION_UPDATE,		/* storaged commits */
	SESSION_CLOSE,		/* nothing but output is left */
	SESSION_STATES
};

/* Sets of states are or'ed from these. */
#define SESSION_IN(state)	(1U << (state))

struct maildrop;
struct peer;
struct session;
struct tls;

/* The input of one state: how it is cut, and the handler of its lines. */
struct session_rule {
	struct transport_rule	 input;
	/* As on_line of transport.h; NULL in states that take no lines. */
	int			(*line)(struct session *, const char *,
				    size_t len, int whole);
};

struct session {
	RB_ENTRY(session)	 by_id;
	TAILQ_ENTRY(session)	 by_age;	/* in unauth, while in there */
	uint32_t		 id;
	enum session_state	 state;		/* written by session_enter */
	uint32_t		 mode;		/* enum listen_mode */
	struct tls		*server;	/* TLS context, or NULL */
	struct transport	 transport;
	struct output		 out;
	struct event		 ev_timer;
	time_t			 created;	/* clock_seconds() */
	time_t			 active;	/* last command or progress */
	struct m_peer		 remote;
	struct peer		*peer;		/* counted at its address */
	struct maildrop		*maildrop;	/* from OPEN on */
	char			*user;		/* USER, then canonical */
	const char		*why;		/* reason of the end */
	unsigned int		 bad;		/* bad commands in a row */
	unsigned int		 failed;	/* logins */
	unsigned int		 unauth : 1;	/* is in the list by age */
	unsigned int		 second : 1;	/* has its second descriptor */
};

/* Once, at the start: the rules of all states, which must stay in place. */
void	 session_init(const struct session_rule [SESSION_STATES]);

/*
 * A new connection to a listener of this mode, with the TLS context of that
 * listener or NULL.  Takes over fd.  Without a free place it is refused.
 */
void	 session_new(int fd, const struct sockaddr *, uint32_t mode,
	    struct tls *server);

/* Whether a new connection would find no place: all others have logged in. */
int	 session_full(void);

/* How many sessions there are. */
uint32_t	 session_count(void);

/*
 * A login needs a second descriptor, for the socket to storaged.  Reserve it
 * before asking authd.  Returns 0 if there is none.
 */
int	 session_reserve(struct session *);
void	 session_unreserve(struct session *);

/* The session with this id, or NULL if it has ended, which is no error. */
struct session	*session_find(uint32_t id);

/*
 * Change the state, and with it the timeout and the treatment of input.  The
 * transport acts on it at the next transport_update or transport_resume.
 */
void	 session_enter(struct session *, enum session_state);

/* End it at once, without an answer; deletions are forgotten. */
void	 session_free(struct session *, const char *why);

/* The connection is lost: end the session, unless it is in a commit. */
void	 session_gone(struct session *, const char *why);

/* End it once the output is out.  Frees it only if the client has gone. */
void	 session_close(struct session *, const char *why);

/* It has logged in: no new connection may evict it from now on. */
void	 session_keep(struct session *);

/*
 * End it, without removing anything, if it has been idle for longer than
 * timeout takeover.  Returns 0 if it has not, or is in a commit.
 */
int	 session_yield(struct session *);

/* There was progress: restart the idle time. */
void	 session_touch(struct session *);

/* Forget and wipe the user name, whether USER's or authd's. */
void	 session_forget_user(struct session *);

/* Whether a password may be sent over this connection as it is now. */
int	 session_may_login(const struct session *);

/* Stop the event loop when no session is left, which may be at once. */
void	 session_drain(void);

/* The server ends: as session_drain, and close all that do not commit. */
void	 session_halt_all(void);

/* Numeric address of the client, "-" if there is none; static buffer. */
const char	*session_rip(const struct session *);

#endif
