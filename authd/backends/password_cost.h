/* SPDX-License-Identifier: ISC */
/* Runs in: backends.  The cost of verifying a stored password. */

#ifndef POP3D_AUTHD_BACKENDS_PASSWORD_COST_H
#define POP3D_AUTHD_BACKENDS_PASSWORD_COST_H

#include <stdint.h>

#include "password_kind.h"

/*
 * A stored password must not occupy a worker for minutes.  The limit of a
 * scheme is about a second on a slow processor, times the factor of
 * password_limit().  Returns whether units of work are more than the scheme
 * allows: 1 or 0.
 */
int	 password_costly(uint64_t units, uint64_t allowed);

/* Multiply the allowed cost of a check by n. */
void	 password_limit(uint64_t n);

/*
 * Check the form of a crypt(3) hash, from its first character to its length,
 * and its cost.  GOOD, COSTLY or UNKNOWN.
 */
enum password_kind	 password_cost_crypt(const char *stored);

#endif
