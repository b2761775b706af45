/* SPDX-License-Identifier: ISC */
/*
 * A process that ends at the k-th call of a commit, for all k, and another one
 * at the k-th call of the recovery; a delivery agent that appends in between.
 * On files, through store.h, with everything that belongs to it: locks, the
 * journal in its directory, the scan.  After that the mailbox is what it was or
 * what it should become, and has the new mail.
 *
 * -v test_suites.pop3d.all=1: every shape, every set of messages (make soak).
 */

#include <sys/types.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <atf-c.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "compact.h"
#include "io.h"
#include "store.h"

#include "../unit/scratch.h"

#define FROM		"From a@b Mon Jan  1 10:00:00 2024\n"
#define NEW		FROM "Subject: new\n\nnew\n\n"
#define BOX_MAX		400000
#define MESSAGES	5
#define KILLED		77		/* exit status at the k-th call */
#define SHAPES		6

struct text {
	char	 p[BOX_MAX];
	size_t	 n;
};

static struct store_conf conf;
static struct io_calls	 good;
static size_t		 off[MESSAGES + 1];
static struct text	 whole, kept, now;
static int		 calls, end_at, fail_at, fail_with;
static long		 points;

/* One more call: it may be the last of the process, or fail. */
static int
call(void)
{
	if (++calls == end_at)
		_exit(KILLED);
	if (calls == fail_at) {
		errno = fail_with;
		return -1;
	}
	return 0;
}

static ssize_t
end_pread(int fd, void *p, size_t n, off_t at)
{
	return call() == -1 ? -1 : good.pread(fd, p, n, at);
}

/* In two pieces, so that it can end in the middle. */
static ssize_t
end_pwrite(int fd, const void *p, size_t n, off_t at)
{
	return call() == -1 ? -1 : good.pwrite(fd, p, n > 1 ? n / 2 : n, at);
}

static int
end_ftruncate(int fd, off_t size)
{
	return call() == -1 ? -1 : good.ftruncate(fd, size);
}

static int
end_fsync(int fd)
{
	return call();
}

static int
no_fsync(int fd)
{
	return 0;
}

static int
end_allocate(int fd, off_t at, off_t size)
{
	return call() == -1 ? -1 : good.allocate(fd, at, size);
}

static void
set_calls(void)
{
	calls = 0;
	io_calls.pread = end_pread;
	io_calls.pwrite = end_pwrite;
	io_calls.ftruncate = end_ftruncate;
	io_calls.fsync = io_calls.fdatasync = end_fsync;
	io_calls.allocate = end_allocate;
}

static void
set_up(void)
{
	/* In memory, where that can be had. */
	scratch_store(access("/dev/shm", W_OK) == 0 ? "/dev/shm/pop3d_crash" :
	    "/tmp/pop3d_crash", &conf);
	/* What is killed needs no disk: t_power looks after that. */
	io_calls.fsync = io_calls.fdatasync = no_fsync;
	good = io_calls;
	/* Every way of moving mail, with little of it. */
	journal_sizes.data = 8000;
	compact_sizes.nodata = 10000;
	compact_sizes.chunk = 20000;
	compact_sizes.buffer = 6000;
}

static void
text_add(struct text *t, const void *p, size_t n)
{
	ATF_REQUIRE(t->n + n <= sizeof(t->p));
	memcpy(t->p + t->n, p, n);
	t->n += n;
}

/* Messages of all lengths: moved in one chunk or many, far or not. */
static void
make_box(int shape)
{
	static const int	 lens[SHAPES][MESSAGES] = {
		{ 10, 10, 10, 10, 10 },
		{ 3000, 10, 2000, 4000, 100 },
		{ 20, 9000, 20, 9000, 20 },
		{ 12000, 12000, 12000, 12000, 12000 },
		{ 30000, 5, 5, 5, 5 },
		{ 5, 5, 100, 15000, 15000 },
	};
	char			 line[64];
	int			 i, k;

	whole.n = 0;
	for (i = 0; i < MESSAGES; i++) {
		off[i] = whole.n;
		snprintf(line, sizeof(line), "Subject: %d\n\n", i);
		text_add(&whole, FROM, strlen(FROM));
		text_add(&whole, line, strlen(line));
		for (k = 0; k < lens[shape][i]; k++) {
			snprintf(line, sizeof(line), "%d.%d\n", i, k);
			text_add(&whole, line, strlen(line));
			k += strlen(line);
		}
		text_add(&whole, "\n", 1);
	}
	off[i] = whole.n;
}

static void
make_kept(unsigned int set)
{
	int	 i;

	kept.n = 0;
	for (i = 0; i < MESSAGES; i++)
		if (!(set & 1u << i))
			text_add(&kept, whole.p + off[i], off[i + 1] - off[i]);
}

static void
put_box(void)
{
	int	 fd = open(box, O_WRONLY | O_CREAT, 0600);

	ATF_REQUIRE(fd != -1);
	ATF_REQUIRE_EQ((ssize_t)whole.n, write(fd, whole.p, whole.n));
	ATF_REQUIRE_EQ(0, ftruncate(fd, whole.n));
	close(fd);
}

static void
agent(void)
{
	int	 fd = open(box, O_WRONLY | O_APPEND, 0600);

	ATF_REQUIRE(fd != -1);
	ATF_REQUIRE_EQ((ssize_t)strlen(NEW), write(fd, NEW, strlen(NEW)));
	close(fd);
}

/* The mailbox is that, and after it so many new messages. */
static int
box_is(const struct text *t, int added)
{
	const size_t	 len = strlen(NEW);
	ssize_t		 n;
	int		 fd = open(box, O_RDONLY), i, same;

	ATF_REQUIRE(fd != -1);
	n = read(fd, now.p, sizeof(now.p));
	close(fd);
	same = n == (ssize_t)(t->n + added * len) &&
	    memcmp(now.p, t->p, t->n) == 0;
	for (i = 0; same && i < added; i++)
		same = memcmp(now.p + t->n + i * len, NEW, len) == 0;
	return same;
}

/* Remove a set of messages; the status of the commit. */
static enum st_status
commit(unsigned int set)
{
	struct store	*s;
	uint32_t	 removed, left;
	enum st_status	 status;
	int		 i;

	if (store_open(&s, &conf) != ST_OK)
		_exit(99);
	for (i = 0; i < MESSAGES; i++)
		if (set & 1u << i && store_check(s, i + 1) == ST_OK)
			store_delete(s, i + 1);
	set_calls();
	status = store_commit(s, &removed, &left);
	io_calls = good;
	store_close(s);
	return status;
}

static enum st_status
recover(void)
{
	struct store	*s;
	enum st_status	 status;

	set_calls();
	conf.recover = 1;
	status = store_open(&s, &conf);
	conf.recover = 0;
	store_close(s);
	return status;
}

/* In a process of its own, which ends at call k: its status. */
static int
apart(unsigned int set, int k)
{
	pid_t	 pid;
	int	 st;

	ATF_REQUIRE((pid = fork()) != -1);
	if (pid == 0) {
		end_at = k;
		_exit(set != 0 ? commit(set) : recover());
	}
	ATF_REQUIRE_EQ(pid, waitpid(pid, &st, 0));
	ATF_REQUIRE_MSG(WIFEXITED(st) && WEXITSTATUS(st) != 99, "status %d",
	    st);
	/* What a dead process leaves: agents break it in time. */
	(void)unlinkat(conf.statefd, "box.lock", 0);
	points++;
	return WEXITSTATUS(st);
}

/* Everything that was interrupted is finished; then look. */
static void
look(int shape, unsigned int set, int at, int k, int added)
{
	struct store	*s;

	io_calls = good;
	end_at = fail_at = 0;
	ATF_REQUIRE_EQ_MSG(ST_OK, store_open(&s, &conf),
	    "shape %d set %x call %d, %d", shape, set, at, k);
	store_close(s);
	ATF_REQUIRE_MSG(box_is(&kept, added) || box_is(&whole, added),
	    "torn: shape %d set %x call %d, %d, added %d", shape, set, at, k,
	    added);
}

/* Killed at call at; then recovery at each call, or not at all. */
static int
one_crash(int shape, unsigned int set, int at, int nested)
{
	int	 status, k, added;

	for (k = 1; ; k++) {
		put_box();
		(void)unlinkat(conf.statefd, "journal", 0);
		status = apart(set, at);
		if (status != KILLED) {
			ATF_REQUIRE_EQ(ST_OK, status);
			ATF_REQUIRE(box_is(&kept, 0));
			return 0;
		}
		added = (at + k) % 3 != 0;
		if (added)
			agent();
		if (!nested)
			break;
		if (apart(0, k) != KILLED) {
			look(shape, set, at, k, added);
			return 1;
		}
		if (k % 2) {
			agent();
			added++;
		}
		look(shape, set, at, k, added);
	}
	look(shape, set, at, 0, added);
	return 1;
}

ATF_TC(killed);
ATF_TC_HEAD(killed, tc)
{
	atf_tc_set_md_var(tc, "timeout", "7200");
}
ATF_TC_BODY(killed, tc)
{
	unsigned int	 set;
	int		 all, shape, at;

	all = atf_tc_get_config_var_as_long_wd(tc, "all", 0);
	set_up();
	for (shape = 0; shape < SHAPES; shape++) {
		make_box(shape);
		for (set = 1 + (all ? 0 : shape % 2); set < 1u << MESSAGES;
		    set += all ? 1 : 6) {
			make_kept(set);
			for (at = 1; one_crash(shape, set, at,
			    all || (at + set) % 16 == 0); at++)
				continue;
		}
	}
	printf("%ld processes ended in the middle\n", points);
	ATF_CHECK(points > 5000);
	scratch_end();
}

/* Killed at the first write to the mailbox, which is set 0x2 of shape 1. */
static void
kill_half_way(void)
{
	int	 at;

	make_box(1);
	make_kept(2);
	for (at = 1; ; at++) {
		put_box();
		(void)unlinkat(conf.statefd, "journal", 0);
		ATF_REQUIRE_EQ(KILLED, apart(2, at));
		if (!box_is(&whole, 0))
			break;
	}
}

/* Files in the state directory whose names begin like that. */
static int
count_files(const char *begin)
{
	struct dirent	*d;
	DIR		*dir;
	int		 n = 0;

	ATF_REQUIRE((dir = opendir(folder)) != NULL);
	while ((d = readdir(dir)) != NULL)
		n += strncmp(d->d_name, begin, strlen(begin)) == 0;
	closedir(dir);
	return n;
}

/* A spool that is not mounted: what its mailbox needs is kept for it. */
ATF_TC_WITHOUT_HEAD(absent);
ATF_TC_BODY(absent, tc)
{
	struct store	*s;
	char		 away[140];
	int		 by_hand;

	set_up();
	kill_half_way();
	snprintf(away, sizeof(away), "%s.away", box);
	ATF_REQUIRE_EQ(0, rename(box, away));
	for (by_hand = 0; by_hand < 2; by_hand++) {
		conf.recover = by_hand;
		ATF_CHECK_EQ(ST_TEMP, store_open(&s, &conf));
		ATF_CHECK_EQ(0, count_files("lost."));
	}
	conf.recover = 0;
	ATF_REQUIRE_EQ(0, rename(away, box));
	ATF_REQUIRE_EQ(ST_OK, store_open(&s, &conf));
	store_close(s);
	ATF_CHECK(box_is(&kept, 0));
	scratch_end();
}

/* A journal that does not fit, and no room for its mail: nothing is left. */
ATF_TC_WITHOUT_HEAD(lost_no_room);
ATF_TC_BODY(lost_no_room, tc)
{
	struct store	*s;
	enum st_status	 status;
	char		 cmd[140];
	int		 at, left, failed = 0;

	set_up();
	snprintf(cmd, sizeof(cmd), "rm -f %s/lost.*", folder);
	fail_with = ENOSPC;
	for (at = 1; ; at++) {
		kill_half_way();
		ATF_REQUIRE_EQ(0, truncate(box, 0));
		agent();
		set_calls();
		fail_at = at;
		status = store_open(&s, &conf);
		io_calls = good;
		end_at = fail_at = 0;
		store_close(s);
		if (calls < at)
			break;
		failed += status != ST_OK;
		/* Journal and mail, or nothing. */
		left = count_files("lost.");
		ATF_CHECK_MSG(left == 2 || (left == 0 && status != ST_OK),
		    "call %d: %d", at, left);
		ATF_REQUIRE_EQ(0, system(cmd));
	}
	ATF_CHECK_EQ(ST_OK, status);
	ATF_CHECK(failed > 3);
	scratch_end();
}

/* The k-th call fails, or is interrupted. */
static void
failing(int error, int step)
{
	enum st_status	 status;
	unsigned int	 set;
	int		 shape, at;

	set_up();
	fail_with = error;
	for (shape = 0; shape < SHAPES; shape++) {
		make_box(shape);
		for (set = 1; set < 1u << MESSAGES; set += step) {
			make_kept(set);
			for (at = 1; ; at++) {
				put_box();
				fail_at = at;
				status = commit(set);
				fail_at = 0;
				points++;
				ATF_REQUIRE(status == ST_OK ||
				    (status == ST_TEMP && error != EINTR));
				look(shape, set, at, 0, 0);
				ATF_REQUIRE(status != ST_OK ||
				    box_is(&kept, 0));
				if (calls < at)
					break;
			}
		}
	}
	ATF_CHECK(points > 1000);
	scratch_end();
}

ATF_TC_WITHOUT_HEAD(eio);
ATF_TC_BODY(eio, tc)
{
	failing(EIO, 5);
}

ATF_TC_WITHOUT_HEAD(enospc);
ATF_TC_BODY(enospc, tc)
{
	failing(ENOSPC, 5);
}

ATF_TC_WITHOUT_HEAD(eintr);
ATF_TC_BODY(eintr, tc)
{
	failing(EINTR, 7);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, killed);
	ATF_TP_ADD_TC(tp, absent);
	ATF_TP_ADD_TC(tp, lost_no_room);
	ATF_TP_ADD_TC(tp, eio);
	ATF_TP_ADD_TC(tp, enospc);
	ATF_TP_ADD_TC(tp, eintr);
	return atf_no_error();
}
