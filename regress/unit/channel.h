/* SPDX-License-Identifier: ISC */
/* Runs in: unit tests.  Both ends of a channel, in one process. */

#ifndef POP3D_CHANNEL_H
#define POP3D_CHANNEL_H

#include <sys/types.h>

#include <stdint.h>

#include <imsg.h>

/* Two ends, not blocking, descriptors allowed, messages up to maxsize. */
void	 channel_open(struct imsgbuf *a, struct imsgbuf *b, uint32_t maxsize);

/* From a to b until one message is there. */
void	 channel_next(struct imsgbuf *a, struct imsgbuf *b, struct imsg *);

/* Drop what is on its way, close both. */
void	 channel_close(struct imsgbuf *a, struct imsgbuf *b);

#endif
