/* SPDX-License-Identifier: ISC */
/* Runs in: every process on Linux on aarch64. */

#include "seccomp_linux.h"

const struct seccomp_arch *const	 seccomp_native = &seccomp_aarch64;
