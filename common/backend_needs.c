/* SPDX-License-Identifier: ISC */
/* Runs in: authd, as root.  Trusts: nothing but this table. */

#include <stddef.h>
#include <string.h>

#include "backend_needs.h"
#include "nitems.h"

/* A backend that needs nothing has no row. */
static const struct backend_needs	 needs_table[] = {
	{ .name = "exec", .cache = BACKEND_CACHE_NEVER },
	{ .name = "file", .option = "path",
	    .option_is = "the path of its password file",
	    .gives = BACKEND_GIVE_NAMES },
	{ .name = "ldap", .forced_by = "rebind" },
	{ .name = "pam", .gives = BACKEND_GIVE_GROUP,
	    .cache = BACKEND_CACHE_FORCED },
	{ .name = "passwd", .gives = BACKEND_GIVE_GROUP }
};

const struct backend_needs *
backend_needs(const char *name)
{
	static const struct backend_needs	 nothing = { .name = "" };
	size_t					 i;

	for (i = 0; i < NITEMS(needs_table); i++)
		if (strcmp(needs_table[i].name, name) == 0)
			return &needs_table[i];
	return &nothing;
}
