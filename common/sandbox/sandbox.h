/* SPDX-License-Identifier: ISC */
/* Runs in: every process.  What is left to a process once it serves. */

#ifndef POP3D_COMMON_SANDBOX_SANDBOX_H
#define POP3D_COMMON_SANDBOX_SANDBOX_H

#include <sys/types.h>

#include <stdint.h>

struct ids;

/* Each has its own policy; sandbox_policy_linux.c and sandbox_openbsd.c. */
enum sandbox_role {
	SANDBOX_AUTHD,
	SANDBOX_ENGINE,
	SANDBOX_BACKEND,		/* reads files */
	SANDBOX_BACKEND_WRITE,		/* and replaces them */
	SANDBOX_BACKEND_NET,		/* reads files, asks a server */
	SANDBOX_BACKEND_FOREIGN,	/* runs what is not ours */
	SANDBOX_KEYD,
	SANDBOX_SPAWNER,
	SANDBOX_SESSION,		/* sealed: two names to look at */
	SANDBOX_SESSION_DOTLOCK,	/* and one of them to make */
	SANDBOX_ROLES
};

/* What may be done below a path. */
#define SANDBOX_READ	0x01	/* read files, list directories */
#define SANDBOX_WRITE	0x02	/* write, make, rename and remove files */
#define SANDBOX_EXEC	0x04	/* execute */
#define SANDBOX_PATHS	256

struct sandbox_path {
	const char	*path;
	unsigned int	 rights;
};

/* What a policy needs to know; zero what does not apply. */
struct sandbox {
	/* authd, backends, spawner: files; the spawner's sessions, too. */
	struct sandbox_path	 paths[SANDBOX_PATHS];
	size_t			 npaths;

	/* spawner: the ids that its children may become; NULL: none. */
	const struct ids	*ids;
	int			 spaces;	/* it is in namespaces */

	/* backend, OpenBSD: starts the helpers of BSD authentication. */
	int			 helpers;

	/* session */
	int			 dir;	/* of the mailbox; -1: none */
	const char		*path;		/* of the mailbox */
	const char		*mailbox;	/* name there, looked at */
	const char		*dotlock;	/* another, or NULL */
	int			 dotlock_own;	/* made and removed, too */
	uint64_t		 octets_max;	/* of memory, about */
	uint64_t		 file_max;	/* octets of a file */
};

/*
 * Enter for good, as the last step of the set-up.  what may be NULL for roles
 * that need nothing.  Says in the log which layers are active.  Fatal if one is
 * missing, unless sandbox_optional() was called.
 */
void	 sandbox_enter(enum sandbox_role, const struct sandbox *what);

/* Whatever layer this system does not have: go on without it, and say so. */
void	 sandbox_optional(void);
int	 sandbox_is_optional(void);

/*
 * Add a path, or rights to one that is there; what does not fit is fatal.  path
 * is borrowed.
 */
void	 sandbox_path(struct sandbox *, const char *path, unsigned int rights);

/*
 * Add the directory that a path names, or else the nearest one above it that
 * exists.  Fatal without memory.
 */
void	 sandbox_directory(struct sandbox *, const char *path,
	    unsigned int rights);

/*
 * The one copy of a file name that a sealed session can still give to the
 * system.  It is made before the seal; after it a name that was not is
 * NULL with EPERM.  Names are those of struct sandbox, mailbox and dotlock.
 */
const char	*sandbox_name(const char *);

#endif
