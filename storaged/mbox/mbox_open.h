/* SPDX-License-Identifier: ISC */
/* Runs in: storaged, as the user.  Opening a mailbox safely. */

#ifndef POP3D_STORAGED_MBOX_MBOX_OPEN_H
#define POP3D_STORAGED_MBOX_MBOX_OPEN_H

#include <sys/types.h>
#include <sys/stat.h>

#include "proto.h"

struct mbox_file {
	int		 dirfd;		/* the directory, owned */
	int		 fd;		/* for reading and writing, owned; -1:
					 * no such file */
	int		 readonly;	/* fd is only for reading */
	int		 denied;	/* by a directory on the way, or by a
					 * rule of the sandbox */
	struct stat	 st;		/* of fd, as it was opened */
	const char	*path;		/* borrowed */
	const char	*name;		/* last part of path */
};

/*
 * Open the mailbox at an absolute path, for reading and writing or, failing
 * that, for reading, with the rights of the process.  It must be a regular
 * file, owned by uid, with one link, and the last part of its path must not be
 * a symbolic link.  ST_OK, with fd -1 if only the file is missing; ST_PERM:
 * refused; ST_TEMP.  On failure all is closed, and the reason logged unless
 * denied is set.  user is for the log.
 */
enum st_status	 mbox_open(struct mbox_file *, const char *path, uid_t uid,
		    const char *user);
void		 mbox_close(struct mbox_file *);

/* Whether the path still names the open file: 1, 0, or -1 with errno. */
int		 mbox_current(const struct mbox_file *);

#endif
