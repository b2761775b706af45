/* SPDX-License-Identifier: ISC */
/*
 * Tests of storaged/mbox/scan.c, length.c, received.c, internal.c and sums.c: the
 * messages in any octets.
 */

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
#include "verify.h"

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

ATF_TC_WITHOUT_HEAD(boundaries);
ATF_TC_BODY(boundaries, tc)
{
	ATF_CHECK_EQ(0, messages(""));
	ATF_CHECK_EQ(0, messages("\n"));
	ATF_CHECK_EQ(0, messages("\r\n\n\r\n"));
	ATF_CHECK_EQ(-1, messages("x"));
	ATF_CHECK_EQ(-1, messages("From the desk of a poet\n"));
	ATF_CHECK_EQ(-1, messages("From joe@example.org\n\nx\n"));
	ATF_CHECK_EQ(1, messages("From joe@example.org\nA: b\n\nx\n"));
	ATF_CHECK_EQ(1, messages(FROM));
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
	/* A sender alone begins a message only before a header. */
	ATF_CHECK_EQ(1, messages(FROM "\n\nFrom x@y\n\ntext\n"));
	ATF_CHECK_EQ(2, messages(FROM "\n\nFrom x@y\nA: b\n\ntext\n"));
}

/* What stands before the first From_ line. */
ATF_TC_WITHOUT_HEAD(beginnings);
ATF_TC_BODY(beginnings, tc)
{
	static const char	 nuls[600] = "";
	unsigned char		 mbox[2000];
	struct msgs		 ms = { 0 };
	size_t			 n;
	int			 fd;

	ATF_CHECK_EQ(0, messages("\r"));
	ATF_CHECK_EQ(0, messages("\357\273\277"));
	ATF_CHECK_EQ(0, messages(" \t\n\n"));
	ATF_CHECK_EQ(-1, messages("\357\273"));
	ATF_CHECK_EQ(1, messages("\357\273\277" FROM "a: b\n\nx\n"));
	ATF_CHECK_EQ(1, messages("\357\273\277\r\n" FROM "a: b\n\nx\n"));
	ATF_CHECK_EQ(-1, messages("x\357\273\277" FROM));
	ATF_CHECK_EQ(1, messages(" \n" FROM));
	ATF_CHECK_EQ(1, messages("Subject: x\n\nx\n\n" FROM));
	ATF_CHECK_EQ(2, messages("x\r\n\r\n" FROM "\n" FROM));
	ATF_CHECK_EQ(-1, messages("Subject: x\n\nx\n" FROM));
	ATF_CHECK_EQ(-1, messages(">" FROM "a: b\n\nx\n"));
	ATF_CHECK_EQ(1, messages(">" FROM "a: b\n\nx\n\n" FROM));
	/* Other formats. */
	ATF_CHECK_EQ(-1, messages("\1\1\1\1\n" FROM "\n\n" FROM));
	ATF_CHECK_EQ(-1, messages("*mbx*\r\n12\r\n\r\n" FROM));
	ATF_CHECK_EQ(-1, messages("BABYL OPTIONS: -*-\n\n" FROM));
	ATF_CHECK_EQ(1, messages("*mbx\n\n" FROM));

	for (n = 0; n < sizeof(nuls); n += n < 70 ? 1 : 53) {
		memcpy(mbox, nuls, n);
		memcpy(mbox + n, FROM "\nx\n\n" FROM, 2 * strlen(FROM) + 4);
		agree(mbox, n + 2 * strlen(FROM) + 4);
		agree(mbox, n);
		fd = tmp_file(mbox, n + 2 * strlen(FROM) + 4);
		ATF_REQUIRE_EQ(SCAN_OK, scan_file(&ms, NULL, fd, 0,
		    n + 2 * strlen(FROM) + 4, 100, 10));
		ATF_REQUIRE_EQ(2, ms.n);
		ATF_REQUIRE_EQ(n, ms.v[0].off);
		msgs_free(&ms);
		close(fd);
	}
}

#define INSIDE	"From c@d Tue Jan  2 10:00:00 2024\nA: b\n\nforged\n"
#define BODY	"Hello\n\n" INSIDE		/* 54 octets */

/* A message with this in its header, and another. */
static int
with_length(const char *field)
{
	char	 s[500];
	int	 n, last;

	ATF_REQUIRE_EQ(54, strlen(BODY));
	(void)snprintf(s, sizeof(s), FROM "Subject: x\n%sTo: y\n\n" BODY
	    "\n" FROM "A: b\n\nx\n", field);
	n = messages(s);
	/* The last one in the file is judged in the same way. */
	(void)snprintf(s, sizeof(s), FROM "Subject: x\n%sTo: y\n\n" BODY,
	    field);
	last = messages(s);
	ATF_CHECK_EQ_MSG(n, last + 1, "%d, and %d at the end, with %s", n,
	    last, field);
	return n;
}

ATF_TC_WITHOUT_HEAD(lengths);
ATF_TC_BODY(lengths, tc)
{
	static const char *const	 wrong[] = {
		"", "Content-Length: 56\n", "Content-Length: 52\n",
		"Content-Length: 0\n", "Content-Length: 7\n",
		"Content-Length: 5000\n", "Content-Length: -56\n",
		"Content-Length: 54 octets\n", "Content-Length: 0x36\n",
		"Content-Length: 54,54\n", "Content-Length:\n",
		"Content-Length: 54\nContent-Length: 54\n",
		"Content-Length: 54\nX: y\ncontent-length: 7\n",
		"Content-Length:\n 54\n", "Content-Length: 54\n 54\n",
		"Content-Length: 54\n \n", "Content-Length : 56\n",
		"Content-Length: 18446744073709551670\n",
		"Content-Length: 000000000000000000054\n",
		"Content-Length: 54                                       "
		"              \n",
		"X-Content-Length: 54\n", " Content-Length: 54\n",
	};
	size_t				 i;

	ATF_CHECK_EQ(2, with_length("Content-Length: 54\n"));
	/* Without the last line end of the body. */
	ATF_CHECK_EQ(2, with_length("Content-Length: 53\n"));
	ATF_CHECK_EQ(2, with_length("content-lengTH:54\r\n"));
	ATF_CHECK_EQ(2, with_length("Content-Length:\t   000054 \n"));
	for (i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
		ATF_CHECK_EQ_MSG(3, with_length(wrong[i]), "%s", wrong[i]);
	/* To the last octet of the file, and beyond. */
	ATF_CHECK_EQ(1, messages(FROM "Content-Length: 54\n\n" BODY));
	ATF_CHECK_EQ(1, messages(FROM "Content-Length: 54\n\n" BODY "\n"));
	ATF_CHECK_EQ(1, messages(FROM "Content-Length: 55\n\n" BODY "\n"));
	ATF_CHECK_EQ(2, messages(FROM "Content-Length: 55\n\n" BODY));
	/* The blank line is counted by some. */
	ATF_CHECK_EQ(2, messages(FROM "Content-Length: 55\n\n" BODY "\n"
	    FROM));
	/* It makes no end where there is none. */
	ATF_CHECK_EQ(1, messages(FROM "Content-Length: 5\n\nHello" FROM));
	ATF_CHECK_EQ(1, messages(FROM "Content-Length: 6\n\nHello\n" FROM));
	ATF_CHECK_EQ(2, messages(FROM "Content-Length: 54\n\n" BODY FROM));
	/* Lines of a body are no header. */
	ATF_CHECK_EQ(3, messages(FROM "A: b\n\nContent-Length: 54\n\n" BODY
	    "\n" FROM));
	/* What is inside has no say. */
	ATF_CHECK_EQ(2, messages(FROM "Content-Length: 106\n\n"
	    "From c@d Tue Jan  2 10:00:00 2024\nContent-Length: 9999\n\nx\n\n"
	    INSIDE "\n" FROM));
}

#define HERE	"Received: from x (x [192.0.2.1])\n\tby mx.example.org; now\n"
#define OTHER	"Received: from y by mx.example.net with ESMTP; then\n"
#define QMAIL	"Received: (qmail 1 invoked by uid 0); now\n"
#define IN(r)	"From c@d Tue Jan  2 10:00:00 2024\n" r "\nforged\n"

/* Two lines of trace, a length up to the end, and one message inside. */
static int
traced(const char *head, const char *inside)
{
	char	 s[2000];

	(void)snprintf(s, sizeof(s), FROM "%sContent-Length: %zu\n\nHello\n\n"
	    "%s\n" FROM "A: b\n\nx\n", head, strlen(inside) + 7, inside);
	return messages(s);
}

/* Mail that this host received is never hidden inside of another. */
ATF_TC_WITHOUT_HEAD(received);
ATF_TC_BODY(received, tc)
{
	ATF_CHECK_EQ(2, traced("", IN("")));
	ATF_CHECK_EQ(2, traced(HERE, IN("Subject: x\n")));
	ATF_CHECK_EQ(2, traced("", IN(HERE)));
	ATF_CHECK_EQ(2, traced(HERE, IN(OTHER)));
	ATF_CHECK_EQ(3, traced(HERE, IN(HERE)));
	ATF_CHECK_EQ(3, traced("Return-Path: <>\n" HERE OTHER,
	    IN("Delivered-To: x\nRECEIVED: by MX.example.org; x\n")));
	/* What a client says of itself changes nothing. */
	ATF_CHECK_EQ(3, traced("Received: from by (by [192.0.2.1]) by "
	    "mx.example.org; x\n", IN(HERE)));
	/* The topmost counts, but for one that names nobody. */
	ATF_CHECK_EQ(2, traced(OTHER HERE, IN(HERE)));
	ATF_CHECK_EQ(3, traced(QMAIL HERE, IN(QMAIL HERE)));
	ATF_CHECK_EQ(2, traced(QMAIL OTHER, IN(QMAIL HERE)));
	/* In the body it is text. */
	ATF_CHECK_EQ(2, traced(HERE, IN("\n" HERE)));
}

/* Ends that have been reported: offsets, ended by 0. */
static int
shown(void *arg, uint64_t off)
{
	const uint64_t	*p;

	for (p = arg; *p != 0; p++)
		if (*p == off)
			return 1;
	return 0;
}

ATF_TC_WITHOUT_HEAD(shown_before);
ATF_TC_BODY(shown_before, tc)
{
	static const char	 s[] = FROM "Content-Length: 54\n\n" BODY "\n"
				    FROM;
	uint64_t		 ends[2] = { 0, 0 };
	struct msgs		 ms = { 0 };
	int			 fd = tmp_file(s, sizeof(s) - 1);

	ms.shown = shown;
	ms.arg = ends;
	ATF_REQUIRE_EQ(SCAN_OK, scan_file(&ms, NULL, fd, 0, sizeof(s) - 1,
	    4096, 10));
	ATF_CHECK_EQ(2, ms.n);
	ATF_CHECK_EQ(0, ms.ndoubts);
	msgs_free(&ms);
	ms.shown = shown;
	ms.arg = ends;
	ends[0] = strstr(s, "From c@d") - s;
	ATF_REQUIRE_EQ(SCAN_OK, scan_file(&ms, NULL, fd, 0, sizeof(s) - 1,
	    4096, 10));
	ATF_CHECK_EQ(3, ms.n);
	ATF_CHECK_EQ(1, ms.ndoubts);
	ATF_CHECK_EQ(ends[0], ms.doubts[0].off);
	ATF_CHECK(ms.doubts[0].length);
	msgs_free(&ms);
	close(fd);
}

/* However many there are, few are kept. */
ATF_TC_WITHOUT_HEAD(doubts);
ATF_TC_BODY(doubts, tc)
{
	struct buf	 b = { 0 };
	struct msgs	 ms = { 0 };
	int		 fd, i;

	buf_add(&b, FROM "\n", strlen(FROM) + 1);
	for (i = 0; i < 1000; i++)
		buf_add(&b, "\nFrom 2024 on, at 10:15 we\n", 27);
	fd = tmp_file(b.p, b.n);
	ATF_REQUIRE_EQ(SCAN_OK, scan_file(&ms, NULL, fd, 0, b.n, 100, 10));
	ATF_CHECK_EQ(1, ms.n);
	ATF_CHECK_EQ(1000, ms.ndoubts);
	ATF_CHECK_EQ(strlen(FROM) + 2, ms.doubts[0].off);
	ATF_CHECK(!ms.doubts[DOUBTS_MAX - 1].length);
	msgs_free(&ms);
	close(fd);
	free(b.p);
}

#define UW_FROM	"From MAILER-DAEMON Mon Jan  5 10:00:00 2026\n"
#define UW_HEAD	"Date: 05 Jan 2026 10:00:00 +0000\n" \
	"From: Mail System Internal Data <MAILER-DAEMON@example.org>\n"
#define UW_SUBJ	"Subject: DON'T DELETE THIS MESSAGE -- FOLDER INTERNAL DATA\n"
#define UW_TAIL	"Message-ID: <1@example.org>\nX-IMAP: 1 0000000012 kw\n" \
	"Status: RO\n\nThis text is part of the internal format.\n\n"

/* Messages that are found, -1: not all are as they were scanned alone. */
static int
internal(const char *s, int is)
{
	struct msgs	 ms = { 0 };
	size_t		 b;
	int		 fd = tmp_file(s, strlen(s)), n = -1;

	for (b = 0; b < BLOCKS; b++) {
		ATF_REQUIRE_EQ(SCAN_OK, scan_file(&ms, NULL, fd, 0, strlen(s),
		    blocks[b], 2));
		ATF_REQUIRE(n == -1 || n == (int)ms.n);
		ATF_REQUIRE_EQ(is, ms.internal);
		ATF_REQUIRE_EQ(strlen(s), ms.end);
		ATF_REQUIRE(ms.n == 0 || !is ||
		    ms.v[0].off == (uint64_t)(strstr(s, FROM) - s));
		n = ms.n;
		msgs_free(&ms);
	}
	close(fd);
	return n;
}

ATF_TC_WITHOUT_HEAD(internal_data);
ATF_TC_BODY(internal_data, tc)
{
	char	 s[20000], crlf[2000], *q;
	int	 i;

	ATF_CHECK_EQ(0, internal(UW_FROM UW_HEAD UW_SUBJ UW_TAIL, 1));
	ATF_CHECK_EQ(2, internal(UW_FROM UW_HEAD UW_SUBJ UW_TAIL FROM "\nx\n\n"
	    FROM "\ny\n", 1));
	/* As mutt writes it again. */
	ATF_CHECK_EQ(1, internal(UW_FROM UW_HEAD UW_SUBJ
	    "Content-Length: 9999\nLines: 1\n" UW_TAIL FROM "\nx\n", 1));
	for (i = 0, q = crlf; (UW_FROM UW_HEAD UW_SUBJ UW_TAIL)[i]; i++) {
		if ((UW_FROM UW_HEAD UW_SUBJ UW_TAIL)[i] == '\n')
			*q++ = '\r';
		*q++ = (UW_FROM UW_HEAD UW_SUBJ UW_TAIL)[i];
	}
	*q = '\0';
	ATF_CHECK_EQ(0, internal(crlf, 1));

	/* Mail that is like it. */
	ATF_CHECK_EQ(1, internal("\n" UW_FROM UW_HEAD UW_SUBJ UW_TAIL, 0));
	ATF_CHECK_EQ(1, internal(FROM UW_HEAD UW_SUBJ UW_TAIL, 0));
	ATF_CHECK_EQ(1, internal(UW_FROM UW_HEAD UW_TAIL, 0));
	ATF_CHECK_EQ(1, internal(UW_FROM HERE UW_HEAD UW_SUBJ UW_TAIL, 0));
	ATF_CHECK_EQ(1, internal(UW_FROM UW_HEAD UW_SUBJ "Return-Path: <>\n"
	    UW_TAIL, 0));
	ATF_CHECK_EQ(1, internal(UW_FROM UW_HEAD UW_SUBJ " x\n" UW_TAIL, 0));
	ATF_CHECK_EQ(1, internal(UW_FROM UW_HEAD "Subject: Re: DON'T DELETE "
	    "THIS MESSAGE -- FOLDER INTERNAL DATA\n" UW_TAIL, 0));
	ATF_CHECK_EQ(1, internal(UW_FROM UW_SUBJ "X-IMAP: 1\n\nx\n", 0));
	ATF_CHECK_EQ(1, internal(UW_FROM UW_SUBJ "X-IMAP: a b\n\nx\n", 0));
	ATF_CHECK_EQ(1, internal(UW_FROM UW_SUBJ "X-IMAP: 1 2\n", 0));
	ATF_CHECK_EQ(2, internal(FROM "\nx\n\n" UW_FROM UW_HEAD UW_SUBJ
	    UW_TAIL, 0));
	/* Its header does not end. */
	i = snprintf(s, sizeof(s), UW_FROM UW_SUBJ "X-IMAP: 1 2");
	memset(s + i, 'x', 5000);
	strlcpy(s + i + 5000, "\n\nx\n", sizeof(s) - i - 5000);
	ATF_CHECK_EQ(1, internal(s, 0));
}

/* What a session remembers of an earlier one. */
struct earlier {
	struct msgs	 ms;
};

static int
earlier_shown(void *arg, uint64_t off)
{
	const struct msgs	*ms = &((struct earlier *)arg)->ms;
	uint32_t		 i;

	if (off >= ms->end && off - ms->end <= 8)
		return ms->n > 0;
	for (i = 0; i < ms->n; i++)
		if (ms->v[i].off == off)
			return 1;
	return 0;
}

/* A delivery: by an agent that quotes, or one that sets the length right. */
static void
deliver(struct buf *b, uint64_t *seed)
{
	static const char *const	 body[] = {
		"text\n", "Hello\n\n", "\n", "\r\n", "long long text\n",
		"From here on\n", "\nFrom a@b Mon Jan  1 10:00:00 2024\n",
		"\nFrom a@b Mon Jan  1 10:00:00 2024\nA: b\n\n",
		"\n\nFrom x\nSubject: y\n", "x\n\n\n",
	};
	struct buf			 t = { 0 };
	char				 head[100];
	int				 quotes = rnd(seed) % 2, n;
	uint32_t			 i, k;

	buf_add(&t, "", 0);
	for (i = rnd(seed) % 6; i > 0; i--) {
		k = rnd(seed) % (sizeof(body) / sizeof(*body));
		if (!quotes || strstr(body[k], "From") == NULL)
			buf_add(&t, body[k], strlen(body[k]));
	}
	buf_add(b, FROM, strlen(FROM));
	n = snprintf(head, sizeof(head), rnd(seed) % 3 == 0 ? "Subject: x\n\n"
	    : "Content-Length: %zu\nA: b\n\n",
	    quotes ? rnd(seed) % 200 : t.n);
	buf_add(b, head, n);
	buf_add(b, t.p, t.n);
	if (t.n > 0 && t.p[t.n - 1] != '\n')
		buf_add(b, "\n", 1);
	buf_add(b, "\n", 1);
	free(t.p);
}

/*
 * A mailbox that grows by whole deliveries is cut in the same way at all times:
 * scanned from the last message on or, with what was shown, as a whole; and no
 * message that was shown has ever another end.
 */
ATF_TC_WITHOUT_HEAD(grown);
ATF_TC_BODY(grown, tc)
{
	uint64_t	 seed = 11, from;
	struct buf	 b;
	struct msgs	 whole, tail;
	struct earlier	 was;
	uint32_t	 i, keep;
	int		 fd, round, n;

	for (round = 0; round < 300; round++) {
		memset(&b, 0, sizeof(b));
		memset(&was, 0, sizeof(was));
		for (n = 0; n < 12; n++) {
			for (i = rnd(&seed) % 3; i < 3; i++)
				deliver(&b, &seed);
			fd = tmp_file(b.p, b.n);
			memset(&whole, 0, sizeof(whole));
			memset(&tail, 0, sizeof(tail));
			whole.shown = tail.shown = earlier_shown;
			whole.arg = tail.arg = &was;
			ATF_REQUIRE_EQ(SCAN_OK, scan_file(&whole, NULL, fd, 0,
			    b.n, 64, REF_MAX));
			keep = was.ms.n > 0 ? was.ms.n - 1 : 0;
			from = was.ms.n > 0 ? was.ms.v[keep].off : 0;
			ATF_REQUIRE_EQ(SCAN_OK, scan_file(&tail, NULL, fd,
			    from, b.n, 100, REF_MAX));
			ATF_REQUIRE_EQ(whole.n, keep + tail.n);
			for (i = 0; i < tail.n; i++)
				ATF_REQUIRE_EQ(0, memcmp(&whole.v[keep + i],
				    &tail.v[i], sizeof(struct msg)));
			for (i = 0; i < was.ms.n; i++)
				ATF_REQUIRE_EQ_MSG(0, memcmp(&whole.v[i],
				    &was.ms.v[i], sizeof(struct msg)),
				    "round %d: message %u changed", round, i);
			msgs_free(&tail);
			msgs_free(&was.ms);
			was.ms = whole;
			close(fd);
		}
		msgs_free(&was.ms);
		free(b.p);
	}
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
		"\n\nFrom x@y\nSubject: z\n", "\n\nFrom x@y\nSubject",
		"\nContent-Length: 300\n\n\n" FROM,
		"\n\n" FROM "Content-Length: 51\nA: b\n\n\n" FROM,
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
	ATF_REQUIRE_EQ(1, verify_msgs(&s, &ms, fd, 0, ms.n - 1));
	for (i = 0, at = 0; i < b.n; i += i % 4096 < 700 ? 1 : 97) {
		while (at + 1 < ms.n && ms.v[at + 1].off <= i)
			at++;
		c = b.p[i] ^ 1 << (i & 7);
		ATF_REQUIRE_EQ(1, pwrite(fd, &c, 1, i));
		ATF_REQUIRE_EQ_MSG(0, verify_msgs(&s, &ms, fd, at, at),
		    "change at %zu not seen", i);
		ATF_REQUIRE_EQ(0, verify_msgs(&s, &ms, fd, 0, ms.n - 1));
		if (at > 0)
			ATF_REQUIRE_EQ(1, verify_msgs(&s, &ms, fd, 0, at - 1));
		if (at + 1 < ms.n)
			ATF_REQUIRE_EQ(1, verify_msgs(&s, &ms, fd, at + 1,
			    ms.n - 1));
		ATF_REQUIRE_EQ(1, pwrite(fd, b.p + i, 1, i));
	}
	/* Growth is no change; a cut is. */
	ATF_REQUIRE_EQ(1, pwrite(fd, "x", 1, b.n));
	ATF_CHECK_EQ(1, verify_msgs(&s, &ms, fd, 0, ms.n - 1));
	ATF_REQUIRE_EQ(0, ftruncate(fd, b.n - 1));
	ATF_CHECK_EQ(0, verify_msgs(&s, &ms, fd, ms.n - 1, ms.n - 1));
	ATF_CHECK_EQ(1, verify_msgs(&s, &ms, fd, 0, ms.n - 2));
	close(fd);
	ATF_CHECK_EQ(-1, verify_msgs(&s, &ms, fd, 0, 0));
	msgs_free(&ms);
	free(b.p);
}

/* What mail readers keep in headers does not count, whatever is around it. */
ATF_TC_WITHOUT_HEAD(sums_fields);
ATF_TC_BODY(sums_fields, tc)
{
	static const char *const same[] = {
		FROM "Subject: a\nReceived: x\n y\n\nbody\n\n",
		FROM "Subject: a\nStatus: RO\nReceived: x\n y\n\nbody\n\n",
		FROM "x-keywords: a\n b\nSubject: a\nReceived: x\n y\n\n"
		    "body\n\n",
		FROM "Subject: a\nReceived: x\n y\nX-UID: 7\n\nbody\n\n",
		FROM "X-IMAP: 1 2\nSubject: a\nSTATUS:\nReceived: x\n y\n"
		    "Lines: 1\nX-Status: A\n\nbody\n\n",
	};
	static const char *const other[] = {
		FROM "Subject: a\nReceived: x\n y\n\nStatus: RO\nbody\n\n",
		FROM "Subject: a\nReceived: x\n y\nStatus\n\nbody\n\n",
		FROM "Subject: a\nReceived: x\n y\nX-Status2: a\n\nbody\n\n",
		FROM "Subject: a\nReceived: x\n Status: y\n\nbody\n\n",
	};
	struct msgs	 ms;
	struct sums	 s;
	uint64_t	 sum = 0;
	size_t		 i, block;
	int		 fd;

	sums_seed(&s, (const unsigned char *)"0123456789abcdef");
	sums_grow(&s);
	for (i = 0; i < 9; i++) {
		const char	*p = i < 5 ? same[i] : other[i - 5];

		fd = tmp_file((const unsigned char *)p, strlen(p));
		for (block = 1; block < 200; block++) {
			memset(&ms, 0, sizeof(ms));
			ATF_REQUIRE_EQ(SCAN_OK, scan_file(&ms, &s, fd, 0,
			    strlen(p), block, 9));
			ATF_REQUIRE_EQ(1, ms.n);
			if (sum == 0)
				sum = ms.v[0].sum;
			ATF_CHECK_MSG((i < 5) == (ms.v[0].sum == sum),
			    "%zu, block %zu", i, block);
			ATF_CHECK_EQ(1, verify_msgs(&s, &ms, fd, 0, 0));
			msgs_free(&ms);
		}
		close(fd);
	}
}

/* The sum of message i of b, as sums.h describes it. */
static uint64_t
sum_of(const struct sums *s, const struct buf *b, const struct msgs *ms,
    uint32_t i)
{
	const struct msg	*m = &ms->v[i];
	const unsigned char	*p = b->p + m->off;
	uint64_t		 len = msgs_length(ms, i);
	struct sum		 sum;

	sum_begin(&sum);
	sum_add(s, &sum, p, m->from);
	sum_header(s, &sum, p + m->from, m->hdr);
	sum_header_end(s, &sum);
	sum_add(s, &sum, p + m->from + m->hdr, len - m->hdr);
	return sum_end(s, &sum);
}

/* However it is read, a message has the same sum; another key, another. */
ATF_TC_WITHOUT_HEAD(sums_same);
ATF_TC_BODY(sums_same, tc)
{
	static const size_t	 some[] = { 1, 2, 3, 7, 64, 511, 512, 70000 };
	struct buf		 b;
	struct msgs		 ref, ms;
	struct sums		 s, other;
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
			ATF_REQUIRE(ref.v[m].sum == sum_of(&s, &b, &ref, m));
			ATF_REQUIRE(ref.v[m].sum !=
			    sum_of(&other, &b, &ref, m));
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
	ATF_TP_ADD_TC(tp, boundaries);
	ATF_TP_ADD_TC(tp, beginnings);
	ATF_TP_ADD_TC(tp, lengths);
	ATF_TP_ADD_TC(tp, received);
	ATF_TP_ADD_TC(tp, shown_before);
	ATF_TP_ADD_TC(tp, doubts);
	ATF_TP_ADD_TC(tp, internal_data);
	ATF_TP_ADD_TC(tp, grown);
	ATF_TP_ADD_TC(tp, sizes);
	ATF_TP_ADD_TC(tp, binary);
	ATF_TP_ADD_TC(tp, large);
	ATF_TP_ADD_TC(tp, every_offset);
	ATF_TP_ADD_TC(tp, random_mboxes);
	ATF_TP_ADD_TC(tp, limits);
	ATF_TP_ADD_TC(tp, resume);
	ATF_TP_ADD_TC(tp, sums);
	ATF_TP_ADD_TC(tp, sums_fields);
	ATF_TP_ADD_TC(tp, sums_same);
	return atf_no_error();
}
