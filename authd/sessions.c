/* SPDX-License-Identifier: ISC */
/*
 * Runs in: authd, root.  Trusts: nothing that an engine or a storaged reports
 * about a session; a session counts until its storaged is gone.
 */

#include <sys/types.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <sys/tree.h>

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "authd.h"
#include "clock.h"
#include "log.h"
#include "proc.h"
#include "proc_spawner.h"
#include "recover.h"
#include "sessions.h"
#include "storage.h"

/* A user with sessions, to count them. */
struct user {
	RB_ENTRY(user)	 entry;
	char		 name[USER_LEN_MAX + 1];
	uint32_t	 sessions;
	LIST_HEAD(, session) list;
};
RB_HEAD(user_tree, user);

struct session {
	LIST_ENTRY(session)	 entry;
	LIST_ENTRY(session)	 by_user;
	struct user		*user;		/* counted there, or NULL */
	struct m_peer		 remote;
	struct storage		*storage;
	int			 fd;		/* the engine's end, until its
						 * storaged runs; or -1 */
	void			(*ready)(void *, int);	/* or NULL */
	void			*ready_arg;
	struct proc		*engine;	/* NULL: gone, or not yet */
	uint32_t		 number;	/* the engine's */
	time_t			 since;		/* then: clock_seconds() */
	void			(*over)(void *);	/* a login waits for
							 * its end; or NULL */
	void			*over_arg;
};

static int	 sessions_user_cmp(struct user *, struct user *);
static void	 sessions_on_started(void *);
static void	 sessions_on_closed(void *);
static void	 sessions_on_ended(void *, int, const struct mailbox *);

RB_PROTOTYPE(user_tree, user, entry, sessions_user_cmp);

static struct user_tree		 users = RB_INITIALIZER(&users);
static LIST_HEAD(, session)	 all = LIST_HEAD_INITIALIZER(all);
static uint32_t			 counted;	/* sessions with a user */
static uint32_t			 starting;	/* of them with fd */

static const struct storage_owner	 sessions_owner = {
	sessions_on_started, sessions_on_closed, sessions_on_ended
};

static int
sessions_user_cmp(struct user *a, struct user *b)
{
	return strcmp(a->name, b->name);
}

RB_GENERATE(user_tree, user, entry, sessions_user_cmp);

/* NULL: has no session. */
static struct user *
sessions_user_find(const char *name)
{
	struct user	 key;

	(void)strlcpy(key.name, name, sizeof(key.name));
	return RB_FIND(user_tree, &users, &key);
}

static struct user *
sessions_user(const char *name)
{
	struct user	*user;

	if ((user = sessions_user_find(name)) != NULL ||
	    (user = calloc(1, sizeof(*user))) == NULL)
		return user;
	(void)strlcpy(user->name, name, sizeof(user->name));
	RB_INSERT(user_tree, &users, user);
	return user;
}

/* Count it.  0, or -1 with the reason: the caller frees the session. */
static int
sessions_count(struct session *s, const char *name, uint32_t *reason,
    const char **why)
{
	/* One that starts has both ends of a socketpair for a while. */
	if (counted + 2 * starting >= authd.logins_max) {
		*reason = AUTH_BUSY;
		*why = "no more descriptors";
		return -1;
	}
	if ((s->user = sessions_user(name)) == NULL) {
		*reason = AUTH_TEMP;
		*why = "out of memory";
		return -1;
	}
	LIST_INSERT_HEAD(&s->user->list, s, by_user);
	counted++;
	if (s->user->sessions++ >= authd.conf->user_sessions) {
		*reason = AUTH_LIMIT;
		*why = "limit per-user";
		return -1;
	}
	return 0;
}

/* It is not a session any more, or never became one. */
static void
sessions_uncount(struct session *s)
{
	if (s->user == NULL)
		return;
	LIST_REMOVE(s, by_user);
	counted--;
	if (--s->user->sessions == 0) {
		RB_REMOVE(user_tree, &users, s->user);
		free(s->user);
	}
	s->user = NULL;
}

static int
sessions_take_fd(struct session *s)
{
	int	 fd = s->fd;

	s->fd = -1;
	starting--;
	return fd;
}

/* A login that waits for its end need not wait any longer. */
static void
sessions_release(struct session *s)
{
	void	(*over)(void *) = s->over;

	s->over = NULL;
	if (over != NULL)
		over(s->over_arg);
}

static void
sessions_free(struct session *s)
{
	if (s->fd != -1)
		(void)close(sessions_take_fd(s));
	sessions_release(s);
	sessions_uncount(s);
	LIST_REMOVE(s, entry);
	freezero(s, sizeof(*s));
}

/* Both ends of its socket, and a storaged at one of them. */
static int
sessions_spawn(struct session *s, const struct mailbox *box, const char **why)
{
	int	 fds[2];

	*why = "cannot start a session";
	switch (state_renew()) {
	case -1:
		return -1;
	case 1:
		proc_spawner_renew();
	}
	if (state_make(box) == -1 ||
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) == -1)
		return -1;
	s->fd = fds[0];
	starting++;
	*why = "no storaged can be started now";
	s->storage = storage_start(box, 0, fds[1], &sessions_owner, s);
	return s->storage == NULL ? -1 : 0;
}

struct session *
sessions_start(const struct mailbox *box, const struct m_peer *remote,
    void (*ready)(void *, int), void *arg, uint32_t *reason, const char **why)
{
	struct session	*s;

	*reason = AUTH_TEMP;
	*why = "out of memory";
	if ((s = calloc(1, sizeof(*s))) == NULL)
		return NULL;
	s->fd = -1;
	s->remote = *remote;
	LIST_INSERT_HEAD(&all, s, entry);
	if (sessions_count(s, box->user, reason, why) == -1 ||
	    sessions_spawn(s, box, why) == -1) {
		sessions_free(s);
		return NULL;
	}
	s->ready = ready;
	s->ready_arg = arg;
	return s;
}

int
sessions_attach(struct session *s, struct proc *engine, uint32_t number)
{
	s->engine = engine;
	s->number = number;
	s->since = clock_seconds();
	return sessions_take_fd(s);
}

void
sessions_abandon(struct session *s)
{
	s->ready = NULL;
	/* The end of file ends a storaged that has started. */
	if (s->fd != -1)
		(void)close(sessions_take_fd(s));
}

/*
 * A session that has just begun is not idle.  Each has one login at most that
 * waits for it: an engine cannot make any number of them wait here.
 */
static struct session *
sessions_idle(const char *name, const struct m_peer *remote)
{
	const time_t	 takeover = authd.conf->limits.takeover;
	struct user	*user;
	struct session	*s;

	if (takeover == 0 || remote->family == 0 ||
	    (user = sessions_user_find(name)) == NULL)
		return NULL;
	LIST_FOREACH(s, &user->list, by_user) {
		if (s->engine != NULL && s->engine->em.open &&
		    s->over == NULL && clock_seconds() - s->since > takeover &&
		    s->remote.family == remote->family &&
		    memcmp(s->remote.addr, remote->addr,
		    sizeof(remote->addr)) == 0)
			return s;
	}
	return NULL;
}

struct session *
sessions_take_over(const char *user, const struct m_peer *remote,
    void (*over)(void *), void *arg)
{
	struct session	*s;

	if ((s = sessions_idle(user, remote)) == NULL ||
	    msg_auth_yield_send(&s->engine->em.imsgbuf, s->number,
	    storage_number(s->storage)) == -1)
		return NULL;
	evmsg_flush(&s->engine->em);
	s->over = over;
	s->over_arg = arg;
	return s;
}

void
sessions_leave(struct session *s)
{
	s->over = NULL;
}

void
sessions_kept(const struct proc *engine, uint32_t number)
{
	struct session	*s = storage_arg(number, &sessions_owner);

	/* It may have ended meanwhile. */
	if (s != NULL && s->engine == engine)
		sessions_release(s);
}

void
sessions_engine_down(const struct proc *engine)
{
	struct session	*s;

	LIST_FOREACH(s, &all, entry) {
		if (s->engine == engine)
			s->engine = NULL;
	}
}

static void
sessions_on_started(void *arg)
{
	struct session	*s = arg;
	void		(*ready)(void *, int) = s->ready;

	s->ready = NULL;
	if (ready != NULL)
		ready(s->ready_arg, 1);
}

static void
sessions_on_closed(void *arg)
{
	sessions_uncount(arg);
}

static void
sessions_on_ended(void *arg, int status, const struct mailbox *cut)
{
	struct session	*s = arg;
	void		(*ready)(void *, int) = s->ready;

	if (ready != NULL)
		ready(s->ready_arg, 0);
	if (cut != NULL)
		recover_mailbox(cut);
	sessions_free(s);
}
