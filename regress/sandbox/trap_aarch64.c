/* SPDX-License-Identifier: ISC */
/* Runs in: test builds on aarch64. */

#include <ucontext.h>

#include "trap.h"

unsigned long
trap_arg(void *context, int i)
{
	ucontext_t	*uc = context;

	return uc->uc_mcontext.regs[i];
}

void
trap_result(void *context, long result)
{
	ucontext_t	*uc = context;

	uc->uc_mcontext.regs[0] = (unsigned long)result;
}
