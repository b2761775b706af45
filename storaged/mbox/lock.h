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
	uint32_t	 timeout;	/* seconds, for all of them */
	int		 (*dotlock)(void *, int);	/* see store.h */
	void		*arg;
	const int	*notefd;	/* file that keeps a struct
					 * dotlock_watch across sessions, or
					 * NULL ... */
	off_t		 noteoff;	/* ... and the offset in it */
	int		 held;		/* all locks in flags */
	int		 made;		/* the dotlock is ours to remove */
	struct stat	 dotlock_file;	/* its identity, if made */
	int		 asked;		/* the dotlock is authd's */
	int		 ask;		/* we cannot write the directory */
	int		 readonly;	/* nor the file: only check for a
					 * dotlock */
	int		 blind;		/* we can no longer read a dotlock */
};

/*
 * Take all of them.  Never wait for one while holding another: agents take them
 * in different orders.  If one is not free, drop all and try again after 100 to
 * 300 ms.  ST_OK; ST_INUSE after timeout, or ST_TEMP, both with no lock held
 * and the holder or the cause logged.
 *
 * The dotlock (dotlock.h) is the file NAME.lock.  If the user may not write the
 * directory, authd is asked to create it.
 */
enum st_status	 lock_mbox(struct mbox_lock *);

/*
 * Take them for reading: lock the file and check that there is no dotlock, but
 * create none.  1: the locks are held; 0: something blocks them, and none is
 * held.  Never on a network file system, which may cache that a name was
 * absent.
 */
int		 lock_mbox_read(struct mbox_lock *);

/*
 * Whether there is still no dotlock.  A process that takes it after
 * lock_mbox_read() may write.  So what was read is whole only if this returns 1
 * and fstat(2), called afterwards, shows that nothing was written: any writer
 * that had begun has then ended.
 */
int		 lock_mbox_alone(const struct mbox_lock *);

/*
 * The name of a mailbox's dotlock, in the form of sandbox_name(); NULL with
 * errno.  Valid until the next call.
 */
const char	*lock_dotlock_name(const char *name);

/* Drop the locks that are held, if any. */
void		 lock_mbox_drop(struct mbox_lock *);

#endif
