/* SPDX-License-Identifier: ISC */
/*
 * The conformance test of stores: what store.h promises, tried on each format.
 * A new format gets an entry in subjects[] and has to pass all of it.
 */

#include <sys/types.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <atf-c.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io.h"
#include "scratch.h"
#include "store_files.h"

#define MESSAGES	5

/* Messages as they are stored, without what a format adds. */
static const char *const	 stored[MESSAGES] = {
	"Subject: one\n\nbody 1\n",
	"Subject: two\n\n.\n..\n.dot\nbody 2\n",
	"Subject: three\n\n1\n2\n3\n",
	"Subject: four\n\nlong line " "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\n",
	"Subject: five\n\n",
};

/* The same as RETR sends them, and as TOP 1 does. */
static const char *const	 whole[MESSAGES] = {
	"Subject: one\r\n\r\nbody 1\r\n",
	"Subject: two\r\n\r\n..\r\n...\r\n..dot\r\nbody 2\r\n",
	"Subject: three\r\n\r\n1\r\n2\r\n3\r\n",
	"Subject: four\r\n\r\nlong line "
	    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\r\n",
	"Subject: five\r\n\r\n",
};
static const char *const	 top[MESSAGES] = {
	"Subject: one\r\n\r\nbody 1\r\n",
	"Subject: two\r\n\r\n..\r\n",
	"Subject: three\r\n\r\n1\r\n",
	"Subject: four\r\n\r\nlong line "
	    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\r\n",
	"Subject: five\r\n\r\n",
};
/* Dots that stuffing adds; LIST does not count them. */
static const uint64_t		 stuffed[MESSAGES] = { 0, 3, 0, 0, 0 };

struct subject {
	const char			*name;
	const struct store_format	*format;
	int				 readonly;
	/* Make box of the messages in a set, 1 << 0 is the first. */
	void				(*make)(unsigned int set);
	/* Put something into its place that is no such maildrop. */
	void				(*spoil)(void);
	/* Cut message 1 short, behind the back of a session. */
	void				(*cut)(void);
};

static struct store_conf	 conf;
static int			 seals;

#define FROM	"From a@b Mon Jan  1 10:00:00 2024\n"

static void
mbox_make(unsigned int set)
{
	struct buf	 b = { 0 };
	int		 i;

	buf_add(&b, "", 0);
	for (i = 0; i < MESSAGES; i++) {
		if (!(set & 1u << i))
			continue;
		buf_add(&b, FROM, strlen(FROM));
		buf_add(&b, stored[i], strlen(stored[i]));
		buf_add(&b, "\n", 1);
	}
	put(box, b.p, b.n, O_TRUNC);
	free(b.p);
}

static void
mbox_spoil(void)
{
	put(box, "no mail\n", 8, O_TRUNC);
}

static void
mbox_cut(void)
{
	ATF_REQUIRE_EQ(0, truncate(box, strlen(FROM) + 3));
}

static void
files_make(unsigned int set)
{
	char	 path[100];
	int	 i;

	ATF_REQUIRE(mkdir(box, 0700) == 0 || errno == EEXIST);
	for (i = 0; i < MESSAGES; i++) {
		snprintf(path, sizeof(path), "%s/%d", box, i);
		if (set & 1u << i)
			put(path, stored[i], strlen(stored[i]), O_TRUNC);
	}
}

static void
files_spoil(void)
{
	char	 path[100];

	snprintf(path, sizeof(path), "%s/9", box);
	ATF_REQUIRE_EQ(0, symlink("/etc/passwd", path));
}

static void
files_cut(void)
{
	char	 path[100];

	snprintf(path, sizeof(path), "%s/0", box);
	ATF_REQUIRE_EQ(0, truncate(path, 3));
}

static const struct subject	 mbox_subject = {
	"mbox", &mbox_format, 0, mbox_make, mbox_spoil, mbox_cut
};
static const struct subject	 files_subject = {
	"files", &files_format, 1, files_make, files_spoil, files_cut
};

#define ALL	((1u << MESSAGES) - 1)

static void
begin(const struct subject *x, unsigned int set)
{
	scratch_store("/tmp/pop3d_store", &conf);
	conf.format = x->format;
	x->make(set);
}

static struct store *
opened(void)
{
	struct store	*s;

	ATF_REQUIRE_EQ_MSG(ST_OK, store_open(&s, &conf), "%s", said);
	ATF_REQUIRE(s != NULL);
	return s;
}

static enum st_status
refused(void)
{
	struct store	*s;
	enum st_status	 status;

	said[0] = '\0';
	status = store_open(&s, &conf);
	ATF_CHECK(s == NULL);
	ATF_CHECK(status == ST_OK || said[0] != '\0');
	store_close(s);
	return status;
}

/* A message as it is read in pieces of size bytes, NUL-terminated. */
static enum st_status
fetch(struct store *s, uint32_t msg, uint32_t lines, size_t size, char *out)
{
	unsigned char	 buf[65536];
	size_t		 len, n = 0;
	int		 done = 0;
	enum st_status	 status;

	status = store_begin(s, msg, lines);
	while (status == ST_OK && !done) {
		status = store_read(s, buf, size, &len, &done);
		ATF_REQUIRE(len <= size && n + len < 4096);
		memcpy(out + n, buf, len);
		n += len;
	}
	out[n] = '\0';
	return status;
}

/* The maildrop has the messages of a set, in order; nothing is marked. */
static void
has(struct store *s, unsigned int set)
{
	static const size_t	 sizes[] = { 4096, 5000, 65536 };
	char			 text[4096];
	uint64_t		 octets, sum = 0;
	uint32_t		 messages, msg = 0, i, k;

	for (i = 0; i < MESSAGES; i++) {
		if (!(set & 1u << i))
			continue;
		ATF_REQUIRE_EQ(ST_OK, store_check(s, ++msg));
		ATF_CHECK_EQ(strlen(whole[i]) - stuffed[i],
		    store_size(s, msg));
		sum += store_size(s, msg);
		for (k = 0; k < NITEMS(sizes); k++) {
			ATF_CHECK_EQ(ST_OK, fetch(s, msg, UINT32_MAX, sizes[k],
			    text));
			ATF_CHECK_STREQ(whole[i], text);
			ATF_CHECK_EQ(ST_OK, fetch(s, msg, 1, sizes[k], text));
			ATF_CHECK_STREQ(top[i], text);
		}
	}
	ATF_CHECK_EQ(msg, store_count(s));
	store_totals(s, &messages, &octets);
	ATF_CHECK_EQ(msg, messages);
	ATF_CHECK_EQ(sum, octets);
	ATF_CHECK_EQ(ST_NOMSG, store_check(s, 0));
	ATF_CHECK_EQ(ST_NOMSG, store_check(s, msg + 1));
	ATF_CHECK_EQ(ST_NOMSG, store_check(s, UINT32_MAX));
}

static void
now_has(unsigned int set)
{
	struct store	*s = opened();

	has(s, set);
	store_close(s);
}

/* Numbers, sizes and text of every set of messages, the empty one too. */
static void
check_numbers(const struct subject *x)
{
	unsigned int	 set;

	for (set = 0; set <= ALL; set += set < 4 ? 1 : 9) {
		begin(x, set);
		now_has(set);
		now_has(set);
		scratch_end();
	}
}

static void
uidls(struct store *s, char ids[MESSAGES][UIDL_LEN_MAX + 1])
{
	uint32_t	 i, k;
	size_t		 at;

	for (i = 0; i < store_count(s); i++) {
		memset(ids[i], 'x', sizeof(ids[i]));
		ATF_REQUIRE_EQ(ST_OK, store_uidl(s, i + 1, ids[i]));
		ATF_REQUIRE(memchr(ids[i], '\0', sizeof(ids[i])) != NULL);
		ATF_CHECK(ids[i][0] != '\0');
		for (at = 0; ids[i][at] != '\0'; at++)
			ATF_CHECK(ids[i][at] >= 0x21 && ids[i][at] <= 0x7e);
		for (k = 0; k < i; k++)
			ATF_CHECK(strcmp(ids[k], ids[i]) != 0);
	}
}

/* UIDLs are valid, unique, and those of the session before; in any order. */
static void
check_uidls(const struct subject *x)
{
	char		 ids[MESSAGES][UIDL_LEN_MAX + 1];
	char		 again[MESSAGES][UIDL_LEN_MAX + 1], one[UIDL_LEN_MAX + 1];
	struct store	*s;
	int		 i;

	begin(x, ALL);
	s = opened();
	ATF_CHECK_EQ(ST_OK, store_uidl(s, MESSAGES, one));
	uidls(s, ids);
	ATF_CHECK_STREQ(ids[MESSAGES - 1], one);
	store_idle(s);
	store_close(s);
	s = opened();
	uidls(s, again);
	for (i = 0; i < MESSAGES; i++)
		ATF_CHECK_STREQ(ids[i], again[i]);
	store_close(s);
	scratch_end();
}

static int	 marked_calls;

static void
on_marked(void *arg)
{
	marked_calls++;
}

/* Marks change the totals, are taken back, and are forgotten without QUIT. */
static void
check_marks(const struct subject *x)
{
	struct store	*s;
	uint64_t	 octets, all;
	uint32_t	 n;

	begin(x, ALL);
	marked_calls = 0;
	conf.marked = on_marked;
	s = opened();
	store_totals(s, &n, &all);
	ATF_CHECK_EQ(0, marked_calls);
	ATF_REQUIRE_EQ(ST_OK, store_check(s, 2));
	store_delete(s, 2);
	store_delete(s, 5);
	ATF_CHECK_EQ(x->readonly ? 0 : 1, marked_calls);
	ATF_CHECK_EQ(ST_DELETED, store_check(s, 2));
	ATF_CHECK_EQ(ST_OK, store_check(s, 3));
	ATF_CHECK_EQ(MESSAGES, store_count(s));
	store_totals(s, &n, &octets);
	ATF_CHECK_EQ(MESSAGES - 2, n);
	ATF_CHECK_EQ(all - store_size(s, 2) - store_size(s, 5), octets);
	store_reset(s);
	has(s, ALL);
	store_delete(s, 1);
	store_idle(s);
	store_close(s);
	now_has(ALL);
	scratch_end();
}

/* Mark a set, commit. */
static enum st_status
commit(struct store *s, unsigned int set, uint32_t *removed, uint32_t *left)
{
	int	 i;

	for (i = 0; i < MESSAGES; i++)
		if (set & 1u << i) {
			ATF_REQUIRE_EQ(ST_OK, store_check(s, i + 1));
			store_delete(s, i + 1);
		}
	return store_commit(s, removed, left);
}

static void
commit_one(const struct subject *x, unsigned int set)
{
	char		 ids[MESSAGES][UIDL_LEN_MAX + 1];
	char		 rest[MESSAGES][UIDL_LEN_MAX + 1];
	struct store	*s;
	uint32_t	 removed, left, n;
	int		 i;

	begin(x, ALL);
	s = opened();
	uidls(s, ids);
	said[0] = '\0';
	if (x->readonly && set != 0) {
		ATF_CHECK_EQ(ST_TEMP, commit(s, set, &removed, &left));
		ATF_CHECK_MSG(strstr(said, "nothing is removed") != NULL,
		    "%s", said);
		set = 0;
	} else
		ATF_CHECK_EQ(ST_OK, commit(s, set, &removed, &left));
	store_close(s);
	ATF_CHECK_EQ(__builtin_popcount(set), removed);
	ATF_CHECK_EQ(MESSAGES - removed, left);
	now_has(ALL & ~set);
	s = opened();
	uidls(s, rest);
	for (i = n = 0; i < MESSAGES; i++)
		if (!(set & 1u << i))
			ATF_CHECK_STREQ(ids[i], rest[n++]);
	store_close(s);
	scratch_end();
}

/* Every set: removed for good, and what stays keeps text, order and UIDL. */
static void
check_commit(const struct subject *x)
{
	unsigned int	 set;

	for (set = 0; set <= ALL; set++)
		commit_one(x, set);
}

static int	 fail_at, calls, die;

static int
fails(void)
{
	if (++calls != fail_at)
		return 0;
	if (die)
		_exit(0);
	errno = EIO;
	return 1;
}

static const struct io_calls	*real;

static ssize_t
fail_pwrite(int fd, const void *p, size_t n, off_t off)
{
	return fails() ? -1 : real->pwrite(fd, p, n, off);
}

static int
fail_ftruncate(int fd, off_t size)
{
	return fails() ? -1 : real->ftruncate(fd, size);
}

static int
fail_fsync(int fd)
{
	return fails() ? -1 : real->fsync(fd);
}

static int
fail_fdatasync(int fd)
{
	return fails() ? -1 : real->fdatasync(fd);
}

static void
break_io(void)
{
	io_calls.pwrite = fail_pwrite;
	io_calls.ftruncate = fail_ftruncate;
	io_calls.fsync = fail_fsync;
	io_calls.fdatasync = fail_fdatasync;
}

#define CRASH_SET	0x0a

/* A commit that ends, or fails, at the k-th call.  0: it is never reached. */
static int
crash_one(const struct subject *x, int k, int how, int by_hand)
{
	struct store	*s;
	uint32_t	 removed, left;
	int		 status;
	pid_t		 pid;

	begin(x, ALL);
	fail_at = k;
	die = how;
	calls = 0;
	if ((pid = fork()) == 0) {
		s = opened();
		break_io();
		if (commit(s, CRASH_SET, &removed, &left) == ST_OK)
			_exit(calls < fail_at ? 1 : 2);
		store_close(s);
		_exit(x->readonly);
	}
	ATF_REQUIRE_EQ(pid, waitpid(pid, &status, 0));
	ATF_REQUIRE(WIFEXITED(status));
	conf.recover = by_hand;
	if (by_hand)
		store_close(opened());
	conf.recover = 0;
	s = opened();
	has(s, store_count(s) == MESSAGES ? ALL : ALL & ~CRASH_SET);
	/* It has said so, whatever failed. */
	if (WEXITSTATUS(status) != 0)
		ATF_CHECK_EQ(x->readonly ? MESSAGES : MESSAGES - 2,
		    store_count(s));
	store_close(s);
	scratch_end();
	return WEXITSTATUS(status) != 1;
}

/* All of a commit or nothing of it, wherever it is cut short. */
static void
check_crash(const struct subject *x)
{
	const struct io_calls	 good = io_calls;
	int			 k, n = 0;

	real = &good;
	for (k = 1; crash_one(x, k, 1, k & 1); k++)
		n++;
	ATF_CHECK_EQ(x->readonly, n == 0);
	for (k = 1; crash_one(x, k, 0, k & 1); k++)
		continue;
}

/* Limits, what is no maildrop, a directory that is not there. */
static void
check_bad(const struct subject *x)
{
	begin(x, ALL);
	conf.messages_max = MESSAGES - 1;
	ATF_CHECK_EQ(ST_PERM, refused());
	conf.messages_max = MESSAGES;
	conf.octets_max = 20;
	ATF_CHECK_EQ(ST_PERM, refused());
	conf.octets_max = 1 << 20;
	now_has(ALL);
	x->spoil();
	ATF_CHECK_EQ(ST_PERM, refused());
	conf.path = "/nonexistent/box";
	ATF_CHECK_EQ(ST_TEMP, refused());
	scratch_end();
}

/* Mail that changes under a session is never passed off as what was listed. */
static void
check_changed(const struct subject *x)
{
	struct store	*s;
	enum st_status	 status;
	uint32_t	 removed, left;
	char		 text[4096];

	begin(x, ALL);
	s = opened();
	ATF_REQUIRE_EQ(ST_OK, store_check(s, 1));
	x->cut();
	status = fetch(s, 1, UINT32_MAX, 4096, text);
	ATF_CHECK(status == ST_CHANGED || status == ST_TEMP);
	store_delete(s, 1);
	ATF_CHECK(store_commit(s, &removed, &left) != ST_OK);
	ATF_CHECK_EQ(0, removed);
	store_close(s);
	scratch_end();
}

/* One session at a time; a recovery is one, too, and changes nothing here. */
static void
check_sessions(const struct subject *x)
{
	struct store	*s;

	begin(x, ALL);
	s = opened();
	ATF_CHECK_EQ(ST_INUSE, refused());
	conf.recover = 1;
	ATF_CHECK_EQ(ST_INUSE, refused());
	store_close(s);
	s = opened();
	ATF_CHECK_EQ(0, store_count(s));
	store_close(s);
	conf.recover = 0;
	now_has(ALL);
	scratch_end();
}

static void
on_seal(void *arg, const struct store_confine *need)
{
	seals++;
	ATF_CHECK(need->dirfd != -1 ||
	    (need->file == NULL && need->dotlock == NULL));
	ATF_CHECK(!need->own || need->dotlock != NULL);
}

/* The sandbox is closed once, whatever the format needs. */
static void
check_seal(const struct subject *x)
{
	begin(x, ALL);
	seals = 0;
	conf.seal = on_seal;
	now_has(ALL);
	ATF_CHECK_EQ(1, seals);
	scratch_end();
}

#define CASES(X)	X(numbers) X(uidls) X(marks) X(commit) X(crash)	\
			X(bad) X(changed) X(sessions) X(seal)
#define DEFINE(format, name)						\
ATF_TC_WITHOUT_HEAD(format##_##name);					\
ATF_TC_BODY(format##_##name, tc)					\
{									\
	check_##name(&format##_subject);				\
}
#define MBOX(name)	DEFINE(mbox, name)
#define FILES(name)	DEFINE(files, name)
CASES(MBOX)
CASES(FILES)

/* A format is found by its name, and by no other. */
ATF_TC_WITHOUT_HEAD(names);
ATF_TC_BODY(names, tc)
{
	const char	*name;
	int		 i;

	ATF_CHECK(store_format_get(FORMAT_MBOX) == &mbox_format);
	ATF_CHECK_EQ(FORMAT_MBOX, formats_find("mbox"));
	ATF_CHECK_EQ(-1, formats_find("files"));
	ATF_CHECK_EQ(-1, formats_find(""));
	for (i = 0; i < FORMAT_MAX; i++) {
		name = formats_name(i);
		ATF_CHECK_EQ(i, formats_find(name));
		ATF_CHECK(strlen(name) <= FORMAT_NAME_MAX);
		ATF_CHECK_EQ(strspn(name, "abcdefghijklmnopqrstuvwxyz"),
		    strlen(name));
		ATF_CHECK(strstr(formats_names(), name) != NULL);
		ATF_CHECK(store_format_get(i) != NULL);
	}
}

#define ADD_MBOX(name)	ATF_TP_ADD_TC(tp, mbox_##name);
#define ADD_FILES(name)	ATF_TP_ADD_TC(tp, files_##name);
ATF_TP_ADD_TCS(tp)
{
	CASES(ADD_MBOX)
	CASES(ADD_FILES)
	ATF_TP_ADD_TC(tp, names);
	return atf_no_error();
}
