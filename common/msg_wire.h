/* SPDX-License-Identifier: ISC */
/*
 * Runs in: every process.  What the composers and parsers of the msg_*.c files
 * share; nobody else includes this.
 */

#ifndef POP3D_COMMON_MSG_WIRE_H
#define POP3D_COMMON_MSG_WIRE_H

#include <sys/types.h>
#include <sys/uio.h>

#include <stdint.h>

struct ibuf;
struct imsg;
struct imsgbuf;

/*
 * Composing.  A payload is a list of parts; part adds octets, and text a string
 * of min to max octets (the field on the wire that counts them is set; NULL if
 * there is none).  Mistakes are kept until msg_send, which answers -1 for them:
 * ERANGE, or EINVAL.
 */
#define MSG_PARTS_MAX	8

struct msg_parts {
	struct iovec	 iov[MSG_PARTS_MAX];
	int		 count;
	int		 error;		/* errno of the first mistake */
};

void	 msg_part(struct msg_parts *, const void *, size_t len);
void	 msg_part_text(struct msg_parts *, const char *, size_t min,
	    size_t max, uint16_t *len);

/*
 * Queue a message if its length, and whether it has a descriptor (-1: none),
 * are as the table of proto.h has it.  Takes the descriptor in any case.  0 or
 * -1 with errno.
 */
int	 msg_send(struct imsgbuf *, uint32_t type, uint32_t id, int fd,
	    struct msg_parts *);

/*
 * Parsing.  All 0 or -1.  head opens the payload and takes the structure at its
 * begin; text takes len octets, of which there must be min to max, none of them
 * NUL, to dst of max + 1, and ends them; end says whether all of it was taken.
 */
int	 msg_head(struct imsg *, struct ibuf *, void *, size_t len);
int	 msg_text(struct ibuf *, char *dst, size_t len, size_t min,
	    size_t max);
int	 msg_end(struct ibuf *);

#endif
