/* SPDX-License-Identifier: ISC */
/* Runs in: engine (_pop3d, chroot).  What goes to the client. */

#include <sys/types.h>

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <event2/buffer.h>

#include "log.h"
#include "output.h"
#include "session.h"

/* RFC 1939, section 3: a response line with its CRLF, octets. */
#define LINE_MAX_OCTETS	512

/* Less than this is copied: cheaper than to keep track of it. */
#define COPY_MAX	2048

void
output_octets(struct session *s, const void *data, size_t len)
{
	if (s->fd == -1)
		return;
	if (evbuffer_add(s->out, data, len) == -1)
		fatal("output");
	output_flush(s);
}

void
output_line(struct session *s, const char *fmt, ...)
{
	char	 line[LINE_MAX_OCTETS + 1];
	va_list	 ap;
	int	 len;

	va_start(ap, fmt);
	len = vsnprintf(line, sizeof(line) - 2, fmt, ap);
	va_end(ap);
	if (len < 0)
		len = 0;
	if ((size_t)len > sizeof(line) - 3)
		len = sizeof(line) - 3;
	line[len++] = '\r';
	line[len++] = '\n';
	output_octets(s, line, (size_t)len);
}

static void
output_release(const void *data, size_t len, void *arg)
{
	struct imsg	*imsg = arg;

	imsg_free(imsg);
	free(imsg);
}

void
output_imsg(struct session *s, struct imsg *imsg, const void *data, size_t len)
{
	struct imsg	*held;

	if (s->fd == -1)
		return;
	if (len <= COPY_MAX) {
		output_octets(s, data, len);
		return;
	}
	if ((held = malloc(sizeof(*held))) == NULL)
		fatal("output");
	*held = *imsg;
	imsg->buf = NULL;
	if (evbuffer_add_reference(s->out, data, len, output_release, held) ==
	    -1)
		fatal("output");
	output_flush(s);
}

size_t
output_waiting(const struct session *s)
{
	return evbuffer_get_length(s->out);
}

void
output_flush(struct session *s)
{
	if (s->fd != -1 && output_waiting(s) > 0 &&
	    !event_pending(&s->ev_write, EV_WRITE, NULL))
		event_active(&s->ev_write, EV_WRITE, 0);
}
