/* SPDX-License-Identifier: ISC */
/*
 * Runs in: unit tests.  A second format of maildrops, which proves that
 * store_format.h hides the first: a directory of plain files, one message each,
 * in the order of their names.  Read-only.
 */

#ifndef POP3D_UNIT_STORE_FILES_H
#define POP3D_UNIT_STORE_FILES_H

#include "store_format.h"

extern const struct store_format	 files_format;

#endif
