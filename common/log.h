/* SPDX-License-Identifier: ISC */
/* Runs in: every process.  Log lines; authd has them from all, and syslog. */

#ifndef POP3D_COMMON_LOG_H
#define POP3D_COMMON_LOG_H

#include <stdarg.h>
#include <syslog.h>

/*
 * Begin to log to standard error, each line headed by the role ("engine",
 * "auth_file", ...; static text).  Every process starts this way.
 */
void	 log_init(const char *role);

/*
 * Hand every line to fn instead (priority as in syslog(3), text without a
 * newline, already fit for printing); NULL goes back to standard error.  fn
 * must not log.
 */
void	 log_setsink(void (*fn)(int, const char *));

/* 0: errors, warnings and info; 1: debug too. */
void	 log_setverbose(int);
int	 log_getverbose(void);

/* As err(3) and warn(3) name theirs; the plain forms add strerror(errno). */
void	 log_warn(const char *, ...) __attribute__((format(printf, 1, 2)));
void	 log_warnx(const char *, ...) __attribute__((format(printf, 1, 2)));
void	 log_info(const char *, ...) __attribute__((format(printf, 1, 2)));
void	 log_debug(const char *, ...) __attribute__((format(printf, 1, 2)));
void	 log_line(int, const char *);

/* Pass on a line of another process, headed by who said it. */
void	 log_text(int, const char *who, const char *text);

/*
 * Log at LOG_CRIT and exit 1.  Never for what a client, a user or a less
 * privileged process can cause.
 */
void	 fatal(const char *, ...)
	    __attribute__((noreturn, format(printf, 1, 2)));
void	 fatalx(const char *, ...)
	    __attribute__((noreturn, format(printf, 1, 2)));

/*
 * Foreign bytes made fit for a log line by vis(3), quotes added; the answer
 * lives in one of four static buffers of 256 octets, used in turn.
 */
const char *log_vis(const char *);

#endif
