/* SPDX-License-Identifier: ISC */
/* Runs in: backends.  crypt(3) as OpenBSD has it: bcrypt alone. */

#include <sys/types.h>

#include <errno.h>
#include <pwd.h>
#include <string.h>
#include <unistd.h>

#include "password_cost.h"
#include "password_crypt.h"

#define BCRYPT_LEN	60		/* "$2b$", cost, '$', salt and hash */

enum password_kind
password_crypt_kind(const char *stored)
{
	if (strncmp(stored, "$2a$", 4) != 0 &&
	    strncmp(stored, "$2b$", 4) != 0 &&
	    strncmp(stored, "$2y$", 4) != 0)
		return PASSWORD_UNKNOWN;
	return password_cost_crypt(stored);
}

int
password_crypt_verify(const char *stored, const char *pass)
{
	char	 copy[BCRYPT_LEN + 1];
	int	 ok;

	if (password_crypt_kind(stored) != PASSWORD_GOOD ||
	    strlcpy(copy, stored, sizeof(copy)) >= sizeof(copy))
		return -1;
	/* The $2y$ of PHP and Dovecot is the same as $2b$. */
	copy[2] = copy[2] == 'y' ? 'b' : copy[2];
	ok = crypt_checkpass(pass, copy) == 0;
	explicit_bzero(copy, sizeof(copy));
	return ok;
}

int
password_crypt_new(const char *prefix, const char *pass, char *stored,
    size_t size)
{
	if (prefix != NULL && strcmp(prefix, "$2b$") != 0) {
		errno = ENOTSUP;
		return -1;
	}
	return crypt_newhash(pass, "bcrypt,a", stored, size);
}
