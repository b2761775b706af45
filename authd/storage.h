/* SPDX-License-Identifier: ISC */
/* Runs in: authd, root.  The storageds of mailboxes, each from spawn to end. */

#ifndef POP3D_AUTHD_STORAGE_H
#define POP3D_AUTHD_STORAGE_H

#include <sys/types.h>

#include <stdint.h>

#include "state.h"

struct storage;

/* Events that the owner of a storage handles.  arg is the owner's. */
struct storage_owner {
	/* storaged runs.  At most once.  This one and closed may be NULL. */
	void	(*started)(void *arg);
	/* Its channel to authd is closed: the session is over. */
	void	(*closed)(void *arg);
	/*
	 * The last call; the storage is freed after it.  The process has been
	 * reaped, with status as of waitpid(2), or never ran: -1.  cut is the
	 * mailbox if a signal may have interrupted a commit, else NULL.
	 */
	void	(*ended)(void *arg, int status, const struct mailbox *cut);
};

/* Start the spawner. */
void		 storage_init(void);

/* Whether mail of these ids may be served: NULL, or why not. */
const char	*storage_refuses(uint32_t uid, uint32_t gid);

/*
 * Have a storaged started.  fd is its end of the socket to the engine, taken in
 * any case; flags are SP_* of proto.h.  The owner's functions are called later,
 * never from here.  NULL: impossible now.
 */
struct storage	*storage_start(const struct mailbox *, uint32_t flags, int fd,
		    const struct storage_owner *, void *arg);

/*
 * Kill the process if it runs; ended() follows when it has been reaped.
 * Returns its pid, 0 if it has none yet.
 */
pid_t		 storage_kill(struct storage *);

/*
 * A number for messages about a storage, and the arg of the one that has the
 * number and this owner, or NULL.
 */
uint32_t	 storage_number(const struct storage *);
void		*storage_arg(uint32_t number, const struct storage_owner *);

/* Whether there is one. */
int		 storage_running(void);

#endif
