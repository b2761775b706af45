/* SPDX-License-Identifier: ISC */
/* Runs in: test builds on x86_64. */

#include <ucontext.h>

#include "trap.h"

unsigned long
trap_arg(void *context, int i)
{
	static const int	 regs[] = {
		REG_RDI, REG_RSI, REG_RDX, REG_R10, REG_R8, REG_R9
	};
	ucontext_t		*uc = context;

	return (unsigned long)uc->uc_mcontext.gregs[regs[i]];
}

void
trap_result(void *context, long result)
{
	ucontext_t	*uc = context;

	uc->uc_mcontext.gregs[REG_RAX] = result;
}
