/* SPDX-License-Identifier: ISC */
/* Runs in: backends.  What a stored password can be. */

#ifndef POP3D_AUTHD_BACKENDS_PASSWORD_KIND_H
#define POP3D_AUTHD_BACKENDS_PASSWORD_KIND_H

/* The longest stored form, in bytes, without a terminating NUL. */
#define PASSWORD_STORED_MAX	1023

enum password_kind {
	PASSWORD_UNKNOWN,	/* no scheme that we know, or damaged */
	PASSWORD_UNAVAILABLE,	/* known, but this system's library lacks it */
	PASSWORD_COSTLY,	/* its check would take longer than allowed */
	PASSWORD_LOCKED,	/* begins with '*' or '!': fits no password */
	PASSWORD_WEAK,		/* works, but is soon guessed */
	PASSWORD_GOOD
};

#endif
