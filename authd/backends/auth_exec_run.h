/* SPDX-License-Identifier: ISC */
/* Runs in: auth_exec.  One run of a checkpassword program. */

#ifndef POP3D_AUTHD_BACKENDS_AUTH_EXEC_RUN_H
#define POP3D_AUTHD_BACKENDS_AUTH_EXEC_RUN_H

#include <stddef.h>

/* Most input on descriptor 3, in bytes. */
#define EXEC_INPUT_MAX		512

/* The reply of auth_exec_info: "NAME=VALUE" strings, each with its NUL. */
#define EXEC_REPLY_FD		4
#define EXEC_REPLY_MAX		8192

struct exec_result {
	int	 status;		/* of wait(2) */
	size_t	 len;
	char	 reply[EXEC_REPLY_MAX + 1];	/* NUL-terminated */
};

/*
 * Run argv with len bytes of input on descriptor 3, wait up to timeout_ms
 * milliseconds for it to exit, and kill whatever is left of its process group.
 * It inherits only descriptors 3 and 4 and /dev/null; its environment has only
 * PATH.  Returns 0; 1 if it took too long and was killed; -1 with errno if it
 * could not be started.
 */
int	 exec_run(char *const argv[], const void *input, size_t len,
	    int timeout_ms, struct exec_result *);

/* Once, before the first run. */
void	 exec_init(void);

#endif
