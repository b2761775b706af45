/* SPDX-License-Identifier: ISC */
/* Runs in: every process on Linux on x86_64. */

#include "seccomp_linux.h"

const struct seccomp_arch *const	 seccomp_native = &seccomp_x86_64;
