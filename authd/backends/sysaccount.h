/* SPDX-License-Identifier: ISC */
/* Runs in: auth_passwd, auth_pam.  Accounts of the system. */

#ifndef POP3D_AUTHD_BACKENDS_SYSACCOUNT_H
#define POP3D_AUTHD_BACKENDS_SYSACCOUNT_H

#include <stdint.h>

#include "backend_code.h"
#include "msg.h"

struct passwd;

/*
 * The account, which the next getpwnam(3) overwrites, or NULL with the reason
 * in *code.  Accounts with uid or gid 0 never log in here.  Names with a colon
 * are refused: BSD authentication takes "user:style" as user and login style.
 */
const struct passwd	*sysaccount_lookup(const char *user,
			    enum backend_code *code, char *err);

/* get_userinfo of backend.h. */
enum backend_code	 sysaccount_info(const char *user, struct userinfo *,
			    char *err);

/* get_userlist of backend.h: accounts with uid uid_min or higher. */
enum backend_code	 sysaccount_list(uint64_t uid_min, char *err);

/*
 * Whether this errno of a getpwnam(3) or getspnam(3) that returned NULL means a
 * failure; any other means that there is no such account.
 */
int	 sysaccount_lookup_failed(int);

#endif
