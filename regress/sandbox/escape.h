/* SPDX-License-Identifier: ISC */
/* Runs in: test builds, in every role, once it serves. */

#ifndef REGRESS_ESCAPE_H
#define REGRESS_ESCAPE_H

#include "sandbox.h"

/* One way out: a system call. */
struct escape {
	const char	*name;
	long		 call;
	long		 args[6];
	unsigned int	 design;	/* roles that may, with all layers */
	unsigned int	 seccomp;	/* more that may with seccomp alone:
					 * others stop these */
	int		 alone;		/* which layers, alone, keep out who
					 * may not by design */
};
#define BY_LANDLOCK	1		/* of any ABI */
#define BY_SPACES	2		/* spawner and sessions */
#define BY_PORTS	4		/* Landlock from ABI 4 on */
#define BY_SCOPES	8		/* Landlock from ABI 6 on */

/* Names that the test has put beside the program, in the file "escape". */
extern char	 escape_mailbox[1024];	/* another user's */
extern char	 escape_key[1024];	/* of TLS */
extern char	 escape_made[5][1100];	/* not there, where all may write */

/* All of them, what they need prepared.  *n says how many. */
const struct escape	*escapes(size_t *n);

/*
 * Those that are more than one call: 0: got out, -1 with errno: did not.
 */
struct escape_story {
	const char	*name;
	int		 (*try)(const struct sandbox *);
	unsigned int	 design;
	unsigned int	 seccomp;
	int		 alone;
};
extern const struct escape_story	 escape_stories[];
extern const size_t			 escape_nstories;

#endif
