/* SPDX-License-Identifier: ISC */
/*
 * Ids against a model of them: random mail, sessions, readers that rewrite the
 * mailbox, lost indexes and processes that end in the middle, in one process
 * and under a clock of the test's own; a seed replays all of it.
 *
 * Every message has a number of its own, which no other message ever has, and
 * a content, which others may have, too.  What must hold:
 *
 *   - all messages of a content have ids with one beginning, which no other
 *     content has; in a listing no id is there twice, and the ids of the
 *     messages of one content stand in the order of their numbers;
 *   - an id that was given to a message is given to it again as long as it is
 *     there, and to no other, not even when it is gone.
 *
 * Three things take knowledge away.  Somebody else removes one of several
 * messages of a content (or brings the same one again before we have looked):
 * nobody can say which one it was.  Until the next listing they may have any of
 * the ids of that content, in order, but for those of messages that we removed
 * ourselves, and no id that is missing there ever comes back.  A process ends
 * in the middle of a commit: the messages of a content of which one was to be
 * removed may get new ids, but never another's.  The index is gone: numbers
 * begin anew, copies with 1, 2, ... in order.
 *
 * -v test_suites.pop3d.operations=N (make soak: a million), seed=N: as printed.
 */

#include <sys/types.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
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
#include "store.h"

#include "../unit/scratch.h"

#define MESSAGES	32		/* in the mailbox at most */
#define FULL		14		/* then most of it is removed */
#define GIVEN		(4 * MESSAGES)
#define TEMPLATES	5		/* contents that come again and again */
#define WORLD		1000		/* operations with one mailbox */
#define KILLED		77

#define MS		1000000LL
#define TICK		(4 * MS)	/* of the clock of the files */
#define LONG_TICK	(100 * MS)	/* after which a stamp can be trusted */

/* What the test and a process that is to end in the middle share. */
struct shared {
	long long	 now;		/* nanoseconds */
	long long	 mtime, ctime;	/* of the mailbox */
	ino_t		 ino;
	int		 calls, end_at;
	uint32_t	 count;		/* messages that the session saw */
	int		 appended, committing, committed, changed;
	uint32_t	 ngiven;
	struct {
		uint32_t	 msg;
		char		 id[UIDL_LEN_MAX + 1];
	}		 given[GIVEN];
};

/* The number that has an id, or what became of it. */
#define NEVER	0
#define DEAD	UINT32_MAX

struct copy {
	uint32_t	 has;
	uint64_t	 died;		/* when so many had been removed */
};

struct content {
	char		 base[27];	/* "": not known yet */
	struct copy	*copy;		/* by number, less 1 */
	uint32_t	 ncopy;
	int		 blurred;
};

struct message {
	uint32_t	 number;
	uint32_t	 content;
	uint32_t	 copy;		/* of the id it was given; 0: none */
	int		 doubt;
	int		 from, status;	/* what does not count */
};

struct plan {
	int		 before, after;	/* UIDL: 0 none, 1 all, 2 some */
	int		 idle;
	uint32_t	 drop;		/* bit set of messages */
	int		 commit;
	int		 append;
	struct message	 mail;
	int		 end_at;
};

static struct shared	*w;
static struct store_conf conf;
static struct message	 box_now[MESSAGES];
static uint32_t		 nbox;
static struct content	*contents;
static uint32_t		 ncontents, numbers;
static uint64_t		 removed, changed, killed, listings, ids;
static uint64_t		 dice, seed;
static long		 op, violations;
static int		 lost;		/* index removed, no session since */
static char		 trace[64][120];
static unsigned int	 ntrace;

static uint32_t
roll(uint32_t n)
{
	dice ^= dice << 13;
	dice ^= dice >> 7;
	dice ^= dice << 17;
	return (uint32_t)(dice >> 32) % n;
}

/* In place of the C library's: the clock, and chance, are the test's. */

int
getentropy(void *p, size_t n)
{
	static uint64_t	 state = 1;
	unsigned char	*s = p;

	for (; n > 0; n--) {
		state = state * UINT64_C(6364136223846793005) +
		    UINT64_C(1442695040888963407);
		*s++ = state >> 56;
	}
	return 0;
}

uint32_t
arc4random_uniform(uint32_t n)
{
	uint64_t	 r;

	return getentropy(&r, sizeof(r)) == 0 ? r % n : 0;
}

static void
to_ts(struct timespec *ts, long long ns)
{
	ts->tv_sec = ns / (1000 * MS);
	ts->tv_nsec = ns % (1000 * MS);
}

int
clock_gettime(clockid_t id, struct timespec *ts)
{
	if (id != CLOCK_REALTIME || w == NULL)
		return syscall(SYS_clock_gettime, id, ts);
	to_ts(ts, w->now);
	return 0;
}

int
fstat(int fd, struct stat *st)
{
	if (syscall(SYS_fstat, fd, st) == -1)
		return -1;
	if (w != NULL && st->st_ino == w->ino) {
		to_ts(&st->st_mtim, w->mtime);
		to_ts(&st->st_ctim, w->ctime);
	}
	return 0;
}

static int
is_box(int fd)
{
	struct stat	 st;

	return syscall(SYS_fstat, fd, &st) == 0 && st.st_ino == w->ino;
}

static void
written(void)
{
	w->mtime = w->ctime = w->now / TICK * TICK;
}

/* One more call: whether it is the last. */
static int
call(void)
{
	return ++w->calls == w->end_at;
}

int
futimens(int fd, const struct timespec ts[2])
{
	if (call())
		_exit(KILLED);
	if (!is_box(fd))
		return -1;
	written();
	w->mtime = ts[1].tv_sec * 1000 * MS + ts[1].tv_nsec;
	return 0;
}

/*
 * The last one arrives by half, or if that is a slot of the index, whole or not
 * at all: a process cannot be ended within a page.
 */
ssize_t
pwrite(int fd, const void *p, size_t n, off_t off)
{
	int	 last = call();
	ssize_t	 r = 0;

	if (!last || n != sizeof(struct index_slot) || roll(2))
		r = syscall(SYS_pwrite64, fd, p, !last ||
		    n == sizeof(struct index_slot) ? n : n / 2, off);
	if (is_box(fd))
		written();
	if (last)
		_exit(KILLED);
	return r;
}

int
ftruncate(int fd, off_t size)
{
	if (call())
		_exit(KILLED);
	if (is_box(fd))
		written();
	return syscall(SYS_ftruncate, fd, size);
}

static int
no_sync(int fd)
{
	if (call())
		_exit(KILLED);
	return 0;
}

static void
violated(const char *what, const struct message *m, const char *id)
{
	unsigned int	 i;

	violations++;
	if (violations > 5)
		return;
	printf("seed %llu, operation %ld: %s: message %u, content %u, had "
	    "copy %u%s%s, now %s\n", (unsigned long long)seed, op, what,
	    m->number, m->content, m->copy, m->doubt ? ", in doubt" : "",
	    contents[m->content].blurred ? ", blurred" : "", id);
	for (i = ntrace > 20 ? ntrace - 20 : 0; i < ntrace; i++)
		printf("\t%s\n", trace[i % 64]);
	fflush(stdout);
}

static void
note(const char *what, const struct plan *p)
{
	size_t	 n;
	uint32_t i;
	char	*s = trace[ntrace++ % 64];

	n = snprintf(s, sizeof(trace[0]), "%ld %s", op, what);
	if (p != NULL)
		n += snprintf(s + n, sizeof(trace[0]) - n, " uidl %d,%d idle %d "
		    "drop %x commit %d append %d end %d", p->before, p->after,
		    p->idle, p->drop, p->commit, p->append, p->end_at);
	n += snprintf(s + n, sizeof(trace[0]) - n, " now %lld:", w->now / MS %
	    100000);
	for (i = 0; i < nbox && n + 20 < sizeof(trace[0]); i++)
		n += snprintf(s + n, sizeof(trace[0]) - n, " %u:%u",
		    box_now[i].content, box_now[i].number);
}

/* The text of a message: content, and what mail readers make of it. */
static void
add_text(struct buf *b, const struct message *m)
{
	static const char *const status[] = {
		"", "Status: N\n", "Status: O\n", "Status: RO\n",
		"X-Status: A\nStatus: RO\n", "X-UID: 7\nStatus: O\n",
		"X-IMAPbase: 1 9\nX-UID: 3\n", "X-Keywords:         \n"
	};
	char	 text[300];

	snprintf(text, sizeof(text), "From %c@b Mon Jan  1 10:00:00 2024\n"
	    "Subject: %06u\n%s\nbody of %06u\n%s\n", 'a' + m->from, m->content,
	    status[m->status], m->content,
	    m->content % 3 == 0 ? "one more line\n" : "");
	buf_add(b, text, strlen(text));
}

static struct buf
text_of(const struct message *v, uint32_t n)
{
	struct buf	 b = { 0 };
	uint32_t	 i;

	buf_add(&b, "", 0);
	for (i = 0; i < n; i++)
		add_text(&b, &v[i]);
	return b;
}

static int
is_text(const struct message *v, uint32_t n)
{
	struct buf	 want = text_of(v, n), have = get(box);
	int		 same;

	same = want.n == have.n && memcmp(want.p, have.p, want.n) == 0;
	free(want.p);
	free(have.p);
	return same;
}

static uint32_t
new_content(void)
{
	contents = reallocarray(contents, ncontents + 1, sizeof(*contents));
	ATF_REQUIRE(contents != NULL);
	memset(&contents[ncontents], 0, sizeof(*contents));
	return ncontents++;
}

static struct message
new_message(void)
{
	struct message	 m = { 0 };

	m.number = ++numbers;
	if (roll(3) > 0)
		m.content = roll(TEMPLATES);
	else if (roll(3) == 0 && nbox > 0)
		m.content = box_now[roll(nbox)].content;
	else
		m.content = new_content();
	m.from = roll(4) == 0;
	m.status = roll(4) == 0 ? 1 : 0;
	return m;
}

static void
append(const struct message *m)
{
	struct buf	 b = text_of(m, 1);
	int		 fd = open(box, O_WRONLY | O_APPEND);

	ATF_REQUIRE(fd != -1);
	ATF_REQUIRE_EQ((ssize_t)b.n, write(fd, b.p, b.n));
	close(fd);
	free(b.p);
	written();
}

static void
write_box(int in_place)
{
	struct buf	 b = text_of(box_now, nbox);
	struct stat	 st;
	char		 other[100];

	snprintf(other, sizeof(other), "%s.new", box);
	put(in_place ? box : other, b.p, b.n, O_TRUNC);
	free(b.p);
	if (!in_place)
		ATF_REQUIRE_EQ(0, rename(other, box));
	ATF_REQUIRE_EQ(0, stat(box, &st));
	w->ino = st.st_ino;
	written();
}

static struct copy *
copy_of(uint32_t content, uint32_t copy)
{
	struct content	*c = &contents[content];

	if (copy > c->ncopy) {
		c->copy = recallocarray(c->copy, c->ncopy, copy,
		    sizeof(*c->copy));
		ATF_REQUIRE(c->copy != NULL);
		c->ncopy = copy;
	}
	return &c->copy[copy - 1];
}

/* Dead, and not so long ago that it may have been forgotten. */
static int
is_dead(const struct copy *k)
{
	return k->has == DEAD && removed - k->died < INDEX_TOMBS * 3 / 4;
}

static void
kill_copy(struct copy *k)
{
	k->has = DEAD;
	k->died = removed;
}

/* A message has been given an id. */
static void
given(struct message *m, const char *id)
{
	struct content	*c = &contents[m->content];
	struct copy	*k;
	unsigned long	 copy;

	copy = id[26] == '-' ? strtoul(id + 27, NULL, 10) : 1;
	if (c->base[0] == '\0')
		memcpy(c->base, id, 26);
	ids++;
	if (memcmp(c->base, id, 26) != 0 || copy == 0 || copy > 1000000) {
		violated("not of its content", m, id);
		return;
	}
	k = copy_of(m->content, copy);
	if (m->copy == copy && !c->blurred) {
		m->doubt = 0;
		return;
	}
	if (is_dead(k))
		violated("came back", m, id);
	else if (!c->blurred && k->has != NEVER && k->has != DEAD)
		violated("of another message", m, id);
	else if (!c->blurred && m->copy != 0 && !m->doubt)
		violated("moved", m, id);
	if (c->blurred) {
		if (k->has == NEVER || k->has == DEAD)
			k->has = m->number;
		return;
	}
	if (m->copy != 0)
		kill_copy(copy_of(m->content, m->copy));
	m->copy = copy;
	m->doubt = 0;
	k->has = m->number;
}

/* A listing of all settles a content of which not all was known. */
static void
settle(uint32_t content)
{
	struct content	*c = &contents[content];
	struct message	*m;
	uint32_t	 i, n;

	for (n = 0; n < c->ncopy; n++)
		if (c->copy[n].has != NEVER && c->copy[n].has != DEAD)
			kill_copy(&c->copy[n]);
	for (i = 0; i < nbox; i++) {
		m = &box_now[i];
		if (m->content != content)
			continue;
		m->copy = w->given[i].id[26] == '-' ?
		    strtoul(w->given[i].id + 27, NULL, 10) : 1;
		m->doubt = 0;
		copy_of(content, m->copy)->has = m->number;
	}
	c->blurred = 0;
}

/* The first ids given are of all messages: in order, each once. */
static void
listed(int anew)
{
	static struct { uint32_t content, copy, n; } last[MESSAGES];
	uint32_t	 i, k, n = 0, copy;

	listings++;
	for (i = 0; i < nbox; i++) {
		copy = w->given[i].id[26] == '-' ?
		    strtoul(w->given[i].id + 27, NULL, 10) : 1;
		for (k = 0; k < n && last[k].content != box_now[i].content; k++)
			continue;
		if (k == n) {
			last[n].content = box_now[i].content;
			last[n].n = last[n].copy = 0;
			n++;
		}
		if (copy <= last[k].copy)
			violated("out of order", &box_now[i], w->given[i].id);
		last[k].copy = copy;
		last[k].n++;
		if (anew && last[k].n != copy)
			violated("not anew", &box_now[i], w->given[i].id);
	}
	for (k = 0; k < n; k++)
		if (contents[last[k].content].blurred)
			settle(last[k].content);
	/* Those of which nothing is left, too. */
	for (i = 0; i < ncontents; i++)
		if (contents[i].blurred)
			settle(i);
}

/* Ask for ids; 0 if the session has to end. */
static int
ask(struct store *s, int how)
{
	uint32_t	 i, n = store_count(s), *k = &w->ngiven;
	enum st_status	 st = ST_OK;

	for (i = 0; how != 0 && i < n && st == ST_OK; i++) {
		if ((how == 2 && (i * 7 + n) % 3 != 0) ||
		    (st = store_check(s, i + 1)) == ST_DELETED) {
			st = ST_OK;
			continue;
		}
		if (st == ST_OK)
			st = store_uidl(s, i + 1, w->given[*k].id);
		if (st == ST_OK)
			w->given[(*k)++].msg = i;
	}
	w->changed = st == ST_CHANGED;
	return st == ST_OK;
}

/* A session as planned; it can end anywhere in here. */
static enum st_status
session(const struct plan *p)
{
	struct store	*s;
	uint32_t	 i, n, left;
	enum st_status	 st;
	int		 more;

	w->calls = 0;
	if ((st = store_open(&s, &conf)) != ST_OK)
		return st;
	w->count = store_count(s);
	if (p->idle & 1)
		store_idle(s);
	more = ask(s, p->before);
	if (more && p->idle & 2)
		store_idle(s);
	for (i = 0; more && i < w->count; i++)
		if (p->drop & 1U << i && (more =
		    store_check(s, i + 1) == ST_OK))
			store_delete(s, i + 1);
	more = more && ask(s, p->after);
	if (more && p->append) {
		append(&p->mail);
		w->appended = 1;
	}
	if (more && p->idle & 4)
		store_idle(s);
	if (more && p->commit) {
		w->committing = 1;
		if ((st = store_commit(s, &n, &left)) == ST_OK)
			w->committed = 1;
		/* A marked message turned out not to be what was listed. */
		if (strstr(said, "to be removed has changed") != NULL) {
			w->committing = 0;
			w->changed = 1;
			st = ST_OK;
		}
	}
	store_close(s);
	return st;
}

/* The mailbox without the messages of a set. */
static uint32_t
without(struct message *v, uint32_t drop)
{
	uint32_t	 i, n = 0;

	for (i = 0; i < nbox; i++)
		if (i >= w->count || !(drop & 1U << i))
			v[n++] = box_now[i];
	return n;
}

/* We have removed messages, or may have been about to. */
static void
dropped(uint32_t drop, int doubt, int done)
{
	struct message	 left[MESSAGES];
	uint32_t	 i, k;

	for (i = 0; i < w->count; i++) {
		if (!(drop & 1U << i))
			continue;
		for (k = 0; doubt && k < nbox; k++)
			if (box_now[k].content == box_now[i].content) {
				box_now[k].doubt = 1;
				removed++;
			}
		if (!done)
			continue;
		removed++;
		if (box_now[i].copy != 0 &&
		    !contents[box_now[i].content].blurred)
			kill_copy(copy_of(box_now[i].content,
			    box_now[i].copy));
	}
	if (!done)
		return;
	nbox = without(left, drop);
	memcpy(box_now, left, nbox * sizeof(*left));
}

static void
deliver(int later)
{
	if (nbox == MESSAGES)
		return;
	box_now[nbox] = new_message();
	if (later)
		box_now[nbox].from = 2 + numbers % 20;
	append(&box_now[nbox++]);
}

static void
recover(void)
{
	struct store	*s;

	conf.recover = 1;
	w->calls = w->end_at = 0;
	ATF_REQUIRE_EQ_MSG(ST_OK, store_open(&s, &conf), "%s", said);
	store_close(s);
	conf.recover = 0;
}

/* Ended in the middle of a commit: which mailbox is it? */
static void
resolve(uint32_t drop)
{
	struct message	 v[MESSAGES];
	uint32_t	 n;
	int		 done;

	/* Recovery knows what was removed by its octets, the date included. */
	if (roll(2))
		deliver(1);
	recover();
	n = without(v, drop);
	done = is_text(v, n);
	ATF_REQUIRE_MSG(done || is_text(box_now, nbox),
	    "seed %llu, operation %ld: torn", (unsigned long long)seed, op);
	dropped(drop, 1, done);
}

static void
run_session(const struct plan *p)
{
	enum st_status	 st = ST_OK;
	pid_t		 pid;
	int		 status;

	w->end_at = p->end_at;
	if (p->end_at == 0) {
		st = session(p);
	} else {
		ATF_REQUIRE((pid = fork()) != -1);
		if (pid == 0)
			_exit(session(p) == ST_OK ? 0 : 1);
		ATF_REQUIRE_EQ(pid, waitpid(pid, &status, 0));
		ATF_REQUIRE(WIFEXITED(status));
		if (WEXITSTATUS(status) == KILLED)
			killed++;
		else if (WEXITSTATUS(status) != 0)
			st = ST_TEMP;
		else if (p->commit && w->committing)
			w->committed = 1;
	}
	w->end_at = 0;
	ATF_REQUIRE_MSG(st == ST_OK, "seed %llu, operation %ld: status %d: %s",
	    (unsigned long long)seed, op, st, said);
}

static void
visit(void)
{
	struct plan	 p = { 0 };
	uint32_t	 i, marked = 0;
	int		 anew = lost;

	if (roll(2))
		p.before = 1 + roll(5) / 4;
	p.idle = roll(8);
	if (roll(3) == 0 || nbox > FULL)
		for (i = 0; i < nbox; i++)
			if (roll(nbox > FULL ? 2 : 4) == 0) {
				p.drop |= 1U << i;
				marked++;
			}
	if (roll(12) == 0)
		p.drop = UINT32_MAX >> (32 - (nbox > 0 ? nbox : 1));
	if (roll(4) == 0)
		p.after = 1;
	p.commit = roll(8) > 0;
	if (roll(6) == 0 && nbox < MESSAGES) {
		p.append = 1;
		p.mail = new_message();
	}
	if (roll(6) == 0)
		p.end_at = 1 + roll(roll(2) ? 8 : 40);
	note("session", &p);
	w->count = w->ngiven = 0;
	w->appended = w->committing = w->committed = w->changed = 0;
	said[0] = '\0';
	run_session(&p);
	for (i = 0; i < w->ngiven; i++)
		given(&box_now[w->given[i].msg], w->given[i].id);
	if (p.before == 1 && w->ngiven >= nbox)
		listed(anew);
	if (w->changed)
		changed++;
	if (w->appended)
		box_now[nbox++] = p.mail;
	lost = 0;
	if (w->committed && !w->changed)
		dropped(p.drop, 0, 1);
	else if (w->committing && p.drop != 0)
		resolve(p.drop);
}

/* A mail reader writes the mailbox anew. */
static void
rewrite(void)
{
	struct message	 left[MESSAGES];
	uint32_t	 i, n = 0;
	int		 expunge = roll(3) == 0, flags = roll(3);

	for (i = 0; i < nbox; i++) {
		if (expunge && roll(4) == 0) {
			contents[box_now[i].content].blurred = 1;
			removed++;
			continue;
		}
		left[n] = box_now[i];
		if (flags == 1 && roll(2))
			left[n].status = roll(8);
		else if (flags == 2 && left[n].status == 1)
			left[n].status = 2;
		n++;
	}
	memcpy(box_now, left, n * sizeof(*left));
	nbox = n;
	note("rewrite", NULL);
	write_box(roll(4) > 0);
	if (roll(2))
		deliver(0);
}

static void
lose(void)
{
	uint32_t	 i;

	note("index lost", NULL);
	(void)unlinkat(conf.statefd, "index", 0);
	for (i = 0; i < ncontents; i++) {
		free(contents[i].copy);
		contents[i].copy = NULL;
		contents[i].ncopy = 0;
		contents[i].blurred = 0;
	}
	for (i = 0; i < nbox; i++)
		box_now[i].copy = box_now[i].doubt = 0;
	lost = 1;
}

static void
pass_time(void)
{
	switch (roll(4)) {
	case 0:
		w->now += roll(8) * MS;
		break;
	case 1:
		w->now += LONG_TICK + roll(1000) * MS;
		break;
	}
}

static void
operate(void)
{
	uint32_t	 what = roll(100);

	pass_time();
	if (what < 30) {
		deliver(0);
		note("mail", NULL);
	} else if (what < 80)
		visit();
	else if (what < 92)
		rewrite();
	else if (what < 98) {
		note("touch", NULL);
		written();
	} else if (roll(8) == 0)
		lose();
	else
		w->now += LONG_TICK;
	ATF_REQUIRE_MSG(is_text(box_now, nbox),
	    "seed %llu, operation %ld: the mailbox is wrong",
	    (unsigned long long)seed, op);
}

static void
begin_world(uint64_t number)
{
	uint32_t	 i;

	seed = number;
	dice = (number + 1) * UINT64_C(0x9e3779b97f4a7c15);
	for (i = 0; i < 8; i++)
		(void)roll(2);
	nbox = ncontents = numbers = ntrace = 0;
	(void)unlinkat(conf.statefd, "index", 0);
	(void)unlinkat(conf.statefd, "journal", 0);
	for (i = 0; i < TEMPLATES; i++)
		(void)new_content();
	lost = 1;
	write_box(1);
}

static void
end_world(void)
{
	uint32_t	 i;

	for (i = 0; i < ncontents; i++)
		free(contents[i].copy);
	free(contents);
	contents = NULL;
}

static void
set_up(void)
{
	scratch_store(access("/dev/shm", W_OK) == 0 ? "/dev/shm/pop3d_ids" :
	    "/tmp/pop3d_ids", &conf);
	/* The locks of this process would be in its own way. */
	conf.lock_flags = LOCK_FCNTL;
	io_calls.fsync = io_calls.fdatasync = no_sync;
	w = mmap(NULL, sizeof(*w), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ATF_REQUIRE(w != MAP_FAILED);
	w->now = 1700000000LL * 1000 * MS;
}

ATF_TC(model);
ATF_TC_HEAD(model, tc)
{
	atf_tc_set_md_var(tc, "timeout", "7200");
}
ATF_TC_BODY(model, tc)
{
	long	 n, all, at;

	all = atf_tc_get_config_var_as_long_wd(tc, "operations", 40000);
	at = atf_tc_get_config_var_as_long_wd(tc, "seed", 1);
	set_up();
	for (n = 0; n < all; n += WORLD) {
		begin_world(at + n / WORLD);
		for (op = 0; op < WORLD && violations < 100; op++)
			operate();
		end_world();
	}
	printf("%ld operations, %llu listings, %llu ids given, %llu processes "
	    "ended, %llu sessions ended early: %ld violations\n", all,
	    (unsigned long long)listings, (unsigned long long)ids,
	    (unsigned long long)killed, (unsigned long long)changed,
	    violations);
	ATF_CHECK_EQ(0, violations);
	ATF_CHECK(listings > (uint64_t)all / 20);
	ATF_CHECK(changed < (uint64_t)all / 50);
	scratch_end();
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, model);
	return atf_no_error();
}
