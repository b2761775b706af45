/* SPDX-License-Identifier: ISC */
/*
 * Runs in: authd, root.  Trusts: a storaged for nothing; the spawner only to
 * report its children.
 */

#include <sys/types.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/tree.h>
#include <sys/wait.h>

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "authd.h"
#include "flood.h"
#include "log.h"
#include "namespace.h"
#include "paths.h"
#include "proc_spawner.h"
#include "spool.h"
#include "storage.h"

/* Messages that may wait for a storaged to read them; it asks one by one. */
#define CTL_QUEUE_MAX	4

/* Messages accepted from a storaged in a second: dotlock tries, log lines. */
#define CTL_RATE_MAX	1000

struct storage {
	RB_ENTRY(storage)	 entry;
	uint32_t		 number;	/* for the spawner */
	uint32_t		 flags;		/* SP_* */
	struct mailbox		 box;
	const struct storage_owner *owner;	/* NULL: it has none */
	void			*arg;
	const struct proc	*spawner;	/* NULL: has no process */
	pid_t			 pid;		/* 0: not yet */
	struct evmsg		 ctl;
	struct flood		 flood;		/* of messages from there */
	int			 noted;		/* mail may be removed: IMSG_
						 * CTL_NOTE */
	int			 died;		/* of a signal */
	int			 status;	/* as of waitpid(2), or -1 */
	int			 again;		/* its first process had no
						 * rule for its mailbox */
	int			 denied;	/* reported that: CTL_OK or
						 * CTL_FAILED was the answer */
	int			 dotlock;	/* we hold it for storaged */
	struct stat		 lock;		/* then: which file */
};
RB_HEAD(storages, storage);

static int	 storage_cmp(struct storage *, struct storage *);
static void	 storage_on_message(struct evmsg *, struct imsg *);
static void	 storage_on_closed(struct evmsg *, const char *);

RB_PROTOTYPE(storages, storage, entry, storage_cmp);

static struct storages	 all = RB_INITIALIZER(&all);
static uint32_t		 last_number;

static int
storage_cmp(struct storage *a, struct storage *b)
{
	return a->number < b->number ? -1 : a->number > b->number;
}

RB_GENERATE(storages, storage, entry, storage_cmp);

static struct storage *
storage_find(uint32_t number)
{
	struct storage	 key;

	key.number = number;
	return RB_FIND(storages, &all, &key);
}

uint32_t
storage_number(const struct storage *st)
{
	return st->number;
}

void *
storage_arg(uint32_t number, const struct storage_owner *owner)
{
	struct storage	*st = storage_find(number);

	return st != NULL && st->owner == owner ? st->arg : NULL;
}

/* Give it a number that no other has. */
static void
storage_insert(struct storage *st)
{
	while (++last_number == 0 || storage_find(last_number) != NULL)
		continue;
	st->number = last_number;
	RB_INSERT(storages, &all, st);
}

static void
storage_unlock(struct storage *st)
{
	if (st->dotlock)
		spool_unlock(st->box.path, &st->lock);
	st->dotlock = 0;
}

static void
storage_free(struct storage *st)
{
	evmsg_close(&st->ctl);
	storage_unlock(st);
	RB_REMOVE(storages, &all, st);
	freezero(st, sizeof(*st));
}

/* One that has ended and closed its channel is over. */
static void
storage_check_end(struct storage *st)
{
	if (st->spawner != NULL || st->ctl.open)
		return;
	if (st->owner != NULL)
		st->owner->ended(st->arg, st->status,
		    st->died && st->noted ? &st->box : NULL);
	storage_free(st);
}

int
storage_running(void)
{
	return !RB_EMPTY(&all);
}

const char *
storage_refuses(uint32_t uid, uint32_t gid)
{
	if (uid == 0 || gid == 0)
		return "root's mail is not served";
	if (!authd.privileged)
		return uid == geteuid() ? NULL :
		    "not started as root: only the own mailbox is served";
	if (!ids_uid(&authd.conf->ids, uid))
		return "uid outside of uid-min and uid-max";
	if (!ids_gid(&authd.conf->ids, gid))
		return "gid outside of gid-min and gid-max, and not one of "
		    "the groups that \"groups\" in pop3d.conf names";
	if (!namespace_has(uid) || !namespace_has(gid))
		return "65534 is nobody's uid and gid";
	return NULL;
}

/* Ask the spawner for a process.  -1: not now; fd is closed. */
static int
storage_spawn(struct storage *st, int fd)
{
	struct sp_spawn	 sp;

	memset(&sp, 0, sizeof(sp));
	sp.uid = st->box.uid;
	sp.gid = st->box.gid;
	sp.flags = st->flags;
	sp.format = st->box.format;
	(void)strlcpy(sp.user, st->box.user, sizeof(sp.user));
	(void)strlcpy(sp.mailbox, st->box.path, sizeof(sp.mailbox));
	if (strlcpy(sp.state, authd.conf->state, sizeof(sp.state)) >=
	    sizeof(sp.state) ||
	    strlcat(sp.state, "/", sizeof(sp.state)) >= sizeof(sp.state) ||
	    strlcat(sp.state, sp.user, sizeof(sp.state)) >=
	    sizeof(sp.state)) {
		(void)close(fd);
		return -1;
	}
	st->spawner = proc_spawner_spawn(st->number, &sp, fd);
	return st->spawner == NULL ? -1 : 0;
}

struct storage *
storage_start(const struct mailbox *box, uint32_t flags, int fd,
    const struct storage_owner *owner, void *arg)
{
	struct storage	*st;

	if ((st = calloc(1, sizeof(*st))) == NULL) {
		(void)close(fd);
		return NULL;
	}
	st->box = *box;
	st->flags = flags;
	st->owner = owner;
	st->arg = arg;
	storage_insert(st);
	if (storage_spawn(st, fd) == -1) {
		storage_free(st);
		return NULL;
	}
	return st;
}

pid_t
storage_kill(struct storage *st)
{
	/* While its channel is open the pid is still its own. */
	if (st->pid != 0 && st->spawner != NULL && st->ctl.open &&
	    kill(st->pid, SIGKILL) == -1)
		log_warn("kill %d", st->pid);
	return st->pid;
}

/* SP_SPAWNED; fd is taken.  -1: out of turn. */
static int
storage_spawned(const struct proc *spawner, uint32_t number, pid_t pid, int fd)
{
	struct storage	*st;

	/* Once for each: no more descriptors than are counted. */
	if ((st = storage_find(number)) == NULL || st->spawner != spawner ||
	    st->pid != 0) {
		(void)close(fd);
		return -1;
	}
	st->pid = pid;
	st->ctl.handle = storage_on_message;
	st->ctl.closed = storage_on_closed;
	st->ctl.arg = st;
	if (evmsg_open(&st->ctl, authd.base, fd, R_AUTHD, R_STORAGED, 0,
	    CTL_QUEUE_MAX) == -1) {
		log_warn("session of %s", st->box.user);
		(void)close(fd);
	}
	if (!st->again && st->owner->started != NULL)
		st->owner->started(st->arg);
	return 0;
}

/* SP_EXIT: a storaged ended, or did not start.  -1: out of turn. */
static int
storage_exited(const struct proc *spawner, uint32_t number, pid_t pid,
    int status)
{
	struct storage	*st;

	if ((st = storage_find(number)) == NULL || st->spawner != spawner)
		return -1;
	if (WIFSIGNALED(status)) {
		log_warnx("session of %s: pid %d killed by signal %d",
		    log_vis(st->box.user), pid, WTERMSIG(status));
		st->died = 1;
	}
	st->status = pid == 0 ? -1 : status;
	st->spawner = NULL;
	storage_check_end(st);
	return 0;
}

/* A spawner has ended: it cannot report the end of its children. */
static void
storage_spawner_down(const struct proc *spawner)
{
	struct storage	*st, *next;

	RB_FOREACH_SAFE(st, storages, &all, next) {
		if (st->spawner != spawner)
			continue;
		/* It may have died with it. */
		st->died = 1;
		st->status = -1;
		st->spawner = NULL;
		storage_check_end(st);
	}
}

static const struct proc_spawner_events	 storage_events = {
	storage_spawned, storage_exited, storage_spawner_down
};

void
storage_init(void)
{
	proc_spawner_init(&storage_events);
}

/*
 * Its storaged was denied its mailbox.  Another one, started once, may be
 * allowed more, if only because the spawner has been replaced meanwhile.
 */
static int
storage_was_denied(struct storage *st)
{
	const int	 recovers = (st->flags & SP_RECOVER) != 0;
	uint32_t	 result = CTL_FAILED;

	if (st->denied != 0)
		return -1;
	if (st->again)
		log_warnx("%s: denied in spite of new rules: the user may not "
		    "enter its directory; if that is not so, reload pop3d",
		    st->box.path);
	else if (!recovers && !proc_spawner_is(st->spawner))
		result = CTL_OK;
	else if (paths_heal(st->box.path)) {
		proc_spawner_renew();
		if (!recovers)
			result = CTL_OK;
	}
	st->denied = (int)result;
	/* Not before: to close a user's file may take as long as it likes. */
	if (result == CTL_OK)
		imsgbuf_allow_fdpass(&st->ctl.imsgbuf);
	if (msg_ctl_locked_send(&st->ctl.imsgbuf, result) == -1)
		return -1;
	evmsg_flush(&st->ctl);
	return 0;
}

/* Whether it can be an end of a socketpair(2); asked without a file system. */
static int
storage_is_pair(int fd)
{
	struct sockaddr_storage	 ss;
	socklen_t		 sslen = sizeof(ss), len = sizeof(int);
	int			 type;

	return getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) == 0 &&
	    type == SOCK_STREAM &&
	    getsockname(fd, (struct sockaddr *)&ss, &sslen) == 0 &&
	    ss.ss_family == AF_UNIX;
}

/*
 * Keep a record of a storaged that gave its session back, until it is reaped,
 * under the number that the spawner knows.
 */
static int
storage_leave(const struct storage *st)
{
	struct storage	*rest;

	if ((rest = calloc(1, sizeof(*rest))) == NULL)
		return -1;
	rest->number = st->number;
	rest->box = st->box;
	rest->spawner = st->spawner;
	rest->pid = st->pid;
	RB_INSERT(storages, &all, rest);
	return 0;
}

/* The engine's socket, back from a storaged that was denied its mailbox. */
static int
storage_spawn_again(struct storage *st, int fd)
{
	if (fd == -1 || st->denied != CTL_OK || !storage_is_pair(fd)) {
		if (fd != -1)
			(void)close(fd);
		return -1;
	}
	RB_REMOVE(storages, &all, st);
	if (st->spawner != NULL && storage_leave(st) == -1) {
		RB_INSERT(storages, &all, st);
		(void)close(fd);
		return -1;
	}
	storage_insert(st);
	/* No descriptor of the first process may stay uncounted. */
	evmsg_close(&st->ctl);
	storage_unlock(st);
	st->spawner = NULL;
	st->pid = 0;
	st->denied = 0;
	st->again = 1;
	/* If not, the engine sees the end of file and answers [SYS/TEMP]. */
	if (storage_spawn(st, fd) == -1)
		storage_check_end(st);
	return 0;
}

static int
storage_lock(struct storage *st)
{
	uint32_t	 result = CTL_OK;

	if (!st->dotlock)
		result = spool_lock(st->box.path, st->box.uid, st->pid,
		    &st->lock);
	st->dotlock = result == CTL_OK;
	if (msg_ctl_locked_send(&st->ctl.imsgbuf, result) == -1)
		return -1;
	evmsg_flush(&st->ctl);
	return 0;
}

static int
storage_log(struct imsg *imsg)
{
	char		 text[TEXT_LEN_MAX + 1];
	uint32_t	 priority;

	if (msg_log_parse(imsg, &priority, text) == -1)
		return -1;
	/* A storaged has no reason for a higher one. */
	if (priority < LOG_ERR)
		priority = LOG_ERR;
	log_text((int)priority, "storaged", text);
	return 0;
}

static void
storage_on_message(struct evmsg *em, struct imsg *imsg)
{
	struct storage	*st = em->arg;
	int		 ret = -1;

	if (flood_count(&st->flood) > CTL_RATE_MAX) {
		storage_on_closed(em, "floods authd");
		return;
	}
	switch (imsg_get_type(imsg)) {
	case IMSG_LOG:
		ret = storage_log(imsg);
		break;
	case IMSG_CTL_LOCK:
		ret = storage_lock(st);
		break;
	case IMSG_CTL_UNLOCK:
		storage_unlock(st);
		ret = 0;
		break;
	case IMSG_CTL_DENIED:
		ret = storage_was_denied(st);
		break;
	case IMSG_CTL_AGAIN:
		ret = storage_spawn_again(st, imsg_get_fd(imsg));
		break;
	case IMSG_CTL_NOTE:
		st->noted = 1;
		state_note(&st->box);
		ret = 0;
		break;
	}
	if (ret == -1)
		storage_on_closed(em, "unexpected or malformed message");
}

/* storaged has ended, or broke the rules and is not listened to any more. */
static void
storage_on_closed(struct evmsg *em, const char *why)
{
	struct storage	*st = em->arg;

	if (why != NULL)
		log_warnx("session of %s: %s", log_vis(st->box.user), why);
	evmsg_close(em);
	storage_unlock(st);
	if (st->owner->closed != NULL)
		st->owner->closed(st->arg);
	storage_check_end(st);
}
