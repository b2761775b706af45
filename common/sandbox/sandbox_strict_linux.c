/* SPDX-License-Identifier: ISC */
/* Runs in: every process on Linux.  No exceptions: what is installed. */

#include <linux/seccomp.h>

#include "sandbox_policy_linux.h"

const struct sandbox_knobs *
sandbox_knobs(void)
{
	static const struct sandbox_knobs	 knobs = {
		SECCOMP_RET_KILL_PROCESS, LAYERS_ALL, 1
	};

	return &knobs;
}
