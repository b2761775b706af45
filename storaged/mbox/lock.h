/* SPDX-License-Identifier: ISC */
/* Runs in: storaged, as the user.  The locks of a mailbox. */

#ifndef POP3D_STORAGED_MBOX_LOCK_H
#define POP3D_STORAGED_MBOX_LOCK_H

#include <sys/types.h>
#include <sys/stat.h>

#include <stdint.h>

#include "proto.h"

/* The locks that delivery agents and mail readers honour. */
struct mbox_lock {
	int		 dirfd;		/* the mailbox's directory, borrowed */
	int		 fd;		/* the mailbox, borrowed */
	const char	*path;		/* of it, for log lines */
	const char	*name;		/* of it in the directory */
	uid_t		 uid;		/* the mailbox's owner */
	uint32_t	 flags;		/* LOCK_* */
	uint32_t	 timeout;	/* seconds for all of them */
	int		 (*dotlock)(void *, int);	/* see store.h */
	void		*arg;
	const int	*notefd;	/* a file that keeps a struct
					 * dotlock_watch from session to
					 * session, or NULL ... */
	off_t		 noteoff;	/* ... and where in it */
	int		 held;		/* all that flags names */
	int		 made;		/* the dotlock is ours to remove */
	struct stat	 dotlock_file;	/* then: which */
	int		 asked;		/* the dotlock is authd's */
	int		 ask;		/* we may not write the directory */
	int		 readonly;	/* nor the file: it is only looked
					 * whether somebody else does */
	int		 blind;		/* nor look into a dotlock any more */
};

/*
 * Take all of them.  None is waited for while another is held: if one is not
 * to be had, all are dropped and tried again after 100 to 300 ms, since agents
 * take them in different orders.  ST_OK, ST_INUSE after timeout, or ST_TEMP;
 * both logged with whom or what stood in the way, and none held then.
 *
 * The dotlock (dotlock.h) is the file NAME.lock.  Where the user may not write
 * the directory, authd is asked.
 */
enum st_status	 lock_mbox(struct mbox_lock *);

/*
 * Take them for reading: the file's locks, and nobody has the dotlock, but none
 * is made.  1: they are held; 0: something stands in the way, none is.  Never
 * on a network's file system, which may remember that a name was not there.
 */
int		 lock_mbox_read(struct mbox_lock *);

/*
 * Whether still nobody has the dotlock.  Who takes it after lock_mbox_read()
 * may write; so what was read is whole only if this says so and, asked
 * afterwards, fstat(2) that nobody has written: a writer that had begun has
 * ended.
 */
int		 lock_mbox_alone(const struct mbox_lock *);

/*
 * The name of a mailbox's dotlock, as sandbox_name() has it; NULL with errno.
 * It lives until the next call.
 */
const char	*lock_dotlock_name(const char *name);

/* Drop what was taken; nothing held is fine. */
void		 lock_mbox_drop(struct mbox_lock *);

#endif
