/* SPDX-License-Identifier: ISC */
/*
 * Runs in: engine (_pop3d, chroot).  State that all files of the engine share.
 * Trusts: authd, which sends the limits.
 */

#include "engine_shared.h"

struct engine	 engine;
