/* SPDX-License-Identifier: ISC */
/*
 * Runs in: authd, root.  Trusts: the links that it made itself, in a directory
 * that only root can enter; of what users own it sees a size.
 *
 * A link of that directory is named like the user and says "uid gid mailbox":
 * what a login found out, for the next start of the daemon.  A link is read and
 * written by one call, and its text is there as a whole or not at all.
 */

#include <sys/types.h>
#include <sys/queue.h>
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
#include "login.h"
#include "name.h"
#include "recover.h"

/* Recoveries at once. */
#define RUNNING_MAX	4

/* Directories after which the log says how far it is. */
#define PROGRESS	10000

#define TEXT_MAX	(2 * 11 + PATH_LEN_MAX + 1)

/* No storaged to be had: try again, seconds. */
#define RETRY		1

struct job {
	TAILQ_ENTRY(job)	 entry;
	uint32_t		 uid;
	uint32_t		 gid;
	char			 user[USER_LEN_MAX + 1];
	char			 mailbox[PATH_LEN_MAX + 1];
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

void
recover_note(const char *user, uint32_t uid, uint32_t gid,
    const char *mailbox)
{
	char	 text[TEXT_MAX], old[TEXT_MAX + 1];
	ssize_t	 n;

	(void)snprintf(text, sizeof(text), "%u %u %s", uid, gid, mailbox);
	n = readlinkat(authd.usersfd, user, old, sizeof(old) - 1);
	old[n > 0 ? n : 0] = '\0';
	if (strcmp(text, old) == 0)
		return;
	if (n == -1 && symlinkat(text, authd.usersfd, user) == 0)
		return;
	/* No user has such a name. */
	(void)unlinkat(authd.usersfd, ".new", 0);
	if (symlinkat(text, authd.usersfd, ".new") == -1 ||
	    renameat(authd.usersfd, ".new", authd.usersfd, user) == -1)
		log_warn("state %s/.users/%s", authd.conf->state, user);
}

/* The link of a user: 0, or -1 if it says nothing that can be used. */
static int
recover_read(const char *user, struct job *job)
{
	char		 text[TEXT_MAX + 1], *end;
	unsigned long	 uid, gid;
	ssize_t		 n;

	if (!name_user_valid(user) || (n = readlinkat(authd.usersfd, user,
	    text, sizeof(text) - 1)) == -1)
		return -1;
	text[n] = '\0';
	uid = strtoul(text, &end, 10);
	gid = strtoul(end, &end, 10);
	if (*end != ' ' || uid > UINT32_MAX || gid > UINT32_MAX ||
	    strlcpy(job->mailbox, end + 1, sizeof(job->mailbox)) >=
	    sizeof(job->mailbox) || job->mailbox[0] != '/')
		return -1;
	(void)strlcpy(job->user, user, sizeof(job->user));
	job->uid = uid;
	job->gid = gid;
	return 0;
}

/* Whether a journal is as long as one that asks for recovery. */
static int
recover_due(const char *user)
{
	char		 path[USER_LEN_MAX + 16];
	struct stat	 st;

	(void)snprintf(path, sizeof(path), "%s/journal", user);
	return fstatat(authd.statefd, path, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    S_ISREG(st.st_mode) && st.st_size > JOURNAL_IDLE_SIZE;
}

static void
recover_add(const struct job *job)
{
	struct job	*new;

	if ((new = malloc(sizeof(*new))) == NULL) {
		log_warn("recovery of %s: at the next login", job->user);
		return;
	}
	*new = *job;
	TAILQ_INSERT_TAIL(&jobs, new, entry);
}

static void
recover_next(evutil_socket_t fd, short what, void *arg)
{
	struct job	*job;
	int		 r;

	if (authd.halting)
		return;
	while ((job = TAILQ_FIRST(&jobs)) != NULL && running < RUNNING_MAX) {
		r = login_recover(job->user, job->uid, job->gid, job->mailbox);
		if (r == -1) {
			recover_soon(RETRY);
			return;
		}
		TAILQ_REMOVE(&jobs, job, entry);
		free(job);
		running += r == 0;
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
	struct job	 job;
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
		    recover_read(d->d_name, &job) == 0) {
			due++;
			recover_add(&job);
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
recover_mailbox(const char *user, uint32_t uid, uint32_t gid,
    const char *mailbox)
{
	struct job	 job;

	if (authd.halting)
		return;
	memset(&job, 0, sizeof(job));
	job.uid = uid;
	job.gid = gid;
	(void)strlcpy(job.user, user, sizeof(job.user));
	(void)strlcpy(job.mailbox, mailbox, sizeof(job.mailbox));
	recover_add(&job);
	/* Not from here: the spawner may be about to be replaced. */
	recover_soon(0);
}

void
recover_ended(const char *user, int status)
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
