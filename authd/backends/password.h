/* SPDX-License-Identifier: ISC */
/* Runs in: backends.  Stored passwords, of every kind we know. */

#ifndef POP3D_AUTHD_BACKENDS_PASSWORD_H
#define POP3D_AUTHD_BACKENDS_PASSWORD_H

#include <stddef.h>

#include "password_kind.h"

/*
 * Classify a stored password by its form alone; nothing is computed.  A stored
 * password is a crypt(3) hash, or a scheme in braces (upper or lower case,
 * perhaps with Dovecot's ".HEX", ".B64" or ".BASE64") and its data.
 * pop3d-auth(5) has the list.
 */
enum password_kind	 password_kind(const char *stored);

/* Whether any password can match this kind. */
int	 password_works(enum password_kind);

/*
 * Why a kind does not work, to follow "the password of ..." in a message: "is
 * of a kind that is not known".  NULL if it does.
 */
const char	*password_fault(enum password_kind);

/* Call once, before the sandbox: load what libcrypto keeps in files. */
void	 password_init(void);

/*
 * Whether pass is the password: 1 yes, 0 no, -1 if the stored form is unknown
 * or damaged, or the library failed.  The time it takes depends on the scheme
 * and cost of the stored form and on the length of pass, not on how much of it
 * is right.  Locked: 0 at once.
 */
int	 password_verify(const char *stored, const char *pass);

/*
 * Make a stored form of pass with this system's best scheme, or the one that
 * password_scheme chose, at its usual cost.  Returns 0, or -1 with errno;
 * EINVAL: the scheme cannot take pass.
 */
int	 password_new(const char *pass, char *stored, size_t size);

/*
 * Choose what password_new makes from now on: "default", "yescrypt", "bcrypt",
 * "sha512", "argon2id" or "scram-sha-256".  Makes one as a test.  Returns 0,
 * or -1 if it is unknown or not on this system.
 */
int	 password_scheme(const char *name);

/*
 * A stored form that no password matches, of the cost of password_new's.
 * Verify unknown users against it if there is no better example.  The first
 * call computes it; make that call at the start.
 */
const char	*password_dummy(void);

#endif
