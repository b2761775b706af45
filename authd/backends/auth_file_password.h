/* SPDX-License-Identifier: ISC */
/* Runs in: auth_file.  Passwords of the file of users: check, change. */

#ifndef POP3D_AUTHD_BACKENDS_AUTH_FILE_PASSWORD_H
#define POP3D_AUTHD_BACKENDS_AUTH_FILE_PASSWORD_H

#include "backend_code.h"

struct users;

/*
 * Check the password of user; DENIED also for an unknown or locked user, after
 * the time of a wrong password.  check_userpassword of backend.h.
 */
enum backend_code	 users_check(const struct users *, const char *user,
			    const char *pass, char *err);

/*
 * Change the password of user to newpass, if oldpass is right.  A copy of the
 * file in which only the hash differs replaces the file; owner and mode stay.
 * flock(2) on the file admits one writer at a time.  change_userpassword of
 * backend.h; UNSUPPORTED if the permissions of the directory or the file do not
 * let this process replace it.
 */
enum backend_code	 users_change(const char *path, const char *user,
			    const char *oldpass, const char *newpass,
			    char *err);

#endif
