/* SPDX-License-Identifier: ISC */
/* Runs in: authd, root.  Trusts: the spawner only to start sessions. */

#include <sys/types.h>
#include <sys/wait.h>

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "log.h"
#include "namespace.h"
#include "paths.h"
#include "proc.h"
#include "proc_spawner.h"

/* Seconds for it to start a session, which takes a fork. */
#define SPAWN_TIMEOUT	15

/* arg of a spawner's struct proc; a retired one is watched, too. */
struct watch {
	struct proc	*spawner;
	struct event	 hangs;
	unsigned int	 asked;		/* sessions not yet started */
};

static struct proc				*current;
static const struct proc_spawner_events	*events;

static void	 proc_spawner_start(void);
static int	 proc_spawner_pass(int, char *[PROC_ARGS_MAX]);
static void	 proc_spawner_up(struct proc *);
static void	 proc_spawner_handle(struct proc *, struct imsg *);
static void	 proc_spawner_down(struct proc *);

/* It may log something for each session. */
static const struct proc_class	 proc_spawner_class = {
	.name = "spawner",
	.role = R_SPAWNER,
	.account = &authd.stor,
	.drop = PROC_DROP_ITSELF,
	.lines_max = 10000,
	.pass = proc_spawner_pass,
	.up = proc_spawner_up,
	.handle = proc_spawner_handle,
	.down = proc_spawner_down
};

/* Its directories by -p; -n: it has user namespaces. */
static int
proc_spawner_pass(int fd, char *args[PROC_ARGS_MAX])
{
	static char	 opt_p[] = "-p", opt_n[] = "-n";
	char *const	*dir;
	int		 n = 0, spaces = namespace_pass(fd);

	for (dir = paths_spawner(); *dir != NULL; dir++) {
		args[n++] = opt_p;
		args[n++] = *dir;
	}
	if (spaces > 0)
		args[n++] = opt_n;
	args[n] = NULL;
	return spaces;
}

static void
proc_spawner_on_hangs(evutil_socket_t fd, short what, void *arg)
{
	struct watch	*w = arg;

	proc_kill(w->spawner, "starts no sessions");
}

/* n sessions are still to be started; answered: it has reported one now. */
static void
proc_spawner_watch(struct watch *w, unsigned int n, int answered)
{
	struct timeval	 tv = { SPAWN_TIMEOUT, 0 };

	w->asked = n;
	if (w->asked == 0)
		(void)evtimer_del(&w->hangs);
	else if ((answered || !evtimer_pending(&w->hangs, NULL)) &&
	    evtimer_add(&w->hangs, &tv) == -1)
		fatalx("evtimer_add");
}

/* It has started one, or could not. */
static void
proc_spawner_answered(const struct proc *p)
{
	struct watch	*w = p->arg;

	if (w->asked > 0)
		proc_spawner_watch(w, w->asked - 1, 1);
}

static void
proc_spawner_up(struct proc *p)
{
	struct watch		*w = p->arg;
	struct m_sp_conf	 conf;

	w->spawner = p;
	paths_given();
	memset(&conf, 0, sizeof(conf));
	conf.ids = authd.conf->ids;
	/* It can start our own sessions only; storage.c asks for no others. */
	if (!authd.privileged) {
		conf.ids.uid_min = conf.ids.gid_min = 1;
		conf.ids.uid_max = conf.ids.gid_max = UINT32_MAX - 1;
	}
	conf.lock_flags = authd.conf->lock_flags;
	conf.lock_timeout = authd.conf->lock_timeout;
	conf.octets_max = authd.conf->octets_max;
	conf.messages_max = authd.conf->messages_max;
	conf.verbose = (uint32_t)log_getverbose();
	if (msg_sp_conf_send(&p->em.imsgbuf, &conf) == -1)
		proc_kill(p, "not configured");
	/* It has no answer to give; if something is wrong it ends. */
	p->ready = 1;
}

/*
 * An attacker may have crashed a storaged.  All of them share the spawner's
 * memory layout: replace it, so that there is no second guess.
 */
static void
proc_spawner_replace(struct proc *p)
{
	if (p != current || p->retired || authd.halting)
		return;
	log_warnx("%s: replaced after a crash of a session", p->title);
	proc_retire(p);
	proc_spawner_start();
}

static void
proc_spawner_handle(struct proc *p, struct imsg *imsg)
{
	uint32_t	 pid, status;
	int		 fd, sig;

	switch (imsg_get_type(imsg)) {
	case IMSG_SP_SPAWNED:
		if (msg_sp_child_parse(imsg, &pid, &status) == -1)
			break;
		if ((fd = imsg_get_fd(imsg)) == -1)
			break;
		proc_spawner_answered(p);
		if (events->spawned(p, imsg_get_id(imsg), (pid_t)pid, fd) ==
		    -1)
			break;
		return;
	case IMSG_SP_EXIT:
		if (msg_sp_child_parse(imsg, &pid, &status) == -1)
			break;
		if (pid == 0)
			proc_spawner_answered(p);
		if (events->exited(p, imsg_get_id(imsg), (pid_t)pid,
		    (int)status) == -1)
			break;
		sig = WIFSIGNALED((int)status) ? WTERMSIG((int)status) : 0;
		if (sig == SIGSEGV || sig == SIGBUS || sig == SIGILL ||
		    sig == SIGABRT || sig == SIGSYS)
			proc_spawner_replace(p);
		return;
	}
	proc_kill(p, "unexpected or malformed message");
}

static void
proc_spawner_down(struct proc *p)
{
	struct watch	*w = p->arg;

	proc_spawner_watch(w, 0, 0);
	events->down(p);
	if (p->retired) {
		p->arg = NULL;
		free(w);
	}
}

static void
proc_spawner_start(void)
{
	struct watch	*w;

	if ((w = calloc(1, sizeof(*w))) == NULL)
		fatal("spawner");
	evtimer_assign(&w->hangs, authd.base, proc_spawner_on_hangs, w);
	current = proc_new(&proc_spawner_class, "spawner", "storaged", NULL, w);
}

void
proc_spawner_init(const struct proc_spawner_events *callbacks)
{
	events = callbacks;
	proc_spawner_start();
}

int
proc_spawner_is(const struct proc *p)
{
	return p == current;
}

void
proc_spawner_renew(void)
{
	if (authd.halting || current == NULL)
		return;
	log_info("%s: replaced, with rules for what is there now",
	    current->title);
	proc_retire(current);
	proc_spawner_start();
}

struct proc *
proc_spawner_spawn(uint32_t number, const struct sp_spawn *sp, int session)
{
	struct watch	*w;

	if (current == NULL || !current->em.open) {
		(void)close(session);
		return NULL;
	}
	if (msg_sp_spawn_send(&current->em.imsgbuf, number, sp, session) ==
	    -1) {
		log_warn("%s", current->title);
		return NULL;
	}
	evmsg_flush(&current->em);
	w = current->arg;
	proc_spawner_watch(w, w->asked + 1, 0);
	return current;
}
