/* SPDX-License-Identifier: ISC */
/*
 * Runs in: authd, root.  Trusts: the notes of state.c; of a user's files it
 * reads the size of the journal alone.
 */

#include <sys/types.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "authd.h"
#include "log.h"
#include "recover.h"
#include "storage.h"

/* Recoveries at the same time. */
#define RUNNING_MAX	4

/* Mailboxes between two lines of progress in the log. */
#define PROGRESS	10000

/* Seconds to the next try if no storaged can be started. */
#define RETRY		1

/*
 * Seconds that a recovery may take.  If it is killed nothing is lost: the next
 * login continues it.
 */
#define RECOVERY_TIME	600

struct job {
	TAILQ_ENTRY(job)	 entry;		/* until it is started */
	struct mailbox		 box;
	struct storage		*storage;	/* when it runs */
	struct event		 deadline;	/* then: it is killed */
	int			 late;		/* it was, and no longer counts
						 * as running */
};

static TAILQ_HEAD(, job)	 jobs = TAILQ_HEAD_INITIALIZER(jobs);
static struct event		 ev_next;
static unsigned int		 running, seen, due, recovered, failed;

static void	 recover_next(evutil_socket_t, short, void *);

static void
recover_soon(int seconds)
{
	struct timeval	 tv = { seconds, 0 };

	(void)evtimer_add(&ev_next, &tv);
}

void
recover_init(void)
{
	evtimer_assign(&ev_next, authd.base, recover_next, NULL);
}

/* Whether some format's journal has the size of one that needs recovery. */
static int
recover_due(const char *user)
{
	const struct format_journal	*j;
	char				 path[USER_LEN_MAX + 32];
	struct stat			 st;
	int				 i;

	for (i = 0; i < FORMAT_MAX; i++) {
		if ((j = formats_journal(i)) == NULL)
			continue;
		(void)snprintf(path, sizeof(path), "%s/%s", user, j->name);
		if (fstatat(authd.statefd, path, &st, AT_SYMLINK_NOFOLLOW) ==
		    0 && S_ISREG(st.st_mode) && st.st_size > j->idle)
			return 1;
	}
	return 0;
}

static void
recover_add(const struct mailbox *box)
{
	struct job	*job;

	if ((job = calloc(1, sizeof(*job))) == NULL) {
		log_warn("recovery of %s: at the next login", box->user);
		return;
	}
	job->box = *box;
	TAILQ_INSERT_TAIL(&jobs, job, entry);
}

/* A recovery has ended or was given up: the next one may begin. */
static void
recover_done(const char *user, int status)
{
	running--;
	if (status == 0)
		recovered++;
	else {
		failed++;
		log_warnx("recovery of %s failed: the log of storaged says "
		    "why; it is tried again at the next login",
		    log_vis(user));
	}
	recover_soon(0);
}

/*
 * A recovery hangs, stopped by its user or on a file system that does not
 * answer.  Others wait for its place: kill it.
 */
static void
recover_on_deadline(evutil_socket_t fd, short what, void *arg)
{
	struct job	*job = arg;

	log_warnx("recovery of %s: pid %d is not done after %d s: killed",
	    log_vis(job->box.user), storage_kill(job->storage), RECOVERY_TIME);
	job->late = 1;
	recover_done(job->box.user, -1);
}

static void
recover_on_ended(void *arg, int status, const struct mailbox *cut)
{
	struct job	*job = arg;

	(void)evtimer_del(&job->deadline);
	if (!job->late)
		recover_done(job->box.user, status);
	free(job);
}

/*
 * Start a storaged that finishes what a dead one began.  0, -1: not now, 1:
 * never, logged.
 */
static int
recover_start(struct job *job)
{
	static const struct storage_owner	 owner = {
		NULL, NULL, recover_on_ended
	};
	const struct timeval	 tv = { RECOVERY_TIME, 0 };
	const char		*why;
	int			 fds[2];

	if ((why = storage_refuses(job->box.uid, job->box.gid)) != NULL) {
		log_warnx("recovery of %s: %s", log_vis(job->box.user), why);
		return 1;
	}
	/* Every storaged gets a socket; this one's has no engine behind it. */
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) == -1)
		return -1;
	(void)close(fds[0]);
	job->storage = storage_start(&job->box, SP_RECOVER, fds[1], &owner,
	    job);
	if (job->storage == NULL)
		return -1;
	evtimer_assign(&job->deadline, authd.base, recover_on_deadline, job);
	if (evtimer_add(&job->deadline, &tv) == -1)
		fatalx("evtimer_add");
	return 0;
}

static void
recover_next(evutil_socket_t fd, short what, void *arg)
{
	struct job	*job;
	int		 r;

	if (authd.halting)
		return;
	while ((job = TAILQ_FIRST(&jobs)) != NULL && running < RUNNING_MAX) {
		if ((r = recover_start(job)) == -1) {
			recover_soon(RETRY);
			return;
		}
		TAILQ_REMOVE(&jobs, job, entry);
		if (r == 0)
			running++;
		else
			free(job);
	}
	if (TAILQ_EMPTY(&jobs) && running == 0 && seen > 0) {
		log_info("recovery: all %u mailboxes looked at, %u recovered, "
		    "%u failed", seen, recovered, failed);
		seen = due = recovered = failed = 0;
	}
}

void
recover_find(void)
{
	struct dirent	*d;
	struct mailbox	 box;
	DIR		*users;
	int		 fd;

	if ((fd = openat(authd.usersfd, ".", O_RDONLY | O_DIRECTORY |
	    O_CLOEXEC)) == -1 || (users = fdopendir(fd)) == NULL) {
		log_warn("state %s/.users: mailboxes are recovered when "
		    "their users log in", authd.conf->state);
		if (fd != -1)
			(void)close(fd);
		return;
	}
	while ((d = readdir(users)) != NULL) {
		if (d->d_name[0] == '.')
			continue;
		if (++seen % PROGRESS == 0)
			log_info("recovery: %u mailboxes looked at, %u of "
			    "them to be recovered", seen, due);
		if (recover_due(d->d_name) &&
		    state_noted(d->d_name, &box) == 0) {
			due++;
			recover_add(&box);
		}
	}
	(void)closedir(users);
}

void
recover_all(void)
{
	if (seen > 0)
		recover_soon(0);
}

void
recover_mailbox(const struct mailbox *box)
{
	if (authd.halting)
		return;
	recover_add(box);
	/* Not at once: the caller may be about to replace the spawner. */
	recover_soon(0);
}

int
recover_pending(void)
{
	return running > 0 || !TAILQ_EMPTY(&jobs);
}
