/* SPDX-License-Identifier: ISC */
/* Runs in: backends.  crypt(3) as OpenBSD has it: bcrypt alone. */

#include <sys/types.h>

#include <errno.h>
#include <pwd.h>
#include <string.h>
#include <unistd.h>

#include "password.h"

#define BCRYPT_LEN	60		/* "$2b$", cost, '$', salt and hash */

enum password_kind
password_crypt_kind(const char *stored)
{
	if ((strncmp(stored, "$2a$", 4) == 0 ||
	    strncmp(stored, "$2b$", 4) == 0) && strlen(stored) == BCRYPT_LEN)
		return PASSWORD_GOOD;
	return PASSWORD_UNKNOWN;
}

int
password_crypt_verify(const char *stored, const char *pass)
{
	if (password_crypt_kind(stored) == PASSWORD_UNKNOWN)
		return -1;
	return crypt_checkpass(pass, stored) == 0;
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
