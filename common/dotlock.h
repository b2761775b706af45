/* SPDX-License-Identifier: ISC */
/*
 * Runs in: storaged, as the user, for a folder that he owns; authd, root, for a
 * spool that users cannot write.  Dotlocks.
 */

#ifndef POP3D_DOTLOCK_H
#define POP3D_DOTLOCK_H

#include <sys/types.h>
#include <sys/stat.h>

#include <stddef.h>

/* A dotlock this old is broken whoever made it, seconds; as in liblockfile. */
#define DOTLOCK_STALE	300

/*
 * Make FILE in the folder, for the process with this pid, without waiting;
 * path, of the mailbox, is for log lines.  0 and *made, which file it is; -1
 * with errno: EEXIST if somebody has it; EACCES, EPERM or EROFS if the folder
 * is not ours to write.
 *
 * It is made with O_EXCL and has "PID HOST" in it; a reader that takes the
 * leading number for the pid, like liblockfile, is right.  One with the name of
 * this host and a pid that is gone, or one not touched for DOTLOCK_STALE, is
 * removed first, and that is logged.
 */
int	 dotlock_make(int dirfd, const char *file, const char *path, pid_t pid,
	    struct stat *made);

/* Remove it, unless somebody has put his own in its place; that is logged. */
void	 dotlock_remove(int dirfd, const char *file, const char *path,
	    const struct stat *made);

/* Say in text who seems to hold it, for a log line. */
void	 dotlock_holder(int dirfd, const char *file, char *text, size_t size);

#endif
