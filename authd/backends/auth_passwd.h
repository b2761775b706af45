/* SPDX-License-Identifier: ISC */
/* Runs in: auth_passwd.  The password check, which differs by system. */

#ifndef POP3D_AUTHD_BACKENDS_AUTH_PASSWD_H
#define POP3D_AUTHD_BACKENDS_AUTH_PASSWD_H

#include "backend_code.h"

struct passwd;

/*
 * Check whether pass is the password of the system account user, and that the
 * account is neither locked nor expired.  pw is its entry, which the next
 * getpwnam(3) overwrites.  If pw is NULL, the answer is DENIED after the time
 * of a wrong password.  check_userpassword of backend.h.
 */
enum backend_code	 passwd_verify(const char *user,
			    const struct passwd *pw, const char *pass,
			    char *err);

/* Call once, before the first request. */
void	 passwd_init(void);

/* Whether the passwords can be read: ready of backend.h. */
enum backend_code	 passwd_ready(char *err);

/* BACKEND_NEEDS_* of this system's passwd_verify. */
extern const unsigned int	 passwd_needs;

#endif
