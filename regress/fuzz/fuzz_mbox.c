/* SPDX-License-Identifier: ISC */
/*
 * Runs in: libFuzzer, or over the corpus.  Any octets as a mailbox: the scanner
 * must agree with the slow reference, in blocks of any size, and what is sent
 * with what was said.
 *
 * The first octet chooses the sizes of blocks, the rest is the mailbox.
 */

#include <sys/types.h>
#include <sys/mman.h>

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mbox_ref.h"
#include "scan.h"
#include "uidl.h"
#include "wire.h"

int	 LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
need(int what)
{
	if (!what)
		abort();
}

/* All of a message, or its top, as it is sent, in pieces. */
static void
check_wire(const uint8_t *p, const struct ref_msg *m, uint32_t lines,
    size_t piece)
{
	struct buf	 want = { 0 }, got = { 0 };
	unsigned char	 out[80];
	struct wire	 w;
	size_t		 at = 0, n, len, used;

	buf_add(&want, "", 0);
	buf_add(&got, "", 0);
	ref_wire(&want, p + m->content, m->len, m->hdr, lines, 0);
	wire_begin(&w, m->len, m->hdr, lines);
	while (!wire_done(&w)) {
		n = m->len - at < piece ? m->len - at : piece;
		len = wire_put(&w, p + m->content + at, n, &used, out,
		    WIRE_ROOM_MIN + piece % (sizeof(out) - WIRE_ROOM_MIN));
		need(len > 0 && used <= n);
		buf_add(&got, out, len);
		at += used;
	}
	need(want.n == got.n && memcmp(want.p, got.p, got.n) == 0);
	free(want.p);
	free(got.p);
}

/* An id may not depend on where the message is cut. */
static void
check_uidl(const uint8_t *p, const struct ref_msg *m, size_t piece)
{
	unsigned char	 hash[2][UIDL_HASH_LEN], *copy;
	struct uidl_ctx	 c;
	size_t		 i, at, n;

	for (i = 0; i < 2; i++) {
		uidl_begin(&c, m->hdr);
		for (at = 0; at < m->len; at += n) {
			n = i == 0 || m->len - at < piece ? m->len - at :
			    piece;
			need((copy = malloc(n)) != NULL);
			memcpy(copy, p + m->content + at, n);
			uidl_update(&c, copy, n);
			free(copy);
		}
		uidl_end(&c, hash[i]);
	}
	need(memcmp(hash[0], hash[1], UIDL_HASH_LEN) == 0);
}

static void
check_message(const struct msgs *ms, uint32_t i, const struct ref_msg *m,
    const uint8_t *p, size_t piece)
{
	struct buf	 raw = { 0 };

	need(ms->v[i].off == m->off && ms->v[i].hdr == m->hdr &&
	    msg_content(&ms->v[i]) == m->content &&
	    msgs_length(ms, i) == m->len && msgs_end(ms, i) == m->next);
	ref_wire(&raw, p + m->content, m->len, m->hdr, UINT32_MAX, 1);
	need(raw.n == ms->v[i].wire);
	free(raw.p);
	check_wire(p, m, UINT32_MAX, piece);
	check_wire(p, m, piece % 5, piece);
	check_uidl(p, m, piece);
}

/* What an earlier session saw: a message began at off, or followed the last. */
static int
seen(void *arg, uint64_t off)
{
	const struct msgs	*was = arg;
	uint32_t		 i;

	for (i = 0; i < was->n; i++)
		if (was->v[i].off == off)
			return 1;
	return was->n > 0 && off >= was->end && off - was->end <= 8;
}

/*
 * The mailbox when it ended with its first k messages, and grown: what was seen
 * then stays, and a scan of the end finds what a scan of all does.
 */
static void
check_grown(int fd, size_t n, size_t end, size_t piece)
{
	struct msgs	 was = { 0 }, all = { 0 }, tail = { 0 };
	uint32_t	 i;

	need(scan_file(&was, NULL, fd, 0, end, piece, REF_MAX) == SCAN_OK);
	all.shown = tail.shown = seen;
	all.arg = tail.arg = &was;
	if (was.n > 0 && scan_file(&all, NULL, fd, 0, n, piece, REF_MAX) ==
	    SCAN_OK) {
		need(scan_file(&tail, NULL, fd, was.v[was.n - 1].off, n,
		    piece, REF_MAX) == SCAN_OK);
		need(all.n == was.n - 1 + tail.n);
		need(memcmp(all.v, was.v, was.n * sizeof(*was.v)) == 0);
		for (i = 0; i < tail.n; i++)
			need(memcmp(&all.v[was.n - 1 + i], &tail.v[i],
			    sizeof(*tail.v)) == 0);
	}
	msgs_free(&was);
	msgs_free(&all);
	msgs_free(&tail);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static struct ref_msg	 ref[REF_MAX];
	struct msgs		 ms = { 0 };
	enum scan_result	 res;
	size_t			 piece;
	int			 fd, i, count;

	if (n == 0)
		return 0;
	piece = 1 + *p++;
	n--;
	need((fd = memfd_create("mbox", MFD_CLOEXEC)) != -1);
	need(write(fd, p, n) == (ssize_t)n);
	count = ref_parse(p, n, ref);
	res = scan_file(&ms, NULL, fd, 0, n, piece, REF_MAX);
	need(res == (count == -1 ? SCAN_NOTMBOX : count > REF_MAX ?
	    SCAN_TOOMANY : SCAN_OK));
	for (i = 0; res == SCAN_OK && i < count; i++)
		check_message(&ms, i, &ref[i], p, piece);
	need(res != SCAN_OK || ((int)ms.n == count && ms.end == n));
	if (res == SCAN_OK && count > 1)
		check_grown(fd, n, ref[1 + piece % (count - 1)].off, piece);
	msgs_free(&ms);
	(void)close(fd);
	return 0;
}
