/* SPDX-License-Identifier: ISC */
/* Runs in: backends.  What it costs to verify a stored password. */

#ifndef POP3D_AUTHD_BACKENDS_PASSWORD_COST_H
#define POP3D_AUTHD_BACKENDS_PASSWORD_COST_H

#include <stdint.h>

#include "password.h"

/*
 * Whoever may write a stored password may not hold a worker for minutes: a
 * scheme allows so much, about a second of a slow processor, times what
 * password_limit() has set.
 */
int	 password_costly(uint64_t units, uint64_t allowed);

/*
 * The form of what crypt(3) makes, from its first character to the length of
 * its hash, and its cost.  GOOD, COSTLY, or UNKNOWN.
 */
enum password_kind	 password_cost_crypt(const char *stored);

#endif
