/* SPDX-License-Identifier: ISC */
/* Runs in: every process.  What ps(1) shows of it. */

#ifndef POP3D_COMMON_COMPAT_TITLE_H
#define POP3D_COMMON_COMPAT_TITLE_H

/* To be called before title_set(), with argv[0] of main(). */
void	 title_init(char *argv0);

/* As setproctitle(3). */
void	 title_set(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
