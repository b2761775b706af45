/* SPDX-License-Identifier: ISC */
/* Runs in: authd, root.  The rights of authd and of all that it starts. */

#ifndef POP3D_AUTHD_CONFINE_H
#define POP3D_AUTHD_CONFINE_H

/*
 * Keep only the capabilities that starting the other processes takes, then
 * enter the sandbox.  From then on only directories that the configuration
 * names can be written.  All processes inherit that.
 */
void	 confine_authd(void);

/*
 * The directories that hold all mailboxes, ended by NULL: of each template the
 * part before the first name that differs between users, and the prefixes of
 * paths that backends may name.  None is below another.  If there are more than
 * CHILD_MAIL (child.h), the directory above all of them.
 */
char *const	*confine_mail(void);

#endif
