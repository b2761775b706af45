/* SPDX-License-Identifier: ISC */
/* Runs in: storaged.  Trusts: authd for the name. */

#include <string.h>

#include "store_format.h"

static const struct store_format *const	 store_formats[] = {
	&mbox_format
};

const struct store_format *
store_format_find(const char *name)
{
	size_t	 i;

	for (i = 0; i < NITEMS(store_formats); i++)
		if (strcmp(store_formats[i]->name, name) == 0)
			return store_formats[i];
	return NULL;
}
