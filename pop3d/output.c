/* SPDX-License-Identifier: ISC */
/*
 * Runs in: engine (_pop3d, chroot).  The queue of bytes that go to a client.
 * Trusts: its callers with the text of lines.
 */

#include <sys/types.h>

#include <imsg.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "log.h"
#include "output.h"

/* RFC 1939, section 3: a response line with its CRLF, octets. */
#define LINE_MAX_OCTETS	512

/* Copying fewer bytes than this is cheaper than tracking a reference. */
#define COPY_MAX	2048

int
output_init(struct output *o)
{
	return (o->buf = evbuffer_new()) == NULL ? -1 : 0;
}

void
output_close(struct output *o)
{
	o->closed = 1;
	(void)evbuffer_drain(o->buf, evbuffer_get_length(o->buf));
}

void
output_free(struct output *o)
{
	evbuffer_free(o->buf);
	o->buf = NULL;
}

void
output_bytes(struct output *o, const void *data, size_t len)
{
	if (o->closed)
		return;
	if (evbuffer_add(o->buf, data, len) == -1)
		fatal("output");
	output_flush(o);
}

void
output_line(struct output *o, const char *fmt, ...)
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
	output_bytes(o, line, (size_t)len);
}

static void
output_release(const void *data, size_t len, void *arg)
{
	struct imsg	*imsg = arg;

	imsg_free(imsg);
	free(imsg);
}

void
output_imsg(struct output *o, struct imsg *imsg, const void *data, size_t len)
{
	struct imsg	*held;

	if (o->closed)
		return;
	if (len <= COPY_MAX) {
		output_bytes(o, data, len);
		return;
	}
	if ((held = malloc(sizeof(*held))) == NULL)
		fatal("output");
	*held = *imsg;
	imsg->buf = NULL;
	if (evbuffer_add_reference(o->buf, data, len, output_release, held) ==
	    -1)
		fatal("output");
	output_flush(o);
}

size_t
output_waiting(const struct output *o)
{
	return evbuffer_get_length(o->buf);
}

void
output_flush(struct output *o)
{
	if (!o->closed && output_waiting(o) > 0 &&
	    !event_pending(&o->ev_write, EV_WRITE, NULL))
		event_active(&o->ev_write, EV_WRITE, 0);
}
