/* SPDX-License-Identifier: ISC */
/*
 * Runs in: backends.  The success cache: a worker remembers for a while that a
 * password was right, and need not compute an expensive hash again.
 */

#ifndef POP3D_AUTHD_BACKENDS_PWCACHE_H
#define POP3D_AUTHD_BACKENDS_PWCACHE_H

#include "backend_code.h"

/*
 * For a backend.  An entry is a keyed hash over backend, user, stored form and
 * password, with a random key for each worker: an entry no longer matches once
 * any of them changes.  Wrong passwords are never remembered, and always take
 * the full time.
 */

/*
 * For open: declare that this backend has stored passwords and verifies them
 * with pwcache_verify.  Without this call results are remembered only with
 * success-cache-force, since a changed password would not end them.
 */
void	 pwcache_stored(void);

/*
 * As password_verify (password.h), but returns 1 at once if it did so lately
 * for the same user, stored form and password.  If known is 0, stored is only
 * an example that stands in for an unknown user's; it takes the time of a wrong
 * password, and nothing is remembered.
 */
int	 pwcache_verify(const char *user, const char *stored,
	    const char *pass, int known);

/* For the framework. */

/* Take an option; UNSUPPORTED: it is not one of the cache. */
enum backend_code pwcache_option(const char *key, const char *value,
	    char *err);

/*
 * Call after open, before the sandbox.  whole: the backend answers logins by
 * its login routine.  Ends the program if it cannot have the configured cache.
 */
void	 pwcache_start(const char *backend, int whole);

/*
 * For backends without stored passwords: whether a success is remembered;
 * remember one.  With stored passwords or without a cache, 0 and no effect.
 */
int	 pwcache_known(const char *user, const char *pass);
void	 pwcache_note(const char *user, const char *pass);

/* Remove expired entries until fd is readable. */
void	 pwcache_idle(int fd);

/* Forget everything. */
void	 pwcache_clear(void);

#endif
