/* SPDX-License-Identifier: ISC */
/* Runs in: engine.  A client's connection and what it is in the middle of. */

#ifndef POP3D_POP3D_SESSION_H
#define POP3D_POP3D_SESSION_H

#include <sys/types.h>
#include <sys/queue.h>
#include <sys/tree.h>

#include <event2/buffer.h>

#include "engine.h"

/* RFC 1939's states, and the steps between them.  One bit each. */
enum session_state {
	SESSION_HANDSHAKE =	0x01,	/* TLS is being set up */
	SESSION_AUTH =		0x02,	/* AUTHORIZATION */
	SESSION_CHECK =		0x04,	/* authd has the password */
	SESSION_OPEN =		0x08,	/* storaged opens the maildrop */
	SESSION_TRANS =		0x10,	/* TRANSACTION */
	SESSION_UPDATE =	0x20,	/* storaged commits */
	SESSION_CLOSE =		0x40	/* nothing but output is left */
};

struct maildrop;
struct peer;

struct session {
	RB_ENTRY(session)	 by_id;
	TAILQ_ENTRY(session)	 by_age;	/* in unauth, while in there */
	uint32_t		 id;
	enum session_state	 state;
	int			 fd;		/* -1: client gone, commit on */
	struct listener		*listener;
	struct tls		*tls;		/* NULL: plain */
	struct event		 ev_read;
	struct event		 ev_write;
	struct event		 ev_timer;
	time_t			 created;	/* engine_now() */
	time_t			 active;	/* last command or progress */
	struct m_peer		 remote;
	struct peer		*peer;		/* counted at its address */

	unsigned char		*in;		/* read, not yet looked at */
	size_t			 inlen;
	struct evbuffer		*out;
	struct maildrop		*maildrop;	/* from OPEN on */
	char			*user;		/* USER, then canonical */

	unsigned int		 bad;		/* bad commands in a row */
	unsigned int		 failed;	/* logins */
	unsigned int		 unauth : 1;	/* is in the list by age */
	unsigned int		 second : 1;	/* has its second descriptor */
	unsigned int		 skip : 1;	/* rest of a long line */
	unsigned int		 eof : 1;	/* client has sent all */
	unsigned int		 stls : 1;	/* TLS once out is empty */
	unsigned int		 reading : 1;	/* ev_read is added */
	unsigned int		 busy : 1;	/* its commands are being done*/
	unsigned int		 blocked : 1;	/* next one has to wait */
	unsigned int		 mail : 1;	/* there is some in out */
	unsigned int		 more : 1;	/* libtls may have more */

	/* For the log line at the end. */
	char			 tlsver[8];	/* "" without TLS */
	const char		*why;
	uint32_t		 retrieved;
	uint32_t		 deleted;
	uint64_t		 octets_in;
	uint64_t		 octets_out;
};

/* A new connection; fd is taken over. */
void	 session_new(struct listener *, int fd, const struct sockaddr *);

/* Whether a new connection would find no place: all others have logged in. */
int	 session_full(void);

/*
 * A login takes a second descriptor, for the socket to storaged: keep one back,
 * before authd is asked.  0: there is none.
 */
int	 session_reserve(struct session *);

/* The session with this id, or NULL: it has gone, which is no error. */
struct session	*session_find(uint32_t id);

/* End it at once, without a word; deletions are forgotten. */
void	 session_free(struct session *, const char *why);

/* The first line of the server. */
void	 session_greet(struct session *);

/* The connection is lost: an end, but not of a commit that goes on. */
void	 session_gone(struct session *, const char *why);

/* End it when what has been said is out; never freed before it returns. */
void	 session_close(struct session *, const char *why);

/* The answer of authd to PASS. */
void	 session_authenticated(struct session *, const char *user, int fd);
void	 session_refused(struct session *, uint32_t reason);

/* The maildrop is open, or will not be (status of proto.h). */
void	 session_opened(struct session *);
void	 session_not_opened(struct session *, uint32_t status);

/*
 * End it, without removing anything, if it has been idle for timeout takeover.
 * 0: it has not, or is in a commit.
 */
int	 session_yield(struct session *);

/* Something moved: the idle time begins anew. */
void	 session_touch(struct session *);

/* There is no name any more, whether USER's or authd's. */
void	 session_forget_user(struct session *);

/* Whether a password may come over this connection as it is now. */
int	 session_may_login(const struct session *);

/* authd says the end has come: tell those who are not in a commit. */
void	 session_halt_all(void);

/* Numeric address of the client, "-" if there is none; static buffer. */
const char	*session_rip(const struct session *);

#endif
