/* SPDX-License-Identifier: ISC */
/* Runs in: backends, built where there is no libargon2. */

#include <errno.h>

#include "password_scheme.h"

enum password_kind
password_argon2_kind(const char *data)
{
	return PASSWORD_UNAVAILABLE;
}

int
password_argon2_verify(const char *data, const char *pass)
{
	return -1;
}

int
password_argon2_new(const char *pass, char *data, size_t size)
{
	errno = ENOTSUP;
	return -1;
}
