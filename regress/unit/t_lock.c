/* SPDX-License-Identifier: ISC */
/* Tests of storaged/mbox/lock.c and dotlock.c: what waits for what. */

#include <sys/types.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <atf-c.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "dotlock.h"
#include "lock.h"
#include "session_lock.h"
#include "sandbox.h"
#include "scratch.h"

static int	 dirfd_;

static void
lock_init(struct mbox_lock *l, uint32_t flags)
{
	memset(l, 0, sizeof(*l));
	l->dirfd = dirfd_;
	l->fd = openat(dirfd_, "box", O_RDWR | O_CREAT, 0600);
	ATF_REQUIRE(l->fd != -1);
	l->path = "/spool/box";
	l->name = "box";
	l->uid = geteuid();
	l->flags = flags;
}

static void
put_file(const char *name, const char *text, long age)
{
	struct timespec	 ts[2] = { { 0, 0 }, { 0, 0 } };
	int		 fd = openat(dirfd_, name, O_WRONLY | O_CREAT | O_TRUNC,
			    0644);

	ATF_REQUIRE(fd != -1);
	ATF_REQUIRE_EQ((ssize_t)strlen(text), write(fd, text, strlen(text)));
	ts[0].tv_sec = ts[1].tv_sec = time(NULL) - age;
	ATF_REQUIRE_EQ(0, futimens(fd, ts));
	close(fd);
}

/* A pid that is not alive any more. */
static pid_t
dead_pid(void)
{
	pid_t	 pid = fork();

	if (pid == 0)
		_exit(0);
	ATF_REQUIRE(pid > 0);
	ATF_REQUIRE_EQ(pid, waitpid(pid, NULL, 0));
	return pid;
}

/* A child that holds a lock of a kind on "box" for so many ms, or for good. */
static pid_t
holder(uint32_t kind, int ms)
{
	struct flock	 fl = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	char		 c;
	pid_t		 pid;
	int		 fd, sync[2];

	ATF_REQUIRE_EQ(0, pipe(sync));
	if ((pid = fork()) == 0) {
		fd = openat(dirfd_, "box", O_RDWR | O_CREAT, 0600);
		if (kind == LOCK_FLOCK ? flock(fd, LOCK_EX) == -1 :
		    fcntl(fd, F_SETLK, &fl) == -1)
			_exit(1);
		if (write(sync[1], "x", 1) != 1)
			_exit(1);
		if (ms == 0)
			pause();
		usleep(ms * 1000);
		_exit(0);
	}
	ATF_REQUIRE(pid > 0);
	ATF_REQUIRE_EQ(1, read(sync[0], &c, 1));
	close(sync[0]);
	close(sync[1]);
	return pid;
}

static void
end(pid_t pid)
{
	kill(pid, SIGKILL);
	ATF_REQUIRE_EQ(pid, waitpid(pid, NULL, 0));
}

ATF_TC_WITHOUT_HEAD(session);
ATF_TC_BODY(session, tc)
{
	int	 a, b, st;
	pid_t	 child;

	dirfd_ = scratch_begin("/tmp/pop3d_lock");
	ATF_REQUIRE_EQ(ST_OK, session_lock(dirfd_, "anna", &a));
	ATF_CHECK_EQ(ST_INUSE, session_lock(dirfd_, "anna", &b));
	ATF_CHECK_MSG(strstr(said, "anna is in use") != NULL, "%s", said);
	if ((child = fork()) == 0)
		_exit(session_lock(dirfd_, "anna", &b));
	ATF_REQUIRE_EQ(child, waitpid(child, &st, 0));
	ATF_CHECK(WIFEXITED(st) && WEXITSTATUS(st) == ST_INUSE);

	close(a);
	ATF_CHECK_EQ(ST_OK, session_lock(dirfd_, "anna", &a));
	close(a);
	scratch_end();
}

/* Whatever the owner of a state directory does in it, there is one session. */
ATF_TC_WITHOUT_HEAD(session_hostile);
ATF_TC_BODY(session_hostile, tc)
{
	int	 a, b;

	dirfd_ = scratch_begin("/tmp/pop3d_lock");
	put_file("lock", "9", 0);
	ATF_REQUIRE_EQ(ST_OK, session_lock(dirfd_, "anna", &a));
	ATF_REQUIRE_EQ(0, unlinkat(dirfd_, "lock", 0));
	ATF_CHECK_EQ(ST_INUSE, session_lock(dirfd_, "anna", &b));
	close(a);
	ATF_CHECK_EQ(ST_TEMP, session_lock(-1, "anna", &b));
	scratch_end();
}

ATF_TC_WITHOUT_HEAD(all_kinds);
ATF_TC_BODY(all_kinds, tc)
{
	struct mbox_lock	 a, b;
	char			 text[400] = "", want[400], host[256] = "";
	int			 fd;
	uint32_t		 kind;

	dirfd_ = scratch_begin("/tmp/pop3d_lock");
	for (kind = LOCK_DOTLOCK; kind <= LOCK_FLOCK; kind <<= 1) {
		lock_init(&a, kind);
		lock_init(&b, kind);
		ATF_CHECK_EQ(ST_OK, lock_mbox(&a));
		ATF_CHECK_EQ(ST_OK, lock_mbox(&a));
		ATF_CHECK_EQ(ST_INUSE, lock_mbox(&b));
		ATF_CHECK_EQ(0, b.held);
		/* Giving up, or dropping nothing, drops nobody else's. */
		lock_mbox_drop(&b);
		ATF_CHECK_EQ(ST_INUSE, lock_mbox(&b));
		ATF_CHECK_EQ(kind == LOCK_DOTLOCK, exists("box.lock"));
		lock_mbox_drop(&a);
		ATF_CHECK(!exists("box.lock"));
		ATF_CHECK_EQ(ST_OK, lock_mbox(&b));
		lock_mbox_drop(&b);
		close(a.fd);
		close(b.fd);
	}
	lock_init(&a, LOCK_DOTLOCK | LOCK_FCNTL | LOCK_FLOCK);
	ATF_CHECK_EQ(ST_OK, lock_mbox(&a));
	fd = openat(dirfd_, "box.lock", O_RDONLY);
	ATF_REQUIRE(read(fd, text, sizeof(text) - 1) > 0);
	close(fd);
	gethostname(host, sizeof(host) - 1);
	snprintf(want, sizeof(want), "%ld %s\n", (long)getpid(), host);
	ATF_CHECK_STREQ(want, text);
	lock_mbox_drop(&a);
	close(a.fd);
	scratch_end();
}

/* Locks of other programs, made their way. */
ATF_TC_WITHOUT_HEAD(foreign_locks);
ATF_TC_BODY(foreign_locks, tc)
{
	struct mbox_lock	 l;
	char			 pid[32];
	pid_t			 child;

	dirfd_ = scratch_begin("/tmp/pop3d_lock");
	child = holder(LOCK_FCNTL, 0);
	lock_init(&l, LOCK_DOTLOCK | LOCK_FCNTL);
	ATF_CHECK_EQ(ST_INUSE, lock_mbox(&l));
	snprintf(pid, sizeof(pid), "pid %ld", (long)child);
	ATF_CHECK_MSG(strstr(said, pid) != NULL, "%s", said);
	ATF_CHECK_MSG(strstr(said, "/spool/box") != NULL, "%s", said);
	ATF_CHECK_MSG(!exists("box.lock"), "kept the dotlock");
	end(child);
	ATF_CHECK_EQ(ST_OK, lock_mbox(&l));
	lock_mbox_drop(&l);
	close(l.fd);

	child = holder(LOCK_FLOCK, 0);
	lock_init(&l, LOCK_FLOCK | LOCK_FCNTL);
	ATF_CHECK_EQ(ST_INUSE, lock_mbox(&l));
	end(child);
	ATF_CHECK_EQ(ST_OK, lock_mbox(&l));
	close(l.fd);

	/* A dotlock in the way: the file lock is not kept meanwhile. */
	put_file("box.lock", "1\n", 0);
	lock_init(&l, LOCK_DOTLOCK | LOCK_FCNTL);
	ATF_CHECK_EQ(ST_INUSE, lock_mbox(&l));
	ATF_CHECK_MSG(strstr(said, "box.lock") != NULL &&
	    strstr(said, "pid 1 ") != NULL, "%s", said);
	child = holder(LOCK_FCNTL, 1);
	ATF_REQUIRE_EQ(child, waitpid(child, NULL, 0));
	ATF_CHECK(exists("box.lock"));
	close(l.fd);
	scratch_end();
}

ATF_TC_WITHOUT_HEAD(waits);
ATF_TC_BODY(waits, tc)
{
	struct mbox_lock	 l;
	struct timespec		 a, b;
	pid_t			 child;
	long			 ms;

	dirfd_ = scratch_begin("/tmp/pop3d_lock");
	child = holder(LOCK_FCNTL, 2000);
	lock_init(&l, LOCK_DOTLOCK | LOCK_FCNTL);
	/* So long that on a slow machine, too, half of it tells apart. */
	l.timeout = 60;
	clock_gettime(CLOCK_MONOTONIC, &a);
	ATF_CHECK_EQ(ST_OK, lock_mbox(&l));
	clock_gettime(CLOCK_MONOTONIC, &b);
	ms = (b.tv_sec - a.tv_sec) * 1000 + (b.tv_nsec - a.tv_nsec) / 1000000;
	ATF_CHECK_MSG(ms >= 300 && ms < 30000, "%ld ms", ms);
	lock_mbox_drop(&l);
	ATF_REQUIRE_EQ(child, waitpid(child, NULL, 0));

	child = holder(LOCK_FCNTL, 0);
	l.timeout = 1;
	clock_gettime(CLOCK_MONOTONIC, &a);
	ATF_CHECK_EQ(ST_INUSE, lock_mbox(&l));
	clock_gettime(CLOCK_MONOTONIC, &b);
	ms = (b.tv_sec - a.tv_sec) * 1000 + (b.tv_nsec - a.tv_nsec) / 1000000;
	ATF_CHECK_MSG(ms >= 500 && ms < 30000, "%ld ms", ms);
	end(child);
	close(l.fd);
	scratch_end();
}

ATF_TC_WITHOUT_HEAD(stale);
ATF_TC_BODY(stale, tc)
{
	struct mbox_lock	 l;
	char			 text[400], host[256] = "";
	pid_t			 dead = dead_pid();

	dirfd_ = scratch_begin("/tmp/pop3d_lock");
	gethostname(host, sizeof(host) - 1);
	lock_init(&l, LOCK_DOTLOCK);

	/* Of this host, from a process that is gone: broken at once. */
	snprintf(text, sizeof(text), "%ld %s\n", (long)dead, host);
	put_file("box.lock", text, 0);
	ATF_CHECK_EQ(ST_OK, lock_mbox(&l));
	ATF_CHECK_MSG(strstr(said, "stale") != NULL, "%s", said);
	lock_mbox_drop(&l);

	/* Of another host, or of an unknown one: only by age. */
	snprintf(text, sizeof(text), "%ld not-%s\n", (long)dead, host);
	put_file("box.lock", text, 0);
	ATF_CHECK_EQ(ST_INUSE, lock_mbox(&l));
	snprintf(text, sizeof(text), "%ld\n", (long)dead);
	put_file("box.lock", text, 0);
	ATF_CHECK_EQ(ST_INUSE, lock_mbox(&l));
	put_file("box.lock", "", DOTLOCK_STALE - 60);
	ATF_CHECK_EQ(ST_INUSE, lock_mbox(&l));
	put_file("box.lock", "", DOTLOCK_STALE + 60);
	ATF_CHECK_EQ(ST_OK, lock_mbox(&l));
	lock_mbox_drop(&l);
	snprintf(text, sizeof(text), "%ld not-%s\n", (long)dead, host);
	put_file("box.lock", text, DOTLOCK_STALE + 60);
	ATF_CHECK_EQ(ST_OK, lock_mbox(&l));
	lock_mbox_drop(&l);

	/* Of this host, from a process that is alive. */
	snprintf(text, sizeof(text), "1 %s\n", host);
	put_file("box.lock", text, 0);
	ATF_CHECK_EQ(ST_INUSE, lock_mbox(&l));
	close(l.fd);
	scratch_end();
}

/* Someone else's file, a long one, mail: old as they are, they are no locks. */
ATF_TC_WITHOUT_HEAD(no_lock);
ATF_TC_BODY(no_lock, tc)
{
	struct mbox_lock	 l;
	char			 text[400];

	dirfd_ = scratch_begin("/tmp/pop3d_lock");
	lock_init(&l, LOCK_DOTLOCK);
	memset(text, '1', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	put_file("box.lock", text, DOTLOCK_STALE * 2);
	ATF_CHECK_EQ(ST_INUSE, lock_mbox(&l));
	ATF_CHECK_MSG(strstr(said, "not a lock file") != NULL, "%s", said);
	put_file("box.lock", "From a Mon Jan  5 10:00:00 2026\n\nx\n",
	    DOTLOCK_STALE * 2);
	ATF_CHECK_EQ(ST_INUSE, lock_mbox(&l));
	ATF_CHECK(exists("box.lock"));
	put_file("box.lock", "", DOTLOCK_STALE * 2);
	l.uid = 5001;
	ATF_REQUIRE_EQ(0, fchownat(dirfd_, "box.lock", 5002, 5002, 0));
	ATF_CHECK_EQ(ST_INUSE, lock_mbox(&l));
	ATF_CHECK(exists("box.lock"));
	ATF_REQUIRE_EQ(0, fchownat(dirfd_, "box.lock", 5001, 5001, 0));
	ATF_CHECK_EQ(ST_OK, lock_mbox(&l));
	lock_mbox_drop(&l);
	close(l.fd);
	scratch_end();
}

/* Let so many seconds pass for what is kept of the lock in the way. */
static void
let_pass(int fd, long seconds)
{
	struct dotlock_watch	 w;

	ATF_REQUIRE_EQ((ssize_t)sizeof(w), pread(fd, &w, sizeof(w), 512));
	ATF_REQUIRE(w.ino != 0);
	w.since -= seconds;
	ATF_REQUIRE_EQ((ssize_t)sizeof(w), pwrite(fd, &w, sizeof(w), 512));
}

/*
 * A lock from the future, as a clock that was set back leaves it, is broken
 * when it has been there for long enough by our clock, and not before.
 */
ATF_TC_WITHOUT_HEAD(from_the_future);
ATF_TC_BODY(from_the_future, tc)
{
	struct mbox_lock	 l;
	int			 note;

	dirfd_ = scratch_begin("/tmp/pop3d_lock");
	lock_init(&l, LOCK_DOTLOCK);
	note = openat(dirfd_, "note", O_RDWR | O_CREAT, 0600);
	ATF_REQUIRE(note != -1);
	l.notefd = &note;
	l.noteoff = 512;
	put_file("box.lock", "1 elsewhere\n", -100000);
	ATF_CHECK_EQ(ST_INUSE, lock_mbox(&l));
	let_pass(note, DOTLOCK_STALE - 60);
	ATF_CHECK_EQ(ST_INUSE, lock_mbox(&l));
	/* Touched meanwhile: somebody holds it. */
	put_file("box.lock", "1 elsewhere\n", -100001);
	let_pass(note, 120);
	ATF_CHECK_EQ(ST_INUSE, lock_mbox(&l));
	let_pass(note, DOTLOCK_STALE + 60);
	ATF_CHECK_EQ(ST_OK, lock_mbox(&l));
	lock_mbox_drop(&l);
	close(l.fd);
	close(note);
	scratch_end();
}

/* The time of a file server, whose clock is an hour behind ours. */
ATF_TC_WITHOUT_HEAD(slow_server);
ATF_TC_BODY(slow_server, tc)
{
	const struct dotlock_rules	 rules = { .user = geteuid() };
	struct dotlock_watch		 w;
	struct stat			 made;

	dirfd_ = scratch_begin("/tmp/pop3d_lock");
	memset(&w, 0, sizeof(w));
	put_file("box.lock", "1 elsewhere\n", 3600);
	ATF_CHECK_EQ(-1, dotlock_make(dirfd_, "box.lock", "box", 9, &rules,
	    &w, &made));
	w.since -= DOTLOCK_STALE + 60;
	strlcpy(w.host, "another", sizeof(w.host));
	ATF_CHECK_EQ(-1, dotlock_make(dirfd_, "box.lock", "box", 9, &rules,
	    &w, &made));
	w.since -= DOTLOCK_STALE + 60;
	ATF_CHECK_EQ(0, dotlock_make(dirfd_, "box.lock", "box", 9, &rules,
	    &w, &made));
	scratch_end();
}

/* A name taken on purpose is logged, never followed, and stays. */
ATF_TC_WITHOUT_HEAD(squatted);
ATF_TC_BODY(squatted, tc)
{
	struct mbox_lock	 l;
	const struct timespec	 ts[2] = { { 1, 0 }, { 1, 0 } };

	dirfd_ = scratch_begin("/tmp/pop3d_lock");
	lock_init(&l, LOCK_DOTLOCK);
	put_file("other", "1\n", DOTLOCK_STALE * 2);
	ATF_REQUIRE_EQ(0, symlinkat("other", dirfd_, "box.lock"));
	ATF_REQUIRE_EQ(0, utimensat(dirfd_, "box.lock", ts,
	    AT_SYMLINK_NOFOLLOW));
	ATF_CHECK_EQ(ST_INUSE, lock_mbox(&l));
	ATF_CHECK(exists("box.lock"));
	ATF_CHECK_MSG(strstr(said, "not a lock file") != NULL, "%s", said);
	ATF_REQUIRE_EQ(0, unlinkat(dirfd_, "box.lock", 0));
	ATF_REQUIRE_EQ(0, mkdirat(dirfd_, "box.lock", 0700));
	ATF_CHECK_EQ(ST_INUSE, lock_mbox(&l));
	ATF_CHECK(exists("box.lock"));
	close(l.fd);
	scratch_end();
}

/* As OpenBSD's, which looks at paths and keeps no names. */
const char *
sandbox_name(const char *name)
{
	return name;
}

static void __attribute__((noinline))
scribble(void)
{
	volatile char	 room[8192];
	size_t		 i;

	for (i = 0; i < sizeof(room); i++)
		room[i] = '?';
}

ATF_TC_WITHOUT_HEAD(name_lives);
ATF_TC_BODY(name_lives, tc)
{
	const char	*name = lock_dotlock_name("box");

	scribble();
	ATF_CHECK_STREQ("box.lock", name);
}

static int	 answer, taken, dropped;

static int
ask_authd(void *arg, int take)
{
	ATF_REQUIRE_EQ(&answer, arg);
	if (!take) {
		dropped++;
		return CTL_OK;
	}
	taken++;
	return answer;
}

/* In a directory that the user may not write; 0 if all went right. */
static int
as_user(struct mbox_lock *l, int stale)
{
	if (geteuid() == 0 && (setresgid(65534, 65534, 65534) == -1 ||
	    setresuid(65534, 65534, 65534) == -1))
		return 1;
	answer = CTL_OK;
	/* A stale one in the way: it is for authd to break it. */
	if (stale)
		return lock_mbox(l) == ST_OK && taken == 1 ? 0 : 7;
	if (lock_mbox(l) != ST_OK || taken != 1 || exists("box.lock"))
		return 2;
	lock_mbox_drop(l);
	if (dropped != 1)
		return 3;
	answer = CTL_BUSY;
	if (lock_mbox(l) != ST_INUSE || taken != 2 || dropped != 1)
		return 4;
	answer = CTL_FAILED;
	if (lock_mbox(l) != ST_TEMP || taken != 3 || dropped != 1)
		return 5;
	l->dotlock = NULL;
	return lock_mbox(l) == ST_TEMP ? 0 : 6;
}

ATF_TC_WITHOUT_HEAD(by_authd);
ATF_TC_BODY(by_authd, tc)
{
	struct mbox_lock	 l;
	pid_t			 child;
	int			 st, round;

	dirfd_ = scratch_begin("/tmp/pop3d_lock");
	for (round = 0; round < 2; round++) {
		lock_init(&l, LOCK_DOTLOCK | LOCK_FCNTL);
		l.dotlock = ask_authd;
		l.arg = &answer;
		ATF_REQUIRE_EQ(0, chmod(folder, 0555));
		if ((child = fork()) == 0)
			_exit(as_user(&l, round));
		ATF_REQUIRE_EQ(child, waitpid(child, &st, 0));
		ATF_REQUIRE_EQ(0, chmod(folder, 0755));
		ATF_CHECK_EQ_MSG(0, WEXITSTATUS(st), "step %d",
		    WEXITSTATUS(st));
		put_file("box.lock", "", DOTLOCK_STALE * 2);
		close(l.fd);
	}
	ATF_CHECK(exists("box.lock"));
	scratch_end();
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, session);
	ATF_TP_ADD_TC(tp, session_hostile);
	ATF_TP_ADD_TC(tp, all_kinds);
	ATF_TP_ADD_TC(tp, foreign_locks);
	ATF_TP_ADD_TC(tp, waits);
	ATF_TP_ADD_TC(tp, name_lives);
	ATF_TP_ADD_TC(tp, stale);
	ATF_TP_ADD_TC(tp, no_lock);
	ATF_TP_ADD_TC(tp, from_the_future);
	ATF_TP_ADD_TC(tp, slow_server);
	ATF_TP_ADD_TC(tp, squatted);
	ATF_TP_ADD_TC(tp, by_authd);
	return atf_no_error();
}
