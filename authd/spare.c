/* SPDX-License-Identifier: ISC */
/*
 * Runs in: authd, root.  Trusts: the state directory, which root alone writes.
 *
 * Deleting messages takes a journal in the user's state directory.  A full disk
 * has no room for a new one, so a user who logs in for the first time could not
 * make room by deleting.  Therefore a few directories with a journal are made
 * while there is room, under names that no user has; rename(2) needs no room.
 */

#include <sys/types.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "authd.h"
#include "formats.h"
#include "log.h"
#include "spare.h"

#define SPARES		16

/* Bytes that one takes; mailboxes of other formats need none. */
#define SPARE_SIZE	FORMAT_MBOX_IDLE

/* Free bytes below which spares are given away, and above which made. */
#define ROOM_LITTLE	(4 * SPARE_SIZE)
#define ROOM_AMPLE	(2 * ROOM_LITTLE)

/* All spares together take this part of the file system at most. */
#define SHARE		4

static int	 missing = 1;

static void
spare_name(char name[32], int i, const char *file)
{
	(void)snprintf(name, 32, ".spare.%d%s", i, file);
}

/*
 * Free bytes that are left to users, as far as that can be known; and how many
 * spares the file system is large enough for.
 */
static long long
spare_room(int *most)
{
	struct statvfs	 sv;
	long long	 n;

	*most = 0;
	if (fstatvfs(authd.statefd, &sv) == -1)
		return ROOM_LITTLE;
	n = (long long)sv.f_blocks * (long long)sv.f_frsize / SHARE /
	    SPARE_SIZE;
	*most = n < SPARES ? (int)n : SPARES;
	return (long long)sv.f_bavail * (long long)sv.f_frsize;
}

/* Write zeros, not a hole: the journal needs its blocks later. */
static int
spare_write(int fd)
{
	static const char	 zeros[4096];
	off_t			 off;

	for (off = 0; off < SPARE_SIZE; off += sizeof(zeros))
		if (pwrite(fd, zeros, sizeof(zeros), off) !=
		    (ssize_t)sizeof(zeros))
			return -1;
	return 0;
}

/* Make one, or complete it.  0, or -1. */
static int
spare_make(int i)
{
	char		 name[32];
	struct stat	 st;
	int		 fd, r = 0;

	spare_name(name, i, "");
	if (mkdirat(authd.statefd, name, 0700) == -1 && errno != EEXIST)
		return -1;
	spare_name(name, i, "/" FORMAT_MBOX_JOURNAL);
	fd = openat(authd.statefd, name, O_WRONLY | O_CREAT | O_NOFOLLOW |
	    O_CLOEXEC, 0600);
	if (fd == -1)
		return -1;
	if (fstat(fd, &st) == -1 || (st.st_size != SPARE_SIZE &&
	    spare_write(fd) == -1))
		r = -1;
	(void)close(fd);
	return r;
}

void
spare_fill(void)
{
	int	 i, most;

	missing = 1;
	for (i = 0; spare_room(&most) >= ROOM_AMPLE && i < most; i++) {
		if (spare_make(i) == -1) {
			log_warn("state %s/.spare.%d", authd.conf->state, i);
			return;
		}
	}
	missing = i < most;
}

int
spare_take(const char *user, uid_t uid, gid_t gid)
{
	char		 name[32];
	long long	 room;
	int		 i, most;

	/* The next generation has them now: two would take the same. */
	if (authd.draining)
		return -1;
	if ((room = spare_room(&most)) >= ROOM_LITTLE) {
		if (missing > 0 && room >= ROOM_AMPLE)
			spare_fill();
		return -1;
	}
	for (i = 0; i < SPARES; i++) {
		/* Give it away before it has the user's name. */
		spare_name(name, i, "/" FORMAT_MBOX_JOURNAL);
		if (authd.privileged && fchownat(authd.statefd, name, uid, gid,
		    AT_SYMLINK_NOFOLLOW) == -1)
			continue;
		spare_name(name, i, "");
		if (renameat(authd.statefd, name, authd.statefd, user) == 0) {
			missing = 1;
			log_warnx("state %s/%s: the disk is nearly full; one "
			    "of the spare directories was left for it",
			    authd.conf->state, user);
			return 0;
		}
	}
	return -1;
}
