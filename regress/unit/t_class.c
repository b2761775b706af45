/* SPDX-License-Identifier: ISC */
/*
 * Runs in: kyua.  What every class of processes has to keep to, whatever else
 * it does; a new one is tested by being started in begin().  t_procs kills one
 * of each.
 */

#include <sys/types.h>
#include <sys/socket.h>

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "channel.h"
#include "log.h"
#include "pool.h"
#include "proc.h"
#include "proc_engine.h"
#include "proc_keyd.h"
#include "proc_spawner.h"
#include "tc.h"

#define CONF	"pki a cert \"/c\" key \"/k\"\n"			\
		"listen on 127.0.0.1 port 1110 plaintext\n"		\
		"auth passwd\nmailbox mbox \"/m/%u\"\nengines 1\n"

/* Engine, keyd, a worker, the spawner. */
#define CLASSES	4

struct authd	 authd;

static struct proc	 procs[16];
static unsigned int	 nprocs, killed, halted;

static const struct row {
	uint32_t	 type;
	const char	*name;
	uint32_t	 from;
	uint32_t	 to;
	size_t		 min;
	int		 fd;
} rows[] = {
#define ROW(name, from, to, min, max, fd) \
	{ IMSG_##name, #name, from, to, min, fd },
	PROTO_TABLE(ROW)
};

/* Those of one class but the first are left out. */
struct proc *
proc_new(const struct proc_class *class, const char *title,
    const char *program, const char *group, void *arg)
{
	static struct proc	 other;
	struct proc		*p;
	unsigned int		 i;

	for (i = 0; i < nprocs && procs[i].class != class; i++)
		continue;
	ATF_REQUIRE(i < NITEMS(procs));
	p = i < nprocs ? &other : &procs[nprocs++];
	p->class = class;
	p->title = strdup(title);
	p->program = strdup(program);
	p->group = group;
	p->arg = arg;
	return p;
}

void
proc_kill(struct proc *p, const char *why)
{
	killed++;
}

void
proc_retire(struct proc *p)
{
}

void
proc_each(const struct proc_class *class, void (*fn)(struct proc *))
{
}

int
proc_running(const struct proc_class *class)
{
	return 0;
}

unsigned int
proc_delay(const struct proc *p)
{
	return 0;
}

static int
on_spawned(const struct proc *p, uint32_t number, pid_t pid, int fd)
{
	(void)close(fd);
	return -1;
}

static int
on_exited(const struct proc *p, uint32_t number, pid_t pid, int status)
{
	return -1;
}

static void
on_down(const struct proc *p)
{
}

static void
on_halt(int status)
{
	halted++;
}

static void
on_progress(void)
{
}

/* One process of each class, as main.c has them started. */
static void
begin(void)
{
	static const struct proc_spawner_events	 events = {
		on_spawned, on_exited, on_down
	};
	int	 fd;

	log_init("t_class");
	ATF_REQUIRE((authd.base = event_base_new()) != NULL);
	fd = open("conf", O_WRONLY | O_CREAT, 0600);
	ATF_REQUIRE(fd != -1);
	ATF_REQUIRE_EQ(write(fd, CONF, strlen(CONF)), (ssize_t)strlen(CONF));
	(void)close(fd);
	ATF_REQUIRE((authd.conf = conf_parse("conf", NULL)) != NULL);
	authd.halt = on_halt;
	authd.progress = on_progress;
	proc_keyd_init();
	proc_engine_init();
	pool_init();
	proc_spawner_init(&events);
	ATF_REQUIRE_EQ(nprocs, CLASSES);
}

/* Whether the table allows messages of this type between authd and a role. */
static int
allows(uint32_t type, uint32_t from, uint32_t to)
{
	size_t	 i;

	for (i = 0; i < NITEMS(rows); i++) {
		if (rows[i].type == type)
			return (rows[i].from & from) && (rows[i].to & to);
	}
	return 0;
}

TC(whole, "A class has a name, a role, a user, limits and functions")
ATF_TC_BODY(whole, tc)
{
	const struct proc_class	*c;
	const struct account	*accounts[] = {
		&authd.engine, &authd.auth, &authd.key, &authd.stor
	};
	uint32_t		 roles = R_AUTHD | R_STORAGED;
	unsigned int		 i, j, users;

	begin();
	for (i = 0; i < nprocs; i++) {
		c = procs[i].class;
		ATF_REQUIRE(c->name != NULL && c->name[0] != '\0');
		ATF_CHECK_MSG(strncmp(procs[i].title, c->name,
		    strlen(c->name)) == 0, "%s: %s", c->name, procs[i].title);
		ATF_CHECK(procs[i].program[0] != '\0');
		/* A role of its own, an account of its own, never root's. */
		ATF_CHECK_MSG((roles & c->role) == 0, "%s", c->name);
		roles |= c->role;
		for (j = users = 0; j < NITEMS(accounts); j++) {
			users += accounts[j] == c->account;
			if (accounts[j] == c->account)
				accounts[j] = NULL;
		}
		ATF_CHECK_EQ_MSG(users, 1, "%s: account", c->name);
		/* Only a program that never is root can have a group. */
		ATF_CHECK(procs[i].group == NULL ||
		    c->drop == PROC_DROP_EXEC);
		ATF_CHECK(c->lines_max >= 1000 && c->lines_max <= 10000);
		ATF_CHECK(c->up != NULL && c->handle != NULL &&
		    c->down != NULL);
	}
	ATF_CHECK_EQ_MSG(roles, R_ALL, "a role without a class");
}

TC(watched, "A class is watched if and only if it can be asked and answer")
ATF_TC_BODY(watched, tc)
{
	const struct proc_class	*c;
	unsigned int		 i;

	begin();
	for (i = 0; i < nprocs; i++) {
		c = procs[i].class;
		ATF_CHECK_EQ_MSG(c->watched, allows(IMSG_PING, R_AUTHD,
		    c->role), "%s", c->name);
		ATF_CHECK_EQ_MSG(c->watched, allows(IMSG_PONG, c->role,
		    R_AUTHD), "%s", c->name);
	}
}

/* How often a process is killed for a message with zeros in it. */
static unsigned int
hands(struct proc *p, const struct row *row)
{
	static const char	 zeros[PROTO_MSG_MAX];
	struct imsgbuf		 a, b;
	struct imsg		 imsg;

	killed = 0;
	channel_open(&a, &b, PROTO_MSG_MAX);
	ATF_REQUIRE_EQ(imsg_compose(&a, row->type, 0, 0,
	    row->fd ? dup(STDIN_FILENO) : -1, zeros, row->min), 1);
	channel_next(&a, &b, &imsg);
	p->class->handle(p, &imsg);
	imsg_free(&imsg);
	channel_close(&a, &b);
	return killed;
}

TC(refuses, "What is not its to send costs a process its life, once")
ATF_TC_BODY(refuses, tc)
{
	const struct proc_class	*c;
	unsigned int		 i, j;

	begin();
	for (i = 0; i < nprocs; i++) {
		c = procs[i].class;
		for (j = 0; j < NITEMS(rows); j++) {
			/* proc.c takes that. */
			if (rows[j].type == IMSG_LOG || ((rows[j].from &
			    c->role) && (rows[j].to & R_AUTHD) &&
			    rows[j].type != IMSG_PONG))
				continue;
			ATF_CHECK_EQ_MSG(hands(&procs[i], &rows[j]), 1,
			    "%s: %s", c->name, rows[j].name);
		}
	}
}

TC(ends, "The end of a process ends nothing else, but for the last engine")
ATF_TC_BODY(ends, tc)
{
	unsigned int	 i;

	begin();
	authd.ready = 1;
	for (i = 0; i < nprocs; i++) {
		procs[i].class->down(&procs[i]);
		ATF_CHECK_EQ_MSG(halted, 0, "%s", procs[i].class->name);
	}
	/* At the end they drain; from inetd there is one connection. */
	authd.inetd = 1;
	for (i = 0; i < nprocs; i++) {
		halted = 0;
		procs[i].class->down(&procs[i]);
		ATF_CHECK_EQ_MSG(halted, procs[i].class->role == R_ENGINE,
		    "%s", procs[i].class->name);
	}
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, whole);
	ATF_TP_ADD_TC(tp, watched);
	ATF_TP_ADD_TC(tp, refuses);
	ATF_TP_ADD_TC(tp, ends);
	return atf_no_error();
}
