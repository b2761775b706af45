/* SPDX-License-Identifier: ISC */
/* Runs in: authd, root.  What is left to authd and to whoever it starts. */

#ifndef POP3D_AUTHD_CONFINE_H
#define POP3D_AUTHD_CONFINE_H

/*
 * Capabilities down to those that starting the others takes, then the sandbox.
 * After this no directory can be written but those that the configuration
 * names; that holds for all processes, since they inherit it.
 */
void	 confine_authd(void);

/*
 * The directories that all mailboxes are below, none of them below another,
 * ended by NULL: each template up to the last slash before anything that
 * differs between users, and the prefixes of what backends may name.  If these
 * are more than CHILD_MAIL of child.h, the directory that they have in common.
 */
char *const	*confine_mail(void);

#endif
