/* SPDX-License-Identifier: ISC */
/* Runs in: authd, root.  Trusts: no process to answer. */

#include <sys/types.h>

#include "log.h"
#include "msg.h"
#include "watchdog.h"

/*
 * Counted in looks, not in time: when the whole machine has been suspended, no
 * process is to be killed for that.
 */
#define EVERY		5	/* seconds */
#define MISSED_MAX	3
#define MISSED_START	12	/* until it is ready, after its start */

static struct event	 ev_look;

void
watchdog_fresh(struct proc *p)
{
	p->asked = 0;
	p->missed = 0;
}

static void
watchdog_ask(struct proc *p)
{
	if (p->asked) {
		if (++p->missed >= (p->ready ? MISSED_MAX : MISSED_START))
			proc_kill(p, "does not answer");
		return;
	}
	if (msg_empty_send(&p->em.imsgbuf, IMSG_PING, ++p->ping) == -1) {
		log_warn("%s", p->title);
		return;
	}
	p->asked = 1;
	p->missed = 0;
	evmsg_flush(&p->em);
}

void
watchdog_look(struct proc *p)
{
	if (p->class->watched && p->em.open)
		watchdog_ask(p);
	if (p->class->look != NULL)
		p->class->look(p);
}

int
watchdog_answer(struct proc *p, uint32_t number)
{
	if (!p->asked || number != p->ping)
		return -1;
	p->asked = 0;
	return 0;
}

static void
watchdog_on_look(evutil_socket_t fd, short what, void *arg)
{
	proc_each(NULL, watchdog_look);
}

void
watchdog_init(void)
{
	const struct timeval	 tv = { EVERY, 0 };

	if (event_assign(&ev_look, authd.base, -1, EV_PERSIST,
	    watchdog_on_look, NULL) == -1 || event_add(&ev_look, &tv) == -1)
		fatalx("watchdog");
}
