/* SPDX-License-Identifier: ISC */
/* Runs in: storaged, as the user.  Trusts: nothing in the mailbox. */

#include <string.h>

#include "wire.h"

void
wire_begin(struct wire *w, uint64_t len, uint64_t hdr, uint32_t lines)
{
	w->left = len;
	w->hdr = hdr < len ? hdr : len;
	w->lines = lines;
	w->all = lines == UINT32_MAX;
	w->bol = 1;
	w->cr = 0;
	if (lines == 0)
		w->left = w->hdr;
}

/* Account for n bytes taken; if eol is set, the last of them is an LF. */
static void
wire_advance(struct wire *w, size_t n, int eol)
{
	int	 body = w->hdr < n;

	w->left -= n;
	w->hdr -= body ? w->hdr : n;
	if (eol && body && !w->all && --w->lines == 0)
		w->left = 0;
}

/*
 * Convert the next line, or the part of it within n bytes that fits into room.
 * Returns the number of bytes taken; adds the number written to *out.
 */
static size_t
wire_put_line(struct wire *w, const unsigned char *src, size_t n,
    unsigned char *dst, size_t room, size_t *out)
{
	const unsigned char	*lf;
	size_t			 text, o = 0;

	if (w->bol && *src == '.')
		dst[o++] = '.';
	lf = memchr(src, '\n', n);
	text = lf != NULL ? lf - src : n;
	if (o + text + 2 > room) {
		text = room - o - 2;
		lf = NULL;
	}
	memcpy(dst + o, src, text);
	o += text;
	if (text > 0)
		w->cr = src[text - 1] == '\r';
	w->bol = lf != NULL;
	if (lf != NULL) {
		if (!w->cr)
			dst[o++] = '\r';
		dst[o++] = '\n';
		w->cr = 0;
		text++;
	}
	wire_advance(w, text, lf != NULL);
	if (w->left == 0 && !w->bol) {
		memcpy(dst + o, "\r\n", 2);
		o += 2;
		w->bol = 1;
	}
	*out += o;
	return text;
}

size_t
wire_put(struct wire *w, const unsigned char *src, size_t n, size_t *used,
    unsigned char *dst, size_t room)
{
	size_t	 in = 0, out = 0, take;

	while (w->left > 0 && in < n && room - out >= WIRE_ROOM_MIN) {
		take = n - in < w->left ? n - in : w->left;
		in += wire_put_line(w, src + in, take, dst + out, room - out,
		    &out);
	}
	*used = in;
	return out;
}

int
wire_done(const struct wire *w)
{
	return w->left == 0;
}

uint64_t
wire_left(const struct wire *w)
{
	return w->left;
}
