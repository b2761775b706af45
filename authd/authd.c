/* SPDX-License-Identifier: ISC */
/* Runs in: authd, root.  Here alone, so that no file needs main.c. */

#include "authd.h"

struct authd	 authd;
