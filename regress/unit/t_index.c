/* SPDX-License-Identifier: ISC */
/* Tests of storaged/mbox/index.c and mbox_index.c: what is kept, and when. */

#include <sys/types.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <atf-c.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "index.h"
#include "io.h"
#include "log.h"
#include "mbox_ref.h"
#include "scratch.h"
#include "store.h"

#define FROM	"From a@b Mon Jan  1 10:00:00 2024\n"

/* Longer than the time in which a stamp cannot be trusted. */
#define TICK_US	60000

#define SLOTS	512		/* octets of the slots */
#define RUN	33280		/* where the first run of records is */
#define RECORD	64

static char		 path[100];
static struct store_conf conf;
static int		 reads;		/* of the mailbox */

static ssize_t
counted_pread(int fd, void *buf, size_t n, off_t off)
{
	reads++;
	return pread(fd, buf, n, off);
}

/*
 * Stands before the C library's: the write to the index that is to be the last
 * one is done by half, and the process is gone.
 */
static int	 die_at, full, writes;

ssize_t
pwrite(int fd, const void *buf, size_t n, off_t off)
{
	struct stat	 st, index;

	if (die_at > 0 && fstat(fd, &st) == 0 && stat(path, &index) == 0 &&
	    st.st_ino == index.st_ino && ++writes == die_at) {
		(void)syscall(SYS_pwrite64, fd, buf, n / 2, off);
		_exit(9);
	}
	if (full) {
		errno = ENOSPC;
		return -1;
	}
	return syscall(SYS_pwrite64, fd, buf, n, off);
}

static void
set_up(void)
{
	scratch_store("/tmp/pop3d_index", &conf);
	snprintf(path, sizeof(path), "%s/index", folder);
	log_setverbose(1);
	io_calls.pread = counted_pread;
}

/* Change octets in place. */
static void
poke(const char *name, off_t off, const void *p, size_t n)
{
	int	 fd = open(name, O_WRONLY);

	ATF_REQUIRE(fd != -1);
	ATF_REQUIRE_EQ((ssize_t)n, pwrite(fd, p, n, off));
	close(fd);
}

/* count messages from the one with number first on, all of one length. */
static struct buf
make_box(int first, int count)
{
	struct buf	 b = { 0 };
	char		 text[100];
	int		 i;

	buf_add(&b, "", 0);
	for (i = first; i < first + count; i++) {
		buf_add(&b, FROM, strlen(FROM));
		snprintf(text, sizeof(text), "Subject: %04d\nStatus: N\n\n"
		    "body of %04d\n\n", i, i);
		buf_add(&b, text, strlen(text));
	}
	return b;
}

static void
new_box(int first, int count)
{
	struct buf	 b = make_box(first, count);

	put(box, b.p, b.n, O_TRUNC);
	free(b.p);
}

static void
more(int first, int count)
{
	struct buf	 b = make_box(first, count);

	put(box, b.p, b.n, O_APPEND);
	free(b.p);
}

static struct store *
opened(void)
{
	struct store	*s;

	said[0] = '\0';
	reads = 0;
	ATF_REQUIRE_EQ_MSG(ST_OK, store_open(&s, &conf), "%s", said);
	return s;
}

/* How the store was opened. */
static int
was(const char *how)
{
	return strstr(said, how) != NULL;
}

static enum st_status
retrieve(struct store *s, uint32_t msg, struct buf *out)
{
	unsigned char	 buf[4096];
	enum st_status	 status;
	size_t		 len;
	int		 done = 0;

	memset(out, 0, sizeof(*out));
	buf_add(out, "", 0);
	if ((status = store_check(s, msg)) == ST_OK)
		status = store_begin(s, msg, UINT32_MAX);
	while (status == ST_OK && !done) {
		status = store_read(s, buf, sizeof(buf), &len, &done);
		buf_add(out, buf, len);
	}
	return status;
}

/* Everything that the store says must be what is in the file. */
static void
check_store(struct store *s)
{
	static struct ref_msg	 m[REF_MAX];
	struct buf		 b = get(box), want, raw, got;
	uint64_t		 octets, sum = 0;
	uint32_t		 n, i;

	store_totals(s, &n, &octets);
	ATF_REQUIRE_EQ(ref_parse(b.p, b.n, m), (int)n);
	for (i = 0; i < n; i++) {
		memset(&want, 0, sizeof(want));
		memset(&raw, 0, sizeof(raw));
		ref_wire(&want, b.p + m[i].content, m[i].len, m[i].hdr,
		    UINT32_MAX, 0);
		ref_wire(&raw, b.p + m[i].content, m[i].len, m[i].hdr,
		    UINT32_MAX, 1);
		ATF_REQUIRE_EQ(ST_OK, retrieve(s, i + 1, &got));
		ATF_REQUIRE_EQ(want.n, got.n);
		ATF_REQUIRE(got.n == 0 ||
		    memcmp(want.p, got.p, got.n) == 0);
		ATF_REQUIRE_EQ(raw.n, store_size(s, i + 1));
		sum += raw.n;
		free(want.p);
		free(raw.p);
		free(got.p);
	}
	ATF_REQUIRE_EQ(sum, octets);
	free(b.p);
}

static void
open_and_check(const char *how)
{
	struct store	*s = opened();

	ATF_REQUIRE_MSG(was(how), "not \"%s\": %s", how, said);
	check_store(s);
	store_close(s);
}

/* A session that asks for all ids, into ids; "" behind the last. */
static void
get_ids(char ids[][UIDL_LEN_MAX + 1])
{
	struct store	*s = opened();
	uint32_t	 i;

	for (i = 0; i < store_count(s); i++)
		ATF_REQUIRE_EQ(ST_OK, store_uidl(s, i + 1, ids[i]));
	ids[i][0] = '\0';
	store_close(s);
}

/* A session that removes messages, set bit 0 being the first. */
static enum st_status
drop(unsigned int set)
{
	struct store	*s = opened();
	enum st_status	 status;
	uint32_t	 i, n, left;

	for (i = 0; i < store_count(s) && i < 32; i++)
		if (set & 1u << i) {
			ATF_REQUIRE_EQ(ST_OK, store_check(s, i + 1));
			store_delete(s, i + 1);
		}
	status = store_commit(s, &n, &left);
	store_close(s);
	return status;
}

/* Messages of odd lengths, and ids, of no mailbox. */
static struct msg *
some_msgs(uint32_t n, uint64_t *end)
{
	struct msg	*v = calloc(n + 1, sizeof(*v));
	uint64_t	 off = 2;
	uint32_t	 i;

	ATF_REQUIRE(v != NULL);
	for (i = 0; i < n; i++) {
		v[i].off = off;
		v[i].from = 5 + i % 90;
		v[i].hdr = i % 50;
		v[i].sep = i % 3;
		v[i].sum = i * 77;
		v[i].wire = 2 * (50 + i % 7);
		off += v[i].from + 50 + i % 7 + v[i].sep;
	}
	*end = off;
	return v;
}

static void
some_uids(struct uids *u, uint32_t n)
{
	ATF_REQUIRE_EQ(0, uids_init(u, n));
	for (u->n = 0; u->n < n; u->n++) {
		memset(u->v[u->n].hash, u->n, UIDL_HASH_LEN);
		u->v[u->n].copy = 1 + u->n / 256;
	}
}

static struct index_state
some_state(uint32_t n, uint64_t end, const struct msg *v, struct uids *u)
{
	struct index_state	 st;
	uint32_t		 i;

	memset(&st, 0, sizeof(st));
	st.stamp.dev = 1;
	st.stamp.ino = 2;
	st.stamp.size = st.size = st.end = end;
	st.stamp.mtime.tv_sec = 3;
	st.stamp.mtime.tv_nsec = 4;
	st.stamp.ctime.tv_sec = 5;
	st.stamp.ctime.tv_nsec = 6;
	st.count = st.last = n;
	st.unproven = n / 2;
	st.seed = (const unsigned char *)"0123456789abcdef";
	st.anew = 1;
	st.v = v;
	st.uids = u;
	for (i = 0; i < n; i++)
		st.octets += v[i].wire;
	return st;
}

ATF_TC_WITHOUT_HEAD(round_trip);
ATF_TC_BODY(round_trip, tc)
{
	static const uint32_t	 counts[] = { 0, 1, 3000, 2, 511, 512, 513, 7,
				    3000, 3000, 0, 5 };
	struct index		 ix;
	struct index_state	 st;
	struct msg		*v, *got;
	struct uids		 u;
	struct uid		*ids;
	struct stat		 sb;
	uint64_t		 end;
	uint32_t		 n;
	size_t			 i;

	set_up();
	for (i = 0; i < sizeof(counts) / sizeof(*counts); i++) {
		n = counts[i];
		v = some_msgs(n, &end);
		some_uids(&u, n);
		st = some_state(n, end, v, &u);
		index_open(&ix, conf.statefd, "anna");
		(void)index_memory(&ix);
		index_put(&ix, &st);
		index_close(&ix);

		index_open(&ix, conf.statefd, "anna");
		ATF_REQUIRE_EQ(1, index_exact(&ix, &st.stamp));
		ATF_CHECK_EQ(n, ix.slot[ix.cur].count);
		ATF_CHECK_EQ(n, ix.slot[ix.cur].known);
		ATF_CHECK_EQ(n / 2, ix.slot[ix.cur].unproven);
		ATF_CHECK_EQ(end, ix.slot[ix.cur].end);
		ATF_CHECK_EQ(st.octets, ix.slot[ix.cur].octets);
		got = calloc(n + 1, sizeof(*got));
		ids = calloc(n + 1, sizeof(*ids));
		ATF_REQUIRE_EQ(0, index_msgs(&ix, got, 0, n, end));
		ATF_CHECK(memcmp(v, got, n * sizeof(*v)) == 0);
		ATF_REQUIRE_EQ(0, index_uids(&ix, ids, n));
		ATF_CHECK(memcmp(u.v, ids, n * sizeof(*ids)) == 0);
		if (n > 0) {
			ATF_REQUIRE_EQ(0, index_msgs(&ix, got, n - 1, n, end));
			ATF_CHECK(memcmp(v + n - 1, got, sizeof(*v)) == 0);
			ATF_CHECK_EQ(-1, index_msgs(&ix, got, 0, n, end + 3));
			ATF_CHECK_EQ(-1, index_msgs(&ix, got, 0, n, end - 3));
		}
		ATF_CHECK_EQ(-1, index_msgs(&ix, got, 0, n + 1, end));
		ATF_CHECK_EQ(-1, index_uids(&ix, ids, n + 1));
		index_close(&ix);
		/* It does not only grow. */
		ATF_REQUIRE_EQ(0, stat(path, &sb));
		ATF_CHECK(sb.st_size < RUN + 9100 * RECORD);
		if (n == 5)
			ATF_CHECK(sb.st_size < RUN + 700 * RECORD);
		free(v);
		free(got);
		free(ids);
		uids_free(&u);
	}
	scratch_end();
}

ATF_TC_WITHOUT_HEAD(stamps);
ATF_TC_BODY(stamps, tc)
{
	struct index		 ix;
	struct index_state	 st;
	struct stamp		 now;
	struct msg		*v;
	struct uids		 u;
	uint64_t		 end;
	int			 i;

	set_up();
	v = some_msgs(3, &end);
	some_uids(&u, 3);
	st = some_state(3, end, v, &u);
	index_open(&ix, conf.statefd, "anna");
	ATF_CHECK_EQ(0, index_exact(&ix, &st.stamp));
	ATF_CHECK_EQ(0, index_base(&ix, &st.stamp));
	ATF_CHECK_EQ(0, index_memory(&ix));
	index_put(&ix, &st);
	index_close(&ix);
	index_open(&ix, conf.statefd, "anna");
	for (i = 0; i < 9; i++) {
		now = st.stamp;
		switch (i) {
		case 0: now.dev++; break;
		case 1: now.ino++; break;
		case 2: now.size++; break;
		case 3: now.size--; break;
		case 4: now.mtime.tv_sec++; break;
		case 5: now.mtime.tv_nsec++; break;
		case 6: now.ctime.tv_sec--; break;
		case 7: now.ctime.tv_nsec--; break;
		}
		ATF_CHECK_EQ_MSG(i == 8, index_exact(&ix, &now), "%d", i);
		ATF_CHECK_EQ_MSG(i == 2, index_base(&ix, &now), "%d", i);
		now.size++;
		ATF_CHECK_EQ_MSG(i == 2 || i > 3, index_base(&ix, &now), "%d",
		    i);
		ATF_CHECK_EQ(1, index_memory(&ix));
	}
	/* What was written last counts, be it ever so fresh. */
	st.stamp.fresh = 1;
	st.stamp.size = st.size = st.end += 2;
	now = st.stamp;
	ATF_REQUIRE_EQ(1, index_base(&ix, &now));
	for (i = 0; i < 3; i++) {
		index_put(&ix, &st);
		index_close(&ix);
		index_open(&ix, conf.statefd, "anna");
		now.size = end + 2;
		ATF_CHECK_EQ(0, index_exact(&ix, &now));
		ATF_CHECK_EQ(0, index_base(&ix, &now));
		now.size++;
		ATF_REQUIRE_EQ(1, index_base(&ix, &now));
		ATF_CHECK_EQ(end + 2, ix.slot[ix.cur].size);
	}
	index_distrust(&ix);
	index_close(&ix);
	index_open(&ix, conf.statefd, "anna");
	now.size = end + 50;
	ATF_CHECK_EQ(0, index_base(&ix, &now));
	ATF_CHECK_EQ(1, index_memory(&ix));
	index_close(&ix);
	free(v);
	uids_free(&u);
	scratch_end();
}

/* A mailbox that was large leaves no large index; nor does one that grows. */
ATF_TC_WITHOUT_HEAD(bounded);
ATF_TC_BODY(bounded, tc)
{
	struct index		 ix;
	struct index_state	 st;
	struct msg		*v, *got;
	struct uids		 u;
	struct uid		*ids;
	struct stat		 sb;
	uint64_t		 end;
	uint32_t		 i, n;

	set_up();
	for (i = 0; i < 60; i++) {
		n = i < 20 ? 2000 * i : i < 40 ? 50000 / i : 100 + i;
		v = some_msgs(n, &end);
		some_uids(&u, n);
		st = some_state(n, end, v, &u);
		index_open(&ix, conf.statefd, "anna");
		(void)index_memory(&ix);
		/* As a commit does it. */
		st.pending = 1;
		index_put(&ix, &st);
		st.pending = st.anew = 0;
		st.first = n;
		st.v += n;
		index_put(&ix, &st);
		index_close(&ix);
		ATF_REQUIRE_EQ(0, stat(path, &sb));
		ATF_CHECK_MSG(sb.st_size <= 3 * (RUN + (off_t)n * RECORD),
		    "%u: %lld for %u", i, (long long)sb.st_size, n);
		index_open(&ix, conf.statefd, "anna");
		ATF_REQUIRE_EQ(1, index_exact(&ix, &st.stamp));
		got = calloc(n + 1, sizeof(*got));
		ids = calloc(n + 1, sizeof(*ids));
		ATF_REQUIRE_EQ(0, index_msgs(&ix, got, 0, n, end));
		ATF_CHECK(memcmp(v, got, n * sizeof(*v)) == 0);
		ATF_REQUIRE_EQ(0, index_uids(&ix, ids, n));
		ATF_CHECK(memcmp(u.v, ids, n * sizeof(*ids)) == 0);
		index_close(&ix);
		free(v);
		free(got);
		free(ids);
		uids_free(&u);
	}
	scratch_end();
}

/* A slot that has survived its records finds those of another run there. */
ATF_TC_WITHOUT_HEAD(runs);
ATF_TC_BODY(runs, tc)
{
	struct index		 ix;
	struct index_state	 st;
	struct stamp		 first;
	struct msg		*v, got[9];
	struct uid		 ids[9];
	struct uids		 u;
	struct buf		 before;
	uint64_t		 end;
	int			 i;

	set_up();
	v = some_msgs(9, &end);
	some_uids(&u, 9);
	st = some_state(9, end, v, &u);
	first = st.stamp;
	index_open(&ix, conf.statefd, "anna");
	index_put(&ix, &st);
	st.stamp.ino++;
	index_put(&ix, &st);
	index_close(&ix);
	before = get(path);
	for (i = 0; i < 2; i++) {
		/* The newer slot counts; torn, the other one does. */
		index_open(&ix, conf.statefd, "anna");
		ATF_CHECK_EQ(0, index_exact(&ix, &first));
		ATF_REQUIRE_EQ(1, index_exact(&ix, &st.stamp));
		ATF_CHECK_EQ(0, index_msgs(&ix, got, 0, 9, end));
		index_close(&ix);
		poke(path, SLOTS / 2 + 20, "torn", 4);
		index_open(&ix, conf.statefd, "anna");
		ATF_REQUIRE_EQ(1, index_exact(&ix, &first));
		ATF_CHECK_EQ(-i, index_msgs(&ix, got, 0, 9, end));
		ATF_CHECK_EQ(-i, index_uids(&ix, ids, 9));
		index_close(&ix);
		poke(path, 0, before.p, SLOTS);
		/* A third run, killed before its slot is written. */
		index_open(&ix, conf.statefd, "anna");
		ATF_REQUIRE_EQ(1, index_memory(&ix));
		index_put(&ix, &st);
		index_close(&ix);
		poke(path, 0, before.p, SLOTS);
	}
	free(before.p);
	index_open(&ix, conf.statefd, "anna");
	index_close(&ix);
	free(v);
	uids_free(&u);
	scratch_end();
}

ATF_TC_WITHOUT_HEAD(tombs);
ATF_TC_BODY(tombs, tc)
{
	struct index		 ix;
	struct index_state	 st;
	struct uids		 u, dead;
	uint32_t		 i, n;

	set_up();
	st = some_state(0, 0, NULL, NULL);
	some_uids(&dead, 2500);
	for (i = 0; i < 2500; i += n) {
		n = i == 0 ? 1 : i == 1 ? 700 : i == 701 ? 600 : 1199;
		index_open(&ix, conf.statefd, "anna");
		(void)index_memory(&ix);
		index_bury(&ix, dead.v + i, n);
		index_put(&ix, &st);
		index_close(&ix);
	}
	index_open(&ix, conf.statefd, "anna");
	ATF_REQUIRE_EQ(1, index_memory(&ix));
	ATF_CHECK_EQ(INDEX_TOMBS, index_tombs(&ix));
	ATF_REQUIRE_EQ(0, uids_init(&u, 512));
	ATF_REQUIRE_EQ(0, uids_names(&u, INDEX_TOMBS));
	index_taken(&ix, &u);
	/* Hash 195 was last given copy 9 (2499), hash 196 copy 10 (2500 - 1)*/
	for (i = 0; i < 256; i++) {
		unsigned char	 h[UIDL_HASH_LEN];

		memset(h, i, sizeof(h));
		uids_add(&u, h);
		ATF_CHECK_EQ(2 + (2499 - i) / 256, u.v[i].copy);
	}
	index_close(&ix);
	uids_free(&u);
	uids_free(&dead);
	scratch_end();
}

/* The second login reads no mail and does not even wait for a lock. */
ATF_TC_WITHOUT_HEAD(unchanged);
ATF_TC_BODY(unchanged, tc)
{
	static char	 ids[10][UIDL_LEN_MAX + 1], now[10][UIDL_LEN_MAX + 1];
	char		 lock[120];
	struct store	*s;
	uint64_t	 octets;
	uint32_t	 n;
	int		 i;

	set_up();
	new_box(1, 9);
	usleep(TICK_US);
	open_and_check("scanned");
	snprintf(lock, sizeof(lock), "%s.lock", box);
	put(lock, "1 nowhere.example.org\n", 22, O_EXCL);
	s = opened();
	ATF_CHECK(was("unchanged"));
	store_totals(s, &n, &octets);
	ATF_CHECK_EQ(9, n);
	ATF_CHECK_EQ(0, reads);
	store_close(s);
	get_ids(ids);
	ATF_CHECK(reads > 0);
	get_ids(now);
	ATF_CHECK(was("unchanged"));
	ATF_CHECK_EQ(0, reads);
	for (i = 0; i < 9; i++)
		ATF_CHECK_STREQ(ids[i], now[i]);
	open_and_check("unchanged");
	/* The lock is there, of course. */
	put(box, "x", 1, O_APPEND);
	ATF_CHECK_EQ(ST_INUSE, store_open(&s, &conf));
	scratch_end();
}

/* What a commit leaves needs no scan either, however soon it is asked for. */
ATF_TC_WITHOUT_HEAD(after_commit);
ATF_TC_BODY(after_commit, tc)
{
	static char	 ids[17][UIDL_LEN_MAX + 1], now[17][UIDL_LEN_MAX + 1];
	unsigned int	 set;
	int		 i, k, before;

	set_up();
	for (set = 1; set < 256; set += 3)
		for (before = 0; before < 3; before++) {
			(void)unlink(path);
			new_box(set, 8);
			if (before > 0)
				get_ids(ids);
			/* Old enough that the index need not be written anew.*/
			if (before > 1 && set % 4 == 0) {
				usleep(TICK_US);
				open_and_check("");
			}
			ATF_REQUIRE_EQ(ST_OK, drop(set));
			open_and_check("unchanged");
			if (before == 0)
				continue;
			get_ids(now);
			ATF_CHECK(was("unchanged"));
			ATF_CHECK_EQ(0, reads);
			for (i = k = 0; i < 8; i++)
				if (!(set & 1u << i))
					ATF_REQUIRE_STREQ(ids[i], now[k++]);
			ATF_CHECK_STREQ("", now[k]);
		}
	/* Mail that came meanwhile is only behind it. */
	new_box(1, 8);
	for (i = 0; i < 4; i++) {
		struct store	*s = opened();
		uint32_t	 n, left;

		more(10 + i, 1);
		ATF_REQUIRE_EQ(ST_OK, store_check(s, 3));
		store_delete(s, 3);
		ATF_REQUIRE_EQ(ST_OK, store_commit(s, &n, &left));
		ATF_CHECK_EQ(7, left);
		store_close(s);
		open_and_check("grown");
	}
	scratch_end();
}

/* New mail: only that is read, and the last message before it. */
ATF_TC_WITHOUT_HEAD(grown);
ATF_TC_BODY(grown, tc)
{
	static char	 ids[REF_MAX][UIDL_LEN_MAX + 1];
	static char	 now[REF_MAX][UIDL_LEN_MAX + 1];
	struct buf	 b;
	struct store	*s;
	int		 i, k;

	set_up();
	new_box(0, 200);
	usleep(TICK_US);
	get_ids(ids);
	for (i = 0; i < 12; i++) {
		more(200 + i, 1 + i % 2);
		if (i % 3 == 0)
			usleep(TICK_US);
		s = opened();
		ATF_CHECK_MSG(was("grown"), "%s", said);
		ATF_CHECK_EQ(1, reads);
		if (i % 4 == 0)
			check_store(s);
		store_close(s);
		get_ids(now);
		for (k = 0; k < 200; k++)
			ATF_REQUIRE_STREQ(ids[k], now[k]);
	}
	usleep(TICK_US);
	get_ids(ids);
	open_and_check("unchanged");
	/* Blank lines are no message. */
	put(box, "\n", 1, O_APPEND);
	open_and_check("");
	/* What goes on with the last message is found by a scan. */
	put(box, "more of it\n", 11, O_APPEND);
	open_and_check("scanned");
	/* A time that goes backwards is a change like any other. */
	usleep(TICK_US);
	open_and_check("");
	b = get(box);
	put(box, b.p, b.n, O_TRUNC);
	open_and_check("scanned");
	free(b.p);
	scratch_end();
}

/* What was changed before the new mail is seen before it does harm. */
ATF_TC_WITHOUT_HEAD(unproven);
ATF_TC_BODY(unproven, tc)
{
	struct store	*s;
	struct buf	 got, before, after;
	uint32_t	 n, left;
	int		 i;

	set_up();
	for (i = 0; i < 4; i++) {
		new_box(100, 9);
		usleep(TICK_US);
		open_and_check("scanned");
		poke(box, strlen(FROM) + 9, "X", 1);
		more(200, 1);
		/* No longer so fresh that everything is compared. */
		usleep(TICK_US);
		s = opened();
		ATF_REQUIRE(was("grown"));
		ATF_CHECK_EQ(ST_OK, retrieve(s, 10, &got));
		free(got.p);
		ATF_CHECK_EQ(ST_OK, retrieve(s, 2, &got));
		free(got.p);
		before = get(box);
		if (i == 0) {
			ATF_CHECK_EQ(ST_CHANGED, retrieve(s, 1, &got));
			free(got.p);
		} else if (i == 1) {
			store_delete(s, 1);
			ATF_CHECK_EQ(ST_TEMP, store_commit(s, &n, &left));
		} else if (i == 2)
			ATF_CHECK_EQ(ST_CHANGED, store_uidl(s, 1,
			    (char[UIDL_LEN_MAX + 1]){ 0 }));
		else {
			/* Another one can be removed. */
			store_delete(s, 2);
			ATF_CHECK_EQ(ST_OK, store_commit(s, &n, &left));
			store_close(s);
			s = opened();
			ATF_CHECK_EQ(ST_CHANGED, retrieve(s, 1, &got));
			free(got.p);
		}
		store_close(s);
		after = get(box);
		if (i < 3)
			ATF_CHECK(before.n == after.n &&
			    memcmp(before.p, after.p, after.n) == 0);
		free(before.p);
		free(after.p);
		open_and_check("scanned");
		open_and_check("");
	}
	scratch_end();
}

/* Cut, replaced, or written to without a change of size. */
ATF_TC_WITHOUT_HEAD(not_the_same);
ATF_TC_BODY(not_the_same, tc)
{
	struct timespec	 ts[2];
	struct stat	 st;
	struct buf	 b;
	char		 other[120];

	set_up();
	snprintf(other, sizeof(other), "%s.new", box);
	new_box(1, 9);
	usleep(TICK_US);
	open_and_check("scanned");
	ATF_REQUIRE_EQ(0, truncate(box, 300));
	open_and_check("scanned");
	ATF_REQUIRE_EQ(0, truncate(box, 0));
	open_and_check("scanned");
	new_box(1, 9);
	usleep(TICK_US);
	open_and_check("scanned");
	poke(box, strlen(FROM) + 9, "X", 1);
	open_and_check("scanned");
	/* Another time, or the same one set by hand. */
	usleep(TICK_US);
	open_and_check("");
	open_and_check("unchanged");
	ATF_REQUIRE_EQ(0, stat(box, &st));
	poke(box, strlen(FROM) + 9, "Y", 1);
	ts[0] = st.st_atim;
	ts[1] = st.st_mtim;
	ATF_REQUIRE_EQ(0, utimensat(AT_FDCWD, box, ts, 0));
	open_and_check("scanned");
	/* Another file of the same length; a longer one. */
	usleep(TICK_US);
	b = make_box(51, 9);
	put(other, b.p, b.n, O_EXCL);
	ATF_REQUIRE_EQ(0, rename(other, box));
	free(b.p);
	open_and_check("scanned");
	usleep(TICK_US);
	b = make_box(51, 10);
	put(other, b.p, b.n, O_EXCL);
	ATF_REQUIRE_EQ(0, rename(other, box));
	free(b.p);
	open_and_check("scanned");
	/* All of it written anew, and longer: the last message is elsewhere. */
	new_box(41, 12);
	open_and_check("scanned");
	/* Just written: not to be relied on. */
	new_box(71, 12);
	open_and_check("scanned");
	open_and_check("scanned");
	usleep(TICK_US);
	open_and_check("scanned");
	open_and_check("unchanged");
	scratch_end();
}

/* Limits that have come down count. */
ATF_TC_WITHOUT_HEAD(limits);
ATF_TC_BODY(limits, tc)
{
	struct store	*s;

	set_up();
	new_box(1, 9);
	usleep(TICK_US);
	open_and_check("scanned");
	conf.messages_max = 8;
	ATF_CHECK_EQ(ST_PERM, store_open(&s, &conf));
	more(10, 1);
	ATF_CHECK_EQ(ST_PERM, store_open(&s, &conf));
	conf.messages_max = 9;
	ATF_CHECK_EQ(ST_PERM, store_open(&s, &conf));
	conf.messages_max = 10;
	open_and_check("grown");
	conf.octets_max = 100;
	ATF_CHECK_EQ(ST_PERM, store_open(&s, &conf));
	conf.octets_max = 1 << 20;
	/* A refused mailbox leaves no index that says it is empty. */
	put(box, "no mbox", 7, O_TRUNC);
	usleep(TICK_US);
	ATF_CHECK_EQ(ST_PERM, store_open(&s, &conf));
	ATF_CHECK_EQ(ST_PERM, store_open(&s, &conf));
	scratch_end();
}

/* The mailbox as it must be seen, whatever is in the index: twice. */
static void
survives(char ids[][UIDL_LEN_MAX + 1], const char *what, size_t at)
{
	char		 id[UIDL_LEN_MAX + 1];
	struct store	*s;
	struct buf	 got;
	enum st_status	 status = ST_OK;
	uint32_t	 i;
	int		 round, ended = 0;

	for (round = 0; round < 2; round++) {
		s = opened();
		for (i = 0; i < store_count(s); i++) {
			status = store_uidl(s, i + 1, id);
			if (status == ST_OK) {
				ATF_REQUIRE_STREQ_MSG(ids[i], id, "%s %zu",
				    what, at);
				status = retrieve(s, i + 1, &got);
				free(got.p);
			}
			if (status != ST_OK) {
				ATF_REQUIRE_EQ_MSG(ST_CHANGED, status,
				    "%s %zu: %s", what, at, said);
				ended++;
				break;
			}
		}
		if (status == ST_OK)
			ATF_REQUIRE_STREQ_MSG("", ids[i], "%s %zu", what, at);
		store_close(s);
	}
	/* At most one session may end early. */
	ATF_REQUIRE_MSG(ended <= 1, "%s %zu: %s", what, at, said);
	open_and_check("");
}

/* Whatever octet of it is wrong. */
ATF_TC(corrupt);
ATF_TC_HEAD(corrupt, tc)
{
	atf_tc_set_md_var(tc, "timeout", "300");
}
ATF_TC_BODY(corrupt, tc)
{
	static char	 ids[10][UIDL_LEN_MAX + 1];
	struct buf	 good;
	unsigned char	 c;
	size_t		 i;
	int		 bit;

	set_up();
	new_box(1, 6);
	get_ids(ids);
	usleep(TICK_US);
	ATF_REQUIRE_EQ(ST_OK, drop(2));
	more(7, 1);
	usleep(TICK_US);
	get_ids(ids);
	good = get(path);
	ATF_REQUIRE(good.n > RUN + 6 * RECORD);
	for (i = 0; i < good.n; i++) {
		/* A tomb, and nothing behind it. */
		if (i == SLOTS + 40)
			i = RUN;
		for (bit = 0; bit < 8; bit += 1 + i % 3) {
			put(path, good.p, good.n, O_TRUNC);
			c = good.p[i] ^ 1 << bit;
			poke(path, i, &c, 1);
			survives(ids, "octet", i);
		}
	}
	for (i = 0; i <= good.n; i += i < SLOTS + 40 ? 7 : i < RUN ? 999 : 5) {
		put(path, good.p, i, O_TRUNC);
		survives(ids, "cut at", i);
	}
	free(good.p);
	scratch_end();
}

/* Half of the mailbox can be read, this once. */
static ssize_t
half_pread(int fd, void *buf, size_t n, off_t off)
{
	if (off == 0)
		return pread(fd, buf, n, off);
	errno = EIO;
	return -1;
}

/* A damaged index, and a disk that fails in the scan that makes up for it. */
ATF_TC_WITHOUT_HEAD(corrupt_eio);
ATF_TC_BODY(corrupt_eio, tc)
{
	struct store	*s;

	set_up();
	new_box(1, REF_MAX);
	usleep(TICK_US);
	open_and_check("scanned");
	poke(path, RUN + RECORD, "xxxx", 4);
	s = opened();
	ATF_REQUIRE(was("unchanged"));
	io_calls.pread = half_pread;
	ATF_CHECK_EQ(ST_TEMP, store_check(s, 1));
	io_calls.pread = counted_pread;
	ATF_CHECK_EQ(ST_OK, store_check(s, 1));
	check_store(s);
	store_close(s);
	scratch_end();
}

/*
 * The same with new mail that the index does not have yet: nothing is written,
 * since nothing is known.
 */
ATF_TC_WITHOUT_HEAD(corrupt_grown);
ATF_TC_BODY(corrupt_grown, tc)
{
	struct store	*s;

	set_up();
	new_box(1, REF_MAX - 2);
	usleep(TICK_US);
	open_and_check("scanned");
	usleep(TICK_US);
	more(REF_MAX - 1, 2);
	poke(path, RUN + RECORD, "xxxx", 4);
	s = opened();
	ATF_REQUIRE_MSG(was("grown"), "%s", said);
	io_calls.pread = half_pread;
	ATF_CHECK_EQ(ST_TEMP, store_check(s, 1));
	io_calls.pread = counted_pread;
	store_close(s);
	s = opened();
	check_store(s);
	store_close(s);
	scratch_end();
}

/* An index that has to be given up while its ids are looked for. */
ATF_TC_WITHOUT_HEAD(given_up);
ATF_TC_BODY(given_up, tc)
{
	static char	 ids[10][UIDL_LEN_MAX + 1];
	char		 id[UIDL_LEN_MAX + 1];
	struct store	*s;
	struct buf	 got;
	uint32_t	 i;

	set_up();
	new_box(1, 6);
	get_ids(ids);
	new_box(1, 6);
	s = opened();
	ATF_REQUIRE(was("scanned"));
	poke(box, 0, "From x", 6);
	full = 1;
	ATF_CHECK_EQ(ST_CHANGED, retrieve(s, 1, &got));
	full = 0;
	free(got.p);
	poke(box, 0, FROM, 6);
	for (i = 0; i < 6; i++) {
		ATF_CHECK_EQ(ST_OK, store_uidl(s, i + 1, id));
		ATF_CHECK_STREQ(ids[i], id);
	}
	store_close(s);
	scratch_end();
}

/* A record that says something else, rightly signed. */
static void
lie(int which)
{
	struct index		 ix;
	struct index_state	 st;
	struct msgs		 ms = { 0 };
	struct sums		 sums;
	struct uids		 u;
	uint32_t		 i;
	int			 fd = open(box, O_RDONLY);

	ATF_REQUIRE(fd != -1);
	memset(&st, 0, sizeof(st));
	ATF_REQUIRE_EQ(0, stamp_take(&st.stamp, fd));
	sums_seed(&sums, NULL);
	sums_grow(&sums);
	st.size = st.stamp.size;
	ATF_REQUIRE_EQ(SCAN_OK, scan_file(&ms, &sums, fd, 0, st.size, 4096,
	    REF_MAX));
	st.end = ms.end;
	st.count = st.last = ms.n;
	for (i = 0; i < ms.n; i++)
		st.octets += ms.v[i].wire;
	st.seed = sums.seed;
	st.anew = 1;
	some_uids(&u, ms.n);
	switch (which) {
	case 0: st.octets++; break;
	case 1: st.octets = UINT64_MAX; break;
	case 2: st.end = st.size + 1; break;
	case 3: st.end--; break;
	case 4: st.end = 0; break;
	case 5: st.last = --st.count; break;
	case 6: st.unproven = UINT32_MAX; break;
	case 7: ms.v[1].off = ms.v[3].off; break;
	case 8: ms.v[2].off = UINT64_MAX - 3; break;
	case 9: ms.v[2].off = ms.v[0].off; break;
	case 10: ms.v[2].from = 0; break;
	case 11: ms.v[2].from = UINT16_MAX; break;
	case 12: ms.v[2].hdr = UINT32_MAX; break;
	case 13: ms.v[2].wire = UINT64_MAX; break;
	case 14: ms.v[2].wire = 0; ms.v[3].wire += 10; break;
	case 15: ms.v[2].sep = 200; break;
	case 16: st.size = UINT64_MAX; break;
	case 17: u.v[1].copy = UINT32_MAX; st.uids = &u; break;
	}
	st.v = ms.v;
	index_open(&ix, conf.statefd, "anna");
	index_put(&ix, &st);
	index_close(&ix);
	close(fd);
	msgs_free(&ms);
	uids_free(&u);
}

ATF_TC_WITHOUT_HEAD(lies);
ATF_TC_BODY(lies, tc)
{
	static char	 ids[10][UIDL_LEN_MAX + 1];
	int		 which;

	set_up();
	new_box(1, 6);
	get_ids(ids);
	for (which = 0; which <= 17; which++) {
		new_box(1, 6);
		usleep(TICK_US);
		(void)unlink(path);
		lie(which);
		survives(ids, "lie", which);
		/* And of a mailbox that has grown since. */
		new_box(1, 5);
		(void)unlink(path);
		lie(which);
		more(6, 1);
		survives(ids, "grown lie", which);
	}
	scratch_end();
}

/* What is no index at all, and what cannot be one. */
ATF_TC_WITHOUT_HEAD(foreign);
ATF_TC_BODY(foreign, tc)
{
	static char	 ids[10][UIDL_LEN_MAX + 1];
	char		 text[4000], victim[120];
	struct stat	 st;
	struct buf	 b;

	set_up();
	new_box(1, 6);
	get_ids(ids);
	usleep(TICK_US);
	memset(text, 'x', sizeof(text));
	put(path, text, sizeof(text), O_TRUNC);
	survives(ids, "garbage", 0);
	open_and_check("unchanged");
	ATF_REQUIRE_EQ(0, truncate(path, 0));
	survives(ids, "empty", 0);
	memset(text, 0, sizeof(text));
	put(path, text, sizeof(text), O_TRUNC);
	ATF_REQUIRE_EQ(0, truncate(path, (off_t)1 << 40));
	survives(ids, "huge", 0);
	ATF_REQUIRE_EQ(0, stat(path, &st));
	ATF_CHECK(st.st_size < 100000);
	open_and_check("unchanged");
	/* A link is taken away, what it points to stays as it is. */
	snprintf(victim, sizeof(victim), "%s/victim", folder);
	put(victim, "precious", 8, O_EXCL);
	ATF_REQUIRE_EQ(0, unlink(path));
	ATF_REQUIRE_EQ(0, symlink(victim, path));
	survives(ids, "symlink", 0);
	b = get(victim);
	ATF_CHECK(b.n == 8 && memcmp(b.p, "precious", 8) == 0);
	free(b.p);
	open_and_check("unchanged");
	/* With these there is no index, but mail. */
	ATF_REQUIRE_EQ(0, unlink(path));
	ATF_REQUIRE_EQ(0, mkdir(path, 0700));
	survives(ids, "folder", 0);
	ATF_CHECK(was("index"));
	ATF_REQUIRE_EQ(ST_OK, drop(1));
	ATF_REQUIRE_EQ(0, rmdir(path));
	ATF_REQUIRE_EQ(0, mkfifo(path, 0600));
	survives(ids + 1, "fifo", 0);
	ATF_REQUIRE_EQ(ST_OK, drop(1));
	open_and_check("scanned");
	scratch_end();
}

/* Killed at every write to the index, half of which arrives. */
ATF_TC_WITHOUT_HEAD(killed);
ATF_TC_BODY(killed, tc)
{
	static char	 ids[40][UIDL_LEN_MAX + 1], id[UIDL_LEN_MAX + 1];
	struct store	*s;
	uint32_t	 i;
	pid_t		 pid;
	int		 k, status;

	set_up();
	for (k = 1; ; k++) {
		(void)unlink(path);
		new_box(1, 20);
		/* As they are to be; then some are known, some are not. */
		more(21, 10);
		get_ids(ids);
		(void)unlink(path);
		new_box(1, 20);
		usleep(TICK_US);
		ATF_REQUIRE((pid = fork()) != -1);
		if (pid == 0) {
			die_at = k;
			s = opened();
			store_idle(s);
			(void)store_uidl(s, 1, id);
			store_idle(s);
			store_close(s);
			more(21, 10);
			s = opened();
			store_idle(s);
			(void)store_uidl(s, 30, id);
			store_close(s);
			_exit(0);
		}
		ATF_REQUIRE_EQ(pid, waitpid(pid, &status, 0));
		ATF_REQUIRE(WIFEXITED(status));
		if (WEXITSTATUS(status) == 0)
			break;
		ATF_REQUIRE_EQ(9, WEXITSTATUS(status));
		s = opened();
		for (i = 0; i < store_count(s); i++) {
			ATF_REQUIRE_EQ(ST_OK, store_uidl(s, i + 1, id));
			ATF_REQUIRE_STREQ(ids[i], id);
		}
		check_store(s);
		store_close(s);
		open_and_check("");
	}
	ATF_CHECK_MSG(k > 6, "%d writes only", k);
	scratch_end();
}

/* The same message again and again. */
static struct buf
copies(int n)
{
	struct buf	 b = { 0 };

	buf_add(&b, "", 0);
	while (n-- > 0)
		buf_add(&b, FROM "Subject: x\n\nx\n\n",
		    strlen(FROM "Subject: x\n\nx\n\n"));
	return b;
}

ATF_TC_WITHOUT_HEAD(duplicates);
ATF_TC_BODY(duplicates, tc)
{
	static char	 ids[10][UIDL_LEN_MAX + 1], now[10][UIDL_LEN_MAX + 1];
	struct buf	 b;

	set_up();
	b = copies(4);
	put(box, b.p, b.n, O_TRUNC);
	get_ids(ids);
	ATF_CHECK_STREQ("-2", ids[1] + 26);
	/* The others keep theirs when the first is removed by us, */
	ATF_REQUIRE_EQ(ST_OK, drop(1));
	get_ids(now);
	ATF_CHECK_STREQ(ids[1], now[0]);
	ATF_CHECK_STREQ(ids[3], now[2]);
	/* and what comes is not given one that was given to another, */
	put(box, b.p, b.n / 4, O_APPEND);
	get_ids(now);
	ATF_CHECK_STREQ(ids[1], now[0]);
	ATF_CHECK_STREQ("-5", now[3] + 26);
	/* not even if all are gone, */
	ATF_REQUIRE_EQ(ST_OK, drop(15));
	put(box, b.p, b.n / 4, O_APPEND);
	get_ids(now);
	ATF_CHECK_STREQ("-6", now[0] + 26);
	ATF_CHECK_STREQ("", now[1]);
	/* or removed by somebody else. */
	put(box, b.p, b.n, O_TRUNC);
	get_ids(now);
	ATF_CHECK_STREQ("-6", now[0] + 26);
	ATF_CHECK_STREQ("-9", now[3] + 26);
	put(box, b.p, b.n / 2, O_TRUNC);
	get_ids(now);
	ATF_CHECK_STREQ("-6", now[0] + 26);
	ATF_CHECK_STREQ("-7", now[1] + 26);
	put(box, b.p, b.n, O_TRUNC);
	get_ids(now);
	ATF_CHECK_STREQ("-6", now[0] + 26);
	ATF_CHECK_STREQ("-10", now[2] + 26);
	/* Without the index it begins anew. */
	ATF_REQUIRE_EQ(0, unlink(path));
	get_ids(now);
	ATF_CHECK_STREQ(ids[0], now[0]);
	ATF_CHECK_STREQ(ids[3], now[3]);
	free(b.p);
	scratch_end();
}

/* What mail readers write into the mailbox, and a session without UIDL. */
ATF_TC_WITHOUT_HEAD(readers);
ATF_TC_BODY(readers, tc)
{
	static char	 ids[10][UIDL_LEN_MAX + 1], now[10][UIDL_LEN_MAX + 1];
	char		 cmd[600];
	static const char *const sed[] = {
		"s/^Status: N/Status: O/",		/* in place */
		"s/^Status: O/Status: RO\\nX-Status: A/",
		"s/^X-Status: A/X-Keywords:          \\nX-UID: 7/",
		"/^X-/d",
		"s/^Status:.*/X-IMAPbase: 1 2\\nStatus:/",
	};
	struct store	*s;
	size_t		 i, k;

	set_up();
	new_box(1, 8);
	get_ids(ids);
	for (i = 0; i < sizeof(sed) / sizeof(*sed); i++) {
		/* As mutt does: the same file, written anew. */
		snprintf(cmd, sizeof(cmd), "sed -e '%s' %s >%s.t && "
		    "cat %s.t >%s", sed[i], box, box, box, box);
		ATF_REQUIRE_EQ(0, system(cmd));
		s = opened();
		store_close(s);
		get_ids(now);
		for (k = 0; k < 9; k++)
			ATF_REQUIRE_STREQ(ids[k], now[k]);
		open_and_check("");
	}
	/* One that somebody else has removed does not come back. */
	snprintf(cmd, sizeof(cmd), "sed -e 1,7d %s >%s.t && cat %s.t >%s", box,
	    box, box, box);
	ATF_REQUIRE_EQ(0, system(cmd));
	get_ids(now);
	for (k = 0; k < 8; k++)
		ATF_REQUIRE_STREQ(ids[k + 1], now[k]);
	scratch_end();
}

/* A copy, with another Status for messages whose bits are set in a set. */
static void
put_readers(int n, unsigned int set, const char *status, const char *more)
{
	struct buf	 b = { 0 };
	char		 text[200];
	int		 i;

	buf_add(&b, "", 0);
	for (i = 0; i < n; i++) {
		snprintf(text, sizeof(text), FROM "Subject: x\n%s\nx\nx\n\n",
		    set & 1u << i ? status : more);
		buf_add(&b, text, strlen(text));
	}
	put(box, b.p, b.n, O_TRUNC);
	free(b.p);
}

/* Mail that comes while a reader moves what was listed is for the next one. */
ATF_TC_WITHOUT_HEAD(moved_and_mail);
ATF_TC_BODY(moved_and_mail, tc)
{
	struct store	*s;
	struct buf	 got;

	set_up();
	put_readers(2, 0, "", "Status: N\n");
	usleep(TICK_US);
	s = opened();
	put_readers(3, 7, "Status: RO\n", "");
	usleep(TICK_US);
	ATF_REQUIRE_EQ(ST_OK, retrieve(s, 2, &got));
	free(got.p);
	ATF_CHECK_EQ(2, store_count(s));
	store_close(s);
	s = opened();
	ATF_CHECK_EQ_MSG(3, store_count(s), "%s", said);
	check_store(s);
	store_close(s);
	scratch_end();
}

/* The session that finds its mail elsewhere need not have asked for ids. */
ATF_TC_WITHOUT_HEAD(moved_ids);
ATF_TC_BODY(moved_ids, tc)
{
	static char	 ids[10][UIDL_LEN_MAX + 1], now[10][UIDL_LEN_MAX + 1];
	struct store	*s;
	struct buf	 got;
	uint32_t	 n, left;

	set_up();
	put_readers(3, 0, "", "Status: N\n");
	usleep(TICK_US);
	get_ids(ids);
	ATF_REQUIRE_EQ(ST_OK, drop(1));
	s = opened();
	put_readers(2, 3, "Status: RO\n", "");
	ATF_REQUIRE_EQ(ST_OK, retrieve(s, 2, &got));
	free(got.p);
	store_delete(s, 2);
	ATF_REQUIRE_EQ(ST_OK, store_commit(s, &n, &left));
	store_close(s);
	put_readers(2, 0, "", "Status: N\n");
	get_ids(now);
	ATF_CHECK_STREQ(ids[1], now[0]);
	ATF_CHECK_STREQ("-4", now[1] + 26);
	scratch_end();
}

/*
 * What a commit keeps it does not look at: messages of which one has grown by
 * what the other has lost are not where they were.
 */
ATF_TC_WITHOUT_HEAD(moved_in_commit);
ATF_TC_BODY(moved_in_commit, tc)
{
	struct store	*s;
	struct buf	 got;
	uint32_t	 n, left;

	set_up();
	put_readers(4, 4, "Status: NN\n", "Status: N\n");
	usleep(TICK_US);
	open_and_check("");
	s = opened();
	ATF_REQUIRE_EQ(ST_OK, store_check(s, 1));
	store_delete(s, 1);
	put_readers(4, 2, "Status: NN\n", "Status: N\n");
	ATF_REQUIRE_EQ(ST_OK, store_commit(s, &n, &left));
	store_close(s);
	usleep(TICK_US);
	s = opened();
	ATF_REQUIRE_EQ_MSG(ST_OK, retrieve(s, 2, &got), "%s", said);
	ATF_CHECK_MSG(memmem(got.p, got.n, "Subject: x\r\n", 12) == got.p,
	    "%.*s", (int)got.n, (char *)got.p);
	free(got.p);
	store_close(s);
	s = opened();
	check_store(s);
	store_close(s);
	/* The same where nobody asks before the mail is removed. */
	put_readers(4, 4, "Status: NN\n", "Status: N\n");
	usleep(TICK_US);
	open_and_check("");
	s = opened();
	ATF_REQUIRE_EQ(ST_OK, store_check(s, 1));
	store_delete(s, 1);
	put_readers(4, 2, "Status: NN\n", "Status: N\n");
	ATF_REQUIRE_EQ(ST_OK, store_commit(s, &n, &left));
	store_close(s);
	usleep(TICK_US);
	ATF_REQUIRE_EQ(ST_OK, drop(2));
	got = get(box);
	ATF_CHECK_EQ(2 * strlen(FROM "Subject: x\nStatus: N\n\nx\nx\n\n") + 1,
	    got.n);
	free(got.p);
	s = opened();
	check_store(s);
	store_close(s);
	scratch_end();
}

/* Text before the first message stays when all mail is removed. */
ATF_TC_WITHOUT_HEAD(left_text);
ATF_TC_BODY(left_text, tc)
{
	static const char	 text[] = "some text\n\n";
	struct store		*s;

	set_up();
	put(box, text, strlen(text), O_TRUNC);
	more(1, 2);
	ATF_REQUIRE_EQ(ST_OK, drop(3));
	s = opened();
	ATF_CHECK_EQ(0, store_count(s));
	store_close(s);
	/* Even if the file was touched since. */
	ATF_REQUIRE_EQ(0, utimensat(AT_FDCWD, box, NULL, 0));
	s = opened();
	ATF_CHECK_EQ(0, store_count(s));
	ATF_CHECK_MSG(was("no mail"), "%s", said);
	store_close(s);
	more(3, 1);
	open_and_check("");
	s = opened();
	ATF_CHECK_EQ(1, store_count(s));
	store_close(s);
	/* What is longer or in another file may be anything. */
	ATF_REQUIRE_EQ(ST_OK, drop(1));
	put(box, "x", 1, O_APPEND);
	ATF_CHECK_EQ(ST_PERM, store_open(&s, &conf));
	put(box, text, strlen(text), O_TRUNC);
	ATF_REQUIRE_EQ(0, unlinkat(conf.statefd, "index", 0));
	ATF_CHECK_EQ(ST_PERM, store_open(&s, &conf));
	scratch_end();
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, round_trip);
	ATF_TP_ADD_TC(tp, stamps);
	ATF_TP_ADD_TC(tp, bounded);
	ATF_TP_ADD_TC(tp, runs);
	ATF_TP_ADD_TC(tp, tombs);
	ATF_TP_ADD_TC(tp, unchanged);
	ATF_TP_ADD_TC(tp, after_commit);
	ATF_TP_ADD_TC(tp, grown);
	ATF_TP_ADD_TC(tp, unproven);
	ATF_TP_ADD_TC(tp, not_the_same);
	ATF_TP_ADD_TC(tp, limits);
	ATF_TP_ADD_TC(tp, corrupt);
	ATF_TP_ADD_TC(tp, corrupt_eio);
	ATF_TP_ADD_TC(tp, corrupt_grown);
	ATF_TP_ADD_TC(tp, given_up);
	ATF_TP_ADD_TC(tp, lies);
	ATF_TP_ADD_TC(tp, foreign);
	ATF_TP_ADD_TC(tp, killed);
	ATF_TP_ADD_TC(tp, duplicates);
	ATF_TP_ADD_TC(tp, readers);
	ATF_TP_ADD_TC(tp, moved_and_mail);
	ATF_TP_ADD_TC(tp, moved_ids);
	ATF_TP_ADD_TC(tp, moved_in_commit);
	ATF_TP_ADD_TC(tp, left_text);
	return atf_no_error();
}
