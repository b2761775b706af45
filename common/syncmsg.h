/* SPDX-License-Identifier: ISC */
/* Runs in: backends, storaged.  Messages on a blocking descriptor. */

#ifndef POP3D_COMMON_SYNCMSG_H
#define POP3D_COMMON_SYNCMSG_H

#include <imsg.h>

#include "proto.h"

/*
 * Wait for the next message and check it against the catalogue.  1 and *imsg
 * (free it with imsg_free(3)), 0 at end of file, -1 with errno on error; a
 * message out of shape is logged and gives -1 with EBADMSG.
 */
int	 syncmsg_get(struct imsgbuf *, struct imsg *, enum proto_role self,
	    enum proto_role peer);

/*
 * Have syncmsg_get call fn with the descriptor when it is about to wait for it;
 * fn may wait until it can be read, and do something else meanwhile.
 */
void	 syncmsg_idle(void (*fn)(int fd));

/*
 * Send log lines to authd over this channel from now on, each written before
 * the call returns; NULL: standard error again.
 */
void	 syncmsg_log_to(struct imsgbuf *);

#endif
