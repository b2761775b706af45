/* SPDX-License-Identifier: ISC */
/*
 * Runs in: storaged, as the user, for a directory that the user owns; authd,
 * root, for a spool that users cannot write.  Dotlocks.
 */

#ifndef POP3D_COMMON_DOTLOCK_H
#define POP3D_COMMON_DOTLOCK_H

#include <sys/types.h>
#include <sys/stat.h>

#include <stddef.h>
#include <stdint.h>

/* A dotlock this old is broken whoever made it, seconds; as in liblockfile. */
#define DOTLOCK_STALE	300

/*
 * Which files may be taken for stale locks.  A user named "anna.lock" has a
 * mailbox where anna has a dotlock: so nothing that another user made is one,
 * and nothing longer than a lock's text.
 */
struct dotlock_rules {
	uid_t	 user;		/* the mailbox's owner */
	uid_t	 system;	/* uids below this are no users' */
	int	 local;		/* the file system has this host's clock */
};

/*
 * The lock file that stood in the way last, and since when.  The age of a file
 * says nothing if its time is another host's, or in the future: such a lock is
 * stale when we have seen it unchanged for DOTLOCK_STALE.  Zeroed at first; who
 * keeps it from try to try, and from process to process, need not know more.
 */
struct dotlock_watch {
	uint64_t	 dev;
	uint64_t	 ino;
	int64_t		 mtime;		/* seconds ... */
	int64_t		 mtime_ns;	/* ... and nanoseconds */
	int64_t		 since;		/* seconds since the boot of ... */
	char		 host[24];	/* ... this host */
};

/*
 * Make FILE in the directory, for the process with this pid, without waiting;
 * path, of the mailbox, is for log lines.  0 and *made, which file it is; -1
 * with errno: EEXIST if somebody has it; EACCES, EPERM or EROFS if the
 * directory is not ours to write.
 *
 * It is made with O_EXCL and has "PID HOST" in it; a reader that takes the
 * leading number for the pid, like liblockfile, is right.  One with the name of
 * this host and a pid that is gone, or one not touched for DOTLOCK_STALE, is
 * removed first, and that is logged.
 */
int	 dotlock_make(int dirfd, const char *file, const char *path, pid_t pid,
	    const struct dotlock_rules *, struct dotlock_watch *,
	    struct stat *made);

/* Remove it, unless somebody has put another in its place; that is logged. */
void	 dotlock_remove(int dirfd, const char *file, const char *path,
	    const struct stat *made);

/* Say in text who seems to hold it, for a log line. */
void	 dotlock_holder(int dirfd, const char *file, char *text, size_t size);

#endif
