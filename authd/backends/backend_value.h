/* SPDX-License-Identifier: ISC */
/* Runs in: backends.  Values of options and fields, and reasons. */

#ifndef POP3D_AUTHD_BACKENDS_BACKEND_VALUE_H
#define POP3D_AUTHD_BACKENDS_BACKEND_VALUE_H

#include <stddef.h>
#include <stdint.h>

#include "backend_code.h"
#include "proto.h"

/* The room for a reason, err below. */
#define BACKEND_ERR_LEN		(PATH_LEN_MAX + 1)

/* Write the reason; returns code, so a routine can return this call. */
enum backend_code backend_err(char *err, enum backend_code code,
	    const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/*
 * Parse a decimal number of len bytes between min and max into *n.  Returns 0,
 * or -1 if it is not one.
 */
int	 backend_number(const char *s, size_t len, uint64_t min, uint64_t max,
	    uint64_t *n);

/* Parse the value of a timeout option: 1 to 600 seconds. */
enum backend_code backend_timeout(const char *value, uint64_t *seconds,
	    char *err);

/* Parse the value of an option that is yes or no; *yes is 1 or 0. */
enum backend_code backend_yes(const char *value, int *yes, char *err);

#endif
