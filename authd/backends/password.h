/* SPDX-License-Identifier: ISC */
/* Runs in: backends.  Stored passwords, of every kind we know. */

#ifndef POP3D_AUTHD_BACKENDS_PASSWORD_H
#define POP3D_AUTHD_BACKENDS_PASSWORD_H

#include <stddef.h>
#include <stdint.h>

/* The longest stored form, in octets, without a terminating NUL. */
#define PASSWORD_STORED_MAX	1023

enum password_kind {
	PASSWORD_UNKNOWN,	/* no scheme that we know, or damaged */
	PASSWORD_UNAVAILABLE,	/* known, but this system's library lacks it */
	PASSWORD_COSTLY,	/* its check would take longer than allowed */
	PASSWORD_LOCKED,	/* begins with '*' or '!': fits no password */
	PASSWORD_WEAK,		/* works, but a stolen file is soon read */
	PASSWORD_GOOD
};

/*
 * What a stored password is, by its form alone; nothing is computed.  A stored
 * password is what crypt(3) makes, or a scheme in braces (upper or lower case,
 * perhaps with Dovecot's ".HEX", ".B64" or ".BASE64") and its data.  The list
 * is in pop3d-auth(5).
 */
enum password_kind	 password_kind(const char *stored);

/* Whether a kind can fit a password: neither locked nor out of use. */
int	 password_works(enum password_kind);

/*
 * What is wrong with a kind that does not work, to come behind "the password of
 * ...": "is of a kind that is not known".  NULL: nothing.
 */
const char	*password_fault(enum password_kind);

/* Multiply by n what a check may cost; see password_cost.h. */
void	 password_limit(uint64_t n);

/* Once, before the sandbox: load what the library keeps in files. */
void	 password_init(void);

/*
 * Whether pass is the password: 1 yes, 0 no, -1 the stored form is unknown or
 * damaged, or the library failed.  The time that it takes depends on the stored
 * form's scheme and cost and on the length of pass, not on how much of it is
 * right.  Locked: 0 at once.
 */
int	 password_verify(const char *stored, const char *pass);

/*
 * A stored form of pass by this system's best scheme, or the one that
 * password_scheme chose, at its usual cost.  0, or -1 with errno; EINVAL: pass
 * is one that the scheme cannot take.
 */
int	 password_new(const char *pass, char *stored, size_t size);

/*
 * Choose what password_new makes from now on: "default", "yescrypt", "bcrypt",
 * "sha512", "argon2id" or "scram-sha-256".  Makes one, to see.  0, or -1: not
 * known, or not on this system.
 */
int	 password_scheme(const char *name);

/*
 * A stored form that no password fits and that costs what password_new's do:
 * what to verify against when there is no such user and no better example.  It
 * is computed by the first call, which is for the time of start.
 */
const char	*password_dummy(void);

/*
 * crypt(3) itself, one file per system: as password_kind and password_verify,
 * for stored forms without braces.
 */
enum password_kind	 password_crypt_kind(const char *stored);
int	 password_crypt_verify(const char *stored, const char *pass);

/* As password_new, with the prefix ("$6$") of a method; NULL: the best. */
int	 password_crypt_new(const char *prefix, const char *pass, char *stored,
	    size_t size);

#endif
