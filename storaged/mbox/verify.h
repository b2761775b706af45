/* SPDX-License-Identifier: ISC */
/* Runs in: storaged, as the user.  Comparing messages with their sums. */

#ifndef POP3D_STORAGED_MBOX_VERIFY_H
#define POP3D_STORAGED_MBOX_VERIFY_H

#include <stdint.h>

struct msgs;
struct sums;

/*
 * Read messages first to last from fd again and compare them with their sums.
 * 1: unchanged, and only a blank line follows each; 0: changed; -1: cannot
 * read, errno.  No lock is taken.
 */
int	 verify_msgs(const struct sums *, const struct msgs *, int fd,
	    uint32_t first, uint32_t last);

#endif
