/* SPDX-License-Identifier: ISC */
/* Runs in: authd, root.  Into the background, once the service works. */

#include <sys/types.h>

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "daemonize.h"
#include "log.h"

static int	 ready_fd = -1;

void
daemonize(void)
{
	ssize_t	 n;
	char	 c;
	int	 fds[2];

	if (pipe2(fds, O_CLOEXEC) == -1)
		fatal("pipe");
	switch (fork()) {
	case -1:
		fatal("fork");
	case 0:
		break;
	default:
		(void)close(fds[1]);
		while ((n = read(fds[0], &c, 1)) == -1 && errno == EINTR)
			;
		_exit(n == 1 ? 0 : 1);
	}
	(void)close(fds[0]);
	ready_fd = fds[1];
	if (setsid() == -1 || chdir("/") == -1)
		fatal("daemonize");
}

void
daemonize_ready(void)
{
	int	 null;

	if ((null = open("/dev/null", O_RDWR | O_CLOEXEC)) == -1 ||
	    dup2(null, STDIN_FILENO) == -1 ||
	    dup2(null, STDOUT_FILENO) == -1 ||
	    dup2(null, STDERR_FILENO) == -1)
		fatal("/dev/null");
	(void)close(null);
	if (write(ready_fd, "", 1) != 1)
		log_warn("daemonize");
	(void)close(ready_fd);
	ready_fd = -1;
}
