/* SPDX-License-Identifier: ISC */
/*
 * Runs in: keyd, on OpenBSD: the swap is encrypted there with keys that die
 * with the pages (vm.swapencrypt.enable), malloc(3) has guard pages, and
 * LibreSSL no secure heap.
 */

#include "memory.h"

void
memory_lock(void)
{
}
