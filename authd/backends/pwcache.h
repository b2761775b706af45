/* SPDX-License-Identifier: ISC */
/*
 * Runs in: backends.  The success cache: for a while a worker remembers that a
 * password was right, and need not compute an expensive hash again.
 */

#ifndef POP3D_AUTHD_BACKENDS_PWCACHE_H
#define POP3D_AUTHD_BACKENDS_PWCACHE_H

#include "backend_code.h"

/*
 * For a backend.  Remembered is a keyed hash over backend, user, stored form
 * and password, under a key that each worker draws at its start: a change of
 * any of them makes it worthless.  A wrong password is never remembered, and
 * takes as long as ever.
 */

/*
 * For open: this backend has stored passwords, and verifies them by
 * pwcache_verify.  Without this call its verdicts are remembered only if the
 * configuration insists, for then no change of a password ends that.
 */
void	 pwcache_stored(void);

/*
 * As password_verify (password.h), but that 1 is said at once when it was said
 * for the same user, stored form and password lately.  known 0: stored is not
 * his, but the example that stands in for it; the time is that of a user whose
 * password is wrong, and nothing is remembered.
 */
int	 pwcache_verify(const char *user, const char *stored,
	    const char *pass, int known);

/* For the framework. */

/* An option of the configuration; UNSUPPORTED: it is somebody else's. */
enum backend_code pwcache_option(const char *key, const char *value,
	    char *err);

/*
 * After open, before the sandbox.  whole: the backend answers a login as one.
 * Ends the program if what is configured cannot be had.
 */
void	 pwcache_start(const char *backend, int whole);

/*
 * Verdicts of a backend without stored passwords: whether one is remembered;
 * remember one.  0 and nothing if there are stored ones, or no cache.
 */
int	 pwcache_known(const char *user, const char *pass);
void	 pwcache_note(const char *user, const char *pass);

/* Forget what is too old, until fd can be read. */
void	 pwcache_idle(int fd);

/* Forget everything. */
void	 pwcache_clear(void);

#endif
