/* SPDX-License-Identifier: ISC */
/* What of a trapped call differs between architectures: trap_ARCH.c. */

#ifndef REGRESS_TRAP_H
#define REGRESS_TRAP_H

/* An argument of the call that was trapped, 0 to 5. */
unsigned long	 trap_arg(void *context, int i);

/* What the call returns once the handler is done. */
void		 trap_result(void *context, long);

#endif
