/* SPDX-License-Identifier: ISC */
/* Runs in: backends.  What a store says about a user, text made sense of. */

#ifndef POP3D_AUTHD_BACKENDS_USERINFO_H
#define POP3D_AUTHD_BACKENDS_USERINFO_H

#include <stddef.h>
#include <stdint.h>

#include "backend_code.h"
#include "msg.h"

/*
 * One value each, len octets, not NUL-terminated.  0, or -1: it is not one.
 *
 * id: a uid or gid, decimal; 0 is root's and the last one chown(2)'s "as it
 * is", so these are none.  size: a number with K, M, G or T for powers of 1024.
 * status: one of the words of pop3d-auth(5).  groups: ids joined by '+'; too
 * many are an error.
 */
int	 userinfo_id(const char *, size_t len, uint32_t *id);
int	 userinfo_size(const char *, size_t len, int64_t *size);
int	 userinfo_status(const char *, size_t len, uint32_t *status);
int	 userinfo_groups(const char *, size_t len, uint32_t groups[GROUPS_MAX],
	    uint32_t *ngroups);

/*
 * The options uid, gid and home, which count where a store says nothing.
 * UNSUPPORTED: it is another option; else as option of backend.h.
 */
enum backend_code	 userinfo_option(const char *key, const char *value,
			    char *err);

/*
 * Fill in what is missing: uid and gid 0, home "".  RECORD if there is still
 * no uid or gid; where names the place that did not have it.
 */
enum backend_code	 userinfo_default(const char *user,
			    struct userinfo *, const char *where, char *err);

/* An absolute path of an option, duplicated to *to, which is freed before. */
enum backend_code	 userinfo_path(const char *value, char **to, char *err);

/* The option hash-limit: password_limit of password.h. */
enum backend_code	 userinfo_hash_limit(const char *value, char *err);

/* The option scheme, of new passwords: password_scheme of password.h. */
enum backend_code	 userinfo_scheme(const char *value, char *err);

#endif
