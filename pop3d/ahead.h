/* SPDX-License-Identifier: ISC */
/* Runs in: engine.  Mail that storaged has sent before it was asked for. */

#ifndef POP3D_AHEAD_H
#define POP3D_AHEAD_H

#include <sys/types.h>
#include <sys/queue.h>

#include <imsg.h>
#include <stdint.h>

/* A message in wire form, whole, as it lies in the imsg that brought it. */
struct ahead_msg {
	TAILQ_ENTRY(ahead_msg)	 entry;
	uint32_t		 number;
	uint64_t		 size;		/* as RETR says it */
	struct imsg		 imsg;
	const unsigned char	*data;
	size_t			 len;		/* octets at data */
};

/* Those of one session, by number.  All 0 and TAILQ_INIT makes an empty one. */
struct ahead {
	TAILQ_HEAD(ahead_list, ahead_msg) list;
	uint32_t		 octets;	/* of data, in all */
	uint32_t		 count;		/* messages */
};

/*
 * Keep one, whose imsg is taken over (imsg_free(3) on it does nothing any
 * more).  -1, and nothing taken: not in order, or memory is short.
 */
int	 ahead_add(struct ahead *, const struct ahead_msg *, struct imsg *);

/* Take out this one: free it by ahead_free.  NULL if it is not there. */
struct ahead_msg	*ahead_take(struct ahead *, uint32_t number);

/* Free one that was taken; its imsg too, if nobody has taken that over. */
void	 ahead_free(struct ahead_msg *);

/* Forget all. */
void	 ahead_clear(struct ahead *);

#endif
