/* SPDX-License-Identifier: ISC */
/* Runs in: authd, root.  Finishing what storageds that died had begun. */

#ifndef POP3D_AUTHD_RECOVER_H
#define POP3D_AUTHD_RECOVER_H

struct mailbox;

/* Before any process is started. */
void	 recover_init(void);

/*
 * Find every user whose journal asks for recovery.  Before authd confines
 * itself: it cannot look into the users' directories afterwards.
 */
void	 recover_find(void);

/* Recover them, a few at a time, behind logins. */
void	 recover_all(void);

/* This one soon: its storaged died.  The mailbox is copied. */
void	 recover_mailbox(const struct mailbox *);

#endif
