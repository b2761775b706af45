/* SPDX-License-Identifier: ISC */
/*
 * Runs in: master, root.  Trusts: authd, except for the shape of its messages.
 *
 * It is not confined on Linux: authd must begin as root and without a sandbox,
 * and only this process can start another one.  So it parses nothing but
 * messages of fixed shape.
 *
 * A generation is an authd with all its processes.  A new one reads the
 * configuration, takes over the listening sockets, which are kept here, and
 * says when it serves; then the one before stops accepting connections and ends
 * with its last session.  One that does not come to serve changes nothing.
 */

#include <sys/types.h>
#include <sys/queue.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <syslog.h>
#include <unistd.h>

#include <event2/event.h>
#include <event2/event_struct.h>

#include "clock.h"
#include "daemonize.h"
#include "evmsg.h"
#include "log.h"
#include "master.h"
#include "msg.h"
#include "proto.h"
#include "title.h"

/* Longer than authd takes to end, and to start, seconds. */
#define HALT_TIMEOUT	75
#define START_TIMEOUT	90

/* One that has served this long has not failed at its start, seconds. */
#define SETTLED		10
#define DELAY_MAX	60	/* between starts, seconds */

/* Generations at one time: older ones still have sessions. */
#define GENERATIONS_MAX	32

#define SOCKETS_MAX	16384

/* Listening sockets. */
struct sockets {
	int	*fds;
	size_t	 count;
};

struct generation {
	TAILQ_ENTRY(generation)	 entry;
	uint32_t		 number;
	pid_t			 pid;
	time_t			 ready;		/* since when it serves, or 0 */
	struct evmsg		 em;
	struct sockets		 sockets;	/* that it has named */
};

static struct {
	struct event_base	*base;
	const char		*path;
	char			**argv;
	int			 foreground;
	int			 ready;		/* one has served */
	int			 halting;
	int			 again;		/* reload after coming */
	int			 status;
	uint32_t		 last;		/* number of a generation */
	unsigned int		 count;
	unsigned int		 delay;		/* to the next start, seconds */
	struct generation	*serving;
	struct generation	*coming;
	struct sockets		 sockets;	/* of the service */
	struct event		 restart;
	struct event		 overdue;
	struct event		 late;
	TAILQ_HEAD(, generation) all;
}	 master = { .all = TAILQ_HEAD_INITIALIZER(master.all) };

static void	 master_start(void);
static void	 master_reload(void);

static void
master_log(int priority, const char *text)
{
	if (!master.foreground)
		syslog(priority, "%s", text);
	if (master.foreground || !master.ready)
		(void)fprintf(stderr, "pop3d: %s\n", text);
}

static void
master_sockets_clear(struct sockets *s)
{
	size_t	 i;

	for (i = 0; i < s->count; i++)
		(void)close(s->fds[i]);
	free(s->fds);
	s->fds = NULL;
	s->count = 0;
}

/* Takes fd.  0, or -1: too many. */
static int
master_sockets_hold(struct sockets *s, int fd)
{
	int	*fds;

	if (s->count == SOCKETS_MAX || (fds = reallocarray(s->fds,
	    s->count + 1, sizeof(*fds))) == NULL) {
		(void)close(fd);
		return -1;
	}
	fds[s->count++] = fd;
	s->fds = fds;
	return 0;
}

/* Everything ends: no generation follows. */
static void
master_halt(int status)
{
	const struct timeval	 tv = { HALT_TIMEOUT, 0 };
	struct generation	*g;

	if (master.halting)
		return;
	master.halting = 1;
	master.status = status;
	(void)evtimer_del(&master.restart);
	(void)evtimer_add(&master.overdue, &tv);
	/* Clients are to be refused now, and the ports free for another. */
	master_sockets_clear(&master.sockets);
	TAILQ_FOREACH(g, &master.all, entry) {
		master_sockets_clear(&g->sockets);
		(void)kill(g->pid, SIGTERM);
	}
	if (master.count == 0)
		(void)event_base_loopbreak(master.base);
}

static void
master_on_overdue(evutil_socket_t fd, short what, void *arg)
{
	struct generation	*g;

	TAILQ_FOREACH(g, &master.all, entry) {
		log_warnx("authd, pid %d, did not end within %d s; killed",
		    g->pid, HALT_TIMEOUT);
		(void)kill(g->pid, SIGKILL);
	}
}

static void
master_kill(struct generation *g, const char *why)
{
	log_warnx("authd, pid %d: %s; killed", g->pid, why);
	evmsg_close(&g->em);
	(void)kill(g->pid, SIGKILL);
}

/* Tell it all: the sockets that there are, then go. */
static int
master_send(struct generation *g)
{
	size_t	 i;
	int	 fd;

	for (i = 0; i < master.sockets.count; i++) {
		if ((fd = fcntl(master.sockets.fds[i], F_DUPFD_CLOEXEC,
		    0)) == -1 || msg_fd_send(&g->em.imsgbuf, IMSG_MA_SOCKET, 0,
		    fd) == -1)
			return -1;
	}
	if (msg_ma_start_send(&g->em.imsgbuf, g->number,
	    master.serving == NULL) == -1)
		return -1;
	evmsg_flush(&g->em);
	return 0;
}

/* What was asked for while another one was about to serve. */
static void
master_reload_again(void)
{
	if (!master.again || master.coming != NULL)
		return;
	master.again = 0;
	master_reload();
}

/* It serves: the one before leaves when its sessions do. */
static void
master_serve(struct generation *g)
{
	struct generation	*before = master.serving;

	master_sockets_clear(&master.sockets);
	master.sockets = g->sockets;
	g->sockets.fds = NULL;
	g->sockets.count = 0;
	g->ready = clock_seconds();
	master.serving = g;
	master.coming = NULL;
	(void)evtimer_del(&master.late);
	if (before != NULL) {
		log_info("reloaded: generation %u serves, generation %u ends "
		    "with its last session", g->number, before->number);
		if (!before->em.open || msg_empty_send(&before->em.imsgbuf,
		    IMSG_MA_DRAIN, 0) == -1)
			master_kill(before, "cannot be reached");
		else
			evmsg_flush(&before->em);
	}
	if (!master.ready) {
		master.ready = 1;
		if (!master.foreground)
			daemonize_ready();
	}
	master_reload_again();
}

static void
master_reload(void)
{
	if (master.halting)
		return;
	if (master.coming != NULL) {
		master.again = 1;
		return;
	}
	if (master.serving == NULL) {
		(void)evtimer_del(&master.restart);
		master_start();
		return;
	}
	if (master.count >= GENERATIONS_MAX) {
		log_warnx("reload refused: %u generations still have sessions",
		    master.count);
		return;
	}
	master_start();
}

static void
master_on_message(struct evmsg *em, struct imsg *imsg)
{
	struct generation	*g = em->arg;

	switch (imsg_get_type(imsg)) {
	case IMSG_MA_SOCKET:
		if (g != master.coming)
			master_kill(g, "names a socket out of turn");
		else if (master_sockets_hold(&g->sockets,
		    imsg_get_fd(imsg)) == -1)
			master_kill(g, "has too many sockets");
		break;
	case IMSG_MA_READY:
		if (master.halting)
			(void)kill(g->pid, SIGTERM);
		else if (g != master.coming)
			master_kill(g, "is ready out of turn");
		else
			master_serve(g);
		break;
	case IMSG_MA_RELOAD:
		/* Nobody has a reason to ask more often. */
		if (g == master.serving && clock_seconds() > g->ready)
			master_reload();
		break;
	}
}

static void
master_on_closed(struct evmsg *em, const char *why)
{
	struct generation	*g = em->arg;

	/* At the very start its own message is enough. */
	if (why != NULL && master.ready)
		log_warnx("authd, pid %d: %s; killed", g->pid, why);
	evmsg_close(&g->em);
	/* It has ended, or it has no reason to go on. */
	(void)kill(g->pid, SIGKILL);
}

/* In the child. */
static void __attribute__((noreturn))
master_exec(int fd)
{
	static const int	 sigs[] = { SIGCHLD, SIGINT, SIGTERM };
	sigset_t		 none;
	size_t			 i;

	/* Our handlers would pass a signal on to the master, and lose it. */
	for (i = 0; i < NITEMS(sigs); i++)
		(void)signal(sigs[i], SIG_DFL);
	(void)signal(SIGHUP, SIG_IGN);
	/* dup2(2) onto itself would leave it close-on-exec. */
	if ((fd == PROTO_FD && fcntl(fd, F_SETFD, 0) == -1) ||
	    dup2(fd, PROTO_FD) == -1)
		fatal("authd");
	closefrom(PROTO_FD + 1);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	execv(master.path, master.argv);
	fatal("%s", master.path);
}

static struct generation *
master_fork(void)
{
	struct generation	*g;
	sigset_t		 all, old;
	int			 sp[2];

	if ((g = calloc(1, sizeof(*g))) == NULL)
		return NULL;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sp) == -1) {
		free(g);
		return NULL;
	}
	(void)sigfillset(&all);
	(void)sigprocmask(SIG_BLOCK, &all, &old);
	if ((g->pid = fork()) == 0)
		master_exec(sp[1]);
	(void)sigprocmask(SIG_SETMASK, &old, NULL);
	(void)close(sp[1]);
	g->em.handle = master_on_message;
	g->em.closed = master_on_closed;
	g->em.arg = g;
	if (g->pid == -1 || evmsg_open(&g->em, master.base, sp[0], R_MASTER,
	    R_AUTHD, 1, SOCKETS_MAX + 2) == -1) {
		/* With nobody at the other end it goes by itself. */
		(void)close(sp[0]);
		free(g);
		return NULL;
	}
	return g;
}

/* Start again: at once after a good run, else after a growing delay. */
static void
master_schedule(void)
{
	struct timeval	 tv = { 0, 0 };

	tv.tv_sec = master.delay;
	master.delay = master.delay == 0 ? 1 : master.delay * 2;
	if (master.delay > DELAY_MAX)
		master.delay = DELAY_MAX;
	log_warnx("authd: starting again in %lld s", (long long)tv.tv_sec);
	(void)evtimer_add(&master.restart, &tv);
}

/* As far as authd's own deadline does not reach: before it has a loop. */
static void
master_on_late(evutil_socket_t fd, short what, void *arg)
{
	if (master.coming != NULL)
		master_kill(master.coming, "does not come to serve");
}

static void
master_on_restart(evutil_socket_t fd, short what, void *arg)
{
	master_start();
}

static void
master_start(void)
{
	const struct timeval	 late = { START_TIMEOUT, 0 };
	struct generation	*g;

	if ((g = master_fork()) == NULL) {
		log_warn("authd cannot be started");
		if (!master.ready)
			master_halt(1);
		else if (master.serving == NULL)
			master_schedule();
		return;
	}
	g->number = ++master.last;
	TAILQ_INSERT_TAIL(&master.all, g, entry);
	master.count++;
	master.coming = g;
	(void)evtimer_add(&master.late, &late);
	if (master_send(g) == -1)
		master_kill(g, "cannot be reached");
}

static void
master_log_end(const struct generation *g, int status)
{
	/* At the very start its own message is enough. */
	if (!master.ready && WIFEXITED(status))
		return;
	if (WIFSIGNALED(status))
		log_warnx("authd, pid %d, killed by signal %d", g->pid,
		    WTERMSIG(status));
	else if (WEXITSTATUS(status) != 0)
		log_warnx("authd, pid %d, ended with status %d", g->pid,
		    WEXITSTATUS(status));
	else
		log_debug("authd, pid %d, ended", g->pid);
}

/* The one that was to serve, or that did, has gone. */
static void
master_without(const struct generation *g)
{
	if (g == master.coming) {
		master.coming = NULL;
		(void)evtimer_del(&master.late);
		if (!master.ready && !master.halting)
			master_halt(1);
		if (master.serving != NULL && !master.halting) {
			log_warnx("reload failed: generation %u, with the "
			    "configuration before, goes on serving",
			    master.serving->number);
			return;
		}
		/* They may be why: the next one binds its own. */
		master_sockets_clear(&master.sockets);
	} else if (g == master.serving) {
		master.serving = NULL;
		if (clock_seconds() - g->ready >= SETTLED)
			master.delay = 0;
	} else
		return;
	if (!master.halting && master.coming == NULL)
		master_schedule();
}

static void
master_end(struct generation *g, int status)
{
	evmsg_close(&g->em);
	if (!master.halting || status != 0)
		master_log_end(g, status);
	TAILQ_REMOVE(&master.all, g, entry);
	master.count--;
	master_without(g);
	master_sockets_clear(&g->sockets);
	free(g);
	if (master.halting && master.count == 0)
		(void)event_base_loopbreak(master.base);
	master_reload_again();
}

static void
master_reap(void)
{
	struct generation	*g;
	pid_t			 pid;
	int			 status;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		TAILQ_FOREACH(g, &master.all, entry) {
			if (g->pid == pid) {
				master_end(g, status);
				break;
			}
		}
	}
}

static void
master_on_signal(evutil_socket_t sig, short what, void *arg)
{
	switch (sig) {
	case SIGCHLD:
		master_reap();
		break;
	case SIGHUP:
		master_reload();
		break;
	default:
		log_info("signal %d: ending", (int)sig);
		master_halt(0);
	}
}

static void
master_signals(void)
{
	static const int	 sigs[] = { SIGCHLD, SIGHUP, SIGINT, SIGTERM };
	static struct event	 evs[NITEMS(sigs)];
	size_t			 i;

	for (i = 0; i < NITEMS(sigs); i++) {
		evsignal_assign(&evs[i], master.base, sigs[i],
		    master_on_signal, NULL);
		if (evsignal_add(&evs[i], NULL) == -1)
			fatalx("evsignal_add");
	}
}

/* Sockets are kept here, too; and what is kept here stays out of a core. */
static void
master_limits(void)
{
	struct rlimit	 rl;

	if (getrlimit(RLIMIT_NOFILE, &rl) == 0) {
		rl.rlim_cur = rl.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &rl);
	}
	rl.rlim_cur = rl.rlim_max = 0;
	(void)setrlimit(RLIMIT_CORE, &rl);
}

int
master_run(const char *path, char **argv, int foreground)
{
	const struct timeval	 now = { 0, 0 };

	master.path = path;
	master.argv = argv;
	master.foreground = foreground;
	log_init("pop3d");
	if (!foreground) {
		openlog("pop3d", LOG_PID | LOG_NDELAY, LOG_MAIL);
		daemonize();
	}
	log_setsink(master_log);
	master_limits();
	title_set("master");
	if ((master.base = event_base_new()) == NULL)
		fatalx("event_base_new");
	master_signals();
	evtimer_assign(&master.restart, master.base, master_on_restart, NULL);
	evtimer_assign(&master.overdue, master.base, master_on_overdue, NULL);
	evtimer_assign(&master.late, master.base, master_on_late, NULL);
	master_confine();
	/* From the loop, which alone can be left. */
	(void)evtimer_add(&master.restart, &now);
	(void)event_base_dispatch(master.base);
	return master.status;
}
