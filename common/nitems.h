/* SPDX-License-Identifier: ISC */
/* Runs in: every process.  The one macro that all files share. */

#ifndef POP3D_COMMON_NITEMS_H
#define POP3D_COMMON_NITEMS_H

/* Elements of an array; OpenBSD calls it nitems, in <sys/param.h>. */
#define NITEMS(a)	(sizeof(a) / sizeof((a)[0]))

#endif
