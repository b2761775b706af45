/* SPDX-License-Identifier: ISC */
/* Runs in: authd, root.  Trusts: no engine to leave its socket as it is. */

#include <sys/types.h>
#include <sys/socket.h>

#include <fcntl.h>
#include <unistd.h>

#include "log.h"
#include "sockets.h"

int
sockets_of(const struct conf_listen *l, unsigned int engine)
{
	return engine == 0 || engine > l->nmore ? l->fd : l->more[engine - 1];
}

int
sockets_listening(const struct conf_listen *l, unsigned int engine)
{
	socklen_t	 len = sizeof(int);
	int		 listening = 0;

	return getsockopt(sockets_of(l, engine), SOL_SOCKET, SO_ACCEPTCONN,
	    &listening, &len) == 0 && listening;
}

/* A socket that has been shut down is still bound to its port. */
int
sockets_revive(const struct conf_listen *l, unsigned int engine)
{
	int	 fd = sockets_of(l, engine);

	if (fcntl(fd, F_SETFL, O_RDWR | O_NONBLOCK) == -1)
		return -1;
	if (sockets_listening(l, engine))
		return 0;
	return listen(fd, SOCKETS_BACKLOG);
}

void
sockets_rest(const struct conf_listen *l, unsigned int engine)
{
	if (engine <= l->nmore &&
	    shutdown(sockets_of(l, engine), SHUT_RD) == -1)
		log_warn("%s:%u: listen", l->file, l->line);
}

void
sockets_close(struct conf_listen *l)
{
	unsigned int	 i;

	if (l->fd != -1)
		(void)close(l->fd);
	l->fd = -1;
	for (i = 0; i < l->nmore; i++)
		(void)close(l->more[i]);
	l->nmore = 0;
}
