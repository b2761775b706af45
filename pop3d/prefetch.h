/* SPDX-License-Identifier: ISC */
/* Runs in: engine.  Mail that storaged has sent before it was asked for. */

#ifndef POP3D_POP3D_PREFETCH_H
#define POP3D_POP3D_PREFETCH_H

#include <sys/types.h>
#include <sys/queue.h>

#include <imsg.h>
#include <stdint.h>

/* A message in wire form, whole, as it lies in the imsg that brought it. */
struct prefetch_msg {
	TAILQ_ENTRY(prefetch_msg)	 entry;
	uint32_t		 number;
	uint64_t		 size;		/* as RETR says it */
	struct imsg		 imsg;
	const unsigned char	*data;
	size_t			 len;		/* octets at data */
};

/* Those of one session, by number.  All 0 and TAILQ_INIT makes an empty one. */
struct prefetch {
	TAILQ_HEAD(prefetch_list, prefetch_msg) list;
	uint32_t		 octets;	/* of data, in all */
	uint32_t		 count;		/* messages */
};

/*
 * Keep one, whose imsg is taken over (imsg_free(3) on it does nothing any
 * more).  -1, and nothing taken: not in order, or memory is short.
 */
int	 prefetch_add(struct prefetch *, const struct prefetch_msg *,
	    struct imsg *);

/* Take out this one: free it by prefetch_free.  NULL if it is not there. */
struct prefetch_msg	*prefetch_take(struct prefetch *, uint32_t number);

/* Free one that was taken; its imsg too, if nobody has taken that over. */
void	 prefetch_free(struct prefetch_msg *);

/* Forget all. */
void	 prefetch_clear(struct prefetch *);

#endif
