/* SPDX-License-Identifier: ISC */
/*
 * Loss of power, kills and failing calls in the middle of a commit and of a
 * recovery: the commit's own calls, on files in memory, left in states that a
 * disk may leave.  After recovery the mailbox is what it was or what it should
 * become, and has all the mail that came meanwhile.
 *
 * -v test_suites.pop3d.states=N: how many states to look at (make soak).
 */

#include <sys/types.h>

#include <atf-c.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compact.h"
#include "io.h"
#include "log.h"
#include "mbox_recover.h"
#include "memfile.h"

#define STATES		400000		/* looked at without soak */
#define SNAPS_MAX	1024		/* calls of one commit */
#define MESSAGES_MAX	6
#define INO		4711

/* One mailbox and what is removed from it. */
struct scene {
	unsigned int	 seed;
	unsigned char	 whole[MEM_MAX];
	size_t		 nwhole;
	unsigned char	 kept[MEM_MAX];
	size_t		 nkept;
	size_t		 off[MESSAGES_MAX + 1];
	int		 n;
	unsigned int	 set;		/* messages removed */
	int		 lazy;		/* the last was not synced */
	int		 full;		/* the disk: no room for the journal but
				 * what is preallocated */
	unsigned int	 before;	/* removed by a commit before it, which
				 * the journal still shows; 0: none */
};

static uint64_t		 state = 88172645463325252ULL;
static struct scene	 scene;
static struct mem	*snaps[SNAPS_MAX];
static int		 nsnaps;
static long		 states;
static int		 letters;

static void
hear(int priority, const char *text)
{
	(void)priority;
	(void)text;
}

static uint32_t
rnd(uint32_t n)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (state >> 11) % n;
}

static uint64_t
pick(const uint64_t *v, size_t n)
{
	return v[rnd(n)];
}

/* A message; no two of a scene are alike in their first eight octets. */
static size_t
message(unsigned char *p)
{
	static const uint64_t	 lens[] = { 8, 8, 8, 9, 12, 16, 24, 30, 70 };
	size_t			 len = pick(lens, 9), i;

	memcpy(p, "From ", 5);
	p[5] = 'A' + letters % 26;
	p[6] = 'a' + letters++ / 26 % 26;
	for (i = 7; i < len; i++)
		p[i] = "abcF\n\0"[rnd(6)];
	p[len - 1] = '\n';
	return len;
}

static void
make_scene(unsigned int seed)
{
	static const uint64_t	 datas[] = { 3, 5, 8, 64 };
	static const uint64_t	 nodatas[] = { 2, 5, 10, 20, 1000, 1000 };
	static const uint64_t	 olds[] = { 8, 12, 16, 80 };
	struct scene		*sc = &scene;
	int			 i;

	state = 88172645463325252ULL + seed * 0x9e3779b97f4a7c15ULL;
	(void)rnd(1);
	letters = 0;
	memset(sc, 0, sizeof(*sc));
	sc->seed = seed;
	sc->n = 1 + rnd(MESSAGES_MAX);
	while (sc->set == 0)
		sc->set = rnd(1u << sc->n);
	for (i = 0; i < sc->n; i++) {
		sc->off[i] = sc->nwhole;
		sc->nwhole += message(sc->whole + sc->nwhole);
		if (sc->set & 1u << i)
			continue;
		memcpy(sc->kept + sc->nkept, sc->whole + sc->off[i],
		    sc->nwhole - sc->off[i]);
		sc->nkept += sc->nwhole - sc->off[i];
	}
	sc->off[i] = sc->nwhole;
	sc->lazy = rnd(4) == 0;
	sc->before = rnd(1u << sc->n);

	journal_sizes.old = pick(olds, 4);
	journal_sizes.data = pick(datas, 4);
	journal_sizes.slot = 448;
	/* Room for two ranges in the short list, or for all. */
	journal_sizes.keep = 2 * 448 + (rnd(3) == 0 ? 32 : 128);
	compact_sizes.nodata = pick(nodatas, 6);
	compact_sizes.nodata_least = 9;
	/* On a full disk, by what is in the journal already. */
	journal_sizes.small = 2 + rnd(4);
	if ((sc->full = rnd(3) == 0))
		journal_sizes.keep = 2 * 448 + 128 + 2 * journal_sizes.small;
	compact_sizes.chunk = rnd(3) == 0 ? 7 : 1000;
	compact_sizes.buffer = 1 + rnd(12);
}

/* As commit.c does it, for the scene.  0 or -1. */
static int
commit(int *committed)
{
	const struct scene	*sc = &scene;
	struct compact		 c;
	struct journal		 j = { .fd = MEM_JOURNAL,
				    .statefd = MEM_FOLDER };
	struct slot		 s;
	struct range		*list, *r;
	int			 i, k, res;

	*committed = 0;
	if (journal_load(&j, &s, &list) != 0)
		abort();
	memset(&c, 0, sizeof(c));
	c.fd = MEM_BOX;
	c.journal = &j;
	c.ino = INO;
	c.size = c.appended = sc->nwhole;
	c.list = calloc(MESSAGES_MAX, sizeof(*c.list));
	for (i = 0; !(sc->set & 1u << i); i++)
		continue;
	c.first = sc->off[i];
	for (; i < sc->n; i = k) {
		for (k = i + 1; k < sc->n && !(sc->set & 1u << k) ==
		    !(sc->set & 1u << i); k++)
			continue;
		if (sc->set & 1u << i)
			continue;
		r = &c.list[c.count++];
		r->off = sc->off[i];
		r->len = sc->off[k] - r->off;
		c.kept += r->len;
	}
	res = compact_remove(&c);
	*committed = c.committed;
	compact_free(&c);
	return res;
}

/* The files before the commit. */
static void
set_up(void)
{
	struct scene	*sc = &scene;
	size_t		 synced = sc->nwhole;
	unsigned int	 set = sc->set;
	int		 committed;

	log_setsink(hear);
	mem_install();
	mem_calls = mem_crash_at = mem_dead = mem_fail_at = 0;
	mem_room = sc->full ? journal_sizes.keep : MEM_MAX;
	mem_watch = NULL;
	mem_reset(&mem.journal, 64, 64, 100);
	mem_append(&mem.journal, (unsigned char[2048]){ 0 },
	    journal_sizes.keep);
	mem_sync(&mem.journal);
	mem.named = 0;
	if (sc->before != 0) {
		mem_reset(&mem.box, 8, 32, 1000);
		mem_append(&mem.box, sc->whole, sc->nwhole);
		sc->set = sc->before;
		if (commit(&committed) == -1)
			abort();
		sc->set = set;
		mem_sync(&mem.journal);
		mem_calls = 0;
	}
	mem_reset(&mem.box, 8, 32, 1 + scene.seed % 9);
	if (sc->lazy)
		synced = sc->off[sc->n - 1];
	mem_append(&mem.box, sc->whole, synced);
	mem_sync(&mem.box);
	if (synced < sc->nwhole)
		mem_append(&mem.box, sc->whole + synced, sc->nwhole - synced);
}

static enum mbox_recover_result
recover(void)
{
	struct journal	 j = { .fd = MEM_JOURNAL, .statefd = MEM_FOLDER };
	const char	*why;

	return mbox_recover_file(&j, MEM_BOX, INO, &why);
}

static void
snap(void)
{
	if (nsnaps == SNAPS_MAX)
		abort();
	if (snaps[nsnaps] == NULL &&
	    (snaps[nsnaps] = malloc(sizeof(struct mem))) == NULL)
		abort();
	mem_copy(snaps[nsnaps++], &mem);
}

static int
keep_mask(void *arg, size_t i)
{
	return *(uint64_t *)arg >> i & 1;
}

static int
keep_some(void *arg, size_t i)
{
	(void)i;
	return rnd(256) < *(uint32_t *)arg;
}

/* A loss of power of its own kind for each file. */
static void
power_random(void)
{
	static const uint64_t	 odds[] = { 0, 0, 30, 128, 128, 225, 256, 256,
				    256 };
	uint32_t		 p = pick(odds, 9), q = pick(odds, 9);

	mem_power(&mem.box, keep_some, &p, p == 256 && rnd(2) ?
	    MEM_OPS : rnd(mem_sizes(&mem.box) + 1));
	mem_power(&mem.journal, keep_some, &q, q == 256 && rnd(2) ?
	    MEM_OPS : rnd(mem_sizes(&mem.journal) + 1));
	mem_power_name(mem.named || rnd(2));
}

/* What happens between the crash and the end of it. */
struct after {
	unsigned char	 hard[MEM_MAX];	/* mail that came and was synced */
	size_t		 nhard;
	int		 soft;		/* mail came that was not */
};

static void
agent(struct after *a)
{
	unsigned char	 text[100];
	size_t		 n = 0;

	if (a->soft || rnd(3) != 0)
		return;
	if (rnd(2))
		text[n++] = '\n';
	n += message(text + n);
	mem_append(&mem.box, text, n);
	if (rnd(4) == 0) {
		a->soft = 1;
		return;
	}
	mem_sync(&mem.box);
	memcpy(a->hard + a->nhard, text, n);
	a->nhard += n;
}

static int
box_is(const unsigned char *p, size_t n, const struct after *a)
{
	const struct mem_file	*f = &mem.box;

	if (a->soft)
		return f->size >= n && memcmp(f->now, p, n) == 0;
	return f->size == n + a->nhard && memcmp(f->now, p, n) == 0 &&
	    memcmp(f->now + n, a->hard, a->nhard) == 0;
}

static void
flunk(const char *what, int at)
{
	const struct scene	*sc = &scene;

	atf_tc_fail("%s: seed %u crash at call %d, state %ld; %d messages, "
	    "removed %x, sizes data %d nodata %d old %d", what, sc->seed, at,
	    states, sc->n, sc->set, (int)journal_sizes.data,
	    (int)compact_sizes.nodata, (int)journal_sizes.old);
}

/*
 * The files are as a crash left them.  Recover, with more crashes on the way,
 * and look at what has become of the mailbox.  promised: the client was told
 * that it was done.
 */
static void
settle(int at, int promised)
{
	struct after		 a = { .nhard = 0 };
	enum mbox_recover_result	 r;
	const unsigned char	*p;
	size_t			 n;
	int			 nest;

	states++;
	agent(&a);
	for (nest = rnd(3) == 0 ? 1 + rnd(3) : 0; nest > 0; nest--) {
		mem_calls = mem_dead = 0;
		mem_crash_at = 1 + rnd(30);
		if (recover() == RECOVER_LOST)
			flunk("lost on the way", at);
		if (rnd(3) != 0 && !a.soft)
			power_random();
		agent(&a);
	}
	mem_dead = mem_crash_at = 0;
	r = recover();
	if (r == RECOVER_LOST)
		flunk("lost", at);
	if (r == RECOVER_FAILED)
		flunk("failed", at);
	if (box_is(scene.kept, scene.nkept, &a)) {
		p = scene.kept;
		n = scene.nkept;
	} else if (!promised && box_is(scene.whole, scene.nwhole, &a)) {
		p = scene.whole;
		n = scene.nwhole;
	} else {
		flunk("torn", at);
		return;
	}
	/* What was said then has to hold. */
	if (r == RECOVER_DONE || promised) {
		if (!a.soft && rnd(2))
			power_random();
		if (recover() != RECOVER_NONE)
			flunk("recovered, and due again", at);
		if (!box_is(p, n, &a))
			flunk("changed after recovery", at);
	}
}

/*
 * Every state that a loss of power at this point can leave, or bound of them
 * at random.
 */
static void
lose_power(const struct mem *from, int at, int promised, long bound)
{
	const uint64_t	 ub = mem_units(&from->box), sb =
			    mem_sizes(&from->box) + 1;
	const uint64_t	 uj = mem_units(&from->journal), sj =
			    mem_sizes(&from->journal) + 1;
	const uint64_t	 all = sb * sj << (ub + uj);
	uint64_t	 i, box, journal;

	if (ub + uj < 20 && all << !from->named <= (uint64_t)bound) {
		for (i = 0; i < all << !from->named; i++) {
			mem_copy(&mem, from);
			box = i >> uj;
			journal = i;
			mem_power(&mem.box, keep_mask, &box,
			    (i >> (ub + uj)) % sb);
			mem_power(&mem.journal, keep_mask, &journal,
			    (i >> (ub + uj)) / sb % sj);
			mem_power_name(i < all);
			settle(at, promised);
		}
		return;
	}
	for (i = 0; i < (uint64_t)bound; i++) {
		mem_copy(&mem, from);
		power_random();
		settle(at, promised);
	}
}

/* Whether the journal has to be idle still: it knows only what is synced. */
static int
too_early(const struct mem *from)
{
	return scene.lazy && from->box.nops > 0 &&
	    from->box.disk_size < scene.nwhole && from->box.nops > 0 &&
	    from->box.op[0].kind == OP_WRITE &&
	    from->box.op[0].off == scene.off[scene.n - 1];
}

/* The commit of the scene, and a loss of power after each of its calls. */
static void
explore(long bound)
{
	int	 i, committed, total;

	nsnaps = 0;
	mem_watch = snap;
	if (commit(&committed) == -1)
		atf_tc_fail("seed %u: commit failed", scene.seed);
	mem_watch = NULL;
	total = nsnaps;
	snap();
	for (i = 0; i <= total; i++) {
		mem_copy(&mem, snaps[i]);
		if (too_early(snaps[i]))
			mem_sync(&mem.box);
		settle(i + 1, i == total);
		if (!too_early(snaps[i])) {
			lose_power(snaps[i], i + 1, i == total, bound);
			continue;
		}
		/* An agent that did not sync has only itself to blame. */
		mem_copy(&mem, snaps[i]);
		power_random();
		mem_dead = mem_crash_at = 0;
		if (!(scene.set == (1u << scene.n) - 1) &&
		    recover() != RECOVER_NONE)
			flunk("written down before it was on disk", i + 1);
	}
}

ATF_TC(power);
ATF_TC_HEAD(power, tc)
{
	atf_tc_set_md_var(tc, "timeout", "7200");
}
ATF_TC_BODY(power, tc)
{
	long		 goal;
	unsigned int	 seed;

	goal = atf_tc_get_config_var_as_long_wd(tc, "states", STATES);
	for (seed = 1; states < goal; seed++) {
		make_scene(seed);
		set_up();
		explore(goal > STATES ? 256 : 24);
	}
	printf("%ld states of %u commits\n", states, seed - 1);
}

/* Killed at each call of a commit, then at each call of its recovery. */
ATF_TC_WITHOUT_HEAD(kill_all);
ATF_TC_BODY(kill_all, tc)
{
	static struct mem	 crashed;
	struct after		 a = { .nhard = 0 };
	unsigned int		 seed;
	int			 at, k, committed, points = 0;
	enum mbox_recover_result	 r;

	for (seed = 1; seed < 60; seed++) {
		make_scene(seed);
		for (at = 1; ; at++) {
			set_up();
			mem_crash_at = at;
			if (commit(&committed) == 0)
				break;
			mem_copy(&crashed, &mem);
			for (k = 1; ; k++) {
				mem_copy(&mem, &crashed);
				mem_dead = mem_calls = 0;
				mem_crash_at = k;
				r = recover();
				points++;
				mem_dead = mem_crash_at = 0;
				if (r == RECOVER_LOST ||
				    recover() > RECOVER_DONE)
					flunk("recovery", at);
				if (!box_is(scene.kept, scene.nkept, &a) &&
				    !box_is(scene.whole, scene.nwhole, &a))
					flunk("torn", at);
				if (r != RECOVER_FAILED)
					break;
			}
		}
	}
	printf("%d points\n", points);
	ATF_CHECK(points > 10000);
}

/* The scene after a commit that came about or not: some of the rest goes. */
static void
next_scene(int done)
{
	static struct scene	 was;
	struct scene		*sc = &scene;
	int			 i;

	was = *sc;
	sc->nwhole = sc->nkept = 0;
	sc->n = 0;
	for (i = 0; i < was.n; i++) {
		if (done && was.set & 1u << i)
			continue;
		sc->off[sc->n++] = sc->nwhole;
		memcpy(sc->whole + sc->nwhole, was.whole + was.off[i],
		    was.off[i + 1] - was.off[i]);
		sc->nwhole += was.off[i + 1] - was.off[i];
	}
	sc->off[sc->n] = sc->nwhole;
	sc->set = sc->n == 0 ? 0 : 1 + rnd((1u << sc->n) - 1);
	for (i = 0; i < sc->n; i++) {
		if (sc->set & 1u << i)
			continue;
		memcpy(sc->kept + sc->nkept, sc->whole + sc->off[i],
		    sc->off[i + 1] - sc->off[i]);
		sc->nkept += sc->off[i + 1] - sc->off[i];
	}
}

/* Killed at each call of a commit; the power goes in the next one. */
ATF_TC(again);
ATF_TC_HEAD(again, tc)
{
	atf_tc_set_md_var(tc, "timeout", "7200");
}
ATF_TC_BODY(again, tc)
{
	static struct after	 a;
	unsigned int		 seed;
	long			 goal;
	int			 at, committed, killed = 1;

	goal = atf_tc_get_config_var_as_long_wd(tc, "states", STATES);
	for (seed = 1; states < goal; seed++) {
		for (at = 1, killed = 1; killed; at += 1 + seed % 7) {
			make_scene(seed);
			scene.lazy = 0;
			set_up();
			mem_crash_at = at;
			killed = commit(&committed) == -1;
			mem_dead = mem_crash_at = mem_calls = 0;
			if (recover() > RECOVER_DONE)
				flunk("recovery", at);
			next_scene(box_is(scene.kept, scene.nkept, &a));
			if (scene.n > 0)
				explore(2);
		}
	}
	printf("%ld states of %u commits\n", states, seed - 1);
}

/* The k-th call fails, for all k: an error and nothing done, or done later. */
static void
fail_all(int error)
{
	struct after	 a = { .nhard = 0 };
	unsigned int	 seed;
	int		 at, committed, r;

	for (seed = 1; seed < 200; seed++) {
		make_scene(seed);
		for (at = 1; ; at++) {
			set_up();
			mem_fail_at = at;
			mem_fail_with = error;
			r = commit(&committed);
			mem_fail_at = 0;
			if (error == EINTR && r != 0)
				flunk("interrupted", at);
			if (recover() > RECOVER_DONE)
				flunk("recovery", at);
			if (r == 0 && mem_calls < at)
				break;
			/*
			 * Without a journal, what a failed sync leaves is the
			 * whole of it or nothing.
			 */
			if (r == 0 || (committed && mem.box.size != 0) ?
			    !box_is(scene.kept, scene.nkept, &a) :
			    !box_is(scene.whole, scene.nwhole, &a) &&
			    (!committed || mem.box.size != 0))
				flunk(r == 0 ? "not done" : committed ?
				    "neither" : "done in part", at);
		}
	}
}

ATF_TC_WITHOUT_HEAD(eio);
ATF_TC_BODY(eio, tc)
{
	fail_all(EIO);
}

ATF_TC_WITHOUT_HEAD(enospc);
ATF_TC_BODY(enospc, tc)
{
	fail_all(ENOSPC);
}

ATF_TC_WITHOUT_HEAD(eintr);
ATF_TC_BODY(eintr, tc)
{
	fail_all(EINTR);
}

/* Recovery, ended at call k: whether it got that far.  Then the power goes. */
static int
recover_and_lose(int at, int k)
{
	struct after	 a = { .nhard = 0 };
	int		 dead;

	mem_dead = mem_calls = 0;
	mem_crash_at = k;
	(void)recover();
	dead = mem_dead;
	power_random();
	mem_dead = mem_crash_at = 0;
	if (recover() > RECOVER_DONE)
		flunk("recovery", at);
	if (!box_is(scene.kept, scene.nkept, &a) &&
	    !box_is(scene.whole, scene.nwhole, &a))
		flunk("torn", at);
	return dead;
}

/*
 * The k-th call fails and is not made up for.  Then the power goes, in recovery
 * or in the next commit.
 */
ATF_TC_WITHOUT_HEAD(dropped);
ATF_TC_BODY(dropped, tc)
{
	static struct mem	 failed;
	static struct after	 a;
	unsigned int		 seed;
	int			 at, k, committed, points = 0;

	for (seed = 1; seed < 40; seed++) {
		for (at = 1; ; at++) {
			make_scene(seed);
			scene.lazy = 0;
			set_up();
			mem_drops = 1;
			mem_fail_at = at;
			mem_fail_with = EIO;
			(void)commit(&committed);
			mem_fail_at = mem_drops = 0;
			if (mem_calls < at)
				break;
			mem_copy(&failed, &mem);
			for (k = 1; recover_and_lose(at, k); k++, points++)
				mem_copy(&mem, &failed);
			mem_copy(&mem, &failed);
			if (recover() > RECOVER_DONE)
				flunk("recovery", at);
			next_scene(box_is(scene.kept, scene.nkept, &a));
			if (scene.n > 0)
				explore(1);
		}
	}
	printf("%d points\n", points);
	ATF_CHECK(points > 10000);
}

/*
 * No room but what was preallocated: it works wherever the mailbox is not too
 * large or mail is moved far enough, and else nothing is touched.
 */
ATF_TC_WITHOUT_HEAD(full_disk);
ATF_TC_BODY(full_disk, tc)
{
	struct after	 a = { .nhard = 0 };
	unsigned int	 seed;
	int		 i, committed, r, gap, done = 0, refused = 0;

	for (seed = 1; seed < 3000; seed++) {
		make_scene(seed);
		scene.full = 1;
		journal_sizes.keep = 2 * 448 + 128 + 2 * journal_sizes.small;
		compact_sizes.small_most = seed % 2 ? MEM_MAX : 9;
		scene.before = 0;
		set_up();
		r = commit(&committed);
		if (recover() != RECOVER_NONE)
			flunk("left in the middle", 0);
		for (i = 0; !(scene.set & 1u << i); i++)
			continue;
		for (gap = 0; i < scene.n && scene.set & 1u << i; i++)
			gap += scene.off[i + 1] - scene.off[i];
		if (r == 0) {
			done++;
			if (!box_is(scene.kept, scene.nkept, &a))
				flunk("done", 0);
			continue;
		}
		refused++;
		if (errno != ENOSPC || committed ||
		    !box_is(scene.whole, scene.nwhole, &a))
			flunk("refused", 0);
		if (i == scene.n || seed % 2 ||
		    gap >= (int)compact_sizes.nodata_least)
			flunk("refused without need", 0);
	}
	ATF_CHECK_MSG(done > 1000 && refused > 20, "%d, %d", done, refused);
}

/* Mail that is appended, under no lock, while a commit is under way. */
static int	 rogue_at;
static struct after rogue;

static int	 cut_at;	/* last call that found the file whole */

static void
rogue_agent(void)
{
	unsigned char	 text[100];
	size_t		 n;

	if (mem.box.size >= scene.nwhole)
		cut_at = mem_calls;
	if (mem_calls != rogue_at)
		return;
	n = message(text);
	mem_append(&mem.box, text, n);
	memcpy(rogue.hard + rogue.nhard, text, n);
	rogue.nhard += n;
	rogue_at = -1;
}

ATF_TC_WITHOUT_HEAD(rogue);
ATF_TC_BODY(rogue, tc)
{
	unsigned int	 seed;
	int		 at, last, committed;

	for (seed = 1; seed < 200; seed++) {
		make_scene(seed);
		if (scene.nkept == 0)
			continue;
		set_up();
		rogue_at = -1;
		mem_watch = rogue_agent;
		ATF_REQUIRE_EQ(0, commit(&committed));
		last = cut_at;
		for (at = 0; at < last; at++) {
			set_up();
			memset(&rogue, 0, sizeof(rogue));
			rogue_at = at;
			mem_watch = rogue_agent;
			ATF_REQUIRE_EQ(0, commit(&committed));
			/* Between the last look and the cut: a small gap. */
			if (!box_is(scene.kept, scene.nkept, &rogue))
				flunk("rogue", at);
		}
	}
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, power);
	ATF_TP_ADD_TC(tp, kill_all);
	ATF_TP_ADD_TC(tp, again);
	ATF_TP_ADD_TC(tp, eio);
	ATF_TP_ADD_TC(tp, enospc);
	ATF_TP_ADD_TC(tp, eintr);
	ATF_TP_ADD_TC(tp, dropped);
	ATF_TP_ADD_TC(tp, full_disk);
	ATF_TP_ADD_TC(tp, rogue);
	return atf_no_error();
}
