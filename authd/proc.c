/* SPDX-License-Identifier: ISC */
/* Runs in: authd, root.  Trusts: no message of a process. */

#include <sys/types.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "log.h"
#include "privdrop.h"
#include "proc.h"
#include "procenv.h"

/* Seconds after which a process is known to work, and its longest delay. */
#define PROC_SETTLED	10
#define PROC_DELAY_MAX	60

/* How often to look for processes that have not ended; 10 ms each. */
#define SHUTDOWN_TRIES	300

/* Messages that may wait for a process to read them. */
#define PROC_QUEUE_MAX	8192

static TAILQ_HEAD(, proc)	 procs = TAILQ_HEAD_INITIALIZER(procs);

static void	 proc_start(struct proc *);

/*
 * The environment of all processes: of root's, which may hold anything, only
 * these (the last two are for builds with SAN=1), and that of procenv.h.
 */
static char **
proc_environment(void)
{
	static const char *const names[] = {
		"PATH=", "TZ=", "ASAN_OPTIONS=", "UBSAN_OPTIONS="
	};
	static char	*env[NITEMS(names) + 2];
	size_t		 i, n = 0;
	char		**e;

	for (e = environ; *e != NULL; e++) {
		for (i = 0; i < NITEMS(names); i++) {
			if (n < NITEMS(names) &&
			    strncmp(*e, names[i], strlen(names[i])) == 0)
				env[n++] = *e;
		}
	}
	env[n] = procenv_cipher();
	return env;
}

/* Become its account, with its group beside that, before exec. */
static void
proc_become(const struct proc *p)
{
	struct group	*gr = NULL;
	gid_t		 group;

	if (p->group != NULL) {
		if ((gr = getgrnam(p->group)) == NULL)
			fatalx("%s: no group %s", p->title, p->group);
		group = gr->gr_gid;
	}
	privdrop_to(p->class->account->uid, p->class->account->gid, gr != NULL,
	    gr != NULL ? &group : NULL);
}

/* The options by which a program gives up root itself; p->class->drop. */
static int
proc_drop_args(const struct proc *p, char **args)
{
	static char	 opt_u[] = "-u", opt_g[] = "-g", opt_r[] = "-r";
	static char	 uid[16], gid[16];
	int		 n = 0;

	(void)snprintf(uid, sizeof(uid), "%u", p->class->account->uid);
	(void)snprintf(gid, sizeof(gid), "%u", p->class->account->gid);
	args[n++] = opt_u;
	args[n++] = uid;
	args[n++] = opt_g;
	args[n++] = gid;
	if (p->class->drop == PROC_DROP_CHROOT) {
		args[n++] = opt_r;
		args[n++] = authd.conf->chroot;
	}
	return n;
}

/*
 * In the child.  Beside the channel only standard error stays open; it is
 * /dev/null in the background once the daemon is ready.
 */
static void __attribute__((noreturn))
proc_exec(struct proc *p, int fd)
{
	static char	 opt_v[] = "-v", opt_S[] = "-S";
	char		*args[16 + PROC_ARGS_MAX], *more[PROC_ARGS_MAX];
	sigset_t	 none;
	int		 i, n = 0, null, passed = 0;

	/* dup2(2) onto itself would leave it close-on-exec. */
	if ((null = open("/dev/null", O_RDWR)) == -1 ||
	    dup2(null, STDIN_FILENO) == -1 ||
	    dup2(null, STDOUT_FILENO) == -1 ||
	    (fd == PROTO_FD && fcntl(fd, F_SETFD, 0) == -1) ||
	    dup2(fd, PROTO_FD) == -1)
		fatal("%s", p->title);
	more[0] = NULL;
	if (p->class->pass != NULL)
		passed = p->class->pass(PROTO_FD + 1, more);
	closefrom(PROTO_FD + 1 + passed);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);

	args[n++] = p->program;
	if (log_getverbose())
		args[n++] = opt_v;
	if (authd.conf->sandbox_optional)
		args[n++] = opt_S;
	for (i = 0; more[i] != NULL; i++)
		args[n++] = more[i];
	if (authd.privileged && p->class->drop == PROC_DROP_EXEC)
		proc_become(p);
	else if (authd.privileged)
		n += proc_drop_args(p, &args[n]);
	args[n] = NULL;
	execve(p->program, args, proc_environment());
	fatal("%s", p->program);
}

/* Whether one logs more than the log, and authd, should have to take. */
static int
proc_floods(struct proc *p)
{
	const unsigned int	 n = flood_count(&p->lines);

	if (n <= p->class->lines_max)
		return 0;
	if (p->class->lines_kill)
		proc_kill(p, "floods the log");
	else if (n == p->class->lines_max + 1)
		log_warnx("%s: floods the log; the rest of this second is left "
		    "out", p->title);
	return 1;
}

static void
proc_on_message(struct evmsg *em, struct imsg *imsg)
{
	struct proc	*p = em->arg;
	char		 text[TEXT_LEN_MAX + 1];
	uint32_t	 priority;

	if (imsg_get_type(imsg) != IMSG_LOG) {
		p->class->handle(p, imsg);
		return;
	}
	if (msg_log_parse(imsg, &priority, text) == -1) {
		proc_kill(p, "bad LOG");
		return;
	}
	if (proc_floods(p))
		return;
	/* Nothing of theirs goes to every terminal. */
	if (priority < LOG_CRIT)
		priority = LOG_CRIT;
	log_text((int)priority, p->title, text);
}

/* Its pid is reaped later, or has been; the restart waits for that. */
static void
proc_on_closed(struct evmsg *em, const char *why)
{
	struct proc	*p = em->arg;

	if (why != NULL) {
		proc_kill(p, why);
		return;
	}
	evmsg_close(em);
	/* It has ended, or is of no use without its channel. */
	if (!p->retired && !authd.halting && p->pid != 0)
		(void)kill(p->pid, SIGKILL);
}

static void
proc_on_restart(evutil_socket_t fd, short what, void *arg)
{
	proc_start(arg);
}

unsigned int
proc_delay(const struct proc *p)
{
	return clock_seconds() - p->started >= PROC_SETTLED ? 0 : p->delay;
}

/* Start again: at once after a good run, else after a growing delay. */
static void
proc_schedule(struct proc *p)
{
	struct timeval	 tv = { 0, 0 };

	tv.tv_sec = p->delay = proc_delay(p);
	p->delay = p->delay == 0 ? 1 : p->delay * 2;
	if (p->delay > PROC_DELAY_MAX)
		p->delay = PROC_DELAY_MAX;
	if (tv.tv_sec > 0)
		log_warnx("%s: starting again in %lld s", p->title,
		    (long long)tv.tv_sec);
	if (evtimer_add(&p->restart, &tv) == -1)
		fatalx("%s: evtimer_add", p->title);
}

static void
proc_start(struct proc *p)
{
	int	 sp[2];

	p->started = clock_seconds();
	p->ready = 0;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sp) == -1) {
		log_warn("%s: socketpair", p->title);
		proc_schedule(p);
		return;
	}
	if ((p->pid = fork()) == -1) {
		log_warn("%s: fork", p->title);
		p->pid = 0;
		(void)close(sp[0]);
		(void)close(sp[1]);
		proc_schedule(p);
		return;
	}
	if (p->pid == 0)
		proc_exec(p, sp[1]);
	(void)close(sp[1]);
	p->em.handle = proc_on_message;
	p->em.closed = proc_on_closed;
	p->em.arg = p;
	if (evmsg_open(&p->em, authd.base, sp[0], R_AUTHD, p->class->role, 1,
	    PROC_QUEUE_MAX) == -1) {
		log_warn("%s", p->title);
		(void)close(sp[0]);
		(void)kill(p->pid, SIGKILL);
		return;
	}
	log_debug("%s: started, pid %d", p->title, p->pid);
	p->class->up(p);
	evmsg_flush(&p->em);
}

struct proc *
proc_new(const struct proc_class *class, const char *title,
    const char *program, const char *group, void *arg)
{
	struct proc	*p;

	if ((p = calloc(1, sizeof(*p))) == NULL ||
	    (p->title = strdup(title)) == NULL ||
	    asprintf(&p->program, "%s/%s", authd.libexec, program) == -1)
		fatal("%s", title);
	p->class = class;
	p->group = group;
	p->arg = arg;
	evtimer_assign(&p->restart, authd.base, proc_on_restart, p);
	TAILQ_INSERT_TAIL(&procs, p, entry);
	proc_start(p);
	return p;
}

void
proc_kill(struct proc *p, const char *why)
{
	log_warnx("%s: %s; killed", p->title, why);
	evmsg_close(&p->em);
	if (p->pid != 0 && kill(p->pid, SIGKILL) == -1)
		log_warn("%s: kill %d", p->title, p->pid);
}

void
proc_retire(struct proc *p)
{
	p->retired = 1;
	(void)event_del(&p->restart);
	if (!p->em.open)
		return;
	if (msg_empty_send(&p->em.imsgbuf, IMSG_HALT, 0) == -1)
		evmsg_close(&p->em);
	else
		evmsg_flush(&p->em);
}

static void
proc_log_end(const struct proc *p, pid_t pid, int status)
{
	if (WIFSIGNALED(status))
		log_warnx("%s: pid %d killed by signal %d", p->title, pid,
		    WTERMSIG(status));
	else if (WEXITSTATUS(status) != 0)
		log_warnx("%s: pid %d ended with status %d", p->title, pid,
		    WEXITSTATUS(status));
	else
		log_debug("%s: pid %d ended", p->title, pid);
}

/* Read the last messages of a process that has ended, then restart it. */
static void
proc_end(struct proc *p, int status)
{
	struct imsg	 imsg;
	pid_t		 pid = p->pid;
	int		 i;

	/* Reaped: the pid may be another process's by now. */
	p->pid = 0;
	/* Bounded: a child of its own may have the socket and write on. */
	for (i = 0; i < 64 && p->em.open &&
	    imsgbuf_read(&p->em.imsgbuf) == 1; i++) {
		while (p->em.open &&
		    imsgbuf_get(&p->em.imsgbuf, &imsg) == 1) {
			if (proto_check(&imsg, p->class->role, R_AUTHD) == NULL)
				proc_on_message(&p->em, &imsg);
			imsg_free(&imsg);
		}
	}
	proc_log_end(p, pid, status);
	evmsg_close(&p->em);
	p->class->down(p);
	if (!authd.ready && !p->ready) {
		/* At the start the operator has to correct something. */
		authd.halt(1);
		return;
	}
	p->ready = 0;
	if (!p->retired && !authd.halting) {
		proc_schedule(p);
		return;
	}
	if (p->retired) {
		TAILQ_REMOVE(&procs, p, entry);
		(void)event_del(&p->restart);
		free(p->title);
		free(p->program);
		free(p);
	}
}

void
proc_reap(void)
{
	struct proc	*p;
	pid_t		 pid;
	int		 status;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		TAILQ_FOREACH(p, &procs, entry) {
			if (p->pid == pid) {
				proc_end(p, status);
				break;
			}
		}
	}
	authd.progress();
}

const char *
proc_not_ready(void)
{
	struct proc	*p;

	TAILQ_FOREACH(p, &procs, entry) {
		if (!p->ready)
			return p->title;
	}
	return NULL;
}

int
proc_running(const struct proc_class *class)
{
	struct proc	*p;

	TAILQ_FOREACH(p, &procs, entry) {
		if (p->class == class && p->pid != 0)
			return 1;
	}
	return 0;
}

void
proc_each(const struct proc_class *class, void (*fn)(struct proc *))
{
	struct proc	*p, *next;

	TAILQ_FOREACH_SAFE(p, &procs, entry, next) {
		if (class == NULL || p->class == class)
			fn(p);
	}
}

/*
 * The end of file ends all processes.  Wait for that, but not for ever:
 * whatever stays would be left to our parent.
 */
void
proc_shutdown(void)
{
	const struct timespec	 pause = { 0, 10000000 };
	struct proc		*p;
	int			 i, left = 1;

	TAILQ_FOREACH(p, &procs, entry)
		evmsg_close(&p->em);
	for (i = 0; left > 0 && i < SHUTDOWN_TRIES; i++) {
		left = 0;
		TAILQ_FOREACH(p, &procs, entry) {
			if (p->pid != 0 && waitpid(p->pid, NULL, WNOHANG) == 0)
				left++;
			else
				p->pid = 0;
		}
		if (left > 0)
			(void)nanosleep(&pause, NULL);
	}
	TAILQ_FOREACH(p, &procs, entry) {
		if (p->pid == 0)
			continue;
		log_warnx("%s: does not end; killed", p->title);
		(void)kill(p->pid, SIGKILL);
		(void)waitpid(p->pid, NULL, 0);
	}
}
