/* SPDX-License-Identifier: ISC */
/* Tests of storaged/uidl.c: what makes an id, and what must not change it. */

#define OPENSSL_SUPPRESS_DEPRECATED

#include <sys/types.h>

#include <openssl/sha.h>

#include <atf-c.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "mbox_ref.h"
#include "uidl.h"

/* The hash of a message in pieces of n octets, or of random size if 0. */
static void
hash(const unsigned char *p, size_t len, size_t n, uint64_t *seed,
    unsigned char h[UIDL_HASH_LEN])
{
	struct uidl_ctx	 c;
	unsigned char	*piece;
	size_t		 i, k;

	uidl_begin(&c, ref_header(p, len));
	for (i = 0; i < len; i += k) {
		k = n > 0 ? n : 1 + rnd(seed) % 50;
		if (k > len - i)
			k = len - i;
		ATF_REQUIRE((piece = malloc(k)) != NULL);
		memcpy(piece, p + i, k);
		uidl_update(&c, piece, k);
		free(piece);
	}
	uidl_end(&c, h);
}

static void
text_id(const char *s, char id[UIDL_LEN_MAX + 1])
{
	unsigned char	 h[UIDL_HASH_LEN];
	struct uids	 u;
	uint64_t	 seed = 1;

	hash((const unsigned char *)s, strlen(s), 0, &seed, h);
	ATF_REQUIRE_EQ(0, uids_init(&u, 1));
	ATF_REQUIRE_EQ(0, uids_names(&u, 0));
	uids_add(&u, h);
	uids_text(&u, 0, id);
	uids_free(&u);
}

static int
same(const char *a, const char *b)
{
	char	 x[UIDL_LEN_MAX + 1], y[UIDL_LEN_MAX + 1];

	text_id(a, x);
	text_id(b, y);
	return strcmp(x, y) == 0;
}

/* The definition in uidl.h, step by step. */
static void
ref_hash(const unsigned char *p, size_t len, unsigned char h[UIDL_HASH_LEN])
{
	static const char *const	 gone[] = { "Status", "X-Status",
	    "X-UID", "X-Keywords", "X-IMAP", "X-IMAPbase", "Content-Length",
	    "Lines" };
	struct buf			 b = { 0 };
	unsigned char			 md[SHA256_DIGEST_LENGTH];
	size_t				 hdr = ref_header(p, len), i, l, k;
	int				 skip = 0;

	buf_add(&b, "", 0);
	for (i = 0; i < len; i += l) {
		l = ref_line(p + i, len - i);
		if (i >= hdr)
			skip = 0;
		else if (p[i] != ' ' && p[i] != '\t')
			for (skip = 0, k = 0; k < 8; k++)
				if (l > strlen(gone[k]) &&
				    p[i + strlen(gone[k])] == ':' &&
				    strncasecmp((const char *)p + i, gone[k],
				    strlen(gone[k])) == 0)
					skip = 1;
		if (skip)
			continue;
		k = l;
		if (k > 1 && p[i + k - 1] == '\n' && p[i + k - 2] == '\r')
			k -= 2;
		else if (p[i + k - 1] == '\n')
			k--;
		buf_add(&b, p + i, k);
		if (k < l)
			buf_add(&b, "\n", 1);
	}
	while (b.n > 0 && b.p[b.n - 1] == '\n')
		b.n--;
	SHA256(b.p, b.n, md);
	memcpy(h, md, UIDL_HASH_LEN);
	h[UIDL_HASH_LEN - 1] &= 0xc0;
	free(b.p);
}

ATF_TC_WITHOUT_HEAD(known);
ATF_TC_BODY(known, tc)
{
	char	 id[UIDL_LEN_MAX + 1];

	/* The SHA-256 of nothing is e3b0c44298fc1c149afbf4c8996fb924 27... */
	text_id("", id);
	ATF_CHECK_STREQ("4oymiquy7qobjgx36tejs35zeq", id);
	text_id("\n\r\n", id);
	ATF_CHECK_STREQ("4oymiquy7qobjgx36tejs35zeq", id);
	/* Of "abc": ba7816bf8f01cfea414140de5dae2223 b0... */
	text_id("abc\n", id);
	ATF_CHECK_STREQ("xj4bnp4pahh6uqkbidpf3lrceo", id);
}

ATF_TC_WITHOUT_HEAD(stable);
ATF_TC_BODY(stable, tc)
{
	const char	*m = "From: a\nSubject: b\n\nStatus: x\n\nend\n";

	ATF_CHECK(same(m, "From: a\nStatus: RO\nSubject: b\n\nStatus: x\n\n"
	    "end\n"));
	ATF_CHECK(same(m, "X-IMAPbase: 1 2\nFrom: a\nSubject: b\nstatus: O\n"
	    "X-STATUS:\nX-UID: 4\nX-Keywords: a\n b\n\tc\nContent-length: 9\n"
	    "Lines: 3\nX-IMAP: 1\n\nStatus: x\n\nend\n"));
	ATF_CHECK(same(m, "From: a\r\nSubject: b\r\n\r\nStatus: x\r\n\r\n"
	    "end\r\n"));
	ATF_CHECK(same(m, "From: a\nSubject: b\n\nStatus: x\n\nend"));
	ATF_CHECK(same(m, "From: a\nSubject: b\n\nStatus: x\n\nend\n\n\r\n"));
	ATF_CHECK(same("a: b\n", "a: b\nStatus: RO\n"));
	ATF_CHECK(same("\nbody\n", "Status: RO\n\nbody\n"));
	ATF_CHECK(same("\n", "Status:"));
}

ATF_TC_WITHOUT_HEAD(distinct);
ATF_TC_BODY(distinct, tc)
{
	const char	*m = "From: a\nSubject: b\n\nStatus: x\n\nend\n";

	ATF_CHECK(!same(m, "From: a\nSubject: b\n\n\nend\n"));
	ATF_CHECK(!same(m, "From: a\nSubject: b\n\nStatus: x\n\nEnd\n"));
	ATF_CHECK(!same(m, "From: a\nSubject: b\n\nStatus: x\n\n\nend\n"));
	ATF_CHECK(!same(m, "From: a\nSubject: b\n\nStatus: x\n\nend\r"));
	ATF_CHECK(!same(m, "From: a\nSubject: b \n\nStatus: x\n\nend\n"));
	ATF_CHECK(!same("X-UIDL: 1\n\n", "X-UIDL: 2\n\n"));
	ATF_CHECK(!same("Status-x: 1\n\n", "Status-x: 2\n\n"));
	ATF_CHECK(!same("tatus: 1\n\n", "tatus: 2\n\n"));
	ATF_CHECK(!same("A: b\n c\n\n", "A: b\n d\n\n"));
	ATF_CHECK(!same("Content-Length-X: 1\n", "Content-Length-X: 2\n"));
}

ATF_TC_WITHOUT_HEAD(duplicates);
ATF_TC_BODY(duplicates, tc)
{
	unsigned char	 h[3][UIDL_HASH_LEN];
	char		 id[UIDL_LEN_MAX + 1], base[UIDL_LEN_MAX + 1];
	char		 want[UIDL_LEN_MAX + 1];
	struct uids	 u;
	uint64_t	 seed = 1;
	uint32_t	 i;

	hash((const unsigned char *)"a\n", 2, 0, &seed, h[0]);
	hash((const unsigned char *)"b\n", 2, 0, &seed, h[1]);
	hash((const unsigned char *)"c\n", 2, 0, &seed, h[2]);
	/* One that shares the place in the table with the first. */
	memcpy(h[2], h[0], 8);
	ATF_REQUIRE_EQ(0, uids_init(&u, 3000));
	ATF_REQUIRE_EQ(0, uids_names(&u, 0));
	for (i = 0; i < 3000; i++)
		uids_add(&u, h[i % 3]);
	for (i = 0; i < 3000; i++) {
		uids_text(&u, i, id);
		uids_text(&u, i % 3, base);
		ATF_REQUIRE_EQ(26, strlen(base));
		if (i < 3)
			continue;
		snprintf(want, sizeof(want), "%s-%u", base, i / 3 + 1);
		ATF_REQUIRE_STREQ(want, id);
	}
	uids_free(&u);
	ATF_REQUIRE_EQ(0, uids_init(&u, 0));
	uids_free(&u);
}

/* What is remembered: of messages that are gone, and of those looked for. */
ATF_TC_WITHOUT_HEAD(remembered);
ATF_TC_BODY(remembered, tc)
{
	static const uint32_t	 offered[] = { 2, 5, 3 };
	unsigned char		 h[3][UIDL_HASH_LEN];
	struct uids		 u;
	struct uid		 id;
	uint32_t		 i;

	for (i = 0; i < 3; i++)
		memset(h[i], 'a' + i, UIDL_HASH_LEN);
	ATF_REQUIRE_EQ(0, uids_init(&u, 9));
	/* Known from the beginning. */
	memcpy(u.v[0].hash, h[0], UIDL_HASH_LEN);
	u.v[0].copy = 3;
	u.n = 1;
	ATF_REQUIRE_EQ(0, uids_names(&u, 5));
	/* Of h[1] three are looked for, another is gone; h[2] is gone. */
	memcpy(id.hash, h[1], UIDL_HASH_LEN);
	for (i = 0; i < 3; i++) {
		id.copy = offered[i];
		uids_offer(&u, &id);
	}
	id.copy = 7;
	uids_taken(&u, &id);
	memcpy(id.hash, h[2], UIDL_HASH_LEN);
	id.copy = 1;
	uids_taken(&u, &id);

	uids_add(&u, h[0]);
	ATF_CHECK_EQ(4, u.v[1].copy);
	uids_add(&u, h[1]);
	ATF_CHECK_EQ(2, u.v[2].copy);
	uids_add(&u, h[1]);
	ATF_CHECK_EQ(5, u.v[3].copy);
	/* Two have theirs back, one is still looked for. */
	ATF_CHECK_EQ(3, u.nold);
	ATF_CHECK_EQ(0, u.old[0].uid.copy);
	ATF_CHECK_EQ(0, u.old[1].uid.copy);
	ATF_CHECK_EQ(3, u.old[2].uid.copy);
	uids_add(&u, h[1]);
	ATF_CHECK_EQ(3, u.v[4].copy);
	uids_add(&u, h[1]);
	ATF_CHECK_EQ(8, u.v[5].copy);
	uids_add(&u, h[2]);
	ATF_CHECK_EQ(2, u.v[6].copy);
	uids_add(&u, h[2]);
	ATF_CHECK_EQ(3, u.v[7].copy);
	uids_free(&u);
	/* More than there can be. */
	ATF_REQUIRE_EQ(0, uids_init(&u, 1));
	ATF_CHECK_EQ(-1, uids_names(&u, UINT32_MAX));
	uids_free(&u);
}

ATF_TC_WITHOUT_HEAD(random_messages);
ATF_TC_BODY(random_messages, tc)
{
	unsigned char	 want[UIDL_HASH_LEN], got[UIDL_HASH_LEN];
	struct buf	 b;
	uint64_t	 seed = 7;
	int		 round;
	size_t		 n;

	for (round = 0; round < 5000; round++) {
		memset(&b, 0, sizeof(b));
		buf_add(&b, "", 0);
		if (round % 2)
			buf_add(&b, "X-", 2);
		rnd_mbox(&b, &seed, rnd(&seed) % 25);
		ref_hash(b.p, b.n, want);
		for (n = 0; n < 4; n++) {
			hash(b.p, b.n, n == 3 ? b.n : n, &seed, got);
			ATF_REQUIRE_MSG(memcmp(want, got, sizeof(got)) == 0,
			    "pieces of %zu: %.*s", n, (int)b.n, b.p);
		}
		free(b.p);
	}
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, known);
	ATF_TP_ADD_TC(tp, stable);
	ATF_TP_ADD_TC(tp, distinct);
	ATF_TP_ADD_TC(tp, duplicates);
	ATF_TP_ADD_TC(tp, remembered);
	ATF_TP_ADD_TC(tp, random_messages);
	return atf_no_error();
}
