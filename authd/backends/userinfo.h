/* SPDX-License-Identifier: ISC */
/* Runs in: backends.  Parsing of what a store says about a user. */

#ifndef POP3D_AUTHD_BACKENDS_USERINFO_H
#define POP3D_AUTHD_BACKENDS_USERINFO_H

#include <stddef.h>
#include <stdint.h>

#include "backend_code.h"
#include "msg.h"

/*
 * Parse one value of len bytes, not NUL-terminated.  Returns 0, or -1 if it is
 * malformed.
 *
 * id: a decimal uid or gid; neither 0, which is root's, nor the highest one,
 * which means "unchanged" to chown(2).  size: a number with K, M, G or T for
 * powers of 1024.  status: one of the words of pop3d-auth(5).  groups: ids
 * joined by '+'; too many are an error.
 */
int	 userinfo_id(const char *, size_t len, uint32_t *id);
int	 userinfo_size(const char *, size_t len, int64_t *size);
int	 userinfo_status(const char *, size_t len, uint32_t *status);
int	 userinfo_groups(const char *, size_t len, uint32_t groups[GROUPS_MAX],
	    uint32_t *ngroups);

/*
 * Take the options uid, gid and home, the defaults for stores that do not say.
 * UNSUPPORTED: it is another option; else as option of backend.h.
 */
enum backend_code	 userinfo_option(const char *key, const char *value,
			    char *err);

/*
 * Fill in defaults for a uid or gid of 0 and an empty home.  RECORD if there is
 * still no uid or gid; where names the place that lacks it, for the message.
 */
enum backend_code	 userinfo_default(const char *user,
			    struct userinfo *, const char *where, char *err);

/* Replace *to, which is freed, with a copy of an absolute path. */
enum backend_code	 userinfo_path(const char *value, char **to, char *err);

/* The option hash-limit: password_limit of password_cost.h. */
enum backend_code	 userinfo_hash_limit(const char *value, char *err);

/* The option scheme, of new passwords: password_scheme of password.h. */
enum backend_code	 userinfo_scheme(const char *value, char *err);

#endif
