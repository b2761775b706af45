/* SPDX-License-Identifier: ISC */
/*
 * Runs in: master, root, on Linux.  Trusts: itself alone.
 *
 * Filters of seccomp(2) and domains of landlock(7) are inherited by what is
 * executed, and authd has to begin without.
 */

#include "master.h"

void
master_confine(void)
{
}
