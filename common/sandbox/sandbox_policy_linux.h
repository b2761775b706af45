/* SPDX-License-Identifier: ISC */
/* Runs in: every process on Linux.  Who may do what. */

#ifndef POP3D_COMMON_SANDBOX_SANDBOX_POLICY_LINUX_H
#define POP3D_COMMON_SANDBOX_SANDBOX_POLICY_LINUX_H

#include <stddef.h>
#include <stdint.h>

#include "sandbox.h"
#include "seccomp_linux.h"

/* System calls, for all roles. */
extern const struct seccomp_rule	 policy_rules[];
extern const size_t			 policy_nrules;

/* What else a role is held to. */
struct policy {
	const char	*name;
	int		 bind;		/* may bind TCP ports */
	int		 connect;	/* may connect to TCP ports */
	int		 files;		/* descriptors, 0: as many as we have */
	int		 no_children;	/* RLIMIT_NPROC 0 */
	int		 no_files;	/* RLIMIT_FSIZE 0 */
	uint64_t	 memory;	/* octets of address space, 0: any;
				 * a session says how much itself */
	unsigned int	 cpu;		/* seconds, 0: any */
};
extern const struct policy		 policies[SANDBOX_ROLES];

/*
 * What differs between builds: sandbox_strict_linux.c is what is installed,
 * sandbox_san_linux.c is for SAN=1, regress has others.
 */
#define LAYER_LIMITS	0x01
#define LAYER_LANDLOCK	0x02
#define LAYER_SECCOMP	0x04
#define LAYER_SPACES	0x08	/* spawner; see namespace.h */
#define LAYERS_ALL	0x0f

struct sandbox_knobs {
	uint32_t	 action;	/* SECCOMP_RET_* of unlisted calls */
	unsigned int	 layers;
	int		 memory;	/* limit the address space */
};
const struct sandbox_knobs	*sandbox_knobs(void);

#endif
