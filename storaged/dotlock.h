/* Runs in: storaged, as the user.  Dotlocks in a folder that the user owns. */

#ifndef POP3D_DOTLOCK_H
#define POP3D_DOTLOCK_H

#include <stddef.h>

/*
 * The name of a mailbox's dotlock, as sandbox_name() has it; NULL with errno.
 */
const char	*dotlock_name(const char *name);

/*
 * Make NAME.lock in the folder without waiting; path, of the mailbox, is for
 * log lines.  0: it is ours; -1 with errno: EEXIST if somebody has it; EACCES,
 * EPERM or EROFS if the folder is not ours to write.  A stale one (see lock.h)
 * is removed first.
 */
int		 dotlock_make(int dirfd, const char *name, const char *path);

/* Remove it. */
void		 dotlock_remove(int dirfd, const char *name, const char *path);

/* Say in text who seems to hold it, for a log line. */
void		 dotlock_holder(int dirfd, const char *name, char *text,
		    size_t size);

#endif
