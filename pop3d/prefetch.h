/* SPDX-License-Identifier: ISC */
/* Runs in: engine.  Mail that storaged has sent before it was asked for. */

#ifndef POP3D_POP3D_PREFETCH_H
#define POP3D_POP3D_PREFETCH_H

#include <sys/types.h>
#include <sys/queue.h>

#include <imsg.h>
#include <stdint.h>

/* A whole message in wire form, in the imsg that brought it. */
struct prefetch_msg {
	TAILQ_ENTRY(prefetch_msg)	 entry;
	uint32_t		 number;
	uint64_t		 size;		/* for the answer to RETR */
	struct imsg		 imsg;
	const unsigned char	*data;
	size_t			 len;		/* bytes at data */
};

/* The messages of one session, by number.  Empty: zeroed, and TAILQ_INIT. */
struct prefetch {
	TAILQ_HEAD(prefetch_list, prefetch_msg) list;
	uint32_t		 bytes;		/* of all data */
	uint32_t		 count;		/* messages */
};

/*
 * Append a message and take over its imsg (imsg_free(3) on it then does
 * nothing).  Returns -1, and takes nothing, if it is not in order or memory is
 * short.
 */
int	 prefetch_add(struct prefetch *, const struct prefetch_msg *,
	    struct imsg *);

/* Remove and return a message, to be freed by prefetch_free, or NULL. */
struct prefetch_msg	*prefetch_take(struct prefetch *, uint32_t number);

/* Free a message, and its imsg if output_imsg has not taken it over. */
void	 prefetch_free(struct prefetch_msg *);

/* Drop all messages. */
void	 prefetch_clear(struct prefetch *);

#endif
