/* SPDX-License-Identifier: ISC */
/* Runs in: make bench.  What a process and all below it use. */

#ifndef POP3D_BENCH_USAGE_H
#define POP3D_BENCH_USAGE_H

#include <sys/types.h>

struct usage {
	double		 cpu;		/* s, with children that have ended */
	long		 memory;	/* kB, shared parts by their share */
	long		 tables;	/* kB of page tables */
	int		 processes;
};

/* memory and tables are looked up only if asked for: that takes time. */
void	 usage_get(pid_t root, int memory, struct usage *);

#endif
