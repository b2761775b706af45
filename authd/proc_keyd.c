/* SPDX-License-Identifier: ISC */
/*
 * Runs in: authd, root.  Trusts: no message of keyd or an engine.
 *
 * A key is in this process from the time that its file is read until it has
 * been written to keyd.  For a new keyd the file is read again.
 */

#include <sys/types.h>
#include <sys/queue.h>
#include <sys/socket.h>

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "log.h"
#include "pki.h"
#include "proc.h"
#include "proc_keyd.h"
#include "watchdog.h"

/* Seconds between attempts to read a missing key, at most. */
#define RETRY_MAX	60

/* Seconds for keyd to take its keys and the socket to an engine. */
#define OPEN_DEADLINE	15

/* conf_pki.key_state */
enum key_state {
	KEY_MISSING = 0,	/* to be read and sent */
	KEY_SENT,
	KEY_HELD		/* keyd has it */
};

/* An engine's socket to keyd. */
struct link {
	TAILQ_ENTRY(link)	 entry;
	struct proc		*engine;
	uint32_t		 number;	/* for keyd */
	int			 fd;		/* the engine's end, until keyd
						 * has its own; or -1 */
	struct event		 again;		/* make a new one */
	int64_t			 made;		/* as clock_msec() */
};

static TAILQ_HEAD(, link)	 links = TAILQ_HEAD_INITIALIZER(links);
static struct proc		*keyd;
static struct event		 ev_retry;
static struct event		 ev_deadline;
static unsigned int		 retry_delay;

static void	 proc_keyd_up(struct proc *);
static void	 proc_keyd_handle(struct proc *, struct imsg *);
static void	 proc_keyd_down(struct proc *);

/* keyd has no reason to log much. */
static const struct proc_class	 proc_keyd_class = {
	.name = "keyd",
	.role = R_KEYD,
	.account = &authd.key,
	.drop = PROC_DROP_CHROOT,
	.lines_max = 1000,
	.lines_kill = 1,
	.watched = 1,
	.up = proc_keyd_up,
	.handle = proc_keyd_handle,
	.down = proc_keyd_down
};

static void
proc_keyd_link_close(struct link *l)
{
	if (l->fd != -1)
		(void)close(l->fd);
	l->fd = -1;
}

static struct link *
proc_keyd_link_find(const struct proc *engine)
{
	struct link	*l;

	TAILQ_FOREACH(l, &links, entry) {
		if (l->engine == engine)
			return l;
	}
	return NULL;
}

/*
 * Make a new socket between an engine and keyd.  The engine gets its end only
 * when keyd has taken the other one: an engine that has lost keyd must not wait
 * for one that hangs.
 */
static void
proc_keyd_link_make(struct link *l)
{
	const struct timeval	 tv = { OPEN_DEADLINE, 0 };
	int			 sp[2];

	proc_keyd_link_close(l);
	if (!keyd->em.open || !l->engine->em.open)
		return;
	l->made = clock_msec();
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sp) == -1) {
		log_warn("%s: socketpair", l->engine->title);
		return;
	}
	l->fd = sp[1];
	if (msg_fd_send(&keyd->em.imsgbuf, IMSG_KEY_OPEN, l->number,
	    sp[0]) == -1) {
		log_warn("%s", keyd->title);
		proc_keyd_link_close(l);
		return;
	}
	evmsg_flush(&keyd->em);
	if (!evtimer_pending(&ev_deadline, NULL))
		(void)evtimer_add(&ev_deadline, &tv);
}

static void
proc_keyd_link_on_again(evutil_socket_t fd, short what, void *arg)
{
	proc_keyd_link_make(arg);
}

/* keyd has its end; now the engine may have the other. */
static void
proc_keyd_link_opened(uint32_t number)
{
	struct link	*l;
	int		 fd, waiting = 0;

	TAILQ_FOREACH(l, &links, entry) {
		if (l->number == number && !l->engine->em.open) {
			proc_keyd_link_close(l);
		} else if (l->number == number && l->fd != -1) {
			fd = l->fd;
			l->fd = -1;
			if (msg_fd_send(&l->engine->em.imsgbuf,
			    IMSG_KEY_SOCKET, 0, fd) == -1)
				log_warn("%s", l->engine->title);
			else
				evmsg_flush(&l->engine->em);
		}
		if (l->fd != -1)
			waiting = 1;
	}
	if (!waiting)
		(void)event_del(&ev_deadline);
}

static void
proc_keyd_on_deadline(evutil_socket_t fd, short what, void *arg)
{
	if (keyd->em.open)
		proc_kill(keyd, "missed its deadline");
}

static void
proc_keyd_retry_later(void)
{
	struct timeval	 tv = { 0, 0 };

	if (evtimer_pending(&ev_retry, NULL))
		return;
	tv.tv_sec = retry_delay = retry_delay == 0 ? 1 : retry_delay * 2;
	if (tv.tv_sec > RETRY_MAX)
		tv.tv_sec = retry_delay = RETRY_MAX;
	log_warnx("keyd: asking for the missing keys again in %lld s",
	    (long long)tv.tv_sec);
	if (evtimer_add(&ev_retry, &tv) == -1)
		fatalx("evtimer_add");
}

/* 0, or -1: the file cannot be read now, or keyd cannot be reached. */
static int
proc_keyd_send_key(struct imsgbuf *ib, struct conf_pki *pki)
{
	char	 why[PATH_LEN_MAX + 128], *key;
	size_t	 len;
	int	 ret;

	key = pki_read(pki->key_path, 1, &len, why, sizeof(why));
	if (key == NULL) {
		log_warnx("%s:%u: %s", pki->file, pki->line, why);
		return -1;
	}
	if ((ret = msg_pki_send(ib, IMSG_KEY_CERT, pki->name, pki->cert,
	    strlen(pki->cert))) == 0)
		ret = msg_pki_send(ib, IMSG_KEY_ADD, pki->name, key, len);
	if (ret == -1)
		log_warn("%s", keyd->title);
	freezero(key, len);
	return ret;
}

static void
proc_keyd_send_missing(void)
{
	struct conf_pki	*pki;
	int		 missing = 0;

	TAILQ_FOREACH(pki, &authd.conf->pkis, entry) {
		if (pki->key_state != KEY_MISSING)
			continue;
		if (proc_keyd_send_key(&keyd->em.imsgbuf, pki) == 0)
			pki->key_state = KEY_SENT;
		else
			missing = 1;
	}
	evmsg_flush(&keyd->em);
	if (missing)
		proc_keyd_retry_later();
}

static void
proc_keyd_on_retry(evutil_socket_t fd, short what, void *arg)
{
	if (keyd->em.open)
		proc_keyd_send_missing();
}

static void
proc_keyd_up(struct proc *p)
{
	struct conf_pki	*pki;
	struct link	*l;

	keyd = p;
	watchdog_fresh(p);
	retry_delay = 0;
	TAILQ_FOREACH(pki, &authd.conf->pkis, entry)
		pki->key_state = KEY_MISSING;
	proc_keyd_send_missing();
	TAILQ_FOREACH(l, &links, entry)
		proc_keyd_link_make(l);
}

/* It is ready when it has all keys. */
static void
proc_keyd_progress(struct proc *p)
{
	struct conf_pki	*pki;

	TAILQ_FOREACH(pki, &authd.conf->pkis, entry) {
		if (pki->key_state != KEY_HELD)
			return;
	}
	if (retry_delay != 0)
		log_info("keyd: has all keys now");
	retry_delay = 0;
	p->ready = 1;
	authd.progress();
}

static int
proc_keyd_key_done(struct proc *p, struct imsg *imsg)
{
	struct conf_pki	*pki;
	char		 name[PATH_LEN_MAX + 1], reason[TEXT_LEN_MAX + 1];

	if (msg_key_done_parse(imsg, name, reason) == -1 ||
	    (pki = pki_find(name)) == NULL || pki->key_state != KEY_SENT)
		return -1;
	if (reason[0] == '\0') {
		pki->key_state = KEY_HELD;
		proc_keyd_progress(p);
		return 0;
	}
	pki->key_state = KEY_MISSING;
	pki_complain(pki, reason);
	if (!authd.ready)
		authd.halt(1);
	else
		proc_keyd_retry_later();
	return 0;
}

static void
proc_keyd_handle(struct proc *p, struct imsg *imsg)
{
	switch (imsg_get_type(imsg)) {
	case IMSG_KEY_DONE:
		if (proc_keyd_key_done(p, imsg) == 0)
			return;
		break;
	case IMSG_PONG:
		if (watchdog_answer(p, imsg_get_id(imsg)) == 0)
			return;
		break;
	case IMSG_KEY_OPENED:
		proc_keyd_link_opened(imsg_get_id(imsg));
		return;
	}
	proc_kill(p, "unexpected or malformed message");
}

static void
proc_keyd_down(struct proc *p)
{
	struct link	*l;

	TAILQ_FOREACH(l, &links, entry)
		proc_keyd_link_close(l);
	(void)event_del(&ev_deadline);
	(void)event_del(&ev_retry);
}

void
proc_keyd_init(void)
{
	if (TAILQ_EMPTY(&authd.conf->pkis))
		return;
	evtimer_assign(&ev_retry, authd.base, proc_keyd_on_retry, NULL);
	evtimer_assign(&ev_deadline, authd.base, proc_keyd_on_deadline, NULL);
	keyd = proc_new(&proc_keyd_class, "keyd", "keyd", NULL, NULL);
}

void
proc_keyd_engine_up(struct proc *engine)
{
	static uint32_t	 last;
	struct link	*l;

	if (keyd == NULL)
		return;
	if ((l = proc_keyd_link_find(engine)) == NULL) {
		if ((l = calloc(1, sizeof(*l))) == NULL)
			fatal("%s", engine->title);
		l->engine = engine;
		l->number = ++last;
		l->fd = -1;
		evtimer_assign(&l->again, authd.base, proc_keyd_link_on_again,
		    l);
		TAILQ_INSERT_TAIL(&links, l, entry);
	}
	proc_keyd_link_make(l);
}

/* Once a second at most, whatever an engine does with its sockets. */
void
proc_keyd_engine_wants(struct proc *engine)
{
	const struct timeval	 tv = { 1, 0 };
	struct link		*l;

	if ((l = proc_keyd_link_find(engine)) == NULL || l->fd != -1 ||
	    evtimer_pending(&l->again, NULL))
		return;
	if (clock_msec() - l->made >= 1000)
		proc_keyd_link_make(l);
	else
		(void)evtimer_add(&l->again, &tv);
}

void
proc_keyd_engine_down(struct proc *engine)
{
	struct link	*l;

	if ((l = proc_keyd_link_find(engine)) == NULL)
		return;
	proc_keyd_link_close(l);
	(void)event_del(&l->again);
	if (engine->retired) {
		TAILQ_REMOVE(&links, l, entry);
		free(l);
	}
}
