/* SPDX-License-Identifier: ISC */
/* Runs in: every process.  Trusts: its callers' formats, nobody's strings. */

#include <sys/types.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <vis.h>

#include "log.h"
#include "proto.h"

static const char	*role = "pop3d";
static void		(*sink)(int, const char *);
static int		 verbose;

void
log_init(const char *name)
{
	role = name;
	sink = NULL;
}

void
log_setsink(void (*fn)(int, const char *))
{
	sink = fn;
}

void
log_setverbose(int v)
{
	verbose = v;
}

int
log_getverbose(void)
{
	return verbose;
}

/*
 * Whether vis(3) would leave it as it is, which most lines are: to ask it for
 * each octet costs what a small message does.
 */
static int
is_plain(const char *s, const char *but)
{
	for (; *s != '\0'; s++) {
		if (*s < ' ' || *s > '~' || strchr(but, *s) != NULL)
			return 0;
	}
	return 1;
}

/*
 * The one way out.  The text goes through vis(3) once more, so that no newline
 * or escape sequence reaches a log or a terminal whoever made it.
 */
void
log_line(int priority, const char *text)
{
	char	 safe[TEXT_LEN_MAX + 1];

	if (priority == LOG_DEBUG && !verbose)
		return;
	if (is_plain(text, ""))
		(void)strlcpy(safe, text, sizeof(safe) - 1);
	else {
		/* libbsd's does not end what it cuts. */
		(void)strnvis(safe, text, sizeof(safe) - 1,
		    VIS_NL | VIS_NOSLASH);
		safe[sizeof(safe) - 1] = '\0';
	}
	if (safe[0] == '\0')
		return;
	if (sink != NULL)
		sink(priority, safe);
	else
		(void)fprintf(stderr, "%s: %s\n", role, safe);
}

void
log_text(int priority, const char *who, const char *text)
{
	char	 line[TEXT_LEN_MAX + 1];

	(void)snprintf(line, sizeof(line), "%s: %s", who, text);
	log_line(priority, line);
}

static void
log_format(int priority, int error, const char *fmt, va_list ap)
    __attribute__((format(printf, 3, 0)));

static void
log_format(int priority, int error, const char *fmt, va_list ap)
{
	char	 text[TEXT_LEN_MAX + 1];
	int	 len;

	if (priority == LOG_DEBUG && !verbose)
		return;
	len = vsnprintf(text, sizeof(text), fmt, ap);
	if (len == -1)
		return;
	if (error != 0 && (size_t)len < sizeof(text))
		(void)snprintf(text + len, sizeof(text) - len, ": %s",
		    strerror(error));
	log_line(priority, text);
}

void
log_warn(const char *fmt, ...)
{
	va_list	 ap;
	int	 saved = errno;

	va_start(ap, fmt);
	log_format(LOG_ERR, saved, fmt, ap);
	va_end(ap);
	errno = saved;
}

void
log_warnx(const char *fmt, ...)
{
	va_list	 ap;

	va_start(ap, fmt);
	log_format(LOG_ERR, 0, fmt, ap);
	va_end(ap);
}

void
log_info(const char *fmt, ...)
{
	va_list	 ap;

	va_start(ap, fmt);
	log_format(LOG_INFO, 0, fmt, ap);
	va_end(ap);
}

void
log_debug(const char *fmt, ...)
{
	va_list	 ap;

	va_start(ap, fmt);
	log_format(LOG_DEBUG, 0, fmt, ap);
	va_end(ap);
}

void
fatal(const char *fmt, ...)
{
	va_list	 ap;
	int	 saved = errno;

	va_start(ap, fmt);
	log_format(LOG_CRIT, saved, fmt, ap);
	va_end(ap);
	exit(1);
}

void
fatalx(const char *fmt, ...)
{
	va_list	 ap;

	va_start(ap, fmt);
	log_format(LOG_CRIT, 0, fmt, ap);
	va_end(ap);
	exit(1);
}

const char *
log_vis(const char *s)
{
	static char	 bufs[4][256];
	static unsigned	 next;
	char		*buf = bufs[next++ % 4];

	buf[0] = '"';
	if (is_plain(s, "\"\\"))
		(void)strlcpy(buf + 1, s, sizeof(bufs[0]) - 3);
	else {
		(void)strnvis(buf + 1, s, sizeof(bufs[0]) - 3,
		    VIS_NL | VIS_TAB | VIS_CSTYLE | VIS_DQ);
		buf[sizeof(bufs[0]) - 2] = '\0';
	}
	(void)strlcat(buf, "\"", sizeof(bufs[0]));
	return buf;
}
