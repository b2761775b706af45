/* SPDX-License-Identifier: ISC */
/* Runs in: every process that starts with more than it needs. */

#ifndef POP3D_COMMON_SANDBOX_PRIVDROP_H
#define POP3D_COMMON_SANDBOX_PRIVDROP_H

#include <sys/types.h>

/*
 * Become uid and gid for good, with just these supplementary groups (none: 0
 * and NULL): setgroups(2), setresgid(2), setresuid(2), capabilities dropped.
 * Then tries to come back and dies if that works.  uid and gid 0 are refused.
 * Fatal on any failure: nobody goes on with privileges that should be gone.
 */
void	 privdrop_to(uid_t, gid_t, size_t ngroups, const gid_t *groups);

/* Give up all supplementary groups. */
void	 privdrop_groups(void);

/*
 * Become the spawner: uid and gid as above, but still able to start processes
 * as other users.  It has no supplementary groups any more.  Linux: not root,
 * with CAP_SETUID and CAP_SETGID alone.
 * OpenBSD has no such thing: stays root, with the spawner's pledge.
 */
void	 privdrop_spawner(uid_t, gid_t);

/*
 * authd: root, with no more capabilities than it takes to start and end the
 * others and to give users their state directories.  Nothing to do on OpenBSD.
 */
void	 privdrop_authd(void);

/* Give up every capability; fatal on failure.  Nothing to do on OpenBSD. */
void	 privdrop_caps(void);

/*
 * Whether there is a directory of root's that nobody else can write; or fatal.
 */
void	 privdrop_check_chroot(const char *);

/* chroot(2) to such a directory, which should be empty. */
void	 privdrop_chroot(const char *);

/* The group whose members may check system passwords: shadow, auth. */
extern const char *const	 privdrop_passwd_group;

#endif
