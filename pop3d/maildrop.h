/* SPDX-License-Identifier: ISC */
/* Runs in: engine.  The channel to a session's storaged. */

#ifndef POP3D_POP3D_MAILDROP_H
#define POP3D_POP3D_MAILDROP_H

#include <stdint.h>

#include "evmsg.h"
#include "msg.h"
#include "prefetch.h"

struct output;

/* Commands that may be with storaged at once. */
#define MAILDROP_PIPELINE	ST_CMDS_MAX

/* Calls to the owner of a maildrop.  Each may free it. */
struct maildrop_ops {
	/* The mailbox is open: messages and octets are known. */
	void	(*on_open)(void *);
	/* It cannot be opened; status as in proto.h. */
	void	(*on_not_open)(void *, uint32_t status);
	/* An answer, or a part of one, has been queued. */
	void	(*on_answer)(void *);
	/* The last answer has been queued; the session ends after it. */
	void	(*on_done)(void *, const char *why);
	/* No answer can be given any more; the session ends at once. */
	void	(*on_failed)(void *, const char *why);
};

/* Others may read the fields, but only maildrop.c writes them. */
struct maildrop {
	const struct maildrop_ops	*ops;
	void		*arg;		/* of the ops */
	const char	*user;		/* the owner's, for the log */
	struct output	*out;		/* the owner's */
	struct evmsg	 em;
	int		 ready;		/* ST_READY has come */
	int		 ended;		/* ignore all messages */
	int		 streaming;	/* in the middle of an answer */
	uint32_t	 messages;	/* not marked as deleted */
	uint64_t	 octets;	/* of those */
	uint32_t	 uncredited;	/* bytes of ST_DATA not given back */
	struct prefetch	 ahead;		/* mail not asked for yet */
	uint32_t	 retrieved;	/* answers to RETR */
	uint32_t	 deleted;	/* messages removed by the commit */
	/* What was asked and not yet answered, in order. */
	uint32_t	 head;
	uint32_t	 asked;
	uint32_t	 streams;	/* of those: answers of many lines */
	struct {
		uint32_t	 op;
		uint32_t	 msg;
	}		 ask[MAILDROP_PIPELINE];
};

/*
 * Take over the socket to a new storaged, whose answers go to out.  user and
 * out must outlive the maildrop.  NULL, with fd closed, if memory is short.
 */
struct maildrop	*maildrop_new(int fd, const char *user, struct output *out,
		    const struct maildrop_ops *, void *arg);

/*
 * Close the channel; storaged removes no message unless it was asked to
 * commit.  NULL is allowed.
 */
void		 maildrop_free(struct maildrop *);

/* Give up waiting for the mailbox to open: calls on_not_open. */
void		 maildrop_give_up(struct maildrop *);

/* From now on ignore whatever storaged sends. */
void		 maildrop_ignore(struct maildrop *);

/*
 * Ask for something.  The commands of one burst go out in one message, by
 * maildrop_send, which also returns credit as the output drains.
 */
void		 maildrop_ask(struct maildrop *, uint32_t op, uint32_t msg,
		    uint32_t lines);
void		 maildrop_send(struct maildrop *);

/*
 * Whether all mail that the client has asked for has been written.  QUIT waits
 * for it: a client that leaves before must find its mail again.
 */
int		 maildrop_delivered(const struct maildrop *);

/*
 * Answer RETR with a message that storaged has sent ahead.  Returns 0 if there
 * is none or it is not its turn: then ask for it.
 */
int		 maildrop_retr_ahead(struct maildrop *, uint32_t msg);

/* Whether one more command may be asked now. */
int		 maildrop_has_room(const struct maildrop *);

/* Whether storaged has answered everything.  1 or 0. */
int		 maildrop_idle(const struct maildrop *);

#endif
