/* SPDX-License-Identifier: ISC */
/* Runs in: engine.  A session's storaged. */

#ifndef POP3D_POP3D_MAILDROP_H
#define POP3D_POP3D_MAILDROP_H

#include "engine.h"
#include "prefetch.h"

struct session;

/* Commands that may be with storaged at once. */
#define MAILDROP_PIPELINE	ST_CMDS_MAX

struct maildrop {
	struct session	*session;
	struct evmsg	 em;
	int		 ready;		/* ST_READY has come */
	int		 streaming;	/* in the middle of an answer */
	uint32_t	 messages;	/* not marked as deleted */
	uint64_t	 octets;	/* of those */
	uint32_t	 uncredited;	/* octets of ST_DATA not given back */
	struct prefetch	 ahead;		/* mail not asked for yet */
	/* What was asked and not yet answered, in order. */
	uint32_t	 head;
	uint32_t	 asked;
	uint32_t	 streams;	/* of those: answers of many lines */
	struct {
		uint32_t	 op;
		uint32_t	 msg;
	}		 ask[MAILDROP_PIPELINE];
};

/* Take over the socket to a new storaged; answers come to the session. */
struct maildrop	*maildrop_new(struct session *, int fd);

/* Let storaged go; it removes nothing unless it was asked to commit. */
void		 maildrop_free(struct maildrop *);

/*
 * Ask for something.  The commands of one burst are sent in one message by
 * maildrop_send, which also gives credit back as output drains.
 */
void		 maildrop_ask(struct maildrop *, uint32_t op, uint32_t msg,
		    uint32_t lines);
void		 maildrop_send(struct maildrop *);

/*
 * Whether the client has been given all that it asked for before: QUIT is not
 * reached while mail is on its way, for a client that leaves meanwhile must
 * find it again.
 */
int		 maildrop_delivered(const struct maildrop *);

/*
 * Answer RETR with a message that storaged has sent ahead.  0: there is none,
 * or it is not its turn; it has to be asked for.
 */
int		 maildrop_retr_ahead(struct maildrop *, uint32_t msg);

/* Whether one more command may be asked now. */
int		 maildrop_has_room(const struct maildrop *);

#endif
