/* SPDX-License-Identifier: ISC */
/* Tests of storaged's mbox store, through store.h, on files of all sorts. */

#include <sys/types.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <atf-c.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io.h"
#include "journal.h"
#include "mbox_ref.h"
#include "scratch.h"
#include "stamp.h"
#include "store.h"

#define FROM	"From a@b Mon Jan  1 10:00:00 2024\n"

#define NEW	"\n" FROM "new\n\n"

/* Longer than the time in which a stamp cannot be trusted. */
#define TICK_US	60000

static char		 other[100];
static struct store_conf conf;

static void
set_up(void)
{
	scratch_store("/tmp/pop3d_mbox", &conf);
	snprintf(other, sizeof(other), "%s/other", folder);
}

static void
put_box(const struct buf *b)
{
	put(box, b->p, b->n, O_TRUNC);
}

static int
box_is(const struct buf *want)
{
	struct buf	 now = get(box);
	int		 same;

	same = now.n == want->n && (now.n == 0 ||
	    memcmp(now.p, want->p, now.n) == 0);
	free(now.p);
	return same;
}

static struct store *
opened(void)
{
	struct store	*s;

	ATF_REQUIRE_EQ_MSG(ST_OK, store_open(&s, &conf), "%s", said);
	ATF_REQUIRE(!exists("box.lock"));
	return s;
}

static enum st_status
opens(void)
{
	struct store	*s;
	enum st_status	 status;

	said[0] = '\0';
	status = store_open(&s, &conf);
	ATF_CHECK((s != NULL) == (status == ST_OK));
	store_close(s);
	ATF_CHECK(!exists("box.lock"));
	return status;
}

/* A message as read, in pieces of size octets. */
static enum st_status
retrieve(struct store *s, uint32_t msg, uint32_t lines, size_t size,
    struct buf *out)
{
	unsigned char	*buf;
	size_t		 len;
	int		 done = 0;
	enum st_status	 status;

	memset(out, 0, sizeof(*out));
	buf_add(out, "", 0);
	ATF_REQUIRE((buf = malloc(size)) != NULL);
	status = store_begin(s, msg, lines);
	while (status == ST_OK && !done) {
		status = store_read(s, buf, size, &len, &done);
		ATF_REQUIRE(len <= size);
		ATF_REQUIRE(status != ST_OK || done || len > 0);
		buf_add(out, buf, len);
	}
	free(buf);
	return status;
}

/* A message as read must be what the reference makes of the file. */
static void
check_message(struct store *s, uint32_t msg, const struct ref_msg *m,
    const unsigned char *p)
{
	static const size_t	 sizes[] = { 4096, 5000, 65536 };
	struct buf		 want, raw, got;
	uint32_t		 lines;
	size_t			 i;

	memset(&raw, 0, sizeof(raw));
	ref_wire(&raw, p + m->content, m->len, m->hdr, UINT32_MAX, 1);
	ATF_REQUIRE_EQ(raw.n, store_size(s, msg));
	free(raw.p);
	for (i = 0; i < 3; i++)
		for (lines = 0; lines < 4; lines++) {
			memset(&want, 0, sizeof(want));
			ref_wire(&want, p + m->content, m->len, m->hdr,
			    lines == 3 ? UINT32_MAX : lines, 0);
			ATF_REQUIRE_EQ(ST_OK, retrieve(s, msg, lines == 3 ?
			    UINT32_MAX : lines, sizes[i], &got));
			ATF_REQUIRE_EQ(want.n, got.n);
			ATF_REQUIRE(got.n == 0 ||
			    memcmp(want.p, got.p, got.n) == 0);
			free(want.p);
			free(got.p);
		}
}

/* The box must read as p, n; the store is open. */
static void
check_store(struct store *s, const unsigned char *p, size_t n)
{
	static struct ref_msg	 ref[REF_MAX];
	static char		 ids[REF_MAX][UIDL_LEN_MAX + 1];
	uint64_t		 octets, sum = 0;
	uint32_t		 messages, i, k;
	int			 count = ref_parse(p, n, ref);

	store_totals(s, &messages, &octets);
	ATF_REQUIRE_EQ(count, (int)messages);
	ATF_REQUIRE_EQ(count, (int)store_count(s));
	for (i = 0; i < messages; i++) {
		ATF_REQUIRE_EQ(ST_OK, store_check(s, i + 1));
		sum += store_size(s, i + 1);
		check_message(s, i + 1, &ref[i], p);
		ATF_REQUIRE_EQ(ST_OK, store_uidl(s, i + 1, ids[i]));
		for (k = 0; k < i; k++)
			ATF_REQUIRE(strcmp(ids[k], ids[i]) != 0);
	}
	ATF_REQUIRE_EQ(sum, octets);
	ATF_REQUIRE_EQ(ST_NOMSG, store_check(s, 0));
	ATF_REQUIRE_EQ(ST_NOMSG, store_check(s, messages + 1));
	ATF_REQUIRE_EQ(ST_NOMSG, store_check(s, UINT32_MAX));
}

static void
check_box(void)
{
	struct buf	 b = get(box);
	struct store	*s = opened();

	check_store(s, b.p, b.n);
	store_close(s);
	ATF_REQUIRE(box_is(&b));
	free(b.p);
}

/*
 * Mailboxes of six messages, in many shapes; the last octets of each are as an
 * agent might leave them.
 */
#define SHAPES	10

static void
shape(struct buf *b, int which)
{
	static char	 fill[300000];
	char		 text[100];
	int		 i;
	uint64_t	 seed = which;

	memset(b, 0, sizeof(*b));
	if (which == 1)
		buf_add(b, "\n\r\n\n", 4);
	for (i = 0; i < (int)sizeof(fill); i++)
		fill[i] = i % 61 == 60 ? '\n' : 'a' + rnd(&seed) % 26;
	for (i = 0; i < 6; i++) {
		buf_add(b, FROM, strlen(FROM));
		snprintf(text, sizeof(text), "Subject: %d\nStatus: O\n\n%d\n",
		    i, i);
		switch (which) {
		case 2:			/* CRLF */
			b->n--;
			snprintf(text, sizeof(text), "\r\nSubject: %d\r\n\r\n"
			    ".\r\n%d\r\n\r\n", i, i);
			buf_add(b, text, strlen(text));
			continue;
		case 3:			/* nothing but From_ lines */
			buf_add(b, "\n", 1);
			continue;
		case 4:			/* no header */
			snprintf(text, sizeof(text), "\n%d\n.\n..\n", i);
			break;
		case 5:			/* no body */
			snprintf(text, sizeof(text), "Subject: %d\n", i);
			break;
		case 6:			/* octets of all sorts */
			buf_add(b, text, strlen(text));
			buf_add(b, "\0\r\r\n\xff\n.\0\n..\n\n\nx\r.\n\n", 19);
			continue;
		case 7:			/* sizes from nothing to large */
			buf_add(b, text, strlen(text));
			buf_add(b, fill, (i * 60000) % sizeof(fill));
			snprintf(text, sizeof(text), "\n");
			break;
		case 8:			/* all the same */
			snprintf(text, sizeof(text), "Subject: x\n\nx\n");
			break;
		default:
			break;
		}
		buf_add(b, text, strlen(text));
		if (which == 9 && i == 5)
			b->n--;		/* no last line end */
		else if (which != 0 || i != 5)
			buf_add(b, "\n", 1);
	}
}

/* What must be left of b when the messages of a set are removed. */
static struct buf
without(const struct buf *b, unsigned int set)
{
	struct ref_msg	 m[REF_MAX];
	struct buf	 left = { 0 };
	int		 i, count = ref_parse(b->p, b->n, m);

	buf_add(&left, "", 0);
	if (set != (1u << count) - 1)
		buf_add(&left, b->p, m[0].off);
	for (i = 0; i < count; i++)
		if (!(set & 1u << i))
			buf_add(&left, b->p + m[i].off, m[i].next - m[i].off);
	return left;
}

static void
mark(struct store *s, unsigned int set)
{
	uint32_t	 i;

	for (i = 0; i < store_count(s); i++)
		if (set & 1u << i) {
			ATF_REQUIRE_EQ(ST_OK, store_check(s, i + 1));
			store_delete(s, i + 1);
		}
}

ATF_TC_WITHOUT_HEAD(shapes);
ATF_TC_BODY(shapes, tc)
{
	static const char *const	 odd[] = {
		"", "\n", "\n\n", "From \nA: b", "From x\nA: b\n", FROM,
		FROM "\n", FROM "x",
		FROM "\r", FROM "\n.", FROM "\n\n\n", FROM FROM, FROM "\n" FROM,
		FROM "\n.\n..\n...\n.\r\n\n", FROM "a: b\n c\n\n\n\n\n",
	};
	struct buf			 b;
	size_t				 i;

	set_up();
	for (i = 0; i < SHAPES; i++) {
		shape(&b, i);
		put_box(&b);
		check_box();
		free(b.p);
	}
	for (i = 0; i < sizeof(odd) / sizeof(*odd); i++) {
		put(box, odd[i], strlen(odd[i]), O_TRUNC);
		check_box();
	}
	scratch_end();
}

/* A dot at every place against the edges of every buffer on the way. */
ATF_TC_WITHOUT_HEAD(edges);
ATF_TC_BODY(edges, tc)
{
	struct ref_msg	 m[REF_MAX];
	struct store	*s;
	struct buf	 b = { 0 };
	char		 x[70000];
	size_t		 i;

	set_up();
	memset(x, 'x', sizeof(x));
	for (i = 4000; i < 4120; i++)
		memcpy(x + i, i % 3 == 0 ? "\n.\r\n" : "\n..", 3);
	memset(x + 32700, '\n', 60);
	memset(x + 32760, '.', 40);
	for (i = 32700; i < 32850; i += 2)
		x[i] = '\n';
	memset(x + 65500, '\n', 100);
	for (i = 65501; i < 65600; i += 2)
		x[i] = '.';
	for (i = 0; i < 12; i++) {
		buf_add(&b, FROM "a: b\n\n", strlen(FROM) + 6);
		buf_add(&b, x + i * 3, sizeof(x) - i * 3);
		buf_add(&b, "\n\n", 2);
	}
	put_box(&b);
	ATF_REQUIRE_EQ(12, ref_parse(b.p, b.n, m));
	s = opened();
	for (i = 0; i < 12; i++)
		check_message(s, i + 1, &m[i], b.p);
	store_close(s);
	free(b.p);
	scratch_end();
}

ATF_TC_WITHOUT_HEAD(random_boxes);
ATF_TC_BODY(random_boxes, tc)
{
	static struct ref_msg	 m[REF_MAX];
	struct buf		 b, want;
	struct store		*s;
	uint64_t		 seed = 11;
	uint32_t		 removed, left;
	unsigned int		 set;
	int			 i, count;

	set_up();
	for (i = 0; i < 300; i++) {
		memset(&b, 0, sizeof(b));
		buf_add(&b, FROM, strlen(FROM));
		rnd_mbox(&b, &seed, rnd(&seed) % 40);
		put_box(&b);
		count = ref_parse(b.p, b.n, m);
		s = opened();
		if (i % 5 == 0)
			check_store(s, b.p, b.n);
		set = rnd(&seed) & ((1u << count) - 1);
		if (count < 31 && set != 0) {
			want = without(&b, set);
			mark(s, set);
			ATF_REQUIRE_EQ(ST_OK, store_commit(s, &removed,
			    &left));
			ATF_REQUIRE(box_is(&want));
			free(want.p);
		}
		store_close(s);
		if (i % 5 == 1)
			check_box();
		free(b.p);
	}
	scratch_end();
}

ATF_TC_WITHOUT_HEAD(marks);
ATF_TC_BODY(marks, tc)
{
	struct store	*s;
	struct stat	 before, after;
	struct buf	 b;
	uint64_t	 all, octets;
	uint32_t	 n, left;

	set_up();
	shape(&b, 7);
	put_box(&b);
	ATF_REQUIRE_EQ(0, stat(box, &before));
	usleep(TICK_US);
	s = opened();
	store_totals(s, &n, &all);
	mark(s, 2 | 32);
	ATF_CHECK_EQ(ST_DELETED, store_check(s, 2));
	ATF_CHECK_EQ(ST_OK, store_check(s, 3));
	store_totals(s, &n, &octets);
	ATF_CHECK_EQ(4, n);
	ATF_CHECK_EQ(6, store_count(s));
	ATF_CHECK_EQ(all - store_size(s, 2) - store_size(s, 6), octets);
	store_reset(s);
	ATF_CHECK_EQ(ST_OK, store_check(s, 2));
	store_totals(s, &n, &octets);
	ATF_CHECK_EQ(6, n);
	ATF_CHECK_EQ(all, octets);
	ATF_CHECK_EQ(ST_OK, store_commit(s, &n, &left));
	ATF_CHECK_EQ(0, n);
	ATF_CHECK_EQ(6, left);
	store_close(s);
	/* Marked but not committed: nothing happens. */
	s = opened();
	mark(s, 1);
	store_close(s);
	ATF_REQUIRE_EQ(0, stat(box, &after));
	ATF_CHECK_EQ(before.st_mtim.tv_sec, after.st_mtim.tv_sec);
	ATF_CHECK_EQ(before.st_mtim.tv_nsec, after.st_mtim.tv_nsec);
	ATF_CHECK(box_is(&b));
	store_close(NULL);
	free(b.p);
	scratch_end();
}

/* Every set of six messages, of every shape. */
ATF_TC_WITHOUT_HEAD(every_set);
ATF_TC_BODY(every_set, tc)
{
	char		 id[6][UIDL_LEN_MAX + 1], now[UIDL_LEN_MAX + 1];
	struct stat	 before, after;
	struct store	*s;
	struct buf	 b, want;
	uint32_t	 removed, left, i, k;
	unsigned int	 set, which;

	set_up();
	for (which = 0; which < SHAPES; which++) {
		shape(&b, which);
		for (set = 1; set < 64; set++) {
			put_box(&b);
			ATF_REQUIRE_EQ(0, chmod(box, 0640));
			ATF_REQUIRE_EQ(0, stat(box, &before));
			want = without(&b, set);
			s = opened();
			for (i = 0; i < 6; i++)
				ATF_REQUIRE_EQ(ST_OK, store_uidl(s, i + 1,
				    id[i]));
			mark(s, set);
			ATF_REQUIRE_EQ(ST_OK, store_commit(s, &removed,
			    &left));
			store_close(s);
			ATF_REQUIRE_EQ(__builtin_popcount(set), removed);
			ATF_REQUIRE_EQ(6 - removed, left);
			ATF_REQUIRE(box_is(&want));
			ATF_REQUIRE_EQ(0, stat(box, &after));
			ATF_REQUIRE_EQ(before.st_ino, after.st_ino);
			ATF_REQUIRE_EQ(before.st_mode, after.st_mode);
			ATF_REQUIRE_EQ(before.st_uid, after.st_uid);
			ATF_REQUIRE(!exists("box.lock"));
			s = opened();
			ATF_REQUIRE_EQ(left, store_count(s));
			for (i = k = 0; i < 6; i++) {
				if (set & 1u << i)
					continue;
				ATF_REQUIRE_EQ(ST_OK, store_uidl(s, ++k, now));
				ATF_REQUIRE_STREQ(id[i], now);
			}
			store_close(s);
			/* The index must say what a scan would. */
			if (set % 8 == 5)
				check_box();
			free(want.p);
		}
		free(b.p);
	}
	scratch_end();
}

/* Mail that comes during the session stays, whatever is removed. */
ATF_TC_WITHOUT_HEAD(appended);
ATF_TC_BODY(appended, tc)
{
	static const char *const	 more[] = {
		FROM "Subject: new\n\nnew\n\n",
		"\n" FROM "Subject: new\n\nnew\n",
		"\n\n" FROM "x\n\n" FROM "y\n\n", "\r\n\r\n" FROM "x\n",
	};
	struct buf			 b, want;
	struct store			*s;
	uint32_t			 removed, left;
	unsigned int			 set, which, k;
	enum st_status			 status;
	int				 goes_on;

	set_up();
	for (which = 0; which < SHAPES; which++)
		for (k = 0; k < 4; k++)
			for (set = 1; set < 64; set += which == 0 ? 1 : 5) {
				shape(&b, which);
				put_box(&b);
				s = opened();
				put(box, more[k], strlen(more[k]), O_APPEND);
				mark(s, set);
				status = store_commit(s, &removed, &left);
				store_close(s);
				/* No blank line in between: no new message. */
				goes_on = (which == 0 && k == 0) ||
				    (which == 9 && k < 2);
				if (goes_on && set & 32) {
					ATF_REQUIRE_EQ(ST_TEMP, status);
					want = b;
					buf_add(&want, more[k],
					    strlen(more[k]));
					b.p = NULL;
				} else {
					ATF_REQUIRE_EQ_MSG(ST_OK, status,
					    "shape %u more %u set %u", which,
					    k, set);
					ATF_REQUIRE_EQ(
					    __builtin_popcount(set), removed);
					want = without(&b, set);
					if (set == 63)
						want.n = 0;
					if (set == 63 && which == 1)
						buf_add(&want, b.p, 4);
					buf_add(&want, more[k],
					    strlen(more[k]));
				}
				ATF_REQUIRE_MSG(box_is(&want),
				    "shape %u more %u set %u", which, k, set);
				free(want.p);
				free(b.p);
			}
	scratch_end();
}

/* An agent that honours no lock appends before so many reads. */
static int	 agent_due;

static ssize_t
agent_pread(int fd, void *p, size_t n, off_t off)
{
	if (--agent_due == 0)
		put(box, NEW, strlen(NEW), O_APPEND);
	return pread(fd, p, n, off);
}

/* Mail that comes during the commit stays, too. */
ATF_TC_WITHOUT_HEAD(appended_midway);
ATF_TC_BODY(appended_midway, tc)
{
	const struct io_calls	 good = io_calls;
	struct buf		 b, want;
	struct store		*s;
	uint32_t		 removed, left;
	unsigned int		 set;
	int			 k;

	set_up();
	shape(&b, 0);
	for (set = 3; set < 64; set += 12)
		for (k = 1; ; k++) {
			put_box(&b);
			s = opened();
			mark(s, set);
			agent_due = k;
			io_calls.pread = agent_pread;
			ATF_CHECK_EQ(ST_OK, store_commit(s, &removed, &left));
			io_calls = good;
			store_close(s);
			want = without(&b, set);
			if (set == 63)
				want.n = 0;
			if (agent_due <= 0)
				buf_add(&want, NEW, strlen(NEW));
			ATF_CHECK_MSG(box_is(&want), "set %u read %d", set, k);
			free(want.p);
			if (agent_due > 0)
				break;
		}
	free(b.p);
	scratch_end();
}

/* What only goes on with the last message must not lose its beginning. */
ATF_TC_WITHOUT_HEAD(appended_text);
ATF_TC_BODY(appended_text, tc)
{
	static const char *const	 more[] = { "x", "text\n\n" FROM "y\n",
					    "\n\n\n\n\n\n\n\n\n\n\n" };
	struct buf			 b, want;
	struct store			*s;
	uint32_t			 n, left;
	unsigned int			 k;

	set_up();
	for (k = 0; k < 3; k++) {
		shape(&b, 4);
		put_box(&b);
		s = opened();
		put(box, more[k], strlen(more[k]), O_APPEND);
		mark(s, 32);
		ATF_CHECK_EQ(ST_TEMP, store_commit(s, &n, &left));
		ATF_CHECK_EQ(0, n);
		ATF_CHECK_EQ(6, left);
		want = without(&b, 0);
		buf_add(&want, more[k], strlen(more[k]));
		ATF_CHECK(box_is(&want));
		free(want.p);
		store_reset(s);
		mark(s, 5);
		ATF_CHECK_EQ(ST_OK, store_commit(s, &n, &left));
		want = without(&b, 5);
		buf_add(&want, more[k], strlen(more[k]));
		ATF_CHECK(box_is(&want));
		store_close(s);
		free(want.p);
		free(b.p);
	}

	/* A From_ line that was not finished when it was listed. */
	shape(&b, 0);
	buf_add(&b, "\nFrom x Mon Jan", 15);
	put_box(&b);
	s = opened();
	ATF_CHECK_EQ(6, store_count(s));
	put(box, "  1 10:00:00 2024\nx\n", 20, O_APPEND);
	mark(s, 32);
	ATF_CHECK_EQ(ST_TEMP, store_commit(s, &n, &left));
	store_close(s);
	free(b.p);
	scratch_end();
}

/*
 * Six messages of one length, which is one of whole blocks of sums: nothing but
 * their text tells them apart.
 */
static void
same_lengths(struct buf *b)
{
	char	 text[100];
	int	 i;

	memset(b, 0, sizeof(*b));
	for (i = 0; i < 6; i++) {
		buf_add(b, FROM, strlen(FROM));
		snprintf(text, sizeof(text), "Subject: %d\n\n", i);
		buf_add(b, text, strlen(text));
		while (b->n % 12288 != 12286)
			buf_add(b, b->n % 50 ? "." : "\n", 1);
		buf_add(b, "\n\n", 2);
	}
}

ATF_TC_WITHOUT_HEAD(changed);
ATF_TC_BODY(changed, tc)
{
	char		 id[UIDL_LEN_MAX + 1];
	struct buf	 b, moved, got;
	struct store	*s;
	uint32_t	 n, left;
	size_t		 one;
	int		 sleepy;

	set_up();
	same_lengths(&b);
	one = b.n / 6;
	for (sleepy = 0; sleepy < 2; sleepy++) {
		/* The first goes, the others move up, a new one comes. */
		put_box(&b);
		if (sleepy)
			usleep(TICK_US);
		s = opened();
		memset(&moved, 0, sizeof(moved));
		buf_add(&moved, b.p + one, 5 * one);
		buf_add(&moved, b.p + 2 * one, one);
		put_box(&moved);
		mark(s, 4);
		ATF_CHECK_EQ(ST_TEMP, store_commit(s, &n, &left));
		ATF_CHECK_EQ(0, n);
		ATF_CHECK(box_is(&moved));
		store_reset(s);
		said[0] = '\0';
		ATF_CHECK_EQ(ST_CHANGED, store_begin(s, 1, UINT32_MAX));
		ATF_CHECK_EQ(ST_CHANGED, retrieve(s, 1, UINT32_MAX, 65536,
		    &got));
		ATF_CHECK_EQ(0, got.n);
		ATF_CHECK(strstr(said, "changed") != NULL);
		free(got.p);
		ATF_CHECK_EQ(ST_CHANGED, store_uidl(s, 3, id));
		ATF_CHECK_EQ(ST_CHANGED, store_uidl(s, 1, id));
		store_close(s);
		free(moved.p);

		/* One octet of one message: the others can still go. */
		put_box(&b);
		if (sleepy)
			usleep(TICK_US);
		s = opened();
		b.p[one + 5000] ^= 1;
		put_box(&b);
		ATF_CHECK_EQ(ST_CHANGED, retrieve(s, 2, 0, 65536, &got));
		free(got.p);
		ATF_CHECK_EQ(ST_OK, retrieve(s, 4, UINT32_MAX, 65536, &got));
		free(got.p);
		mark(s, 2);
		ATF_CHECK_EQ(ST_TEMP, store_commit(s, &n, &left));
		ATF_CHECK(box_is(&b));
		store_reset(s);
		mark(s, 8);
		ATF_CHECK_EQ(ST_OK, store_commit(s, &n, &left));
		moved = without(&b, 8);
		ATF_CHECK(box_is(&moved));
		free(moved.p);
		store_close(s);

		/* What stands behind a removed message begins none any more. */
		put_box(&b);
		if (sleepy)
			usleep(TICK_US);
		s = opened();
		put_box(&b);
		ATF_REQUIRE_EQ(0, truncate(box, 4 * one));
		put(box, "text", 4, O_APPEND);
		put(box, b.p + 4 * one + 4, 2 * one - 4, O_APPEND);
		mark(s, 8);
		said[0] = '\0';
		ATF_CHECK_EQ(ST_TEMP, store_commit(s, &n, &left));
		ATF_CHECK_MSG(strstr(said, "behind") != NULL, "%s", said);
		store_close(s);

		/* Cut, by more than a blank line. */
		put_box(&b);
		if (sleepy)
			usleep(TICK_US);
		s = opened();
		ATF_REQUIRE_EQ(0, truncate(box, b.n - 3));
		mark(s, 1);
		ATF_CHECK_EQ(ST_TEMP, store_commit(s, &n, &left));
		ATF_CHECK_MSG(strstr(said, "was cut") != NULL, "%s", said);
		store_reset(s);
		ATF_CHECK_EQ(ST_CHANGED, retrieve(s, 6, UINT32_MAX, 4096,
		    &got));
		free(got.p);
		ATF_CHECK_EQ(ST_OK, retrieve(s, 1, UINT32_MAX, 4096, &got));
		free(got.p);
		store_close(s);
	}
	free(b.p);
	scratch_end();
}

/* As mail readers do it: their own fields grow, shrink and move the rest. */
static void
put_status(struct buf *b, const char *status)
{
	char	 text[300];
	int	 i;

	memset(b, 0, sizeof(*b));
	for (i = 1; i <= 6; i++) {
		snprintf(text, sizeof(text), FROM "Subject: %d\n%s\nbody %d\n"
		    "more\n\n", i, status, i);
		buf_add(b, text, strlen(text));
	}
	put_box(b);
}

ATF_TC_WITHOUT_HEAD(status_changed);
ATF_TC_BODY(status_changed, tc)
{
	static const char *const status[] = {
		"", "Status: O\n", "Status: RO\nX-UID: 17\n", "", "X-IMAP: 1 2\n"
	};
	struct buf	 b, moved, got;
	struct store	*s;
	char		 id[UIDL_LEN_MAX + 1], was[UIDL_LEN_MAX + 1];
	uint32_t	 n, left;
	size_t		 i;

	set_up();
	put_status(&b, "Status: O\n");
	free(b.p);
	for (i = 0; i < 5; i++) {
		usleep(TICK_US);
		s = opened();
		mark(s, 2);
		put_status(&b, status[i]);
		ATF_CHECK_EQ(ST_OK, retrieve(s, 6, UINT32_MAX, 4096, &got));
		ATF_CHECK(memmem(got.p, got.n, "body 6", 6) != NULL);
		ATF_CHECK((strstr(status[i], "UID") != NULL) ==
		    (memmem(got.p, got.n, "X-UID", 5) != NULL));
		free(got.p);
		ATF_CHECK_EQ(ST_DELETED, store_check(s, 2));
		ATF_CHECK_EQ(ST_OK, store_uidl(s, 6, id));
		if (i > 0)
			ATF_CHECK_STREQ(was, id);
		strlcpy(was, id, sizeof(was));
		store_close(s);
		free(b.p);
	}
	/* And once more between the mark and the commit. */
	s = opened();
	mark(s, 2 | 16);
	put_status(&b, "Status: RO\n");
	ATF_CHECK_EQ(ST_OK, store_commit(s, &n, &left));
	ATF_CHECK_EQ(2, n);
	moved = without(&b, 2 | 16);
	ATF_CHECK(box_is(&moved));
	store_close(s);
	free(moved.p);
	free(b.p);
	scratch_end();
}

/* Changed while it is being read: that does not end well, and is not hidden. */
ATF_TC_WITHOUT_HEAD(changed_midway);
ATF_TC_BODY(changed_midway, tc)
{
	unsigned char	 buf[4096];
	struct buf	 b;
	struct store	*s;
	size_t		 len;
	int		 done, k;
	enum st_status	 status;

	set_up();
	same_lengths(&b);
	for (k = 0; k < 3; k++) {
		put_box(&b);
		usleep(TICK_US);
		s = opened();
		ATF_REQUIRE_EQ(ST_OK, store_begin(s, 6, UINT32_MAX));
		ATF_REQUIRE_EQ(ST_OK, store_read(s, buf, sizeof(buf), &len,
		    &done));
		ATF_REQUIRE_EQ(0, done);
		if (k == 0)
			put(box, "xxxx", 4, 0);
		else if (k == 1) {
			b.p[b.n - 100] ^= 1;
			put(box, b.p, b.n, 0);
		} else
			ATF_REQUIRE_EQ(0, truncate(box, b.n - 9000));
		while ((status = store_read(s, buf, sizeof(buf), &len,
		    &done)) == ST_OK && !done)
			continue;
		/* In the first case somebody else's message has changed. */
		ATF_CHECK_EQ(k == 0 ? ST_OK : ST_CHANGED, status);
		ATF_CHECK_EQ(k == 0, done);
		store_close(s);
	}
	free(b.p);
	scratch_end();
}

ATF_TC_WITHOUT_HEAD(replaced);
ATF_TC_BODY(replaced, tc)
{
	struct store	*s;
	struct buf	 b;
	uint32_t	 n, left;

	set_up();
	shape(&b, 0);
	put_box(&b);
	s = opened();
	ATF_REQUIRE_EQ(0, rename(box, other));
	put_box(&b);
	mark(s, 1);
	ATF_CHECK_EQ(ST_TEMP, store_commit(s, &n, &left));
	ATF_CHECK(box_is(&b));
	store_close(s);

	/* Removed by a mail reader that found it empty, say. */
	s = opened();
	ATF_REQUIRE_EQ(0, unlink(box));
	mark(s, 1);
	ATF_CHECK_EQ(ST_TEMP, store_commit(s, &n, &left));
	ATF_CHECK(!exists("box"));
	store_close(s);

	put(box, "", 0, O_TRUNC);
	s = opened();
	ATF_REQUIRE_EQ(0, unlink(box));
	ATF_CHECK_EQ(ST_OK, store_commit(s, &n, &left));
	store_close(s);
	free(b.p);
	scratch_end();
}

/* With nobody else about, what goes is not read again. */
static size_t	 octets_read;

static ssize_t
counted_pread(int fd, void *buf, size_t size, off_t off)
{
	octets_read += size;
	return pread(fd, buf, size, off);
}

static int	 syncs;

static int
counted_fsync(int fd)
{
	syncs++;
	return fsync(fd);
}

ATF_TC_WITHOUT_HEAD(unchanged_is_trusted);
ATF_TC_BODY(unchanged_is_trusted, tc)
{
	const struct io_calls	 good = io_calls;
	struct store		*s;
	struct buf		 b;
	uint32_t		 n, left;

	set_up();
	shape(&b, 7);
	put_box(&b);
	usleep(TICK_US);
	s = opened();
	io_calls.pread = counted_pread;
	io_calls.fsync = counted_fsync;
	mark(s, 32 | 16);
	ATF_CHECK_EQ(ST_OK, store_commit(s, &n, &left));
	/* The journal is read, and describes where it cuts. */
	ATF_CHECK(octets_read <= 8 * JOURNAL_OLD_MAX);
	/* The mailbox, and the directory in which the journal is new. */
	ATF_CHECK_EQ(2, syncs);
	ATF_CHECK_EQ(2, n);
	store_close(s);
	/* Written to just before: all that goes is compared. */
	put_box(&b);
	s = opened();
	octets_read = 0;
	mark(s, 8);
	ATF_CHECK_EQ(ST_OK, store_commit(s, &n, &left));
	ATF_CHECK(octets_read > 100000);
	ATF_CHECK_EQ(3, syncs);
	store_close(s);
	/* All of it, and nobody about: a cut and a sync. */
	ATF_REQUIRE_EQ(0, unlinkat(conf.statefd, "index", 0));
	usleep(TICK_US);
	s = opened();
	octets_read = 0;
	mark(s, 31);
	ATF_CHECK_EQ(ST_OK, store_commit(s, &n, &left));
	/* The journal, again; not 900,000 octets of mail. */
	ATF_CHECK(octets_read < 200000);
	ATF_CHECK_EQ(4, syncs);
	store_close(s);
	io_calls = good;
	free(b.p);
	scratch_end();
}

ATF_TC_WITHOUT_HEAD(refused);
ATF_TC_BODY(refused, tc)
{
	struct buf	 b;
	char		 dir[120];

	set_up();
	shape(&b, 0);
	put(other, b.p, b.n, O_TRUNC);
	ATF_REQUIRE_EQ(0, symlink("other", box));
	ATF_CHECK_EQ(ST_PERM, opens());
	ATF_CHECK_MSG(strstr(said, box) != NULL &&
	    strstr(said, "symbolic link") != NULL, "%s", said);
	ATF_REQUIRE_EQ(0, unlink(box));

	ATF_REQUIRE_EQ(0, link(other, box));
	ATF_CHECK_EQ(ST_PERM, opens());
	ATF_CHECK_MSG(strstr(said, "link") != NULL, "%s", said);
	ATF_CHECK(box_is(&b));
	ATF_REQUIRE_EQ(0, unlink(box));

	ATF_REQUIRE_EQ(0, mkfifo(box, 0600));
	ATF_CHECK_EQ(ST_PERM, opens());
	ATF_CHECK_MSG(strstr(said, "FIFO") != NULL, "%s", said);
	ATF_REQUIRE_EQ(0, unlink(box));

	ATF_REQUIRE_EQ(0, mkdir(box, 0700));
	ATF_CHECK_EQ(ST_PERM, opens());
	ATF_CHECK_MSG(strstr(said, "it is a directory") != NULL, "%s", said);
	ATF_REQUIRE_EQ(0, rmdir(box));

	put(box, "Subject: x\n\nFrom here\n", 22, O_TRUNC);
	ATF_CHECK_EQ(ST_PERM, opens());
	ATF_CHECK_MSG(strstr(said, "not an mbox") != NULL, "%s", said);

	put_box(&b);
	conf.octets_max = b.n - 1;
	ATF_CHECK_EQ(ST_PERM, opens());
	conf.octets_max = b.n;
	conf.messages_max = 5;
	ATF_CHECK_EQ(ST_PERM, opens());
	conf.messages_max = 6;
	ATF_CHECK_EQ(ST_OK, opens());
	ATF_CHECK(box_is(&b));

	snprintf(dir, sizeof(dir), "%s/none/box", folder);
	conf.path = dir;
	ATF_CHECK_EQ(ST_TEMP, opens());
	conf.path = "box";
	ATF_CHECK_EQ(ST_PERM, opens());
	free(b.p);
	scratch_end();
}

/* As refused, but takes root to set up. */
ATF_TC(refused_owner);
ATF_TC_HEAD(refused_owner, tc)
{
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(refused_owner, tc)
{
	struct buf	 b;
	pid_t		 child;
	int		 st;

	set_up();
	shape(&b, 0);
	put_box(&b);
	ATF_REQUIRE_EQ(0, chown(box, 65534, 65534));
	ATF_CHECK_EQ(ST_PERM, opens());
	ATF_CHECK_MSG(strstr(said, "somebody else") != NULL, "%s", said);
	ATF_CHECK(box_is(&b));
	conf.uid = 65534;
	ATF_CHECK_EQ(ST_OK, opens());
	conf.uid = 0;
	ATF_REQUIRE_EQ(0, unlink(box));

	ATF_REQUIRE_EQ(0, mknod(box, S_IFCHR | 0600, 0x103));
	ATF_CHECK_EQ(ST_PERM, opens());
	ATF_CHECK_MSG(strstr(said, "not a regular file") != NULL, "%s", said);
	ATF_REQUIRE_EQ(0, unlink(box));

	/* Read-only to its owner: it can be read. */
	put_box(&b);
	ATF_REQUIRE_EQ(0, chown(box, 65534, 65534));
	ATF_REQUIRE_EQ(0, chmod(box, 0400));
	ATF_REQUIRE_EQ(0, chown(folder, 65534, 65534));
	ATF_REQUIRE_EQ(0, fchown(conf.statefd, 65534, 65534));
	ATF_REQUIRE_EQ(0, unlinkat(conf.statefd, "journal", 0));
	ATF_REQUIRE_EQ(0, unlinkat(conf.statefd, "index", 0));
	/* Not while it may still be written to. */
	usleep(TICK_US);
	conf.uid = 65534;
	if ((child = fork()) == 0) {
		if (setresuid(65534, 65534, 65534) == -1)
			_exit(99);
		_exit(opens());
	}
	ATF_REQUIRE_EQ(child, waitpid(child, &st, 0));
	ATF_CHECK_EQ(ST_OK, WEXITSTATUS(st));
	ATF_CHECK(box_is(&b));
	free(b.p);
	scratch_end();
}

ATF_TC_WITHOUT_HEAD(missing);
ATF_TC_BODY(missing, tc)
{
	struct store	*s;
	uint64_t	 octets;
	uint32_t	 n, left;

	set_up();
	s = opened();
	store_totals(s, &n, &octets);
	ATF_CHECK_EQ(0, n);
	ATF_CHECK_EQ(0, octets);
	ATF_CHECK_EQ(0, store_count(s));
	ATF_CHECK_EQ(ST_NOMSG, store_check(s, 1));
	ATF_CHECK_EQ(ST_OK, store_commit(s, &n, &left));
	store_close(s);
	ATF_CHECK(!exists("box"));
	scratch_end();
}

ATF_TC_WITHOUT_HEAD(in_use);
ATF_TC_BODY(in_use, tc)
{
	struct store	*s;
	struct buf	 b;
	pid_t		 child;
	uint32_t	 n, left;
	int		 st;

	set_up();
	shape(&b, 0);
	put_box(&b);
	s = opened();
	if ((child = fork()) == 0)
		_exit(opens());
	ATF_REQUIRE_EQ(child, waitpid(child, &st, 0));
	ATF_CHECK_EQ(ST_INUSE, WEXITSTATUS(st));

	/* A dotlock that appears is in the way of a commit, and stays. */
	ATF_REQUIRE_EQ(0, symlinkat("x", conf.statefd, "box.lock"));
	mark(s, 1);
	ATF_CHECK_EQ(ST_INUSE, store_commit(s, &n, &left));
	ATF_CHECK(box_is(&b));
	store_close(s);
	ATF_CHECK(exists("box.lock"));
	ATF_CHECK_EQ(ST_INUSE, store_open(&s, &conf));
	ATF_CHECK(s == NULL);
	ATF_REQUIRE_EQ(0, unlinkat(conf.statefd, "box.lock", 0));
	ATF_CHECK_EQ(ST_OK, opens());
	free(b.p);
	scratch_end();
}

/* What an agent with a dotlock does while we read. */
static enum { NOTHING, TAKES_IT, GOES_ON, IS_REPLACED } agent;
static int	 seen_lock;

static ssize_t
alone_pread(int fd, void *p, size_t n, off_t off)
{
	seen_lock |= exists("box.lock");
	switch (agent) {
	case NOTHING:
		break;
	case TAKES_IT:
		put(other, "", 0, O_TRUNC);
		ATF_REQUIRE_EQ(0, renameat(AT_FDCWD, other, conf.statefd,
		    "box.lock"));
		break;
	case GOES_ON:
		put(box, "est\n\n", 5, O_APPEND);
		break;
	case IS_REPLACED:
		put(other, FROM "r", sizeof(FROM), O_TRUNC);
		ATF_REQUIRE_EQ(0, rename(other, box));
		break;
	}
	agent = NOTHING;
	return pread(fd, p, n, off);
}

static void
no_seal(void *arg, const struct store_confine *need)
{
}

/*
 * Open and read the last message.  Half of it was there before: of an agent
 * that took its dotlock right after we saw none.
 */
static enum st_status
reads(int what, char text[16])
{
	static const char	 half[] = FROM "one\n\n" FROM "r";
	struct store		*s;
	struct buf		 out;
	enum st_status		 status;

	text[0] = '\0';
	put(box, half, sizeof(half) - 1, O_TRUNC);
	(void)unlinkat(conf.statefd, "index", 0);
	(void)unlinkat(conf.statefd, "box.lock", 0);
	usleep(TICK_US);
	seen_lock = 0;
	said[0] = '\0';
	agent = what;
	if ((status = store_open(&s, &conf)) != ST_OK)
		return status;
	ATF_CHECK(!exists("box.lock"));
	ATF_REQUIRE_EQ(ST_OK, retrieve(s, store_count(s), UINT32_MAX, 4096,
	    &out));
	(void)snprintf(text, 16, "%.*s", (int)out.n, out.p);
	free(out.p);
	store_close(s);
	return ST_OK;
}

/* To look at mail no dotlock is made, unless somebody writes meanwhile. */
ATF_TC_WITHOUT_HEAD(read_alone);
ATF_TC_BODY(read_alone, tc)
{
	const struct io_calls	 good = io_calls;
	char			 text[16];

	set_up();
	io_calls.pread = alone_pread;
	ATF_CHECK_EQ(ST_OK, reads(NOTHING, text));
	ATF_CHECK_STREQ("r\r\n", text);
	ATF_CHECK(!seen_lock);
	ATF_CHECK_EQ(ST_INUSE, reads(TAKES_IT, text));
	ATF_CHECK(exists("box.lock"));
	ATF_CHECK_EQ(ST_OK, reads(GOES_ON, text));
	ATF_CHECK_STREQ("rest\r\n", text);
	ATF_CHECK(seen_lock);
	/* Once sealed it cannot be opened again. */
	conf.seal = no_seal;
	ATF_CHECK_EQ(ST_OK, reads(GOES_ON, text));
	ATF_CHECK_STREQ("rest\r\n", text);
	ATF_CHECK_EQ(ST_TEMP, reads(IS_REPLACED, text));
	ATF_CHECK_MSG(strstr(said, "replaced") != NULL, "%s", said);
	io_calls = good;
	scratch_end();
}

ATF_TC_WITHOUT_HEAD(lock_for_session);
ATF_TC_BODY(lock_for_session, tc)
{
	struct store	*s;
	struct buf	 b;
	uint32_t	 n, left;

	set_up();
	shape(&b, 0);
	put_box(&b);
	conf.lock_flags |= LOCK_SESSION;
	ATF_REQUIRE_EQ(ST_OK, store_open(&s, &conf));
	ATF_CHECK(exists("box.lock"));
	mark(s, 1);
	ATF_CHECK_EQ(ST_OK, store_commit(s, &n, &left));
	ATF_CHECK(exists("box.lock"));
	store_close(s);
	ATF_CHECK(!exists("box.lock"));

	/* An agent has found it stale, in the course of a long session. */
	put_box(&b);
	ATF_REQUIRE_EQ(ST_OK, store_open(&s, &conf));
	ATF_REQUIRE_EQ(0, unlinkat(conf.statefd, "box.lock", 0));
	ATF_REQUIRE_EQ(0, symlinkat("x", conf.statefd, "box.lock"));
	mark(s, 1);
	ATF_CHECK_EQ(ST_INUSE, store_commit(s, &n, &left));
	ATF_CHECK(box_is(&b));
	store_close(s);
	ATF_CHECK(exists("box.lock"));
	free(b.p);
	scratch_end();
}

/* What nobody would find after a crash does not guard a commit. */
ATF_TC_WITHOUT_HEAD(journal_removed);
ATF_TC_BODY(journal_removed, tc)
{
	struct store	*s;
	struct buf	 b;
	uint32_t	 n, left;

	set_up();
	shape(&b, 0);
	put_box(&b);
	s = opened();
	ATF_REQUIRE_EQ(0, unlinkat(conf.statefd, "journal", 0));
	mark(s, 1);
	said[0] = '\0';
	ATF_CHECK_EQ(ST_TEMP, store_commit(s, &n, &left));
	ATF_CHECK_MSG(strstr(said, "its journal") != NULL, "%s", said);
	ATF_CHECK(box_is(&b));
	store_close(s);
	s = opened();
	mark(s, 1);
	ATF_CHECK_EQ(ST_OK, store_commit(s, &n, &left));
	store_close(s);
	free(b.p);
	scratch_end();
}

/* Calls that fail, at the k-th; 0: never. */
static int	 fail_at, calls, fail_with;

static int
fails(void)
{
	if (++calls != fail_at)
		return 0;
	errno = fail_with;
	return 1;
}

static ssize_t
bad_pread(int fd, void *buf, size_t size, off_t off)
{
	return fails() ? -1 : pread(fd, buf, size > 5000 ? 5000 : size, off);
}

static ssize_t
bad_pwrite(int fd, const void *buf, size_t size, off_t off)
{
	return fails() ? -1 : pwrite(fd, buf, size > 5000 ? 5000 : size, off);
}

static int
bad_ftruncate(int fd, off_t size)
{
	return fails() ? -1 : ftruncate(fd, size);
}

static int
bad_fsync(int fd)
{
	return fails() ? -1 : fsync(fd);
}

static int
bad_fdatasync(int fd)
{
	return fails() ? -1 : fdatasync(fd);
}

static int
bad_allocate(int fd, off_t off, off_t size)
{
	if (fails())
		return -1;
	errno = posix_fallocate(fd, off, size);
	return errno == 0 ? 0 : -1;
}

/* Interrupted and short calls do not matter; others are reported. */
ATF_TC_WITHOUT_HEAD(io_errors);
ATF_TC_BODY(io_errors, tc)
{
	const struct io_calls		 good = io_calls;
	struct io_calls			 bad = { bad_pread, bad_pwrite,
					    bad_ftruncate, bad_fsync,
					    bad_fdatasync, good.size,
					    bad_allocate };
	struct buf			 b, want;
	struct store			*s;
	uint32_t			 n, left;
	int				 ok = 0, temp = 0, k, untouched;
	enum st_status			 status;

	set_up();
	shape(&b, 7);
	want = without(&b, 2);
	for (k = 1; ok < 2; k++) {
		put_box(&b);
		fail_with = EINTR;
		s = opened();
		mark(s, 2);
		io_calls = bad;
		calls = 0;
		fail_at = k;
		ATF_REQUIRE_EQ(ST_OK, store_commit(s, &n, &left));
		ATF_REQUIRE(box_is(&want));
		store_close(s);

		io_calls = good;
		put_box(&b);
		fail_with = EIO;
		s = opened();
		mark(s, 2);
		io_calls = bad;
		calls = 0;
		said[0] = '\0';
		status = store_commit(s, &n, &left);
		io_calls = good;
		store_close(s);
		if (status == ST_OK) {
			/* Giving room back is not what it was asked for. */
			ok += calls < k;
			ATF_REQUIRE(box_is(&want));
			continue;
		}
		temp++;
		ATF_REQUIRE_EQ(ST_TEMP, status);
		ATF_REQUIRE_EQ(0, n);
		ATF_REQUIRE_EQ(6, left);
		/* Untouched, or the log says so and recovery completes it. */
		untouched = box_is(&b);
		ATF_REQUIRE_MSG(untouched ||
		    strstr(said, "half way") != NULL, "%s", said);
		ATF_REQUIRE(!exists("box.lock"));
		store_close(opened());
		ATF_REQUIRE(box_is(untouched && strstr(said, "half way") ==
		    NULL ? &b : &want));
	}
	ATF_CHECK_MSG(temp > 10, "%d calls only", temp);
	free(b.p);
	free(want.p);

	/* Reading. */
	shape(&b, 0);
	put_box(&b);
	s = opened();
	io_calls = bad;
	calls = 0;
	fail_at = 1;
	ATF_CHECK_EQ(ST_TEMP, retrieve(s, 1, UINT32_MAX, 4096, &want));
	free(want.p);
	calls = 0;
	ATF_CHECK_EQ(ST_TEMP, store_uidl(s, 1, (char[UIDL_LEN_MAX + 1]){ 0 }));
	store_close(s);
	calls = 0;
	ATF_CHECK_EQ(ST_TEMP, opens());
	io_calls = good;
	free(b.p);
	scratch_end();
}

/* With everything marked there is no journal that could put anything right. */
ATF_TC_WITHOUT_HEAD(io_errors_all);
ATF_TC_BODY(io_errors_all, tc)
{
	const struct io_calls		 good = io_calls;
	struct io_calls			 bad = { bad_pread, bad_pwrite,
					    bad_ftruncate, bad_fsync,
					    bad_fdatasync, good.size,
					    bad_allocate };
	const struct buf		 none = { NULL, 0 };
	struct buf			 b;
	struct store			*s;
	uint32_t			 n, left;
	int				 k, gone = 0, whole = 0;
	enum st_status			 status;

	set_up();
	shape(&b, 7);
	fail_with = EIO;
	for (k = 1; ; k++) {
		put_box(&b);
		s = opened();
		mark(s, ~0u);
		io_calls = bad;
		calls = 0;
		fail_at = k;
		said[0] = '\0';
		status = store_commit(s, &n, &left);
		io_calls = good;
		store_close(s);
		if (status == ST_OK) {
			/* The index may fail in silence. */
			ATF_CHECK(box_is(&none));
			if (calls < k)
				break;
			continue;
		}
		if (box_is(&none)) {
			gone++;
			ATF_CHECK_MSG(strstr(said, "has been removed") != NULL,
			    "%s", said);
		} else {
			whole++;
			ATF_CHECK(box_is(&b));
			ATF_CHECK(strstr(said, "has been removed") == NULL);
		}
		ATF_CHECK_MSG(strstr(said, "half way") == NULL, "%s", said);
		ATF_CHECK(!exists("box.lock"));
	}
	/* fsync; ftruncate and what comes before it. */
	ATF_CHECK_EQ(1, gone);
	ATF_CHECK(whole >= 1);
	free(b.p);
	scratch_end();
}

ATF_TC_WITHOUT_HEAD(stamps);
ATF_TC_BODY(stamps, tc)
{
	struct stamp	 a, b;
	int		 fd;

	set_up();
	put(box, "x", 1, O_TRUNC);
	fd = open(box, O_RDWR);
	ATF_REQUIRE_EQ(0, stamp_take(&a, fd));
	ATF_CHECK_EQ(1, a.fresh);
	ATF_CHECK_EQ(0, stamp_same(&a, &a));
	usleep(TICK_US);
	ATF_REQUIRE_EQ(0, stamp_take(&a, fd));
	ATF_CHECK_EQ(0, a.fresh);
	ATF_REQUIRE_EQ(0, stamp_take(&b, fd));
	ATF_CHECK_EQ(1, stamp_same(&a, &b));
	ATF_REQUIRE_EQ(1, pwrite(fd, "y", 1, 0));
	ATF_REQUIRE_EQ(0, stamp_take(&b, fd));
	ATF_CHECK_EQ(0, stamp_same(&a, &b));
	close(fd);
	ATF_CHECK_EQ(-1, stamp_take(&a, fd));
	scratch_end();
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, shapes);
	ATF_TP_ADD_TC(tp, edges);
	ATF_TP_ADD_TC(tp, random_boxes);
	ATF_TP_ADD_TC(tp, marks);
	ATF_TP_ADD_TC(tp, every_set);
	ATF_TP_ADD_TC(tp, appended);
	ATF_TP_ADD_TC(tp, appended_midway);
	ATF_TP_ADD_TC(tp, appended_text);
	ATF_TP_ADD_TC(tp, changed);
	ATF_TP_ADD_TC(tp, status_changed);
	ATF_TP_ADD_TC(tp, changed_midway);
	ATF_TP_ADD_TC(tp, replaced);
	ATF_TP_ADD_TC(tp, unchanged_is_trusted);
	ATF_TP_ADD_TC(tp, refused);
	ATF_TP_ADD_TC(tp, refused_owner);
	ATF_TP_ADD_TC(tp, missing);
	ATF_TP_ADD_TC(tp, in_use);
	ATF_TP_ADD_TC(tp, read_alone);
	ATF_TP_ADD_TC(tp, lock_for_session);
	ATF_TP_ADD_TC(tp, journal_removed);
	ATF_TP_ADD_TC(tp, io_errors);
	ATF_TP_ADD_TC(tp, io_errors_all);
	ATF_TP_ADD_TC(tp, stamps);
	return atf_no_error();
}
