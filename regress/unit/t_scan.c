/* SPDX-License-Identifier: ISC */
/* Tests of storaged/scan.c, from.c and sums.c: messages found in any bytes. */

#include <sys/types.h>

#include <atf-c.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mbox_ref.h"
#include "scan.h"
#include "sums.h"

#define FROM	"From a@b Mon Jan  1 10:00:00 2024\n"

static const size_t	 blocks[] = { 1, 2, 3, 5, 17, 63, 64, 65, 66, 127, 128,
			    200, 1000, 4096, 65536 };
#define BLOCKS	(sizeof(blocks) / sizeof(*blocks))

/* Scan with every block size and compare with the reference. */
static void
agree(const unsigned char *p, size_t n)
{
	static struct ref_msg	 ref[REF_MAX];
	struct msgs		 ms;
	struct buf		 wire;
	size_t			 b;
	int			 fd, i, count;
	enum scan_result	 res;

	count = ref_parse(p, n, ref);
	fd = tmp_file(p, n);
	for (b = 0; b < BLOCKS; b++) {
		memset(&ms, 0, sizeof(ms));
		res = scan_file(&ms, NULL, fd, 0, n, blocks[b], REF_MAX);
		if (count == -1 || count > REF_MAX) {
			ATF_REQUIRE_EQ(count == -1 ? SCAN_NOTMBOX :
			    SCAN_TOOMANY, res);
			msgs_free(&ms);
			continue;
		}
		ATF_REQUIRE_EQ(SCAN_OK, res);
		ATF_REQUIRE_EQ_MSG(count, (int)ms.n, "%d messages, not %d, in "
		    "blocks of %zu: %.*s", ms.n, count, blocks[b], (int)n, p);
		ATF_REQUIRE_EQ(n, ms.end);
		for (i = 0; i < count; i++) {
			ATF_REQUIRE_EQ(ref[i].off, ms.v[i].off);
			ATF_REQUIRE_EQ(ref[i].content, msg_content(&ms.v[i]));
			ATF_REQUIRE_EQ(ref[i].next, msgs_end(&ms, i));
			ATF_REQUIRE_EQ_MSG(ref[i].len, msgs_length(&ms, i),
			    "length %zu, not %zu, in: %.*s",
			    (size_t)msgs_length(&ms, i), ref[i].len, (int)n, p);
			ATF_REQUIRE_EQ_MSG(ref[i].hdr, ms.v[i].hdr,
			    "header %u, not %zu, in: %.*s", ms.v[i].hdr,
			    ref[i].hdr, (int)n, p);
			memset(&wire, 0, sizeof(wire));
			ref_wire(&wire, p + ref[i].content, ref[i].len,
			    ref[i].hdr, UINT32_MAX, 1);
			ATF_REQUIRE_EQ_MSG(wire.n, ms.v[i].wire,
			    "wire size %zu, not %zu, in blocks of %zu: %.*s",
			    (size_t)ms.v[i].wire, wire.n, blocks[b], (int)n, p);
			free(wire.p);
		}
		msgs_free(&ms);
	}
	close(fd);
}

static void
agree_text(const char *s)
{
	agree((const unsigned char *)s, strlen(s));
}

/* Number of messages, or -1 if it is no mbox. */
static int
messages(const char *s)
{
	struct msgs		 ms = { 0 };
	enum scan_result	 res;
	int			 fd = tmp_file(s, strlen(s)), n;

	agree_text(s);
	res = scan_file(&ms, NULL, fd, 0, strlen(s), 4096, 100);
	n = res == SCAN_OK ? (int)ms.n : -1;
	msgs_free(&ms);
	close(fd);
	return n;
}

static uint64_t
wire_size(const char *s)
{
	struct msgs	 ms = { 0 };
	uint64_t	 wire;
	int		 fd = tmp_file(s, strlen(s));

	ATF_REQUIRE_EQ(SCAN_OK, scan_file(&ms, NULL, fd, 0, strlen(s), 4096,
	    100));
	ATF_REQUIRE_EQ(1, ms.n);
	wire = ms.v[0].wire;
	msgs_free(&ms);
	close(fd);
	return wire;
}

static int
is_from(const char *s)
{
	return from_line((const unsigned char *)s, strlen(s), 1) ==
	    (int)strlen(s);
}

ATF_TC_WITHOUT_HEAD(from_lines);
ATF_TC_BODY(from_lines, tc)
{
	char	 s[FROM_LINE_MAX + 10];

	ATF_CHECK(is_from("From joe@example.org Thu Jan  1 00:00:00 1970\n"));
	ATF_CHECK(is_from("From joe@x.org  Thu Jan  1 00:00:00 1970\r\n"));
	ATF_CHECK(is_from("From MAILER-DAEMON Fri Jul  8 12:08:34 2011"));
	ATF_CHECK(is_from("From joe Thu Jan  1 00:00 EST 1970\n"));
	ATF_CHECK(is_from("From joe Thu Jan  1 00:00:00 MET DST 70\n"));
	ATF_CHECK(is_from("From joe Thu, 1 Jan 1970 00:00:00 +0000\n"));
	ATF_CHECK(is_from("From \"J. Doe\"@x.org Thu Jan 1 9:00:00 1970\n"));
	ATF_CHECK(is_from("From - Mon Feb 09 12:13:14 2004\n"));
	ATF_CHECK(is_from("From joe Thu Jan  1 00:00:00 1970 remote from h\n"));
	ATF_CHECK(is_from("From joe 2024-01-01 10:11:12\n"));
	ATF_CHECK(is_from("From joe@example.org\n"));
	ATF_CHECK(is_from("From \n"));
	ATF_CHECK(is_from("From "));
	ATF_CHECK(!is_from("From"));
	ATF_CHECK(!is_from("From:\n"));
	ATF_CHECK(!is_from("from joe@example.org\n"));
	ATF_CHECK(!is_from("From here on it is only text.\n"));
	ATF_CHECK(!is_from("From what I heard in 2024, it is fine\n"));
	ATF_CHECK(!is_from("From 10:30 to 11:00 we meet\n"));
	ATF_CHECK(!is_from("From the Jan issue\n"));
	ATF_CHECK(!is_from("From joe Thu Jan  1 0:0 19700\n"));

	/* Long ones: the line must end within FROM_LINE_MAX octets. */
	memset(s, 'x', sizeof(s));
	memcpy(s, "From ", 5);
	s[FROM_LINE_MAX - 1] = '\n';
	s[FROM_LINE_MAX] = '\0';
	ATF_CHECK(is_from(s));
	s[FROM_LINE_MAX - 1] = 'x';
	s[FROM_LINE_MAX] = '\n';
	s[FROM_LINE_MAX + 1] = '\0';
	ATF_CHECK(!is_from(s));

	/* More is asked for as long as it could become one. */
	ATF_CHECK_EQ(-1, from_line((const unsigned char *)"Fro", 3, 0));
	ATF_CHECK_EQ(-1, from_line((const unsigned char *)"From a b", 8, 0));
	ATF_CHECK_EQ(0, from_line((const unsigned char *)"Frob", 4, 0));
	ATF_CHECK_EQ(0, from_line((const unsigned char *)s, FROM_LINE_MAX, 0));
}

ATF_TC_WITHOUT_HEAD(boundaries);
ATF_TC_BODY(boundaries, tc)
{
	ATF_CHECK_EQ(0, messages(""));
	ATF_CHECK_EQ(0, messages("\n"));
	ATF_CHECK_EQ(0, messages("\r\n\n\r\n"));
	ATF_CHECK_EQ(-1, messages("\r"));
	ATF_CHECK_EQ(-1, messages("x"));
	ATF_CHECK_EQ(-1, messages(" \n" FROM));
	ATF_CHECK_EQ(-1, messages("Subject: x\n\nx\n\n" FROM));
	ATF_CHECK_EQ(-1, messages("From the desk of a poet\n"));
	ATF_CHECK_EQ(1, messages(FROM));
	ATF_CHECK_EQ(1, messages("From "));
	ATF_CHECK_EQ(1, messages("\n\r\n\n" FROM));
	ATF_CHECK_EQ(2, messages(FROM "\n" FROM));
	ATF_CHECK_EQ(1, messages(FROM FROM));
	ATF_CHECK_EQ(2, messages(FROM "a: b\n\nbody\n\n" FROM "a: b\n\nx"));
	ATF_CHECK_EQ(1, messages(FROM "a: b\n\nbody\n" FROM "a: b\n\nx"));
	ATF_CHECK_EQ(2, messages(FROM "a: b\r\n\r\nx\r\n\r\n" FROM "a: b\n"));
	ATF_CHECK_EQ(2, messages(FROM "a: b\n\nx\n\r\n" FROM "a: b\n"));
	ATF_CHECK_EQ(1, messages(FROM "a: b\n\nx\n\r" FROM "a: b\n"));
	ATF_CHECK_EQ(1, messages(FROM "a: b\n\nx\r\r\n" FROM "a: b\n"));
	ATF_CHECK_EQ(1, messages(FROM "\n\nFrom here on text\n\n>" FROM));
	ATF_CHECK_EQ(3, messages(FROM "\n\n\n" FROM "\n" FROM));
	ATF_CHECK_EQ(1, messages(FROM "Content-Length: 99\n\n"));
	/* A Content-Length that lies has no say. */
	ATF_CHECK_EQ(2, messages(FROM "Content-Length: 99\n\n\n" FROM "\nx\n"));
}

ATF_TC_WITHOUT_HEAD(sizes);
ATF_TC_BODY(sizes, tc)
{
	ATF_CHECK_EQ(0, wire_size(FROM));
	ATF_CHECK_EQ(0, wire_size(FROM "\n"));
	ATF_CHECK_EQ(0, wire_size(FROM "\r\n"));
	ATF_CHECK_EQ(2, wire_size(FROM "\n\n"));
	ATF_CHECK_EQ(6, wire_size(FROM "a: b\n"));
	ATF_CHECK_EQ(6, wire_size(FROM "a: b\n\n"));
	ATF_CHECK_EQ(8, wire_size(FROM "a: b\n\n\n"));
	ATF_CHECK_EQ(6, wire_size(FROM "a: b"));
	ATF_CHECK_EQ(6, wire_size(FROM "a: b\r\n"));
	ATF_CHECK_EQ(7, wire_size(FROM "a: b\r"));
	ATF_CHECK_EQ(7, wire_size(FROM "a: b\r\r\n"));
	ATF_CHECK_EQ(7, wire_size(FROM "a\rb\r\r\r\n"));
	ATF_CHECK_EQ(11, wire_size(FROM "a: b\n\n.\n"));
	ATF_CHECK_EQ(8, wire_size(FROM "a: b\r\n\r\n\r\n"));
}

/* Octets that C strings cannot hold. */
ATF_TC_WITHOUT_HEAD(binary);
ATF_TC_BODY(binary, tc)
{
	unsigned char	*p;
	struct buf	 b = { 0 };
	unsigned int	 i, k;
	unsigned char	 c;

	buf_add(&b, FROM, strlen(FROM));
	for (k = 0; k < 4; k++) {
		for (i = 0; i < 256; i++) {
			c = i;
			buf_add(&b, &c, 1);
		}
		buf_add(&b, "\0\n\0\n\n" FROM "\0: \0\n", 11 + strlen(FROM));
	}
	agree(b.p, b.n);
	free(b.p);

	ATF_REQUIRE((p = calloc(1, 70000)) != NULL);
	agree(p, 70000);
	memcpy(p, FROM, strlen(FROM));
	agree(p, 70000);
	free(p);
}

/* Lines and runs that outgrow every counter and block. */
ATF_TC_WITHOUT_HEAD(large);
ATF_TC_BODY(large, tc)
{
	static const char	 fill[] = "\n\r.xF";
	unsigned char		*p;
	size_t			 n = 1200000, k, i;
	struct msgs		 ms;
	int			 fd;

	ATF_REQUIRE((p = malloc(n)) != NULL);
	for (k = 0; k < sizeof(fill) - 1; k++) {
		memset(p, fill[k], n);
		memcpy(p, FROM, strlen(FROM));
		fd = tmp_file(p, n);
		for (i = 12; i < BLOCKS; i++) {
			memset(&ms, 0, sizeof(ms));
			ATF_REQUIRE_EQ(SCAN_OK, scan_file(&ms, NULL, fd, 0, n,
			    blocks[i], 1));
			ATF_REQUIRE_EQ(1, ms.n);
			if (fill[k] == '\n')
				ATF_REQUIRE_EQ(2 * (n - strlen(FROM) - 1),
				    ms.v[0].wire);
			else
				ATF_REQUIRE_EQ(n - strlen(FROM) + 2,
				    ms.v[0].wire);
			msgs_free(&ms);
		}
		close(fd);
	}
	free(p);
}

/* A boundary at every offset against blocks and vectors. */
ATF_TC_WITHOUT_HEAD(every_offset);
ATF_TC_BODY(every_offset, tc)
{
	static const char *const	 mid[] = {
		"\n\n" FROM, "\r\n\r\n" FROM "a: b\r\n\r\n", "\n\r\n" FROM,
		"\n\nFrom no date here\n", "\n\nFrom ", "\r\n", ".\n",
	};
	struct buf			 b;
	size_t				 i, k;
	char				 x[300];

	memset(x, 'x', sizeof(x));
	for (k = 0; k < sizeof(mid) / sizeof(*mid); k++)
		for (i = 0; i < sizeof(x); i++) {
			memset(&b, 0, sizeof(b));
			buf_add(&b, FROM "a: b\n\n", strlen(FROM) + 6);
			buf_add(&b, x, i);
			buf_add(&b, mid[k], strlen(mid[k]));
			buf_add(&b, x, (i * 7) % sizeof(x));
			agree(b.p, b.n);
			free(b.p);
		}
}

ATF_TC_WITHOUT_HEAD(random_mboxes);
ATF_TC_BODY(random_mboxes, tc)
{
	uint64_t	 seed = 1;
	struct buf	 b;
	int		 i;

	for (i = 0; i < 4000; i++) {
		memset(&b, 0, sizeof(b));
		buf_add(&b, "", 0);
		rnd_mbox(&b, &seed, rnd(&seed) % (i % 10 == 0 ? 200 : 30));
		agree(b.p, b.n);
		free(b.p);
	}
}

ATF_TC_WITHOUT_HEAD(limits);
ATF_TC_BODY(limits, tc)
{
	static const char	 s[] = FROM "\n" FROM "\n" FROM;
	struct msgs		 ms = { 0 };
	int			 fd = tmp_file(s, strlen(s));

	ATF_CHECK_EQ(SCAN_OK, scan_file(&ms, NULL, fd, 0, strlen(s), 4096, 3));
	msgs_free(&ms);
	ATF_CHECK_EQ(SCAN_TOOMANY, scan_file(&ms, NULL, fd, 0, strlen(s), 4096,
	    2));
	msgs_free(&ms);
	ATF_CHECK_EQ(SCAN_TOOMANY, scan_file(&ms, NULL, fd, 0, strlen(s), 4096,
	    0));
	msgs_free(&ms);
	ATF_CHECK_EQ(SCAN_SHORT, scan_file(&ms, NULL, fd, 0, strlen(s) + 1,
	    4096, 3));
	msgs_free(&ms);
	close(fd);
	ATF_CHECK_EQ(SCAN_ERROR, scan_file(&ms, NULL, fd, 0, strlen(s), 4096,
	    3));
	msgs_free(&ms);
	ATF_CHECK(sizeof(struct msg) <= 32);
}

/* A scan that begins at a later message finds the same from there on. */
ATF_TC_WITHOUT_HEAD(resume);
ATF_TC_BODY(resume, tc)
{
	uint64_t	 seed = 2;
	struct buf	 b;
	struct msgs	 all, part;
	uint32_t	 i, k;
	int		 fd, round;

	for (round = 0; round < 100; round++) {
		memset(&b, 0, sizeof(b));
		memset(&all, 0, sizeof(all));
		buf_add(&b, FROM, strlen(FROM));
		rnd_mbox(&b, &seed, 60);
		fd = tmp_file(b.p, b.n);
		ATF_REQUIRE_EQ(SCAN_OK, scan_file(&all, NULL, fd, 0, b.n, 4096,
		    REF_MAX));
		for (i = 0; i < all.n; i++) {
			memset(&part, 0, sizeof(part));
			ATF_REQUIRE_EQ(SCAN_OK, scan_file(&part, NULL, fd,
			    all.v[i].off, b.n, 64, REF_MAX));
			ATF_REQUIRE_EQ(all.n - i, part.n);
			for (k = 0; k < part.n; k++)
				ATF_REQUIRE_EQ(0, memcmp(&all.v[i + k],
				    &part.v[k], sizeof(struct msg)));
			msgs_free(&part);
		}
		msgs_free(&all);
		close(fd);
		free(b.p);
	}
}

/* One octet changed anywhere is seen, and only where it is. */
ATF_TC_WITHOUT_HEAD(sums);
ATF_TC_BODY(sums, tc)
{
	static const size_t	 lens[] = { 0, 1, 15, 16, 17, 511, 512, 513,
				    4096, 70000, 300 };
	struct buf		 b = { 0 };
	unsigned char		 c;
	size_t			 i, k, at;
	struct msgs		 ms = { 0 };
	struct sums		 s;
	uint64_t		 seed = 3;
	int			 fd;

	for (i = 0; i < sizeof(lens) / sizeof(*lens); i++) {
		buf_add(&b, FROM, strlen(FROM));
		for (k = 0; k < lens[i]; k++) {
			c = rnd(&seed);
			buf_add(&b, c == '\n' || c == '\r' ? "x" :
			    (char *)&c, 1);
		}
		buf_add(&b, i % 2 ? "\r\n\r\n" : "\n\n", i % 2 ? 4 : 2);
	}
	fd = tmp_file(b.p, b.n);
	sums_seed(&s, NULL);
	sums_grow(&s);
	ATF_REQUIRE_EQ(SCAN_OK, scan_file(&ms, &s, fd, 0, b.n, 4096,
	    REF_MAX));
	ATF_REQUIRE_EQ(sizeof(lens) / sizeof(*lens), ms.n);
	ATF_REQUIRE_EQ(1, sums_check(&s, &ms, fd, 0, ms.n - 1));
	for (i = 0, at = 0; i < b.n; i += i % 4096 < 700 ? 1 : 97) {
		while (at + 1 < ms.n && ms.v[at + 1].off <= i)
			at++;
		c = b.p[i] ^ 1 << (i & 7);
		ATF_REQUIRE_EQ(1, pwrite(fd, &c, 1, i));
		ATF_REQUIRE_EQ_MSG(0, sums_check(&s, &ms, fd, at, at),
		    "change at %zu not seen", i);
		ATF_REQUIRE_EQ(0, sums_check(&s, &ms, fd, 0, ms.n - 1));
		if (at > 0)
			ATF_REQUIRE_EQ(1, sums_check(&s, &ms, fd, 0, at - 1));
		if (at + 1 < ms.n)
			ATF_REQUIRE_EQ(1, sums_check(&s, &ms, fd, at + 1,
			    ms.n - 1));
		ATF_REQUIRE_EQ(1, pwrite(fd, b.p + i, 1, i));
	}
	/* Growth is no change; a cut is. */
	ATF_REQUIRE_EQ(1, pwrite(fd, "x", 1, b.n));
	ATF_CHECK_EQ(1, sums_check(&s, &ms, fd, 0, ms.n - 1));
	ATF_REQUIRE_EQ(0, ftruncate(fd, b.n - 1));
	ATF_CHECK_EQ(0, sums_check(&s, &ms, fd, ms.n - 1, ms.n - 1));
	ATF_CHECK_EQ(1, sums_check(&s, &ms, fd, 0, ms.n - 2));
	close(fd);
	ATF_CHECK_EQ(-1, sums_check(&s, &ms, fd, 0, 0));
	msgs_free(&ms);
	free(b.p);
}

/* However it is read, a message has the same sum; another key, another. */
ATF_TC_WITHOUT_HEAD(sums_same);
ATF_TC_BODY(sums_same, tc)
{
	static const size_t	 some[] = { 1, 2, 3, 7, 64, 511, 512, 70000 };
	struct buf		 b;
	struct msgs		 ref, ms;
	struct sums		 s, other;
	struct sum		 sum;
	uint64_t		 seed = 5;
	uint32_t		 m;
	size_t			 i;
	int			 round, fd;

	sums_seed(&s, (const unsigned char *)"0123456789abcdef");
	sums_grow(&s);
	sums_seed(&other, (const unsigned char *)"0123456789abcdeg");
	sums_grow(&other);
	for (round = 0; round < 60; round++) {
		memset(&b, 0, sizeof(b));
		buf_add(&b, FROM, strlen(FROM));
		rnd_mbox(&b, &seed, 300);
		fd = tmp_file(b.p, b.n);
		memset(&ref, 0, sizeof(ref));
		ATF_REQUIRE_EQ(SCAN_OK, scan_file(&ref, &s, fd, 0, b.n, 4096,
		    UINT32_MAX));
		for (m = 0; m < ref.n; m++) {
			sum_begin(&sum);
			sum_add(&s, &sum, b.p + ref.v[m].off,
			    ref.v[m].from + msgs_length(&ref, m));
			ATF_REQUIRE(ref.v[m].sum == sum_end(&s, &sum));
			sum_begin(&sum);
			sum_add(&other, &sum, b.p + ref.v[m].off,
			    ref.v[m].from + msgs_length(&ref, m));
			ATF_REQUIRE(ref.v[m].sum != sum_end(&other, &sum));
		}
		for (i = 0; i < sizeof(some) / sizeof(*some); i++) {
			memset(&ms, 0, sizeof(ms));
			ATF_REQUIRE_EQ(SCAN_OK, scan_file(&ms, &s, fd, 0, b.n,
			    some[i], UINT32_MAX));
			ATF_REQUIRE_EQ(ref.n, ms.n);
			for (m = 0; m < ref.n; m++)
				ATF_REQUIRE(ref.v[m].sum == ms.v[m].sum);
			msgs_free(&ms);
		}
		msgs_free(&ref);
		close(fd);
		free(b.p);
	}
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, from_lines);
	ATF_TP_ADD_TC(tp, boundaries);
	ATF_TP_ADD_TC(tp, sizes);
	ATF_TP_ADD_TC(tp, binary);
	ATF_TP_ADD_TC(tp, large);
	ATF_TP_ADD_TC(tp, every_offset);
	ATF_TP_ADD_TC(tp, random_mboxes);
	ATF_TP_ADD_TC(tp, limits);
	ATF_TP_ADD_TC(tp, resume);
	ATF_TP_ADD_TC(tp, sums);
	ATF_TP_ADD_TC(tp, sums_same);
	return atf_no_error();
}
