/* SPDX-License-Identifier: ISC */
/* Runs in: auth_exec.  One run of a checkpassword program. */

#ifndef POP3D_AUTHD_BACKENDS_AUTH_EXEC_RUN_H
#define POP3D_AUTHD_BACKENDS_AUTH_EXEC_RUN_H

#include <stddef.h>

/* What a program is told on descriptor 3, in octets. */
#define EXEC_INPUT_MAX		512

/* What auth_exec_info says on descriptor 4: "NAME=VALUE", each with a NUL. */
#define EXEC_REPLY_FD		4
#define EXEC_REPLY_MAX		8192

struct exec_result {
	int	 status;		/* of wait(2) */
	size_t	 len;
	char	 reply[EXEC_REPLY_MAX + 1];	/* NUL-terminated */
};

/*
 * Run argv with len octets of input on descriptor 3, wait up to timeout_ms
 * milliseconds for its end, and end everything that it may have left in its
 * process group.  Nothing of ours is open to it but that, descriptor 4 and
 * /dev/null; its environment has a PATH and no more.  0; 1: it took too long
 * and was killed; -1 with errno: it could not be started.
 */
int	 exec_run(char *const argv[], const void *input, size_t len,
	    int timeout_ms, struct exec_result *);

/* Once, before the first run. */
void	 exec_init(void);

#endif
