/* SPDX-License-Identifier: ISC */
/* Runs in: storaged.  Trusts: authd for the number. */

#include "store_format.h"

static const struct store_format *const	 store_formats[FORMAT_MAX] = {
	[FORMAT_MBOX] = &mbox_format
};

const struct store_format *
store_format_get(enum format f)
{
	return store_formats[f];
}
