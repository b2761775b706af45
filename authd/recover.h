/* SPDX-License-Identifier: ISC */
/* Runs in: authd, root.  Finishing what storageds that died had begun. */

#ifndef POP3D_AUTHD_RECOVER_H
#define POP3D_AUTHD_RECOVER_H

#include <stdint.h>

/* Before any process is started. */
void	 recover_init(void);

/* Somebody may remove mail: remember what recovery of that mailbox needs. */
void	 recover_note(const char *user, uint32_t uid, uint32_t gid,
	    const char *mailbox);

/*
 * Find everybody whose journal says that there is something to do.  Before
 * authd confines itself: it cannot look into the users' directories afterwards.
 */
void	 recover_find(void);

/* Recover them, one after the other, behind logins. */
void	 recover_all(void);

/* This one now: its storaged died. */
void	 recover_mailbox(const char *user, uint32_t uid, uint32_t gid,
	    const char *mailbox);

/* A storaged of login_recover() has ended; status as of waitpid(2). */
void	 recover_ended(const char *user, int status);

#endif
