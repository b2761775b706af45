/* SPDX-License-Identifier: ISC */
/* Runs in: backends.  Trusts: nobody with the form of a value. */

#include <sys/types.h>

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "backend_value.h"

enum backend_code
backend_err(char *err, enum backend_code code, const char *fmt, ...)
{
	va_list	 ap;

	va_start(ap, fmt);
	(void)vsnprintf(err, BACKEND_ERR_LEN, fmt, ap);
	va_end(ap);
	return code;
}

int
backend_number(const char *s, size_t len, uint64_t min, uint64_t max,
    uint64_t *n)
{
	uint64_t	 digit, v = 0;
	size_t		 i;

	if (len == 0)
		return -1;
	for (i = 0; i < len; i++) {
		if (s[i] < '0' || s[i] > '9')
			return -1;
		digit = (uint64_t)(s[i] - '0');
		if (digit > max || v > (max - digit) / 10)
			return -1;
		v = v * 10 + digit;
	}
	if (v < min)
		return -1;
	*n = v;
	return 0;
}

enum backend_code
backend_timeout(const char *value, uint64_t *seconds, char *err)
{
	if (backend_number(value, strlen(value), 1, 600, seconds) == -1)
		return backend_err(err, BACKEND_PARAM,
		    "not a number from 1 to 600");
	return BACKEND_OK;
}

enum backend_code
backend_yes(const char *value, int *yes, char *err)
{
	*yes = strcmp(value, "yes") == 0;
	if (*yes || strcmp(value, "no") == 0)
		return BACKEND_OK;
	return backend_err(err, BACKEND_PARAM, "not yes or no");
}
