/* SPDX-License-Identifier: ISC */
/* Tests of storaged/wire.c: line ends, dot-stuffing and TOP, cut anywhere. */

#include <sys/types.h>

#include <atf-c.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mbox_ref.h"
#include "wire.h"

/*
 * Convert a message, its input cut into pieces of at most in octets, the output
 * into room of at most out; a step of 0 means pieces of random size.
 */
static void
convert(struct buf *res, const unsigned char *p, size_t len, size_t hdr,
    uint32_t lines, size_t in, size_t out, uint64_t *seed)
{
	unsigned char	*src, *dst;
	struct wire	 w;
	size_t		 at = 0, n, room, used, got;
	int		 stuck = 0;

	wire_begin(&w, len, hdr, lines);
	while (!wire_done(&w)) {
		ATF_REQUIRE(wire_left(&w) <= len - at);
		n = in > 0 ? in : 1 + rnd(seed) % 40;
		if (n > len - at)
			n = len - at;
		room = out > 0 ? out : WIRE_ROOM_MIN + rnd(seed) % 40;
		/* Exact allocations: a sanitizer sees every slip. */
		ATF_REQUIRE((src = malloc(n)) != NULL);
		ATF_REQUIRE((dst = malloc(room)) != NULL);
		memcpy(src, p + at, n);
		got = wire_put(&w, src, n, &used, dst, room);
		ATF_REQUIRE(used <= n);
		ATF_REQUIRE(got <= room);
		stuck = used == 0 ? stuck + 1 : 0;
		ATF_REQUIRE_MSG(stuck < 2, "no progress at %zu", at);
		buf_add(res, dst, got);
		at += used;
		free(src);
		free(dst);
	}
	ATF_REQUIRE_EQ(0, wire_left(&w));
}

static void
check(const char *in, size_t len, uint32_t lines, const char *want)
{
	const unsigned char	*p = (const unsigned char *)in;
	struct buf		 got;
	uint64_t		 seed = 4;
	size_t			 step;

	for (step = 0; step < 12; step++) {
		memset(&got, 0, sizeof(got));
		buf_add(&got, "", 0);
		convert(&got, p, len, ref_header(p, len), lines, step,
		    step > 0 ? step + WIRE_ROOM_MIN : 1000, &seed);
		ATF_CHECK_EQ_MSG(strlen(want), got.n, "%s: %s", in, got.p);
		ATF_CHECK_MSG(memcmp(got.p, want, got.n) == 0, "%s: %s", in,
		    got.p);
		free(got.p);
	}
}

static void
whole(const char *in, const char *want)
{
	check(in, strlen(in), UINT32_MAX, want);
}

static void
top(const char *in, uint32_t lines, const char *want)
{
	check(in, strlen(in), lines, want);
}

ATF_TC_WITHOUT_HEAD(line_ends);
ATF_TC_BODY(line_ends, tc)
{
	whole("", "");
	whole("\n", "\r\n");
	whole("\r\n", "\r\n");
	whole("\r", "\r\r\n");
	whole("a", "a\r\n");
	whole("a\n", "a\r\n");
	whole("a\r\n", "a\r\n");
	whole("a\r", "a\r\r\n");
	whole("a\r\r\n", "a\r\r\n");
	whole("a\rb\n\n\r\nc", "a\rb\r\n\r\n\r\nc\r\n");
	whole("\n\n\n", "\r\n\r\n\r\n");
}

ATF_TC_WITHOUT_HEAD(dots);
ATF_TC_BODY(dots, tc)
{
	whole(".", "..\r\n");
	whole(".\n", "..\r\n");
	whole("..\n", "...\r\n");
	whole(".\r\n.\n", "..\r\n..\r\n");
	whole("a.\n.b\n", "a.\r\n..b\r\n");
	/* Only an LF ends a line, and only it may come before an end mark. */
	whole("a\r.\r\nb\n", "a\r.\r\nb\r\n");
	whole("a\n.\r.\n", "a\r\n..\r.\r\n");
	whole(".....\n\n.\n", "......\r\n\r\n..\r\n");
}

ATF_TC_WITHOUT_HEAD(tops);
ATF_TC_BODY(tops, tc)
{
	const char	*m = "a: b\nc: d\n\n.1\n2\r\n\n4";

	top(m, 0, "a: b\r\nc: d\r\n\r\n");
	top(m, 1, "a: b\r\nc: d\r\n\r\n..1\r\n");
	top(m, 2, "a: b\r\nc: d\r\n\r\n..1\r\n2\r\n");
	top(m, 3, "a: b\r\nc: d\r\n\r\n..1\r\n2\r\n\r\n");
	top(m, 4, "a: b\r\nc: d\r\n\r\n..1\r\n2\r\n\r\n4\r\n");
	top(m, 5, "a: b\r\nc: d\r\n\r\n..1\r\n2\r\n\r\n4\r\n");
	top(m, UINT32_MAX - 1, "a: b\r\nc: d\r\n\r\n..1\r\n2\r\n\r\n4\r\n");
	top("a: b", 0, "a: b\r\n");
	top("a: b\n", 3, "a: b\r\n");
	top("\nx\ny\n", 0, "\r\n");
	top("\r\nx\ny\n", 1, "\r\nx\r\n");
	top("", 0, "");
	top("", 7, "");
	top("\n", 0, "\r\n");
}

ATF_TC_WITHOUT_HEAD(nuls);
ATF_TC_BODY(nuls, tc)
{
	static const char	 in[] = "\0a\0\n.\0\xff\n\0";
	static const char	 want[] = "\0a\0\r\n..\0\xff\r\n\0\r\n";
	struct buf		 got = { 0 };
	uint64_t		 seed = 5;

	convert(&got, (const unsigned char *)in, sizeof(in) - 1,
	    sizeof(in) - 1, UINT32_MAX, 1, 4, &seed);
	ATF_REQUIRE_EQ(sizeof(want) - 1, got.n);
	ATF_CHECK(memcmp(got.p, want, got.n) == 0);
	free(got.p);
}

ATF_TC_WITHOUT_HEAD(random_messages);
ATF_TC_BODY(random_messages, tc)
{
	struct buf	 b, got, want;
	uint64_t	 seed = 6;
	uint32_t	 lines;
	size_t		 hdr, i;
	int		 round;

	for (round = 0; round < 20000; round++) {
		memset(&b, 0, sizeof(b));
		memset(&got, 0, sizeof(got));
		memset(&want, 0, sizeof(want));
		buf_add(&b, "", 0);
		rnd_mbox(&b, &seed, rnd(&seed) % 30);
		hdr = ref_header(b.p, b.n);
		lines = round % 2 ? UINT32_MAX : rnd(&seed) % 9;
		ref_wire(&want, b.p, b.n, hdr, lines, 0);
		convert(&got, b.p, b.n, hdr, lines, round % 3 ? 0 : b.n + 1,
		    round % 5 ? 0 : 4 * b.n + 4, &seed);
		ATF_REQUIRE_EQ_MSG(want.n, got.n, "%.*s", (int)b.n, b.p);
		ATF_REQUIRE(got.n == 0 ||
		    memcmp(want.p, got.p, got.n) == 0);
		/* Nothing in it ends the answer early. */
		for (i = 0; i + 5 <= got.n; i++)
			ATF_REQUIRE(memcmp(got.p + i, "\r\n.\r\n", 5) != 0);
		free(b.p);
		free(got.p);
		free(want.p);
	}
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, line_ends);
	ATF_TP_ADD_TC(tp, dots);
	ATF_TP_ADD_TC(tp, tops);
	ATF_TP_ADD_TC(tp, nuls);
	ATF_TP_ADD_TC(tp, random_messages);
	return atf_no_error();
}
