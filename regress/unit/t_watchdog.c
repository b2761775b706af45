/* SPDX-License-Identifier: ISC */
/* The watchdog, with a process at the other end that lies, or says nothing. */

#include <sys/types.h>
#include <sys/socket.h>

#include <atf-c.h>
#include <string.h>
#include <unistd.h>

#include "log.h"
#include "msg.h"
#include "proc.h"
#include "syncmsg.h"
#include "watchdog.h"

struct authd	 authd;

static struct proc	 watched;
static struct imsgbuf	 peer;
static int		 handled, looks;

static void
on_message(struct evmsg *em, struct imsg *imsg)
{
	handled++;
}

static void
on_look(struct proc *p)
{
	looks++;
}

static void
on_closed(struct evmsg *em, const char *why)
{
	evmsg_close(em);
}

void
proc_each(const struct proc_class *class, void (*fn)(struct proc *))
{
}

void
proc_kill(struct proc *p, const char *why)
{
	evmsg_close(&p->em);
}

static void
begin(void)
{
	static const struct proc_class	 class = {
		.role = R_ENGINE, .watched = 1, .look = on_look
	};
	static char			 title[] = "engine 1";
	int				 sp[2];

	memset(&watched, 0, sizeof(watched));
	watched.class = &class;
	watched.title = title;
	watched.ready = 1;
	watched.em.handle = on_message;
	watched.em.closed = on_closed;
	ATF_REQUIRE((authd.base = event_base_new()) != NULL);
	ATF_REQUIRE_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, sp));
	ATF_REQUIRE_EQ(0, evmsg_open(&watched.em, authd.base, sp[0], R_AUTHD,
	    R_ENGINE, 1, 16));
	ATF_REQUIRE_EQ(0, imsgbuf_init(&peer, sp[1]));
}

/* The number that it was asked for last. */
static uint32_t
asked(void)
{
	struct imsg	 imsg;
	uint32_t	 id;

	ATF_REQUIRE_EQ(0, event_base_loop(authd.base, EVLOOP_NONBLOCK));
	ATF_REQUIRE_EQ(1, syncmsg_get(&peer, &imsg, R_ENGINE, R_AUTHD));
	ATF_REQUIRE_EQ(IMSG_PING, imsg_get_type(&imsg));
	id = imsg_get_id(&imsg);
	imsg_free(&imsg);
	return id;
}

ATF_TC_WITHOUT_HEAD(answers);
ATF_TC_BODY(answers, tc)
{
	int	 i;

	begin();
	for (i = 0; i < 20; i++) {
		watchdog_look(&watched);
		ATF_CHECK_EQ(0, watchdog_answer(&watched, asked()));
		ATF_CHECK(watched.em.open);
		ATF_CHECK_EQ(i + 1, looks);
	}
}

/* Before it is asked, twice, or to another question. */
ATF_TC_WITHOUT_HEAD(lies);
ATF_TC_BODY(lies, tc)
{
	uint32_t	 id;

	begin();
	ATF_CHECK_EQ(-1, watchdog_answer(&watched, 0));
	ATF_CHECK_EQ(-1, watchdog_answer(&watched, 1));
	watchdog_look(&watched);
	id = asked();
	ATF_CHECK_EQ(-1, watchdog_answer(&watched, id + 1));
	ATF_CHECK_EQ(-1, watchdog_answer(&watched, id - 1));
	ATF_CHECK_EQ(0, watchdog_answer(&watched, id));
	ATF_CHECK_EQ(-1, watchdog_answer(&watched, id));
	watchdog_look(&watched);
	/* What was due to the last one. */
	ATF_CHECK_EQ(-1, watchdog_answer(&watched, id));
	watchdog_fresh(&watched);
	ATF_CHECK_EQ(-1, watchdog_answer(&watched, id + 1));
}

ATF_TC_WITHOUT_HEAD(silent);
ATF_TC_BODY(silent, tc)
{
	int	 i;

	begin();
	for (i = 0; i < 3; i++) {
		watchdog_look(&watched);
		ATF_CHECK(watched.em.open);
	}
	watchdog_look(&watched);
	ATF_CHECK(!watched.em.open);
	/* At its start it may take longer. */
	begin();
	watched.ready = 0;
	for (i = 0; i < 12; i++)
		watchdog_look(&watched);
	ATF_CHECK(watched.em.open);
	watchdog_look(&watched);
	ATF_CHECK(!watched.em.open);
}

ATF_TP_ADD_TCS(tp)
{
	log_init("t_watchdog");
	ATF_TP_ADD_TC(tp, answers);
	ATF_TP_ADD_TC(tp, lies);
	ATF_TP_ADD_TC(tp, silent);
	return atf_no_error();
}
