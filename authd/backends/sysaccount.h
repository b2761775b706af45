/* SPDX-License-Identifier: ISC */
/* Runs in: auth_passwd, auth_pam.  Accounts of the system. */

#ifndef POP3D_AUTHD_BACKENDS_SYSACCOUNT_H
#define POP3D_AUTHD_BACKENDS_SYSACCOUNT_H

#include <stdint.h>

#include "backend_code.h"
#include "msg.h"

struct passwd;

/*
 * The account (overwritten by the next getpwnam(3)), or NULL and in *code why
 * not.  uid and gid 0 never log in here, and to BSD authentication "user:style"
 * would be a user and a wish.
 */
const struct passwd	*sysaccount_lookup(const char *user,
			    enum backend_code *code, char *err);

/* get_userinfo of backend.h. */
enum backend_code	 sysaccount_info(const char *user, struct userinfo *,
			    char *err);

/* get_userlist of backend.h: accounts with this uid or a higher one. */
enum backend_code	 sysaccount_list(uint64_t uid_min, char *err);

/*
 * Whether this errno of a getpwnam(3) or getspnam(3) that gave nothing tells of
 * a failure; all others only say that there is nobody of that name.
 */
int	 sysaccount_lookup_failed(int);

#endif
