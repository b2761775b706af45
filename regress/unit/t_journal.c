/* SPDX-License-Identifier: ISC */
/* Tests of the journal's format, which the user can overwrite at will. */

#include <sys/types.h>
#include <sys/stat.h>

#include <openssl/sha.h>

#include <atf-c.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "compact.h"
#include "io.h"
#include "journal.h"
#include "mbox_recover.h"
#include "mbox_ref.h"
#include "scratch.h"

#define SLOT_MAX	(1024 + 2 * JOURNAL_OLD_MAX)

static int		 dir, box_fd;
static struct journal	 journal;

static void
set_up(void)
{
	dir = scratch_begin("/tmp/pop3d_journal");
	ATF_REQUIRE_EQ(ST_OK, journal_open(&journal, dir, "anna"));
	box_fd = openat(dir, "box", O_RDWR | O_CREAT, 0600);
	ATF_REQUIRE(box_fd != -1);
}

static void
tear_down(void)
{
	journal_close(&journal);
	close(box_fd);
	scratch_end();
}

/* A slot with everything in it: data, a list, both ends of the rest. */
static struct slot
a_slot(void)
{
	static const struct range	 list[] = { { 110, 50 }, { 180, 20 } };
	static const char		 data[] = "0123456789";
	struct slot			 s;

	memset(&s, 0, sizeof(s));
	s.phase = JOURNAL_COPY;
	s.mode = JOURNAL_DATA;
	s.ino = 4711;
	s.size = 230;
	s.first = 100;
	s.end = 200;			/* 50 + 20, and 30 appended */
	s.done = 20;
	s.chunk = sizeof(data) - 1;
	s.count = 2;
	s.appended = 200;
	s.before = 100;
	s.head = 20;
	s.tail = 10;
	memset(s.old, 'o', 30);
	ATF_REQUIRE_EQ(0, journal_list(&journal, list, 2, s.list_hash));
	ATF_REQUIRE_EQ(0, journal_put(&journal, s.mode, data, s.chunk, 0));
	SHA256((const unsigned char *)data, s.chunk, s.data_hash);
	return s;
}

/* What of journal_load() the slot in the file is worth. */
static int
loads(struct slot *s)
{
	struct range	*list;
	int		 r;

	r = journal_load(&journal, s, &list);
	ATF_REQUIRE(r != -1);
	free(list);
	return r;
}

static size_t
raw(int which, unsigned char buf[SLOT_MAX])
{
	ssize_t	 n;

	n = pread(journal.fd, buf, SLOT_MAX, which * journal_sizes.slot);
	ATF_REQUIRE(n > 0);
	return n;
}

ATF_TC_WITHOUT_HEAD(new);
ATF_TC_BODY(new, tc)
{
	struct stat	 st;
	struct slot	 s;

	set_up();
	ATF_REQUIRE_EQ(0, fstat(journal.fd, &st));
	ATF_CHECK_EQ(FORMAT_MBOX_IDLE, st.st_size);
	ATF_CHECK(st.st_blocks * 512 >= FORMAT_MBOX_IDLE);
	ATF_CHECK_EQ(0600, st.st_mode & 07777);
	ATF_CHECK_EQ(0, loads(&s));
	journal_close(&journal);

	/* A short one is made as long as it should be. */
	ATF_REQUIRE_EQ(ST_OK, journal_open(&journal, dir, "anna"));
	ATF_REQUIRE_EQ(0, ftruncate(journal.fd, 100));
	journal_close(&journal);
	ATF_REQUIRE_EQ(ST_OK, journal_open(&journal, dir, "anna"));
	ATF_REQUIRE_EQ(0, fstat(journal.fd, &st));
	ATF_CHECK_EQ(FORMAT_MBOX_IDLE, st.st_size);

	/* What is no file is none. */
	ATF_REQUIRE_EQ(0, unlinkat(dir, "journal", 0));
	journal_close(&journal);
	ATF_REQUIRE_EQ(0, symlinkat("box", dir, "journal"));
	ATF_CHECK_EQ(ST_TEMP, journal_open(&journal, dir, "anna"));
	ATF_REQUIRE_EQ(0, unlinkat(dir, "journal", 0));
	ATF_REQUIRE_EQ(0, mkdirat(dir, "journal", 0700));
	ATF_CHECK_EQ(ST_TEMP, journal_open(&journal, dir, "anna"));
	ATF_REQUIRE_EQ(0, unlinkat(dir, "journal", AT_REMOVEDIR));
	ATF_REQUIRE_EQ(0, mkfifoat(dir, "journal", 0600));
	ATF_CHECK_EQ(ST_TEMP, journal_open(&journal, dir, "anna"));
	tear_down();
}

ATF_TC_WITHOUT_HEAD(turns);
ATF_TC_BODY(turns, tc)
{
	struct slot	 s = { 0 }, got;
	struct stat	 st;
	char		 data[11];
	int		 i;

	set_up();
	ATF_REQUIRE_EQ(0, journal_begin(&journal));
	ATF_REQUIRE_EQ(0, fstat(journal.fd, &st));
	ATF_CHECK(st.st_size > FORMAT_MBOX_IDLE);
	for (i = 1; i < 6; i++) {
		s = a_slot();
		s.ino = i;
		ATF_REQUIRE_EQ(0, journal_write(&journal, &s));
		ATF_REQUIRE_EQ(1, loads(&got));
		ATF_CHECK_EQ(i, got.ino);
		ATF_CHECK_EQ(i, got.seq);
		ATF_CHECK_EQ(s.tail, got.tail);
		ATF_CHECK_EQ(0, memcmp(s.old, got.old, 30));
		ATF_REQUIRE_EQ(0, journal_data(&journal, &got, data, 10, 0));
		ATF_CHECK_EQ(0, memcmp(data, "0123456789", 10));
	}
	/* Of the one before, with its data, nothing is lost by the last. */
	ATF_REQUIRE_EQ(1, pwrite(journal.fd, "x", 1, journal_data_off(&got)));
	ATF_REQUIRE_EQ(1, loads(&got));
	ATF_CHECK_EQ(4, got.ino);
	ATF_CHECK_EQ(4, journal.seq);

	ATF_REQUIRE_EQ(0, journal_idle(&journal));
	ATF_CHECK_EQ(0, loads(&got));
	ATF_CHECK_EQ(5, journal.seq);
	ATF_REQUIRE_EQ(0, fstat(journal.fd, &st));
	ATF_CHECK_EQ(FORMAT_MBOX_IDLE, st.st_size);
	tear_down();
}

/* Every octet of slot, list and data counts. */
ATF_TC_WITHOUT_HEAD(every_octet);
ATF_TC_BODY(every_octet, tc)
{
	unsigned char	 buf[SLOT_MAX], c;
	struct slot	 s, got;
	size_t		 n, i, len;
	off_t		 at[3], lens[3];
	int		 k;

	set_up();
	s = a_slot();
	ATF_REQUIRE_EQ(0, journal_write(&journal, &s));
	n = raw(1, buf);
	for (len = 0; len < n && !slot_parse(&got, buf, len); len++)
		continue;
	ATF_REQUIRE(len > 200 && len < 400);
	at[0] = journal_sizes.slot;
	lens[0] = len;
	at[1] = 2 * journal_sizes.slot;
	lens[1] = 2 * sizeof(struct range);
	at[2] = journal_data_off(&s);
	lens[2] = s.chunk;
	for (k = 0; k < 3; k++)
		for (i = 0; i < (size_t)lens[k]; i++) {
			ATF_REQUIRE_EQ(1, pread(journal.fd, &c, 1, at[k] + i));
			c ^= 1 << i % 8;
			ATF_REQUIRE_EQ(1, pwrite(journal.fd, &c, 1,
			    at[k] + i));
			ATF_CHECK_EQ_MSG(0, loads(&got), "%d: %zu", k, i);
			c ^= 1 << i % 8;
			ATF_REQUIRE_EQ(1, pwrite(journal.fd, &c, 1,
			    at[k] + i));
		}
	ATF_CHECK_EQ(1, loads(&got));
	/* A slot in the other's place is none. */
	ATF_REQUIRE_EQ((ssize_t)len, pwrite(journal.fd, buf, len, 0));
	ATF_REQUIRE_EQ(1, pwrite(journal.fd, "x", 1, journal_sizes.slot));
	ATF_CHECK_EQ(0, loads(&got));
	tear_down();
}

/* Well-formed, and wrong: what no storaged would write. */
ATF_TC_WITHOUT_HEAD(wrong_numbers);
ATF_TC_BODY(wrong_numbers, tc)
{
	struct slot	 s, got;
	int		 i;

	set_up();
	for (i = 0; i < 24; i++) {
		s = a_slot();
		switch (i) {
		case 0: s.phase = 0; break;
		case 1: s.phase = 4; break;
		case 2: s.mode = 0; break;
		case 3: s.mode = 3; break;
		case 4: s.size = s.end; break;
		case 5: s.size = UINT64_MAX; break;
		case 6: s.first = 201; break;
		case 7: s.end = UINT64_MAX; break;
		case 8: s.done = 101; break;
		case 9: s.done = UINT64_MAX; break;
		case 10: s.chunk = 81; break;
		case 11: s.chunk = 0; break;
		case 12: s.count = 1; break;
		case 13: s.count = UINT64_MAX / 16 + 1; break;
		case 14: s.count = JOURNAL_RANGES_MAX; break;
		case 15: s.appended = 231; break;
		case 16: s.appended = 99; break;
		case 17: s.before = 121; break;
		case 18: s.head = 0; break;
		case 19: s.head = 21; break;
		case 20: s.phase = JOURNAL_TRIM; break;
		case 21: s.end = 201; break;
		case 22: s.first = 99; break;
		case 23: s.size = 231; break;
		}
		ATF_REQUIRE_EQ(0, journal_write(&journal, &s));
		ATF_CHECK_EQ_MSG(0, loads(&got), "case %d", i);
		journal.seq = 0;
	}
	tear_down();
}

ATF_TC_WITHOUT_HEAD(wrong_lists);
ATF_TC_BODY(wrong_lists, tc)
{
	static const struct range	 lists[][2] = {
		{ { 110, 20 }, { 180, 50 } },	/* beyond what came later */
		{ { 180, 20 }, { 110, 50 } },	/* not in order */
		{ { 110, 50 }, { 159, 20 } },	/* overlapping */
		{ { 110, 70 }, { 180, 0 } },
		{ { 110, 50 }, { 180, UINT64_MAX - 100 } },
		{ { UINT64_MAX - 10, 50 }, { 180, 20 } },
		{ { 100, 50 }, { 180, 20 } },	/* does not move */
		{ { 110, 50 }, { 180, 19 } },	/* does not add up */
	};
	struct slot			 s, got;
	size_t				 i;

	set_up();
	for (i = 0; i < sizeof(lists) / sizeof(*lists); i++) {
		s = a_slot();
		ATF_REQUIRE_EQ(0, journal_list(&journal, lists[i], 2,
		    s.list_hash));
		ATF_REQUIRE_EQ(0, journal_write(&journal, &s));
		ATF_CHECK_EQ_MSG(0, loads(&got), "list %zu", i);
		journal.seq = 0;
	}
	tear_down();
}

static void
put_box(const char *text)
{
	ATF_REQUIRE_EQ((ssize_t)strlen(text), pwrite(box_fd, text, strlen(text),
	    0));
	ATF_REQUIRE_EQ(0, ftruncate(box_fd, strlen(text)));
}

static void
box_is(const char *text)
{
	char	 now[1000];
	ssize_t	 n = pread(box_fd, now, sizeof(now) - 1, 0);

	ATF_REQUIRE(n >= 0);
	now[n] = '\0';
	ATF_CHECK_STREQ(text, now);
}

/* A TRIM slot for a mailbox of which all behind end is to go. */
static void
put_trim(const char *text, size_t end)
{
	struct slot	 s;
	size_t		 n = strlen(text);

	memset(&s, 0, sizeof(s));
	s.phase = JOURNAL_TRIM;
	s.ino = 4711;
	s.size = s.appended = n;
	s.first = s.end = end;
	s.before = end;
	SHA256((const unsigned char *)text, end, s.before_hash);
	s.head = n - end;
	memcpy(s.old, text + end, n - end);
	ATF_REQUIRE_EQ(0, journal_list(&journal, NULL, 0, s.list_hash));
	ATF_REQUIRE_EQ(0, journal_write(&journal, &s));
}

/* What the file may have become since, and what is made of it. */
ATF_TC_WITHOUT_HEAD(trims);
ATF_TC_BODY(trims, tc)
{
	static const struct {
		const char		*now;
		enum mbox_recover_result	 result;
		const char		*left;
	} cases[] = {
		{ "From a\nFrom b\n", RECOVER_DONE, "From a\n" },
		{ "From a\n", RECOVER_DONE, "From a\n" },
		/* Cut, and mail has come: as long as before, or longer. */
		{ "From a\nFrom c\n", RECOVER_DONE, "From a\nFrom c\n" },
		{ "From a\n\nFrom carl", RECOVER_DONE, "From a\n\nFrom carl" },
		{ "From a\nFr", RECOVER_DONE, "From a\nFr" },
		/* Not cut, and mail has come. */
		{ "From a\nFrom b\nFrom c\n", RECOVER_DONE,
		    "From a\nFrom c\n" },
		{ "From a\nFrom b\n\nFrom c\n", RECOVER_DONE,
		    "From a\n\nFrom c\n" },
		/* It only begins like what was to go. */
		{ "From a\nFrom b\nbody\n", RECOVER_DONE,
		    "From a\nFrom b\nbody\n" },
		/* Somebody else was here. */
		{ "From x\nFrom b\n", RECOVER_LOST, "From x\nFrom b\n" },
		{ "From a", RECOVER_LOST, "From a" },
		{ "", RECOVER_LOST, "" },
		{ "From a\ntext b\n", RECOVER_LOST, "From a\ntext b\n" },
	};
	struct slot	 s;
	const char	*why;
	size_t		 i;

	set_up();
	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		put_trim("From a\nFrom b\n", 7);
		put_box(cases[i].now);
		ATF_CHECK_EQ_MSG(cases[i].result, mbox_recover_file(&journal,
		    box_fd, 4711, &why), "case %zu", i);
		box_is(cases[i].left);
		ATF_CHECK_EQ(cases[i].result == RECOVER_LOST, loads(&s));
	}
	/* Another file, or none: perhaps its file system is not mounted. */
	put_box("From a\nFrom b\n");
	put_trim("From a\nFrom b\n", 7);
	ATF_CHECK_EQ(RECOVER_LOST, mbox_recover_file(&journal, box_fd, 4712,
	    &why));
	ATF_CHECK_STREQ("the mailbox is another file", why);
	ATF_CHECK_EQ(RECOVER_FAILED, mbox_recover_file(&journal, -1, 0, &why));
	ATF_CHECK_EQ(ENOENT, errno);
	ATF_CHECK_EQ(1, loads(&s));
	box_is("From a\nFrom b\n");
	tear_down();
}

/* A list that the preallocated part cannot hold. */
ATF_TC_WITHOUT_HEAD(long_list);
ATF_TC_BODY(long_list, tc)
{
	const uint64_t	 count = 5000;
	struct slot	 s, got;
	struct range	*list, *read;
	uint64_t	 i;

	set_up();
	ATF_REQUIRE((list = calloc(count, sizeof(*list))) != NULL);
	for (i = 0; i < count; i++) {
		list[i].off = 20 * i + 10;
		list[i].len = 10;
	}
	s = a_slot();
	s.first = s.done = s.before = 0;
	s.size = s.appended = 20 * count;
	s.end = 10 * count;
	s.count = count;
	ATF_REQUIRE_EQ(0, journal_list(&journal, list, count, s.list_hash));
	ATF_REQUIRE_EQ(0, journal_write(&journal, &s));
	ATF_REQUIRE_EQ(1, journal_load(&journal, &got, &read));
	ATF_CHECK_EQ(0, memcmp(list, read, count * sizeof(*list)));
	free(list);
	free(read);
	tear_down();
}

ATF_TC_WITHOUT_HEAD(random_octets);
ATF_TC_BODY(random_octets, tc)
{
	unsigned char	 buf[SLOT_MAX];
	struct slot	 s, got;
	uint64_t	 seed = 3;
	size_t		 n, i;
	int		 k;

	set_up();
	s = a_slot();
	ATF_REQUIRE_EQ(0, journal_write(&journal, &s));
	n = raw(1, buf);
	for (k = 0; k < 20000; k++) {
		for (i = rnd(&seed) % 10 + 1; i > 0; i--)
			buf[rnd(&seed) % 300] = rnd(&seed);
		ATF_CHECK_EQ(0, slot_parse(&got, buf, rnd(&seed) % n));
	}
	tear_down();
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, new);
	ATF_TP_ADD_TC(tp, turns);
	ATF_TP_ADD_TC(tp, every_octet);
	ATF_TP_ADD_TC(tp, wrong_numbers);
	ATF_TP_ADD_TC(tp, wrong_lists);
	ATF_TP_ADD_TC(tp, trims);
	ATF_TP_ADD_TC(tp, long_list);
	ATF_TP_ADD_TC(tp, random_octets);
	return atf_no_error();
}
