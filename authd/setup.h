/* SPDX-License-Identifier: ISC */
/* Runs in: authd, root, before any other process. */

#ifndef POP3D_AUTHD_SETUP_H
#define POP3D_AUTHD_SETUP_H

/* All of these are fatal if the operator has something to correct. */

/* Look up the accounts of the other processes, and the groups of users. */
void	 setup_accounts(void);

/* Whether all programs are there. */
void	 setup_programs(void);

/* Read the certificates; see that the keys are there. */
void	 setup_pki(void);

/* The one connection is standard input; the listeners go. */
void	 setup_inetd(void);

/* Open the state directory. */
void	 setup_state(void);

/* Make the user namespaces of the spawner and of sessions. */
void	 setup_namespaces(void);

/* Raise the limit on descriptors, or fit the number of sessions to it. */
void	 setup_limits(void);

/*
 * listen/setup_listen.c: bind every address; with check_only try whether it
 * could be bound, or is by a pop3d that runs, and let go of it.  Those of a
 * name that this host does not have leave the list.  Fatal if none of a
 * statement's is left, or another server has one.
 */
void	 setup_listeners(void);

#endif
