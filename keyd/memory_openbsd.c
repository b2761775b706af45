/* SPDX-License-Identifier: ISC */
/*
 * Runs in: keyd, on OpenBSD.  Nothing to do: the swap is encrypted with keys
 * that are discarded with the pages (vm.swapencrypt.enable), malloc(3) has
 * guard pages, and LibreSSL has no secure heap.
 */

#include "memory.h"

void
memory_lock(void)
{
}
