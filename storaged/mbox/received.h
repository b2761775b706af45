/* SPDX-License-Identifier: ISC */
/* Runs in: storaged, as the user.  Comparing the hosts that received mail. */

#ifndef POP3D_STORAGED_MBOX_RECEIVED_H
#define POP3D_STORAGED_MBOX_RECEIVED_H

#include <stdint.h>

/*
 * Whether the topmost Received fields of two messages, whose headers begin at a
 * and b, name the same host after "by": 1, 0, or -1 with errno.  size is that
 * of the file.
 */
int	 received_same(int fd, uint64_t a, uint64_t b, uint64_t size);

#endif
