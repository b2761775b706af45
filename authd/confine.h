/* Runs in: authd, root.  What is left to authd and to whoever it starts. */

#ifndef POP3D_CONFINE_H
#define POP3D_CONFINE_H

/*
 * Capabilities down to those that starting the others takes, then the sandbox.
 * After this no folder can be written but those that the configuration names;
 * that holds for all processes, since they inherit it.
 */
void	 confine_authd(void);

/*
 * The folder that all mailboxes are below: the template up to the last slash
 * before anything that differs between users.
 */
char	*confine_mail(void);

#endif
