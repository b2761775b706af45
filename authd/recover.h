/* SPDX-License-Identifier: ISC */
/* Runs in: authd, root.  Recovery of mailboxes whose storaged died. */

#ifndef POP3D_AUTHD_RECOVER_H
#define POP3D_AUTHD_RECOVER_H

struct mailbox;

/* To be called before any process is started. */
void	 recover_init(void);

/*
 * Find all mailboxes that need recovery.  To be called before authd confines
 * itself: it cannot look into the users' directories afterwards.
 */
void	 recover_find(void);

/* Recover them, a few at a time, behind logins. */
void	 recover_all(void);

/* Recover this one soon: its storaged died.  It is copied. */
void	 recover_mailbox(const struct mailbox *);

/* Whether some are still to be recovered, or are being. */
int	 recover_pending(void);

#endif
