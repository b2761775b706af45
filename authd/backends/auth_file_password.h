/* SPDX-License-Identifier: ISC */
/* Runs in: auth_file.  Passwords of the file of users: check, change. */

#ifndef POP3D_AUTHD_BACKENDS_AUTH_FILE_PASSWORD_H
#define POP3D_AUTHD_BACKENDS_AUTH_FILE_PASSWORD_H

#include "backend_code.h"

struct users;

/*
 * Whether pass is right for user; DENIED also for one that is unknown or
 * locked, after the time of a wrong password.  check_userpassword of backend.h.
 */
enum backend_code	 users_check(const struct users *, const char *user,
			    const char *pass, char *err);

/*
 * Give user the password newpass, if oldpass is right.  A copy of the file with
 * the new hash in place of the old and every other octet as it was takes the
 * file's name; owner and mode stay.  One writer at a time, by flock(2) on the
 * file.  change_userpassword of backend.h; UNSUPPORTED where the folder or the
 * owner of the file does not let this process do it.
 */
enum backend_code	 users_change(const char *path, const char *user,
			    const char *oldpass, const char *newpass,
			    char *err);

#endif
