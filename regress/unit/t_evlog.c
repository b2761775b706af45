/* SPDX-License-Identifier: ISC */
/* The log of a process with a loop, whose reader is slow. */

#include <sys/types.h>
#include <sys/socket.h>

#include <atf-c.h>
#include <stdio.h>
#include <string.h>

#include <event2/event.h>

#include "evlog.h"
#include "evmsg.h"
#include "log.h"
#include "msg.h"

#define LINES		100000
#define QUEUE_MAX	8192	/* of the least that has one */

static struct event_base	*base;
static struct evmsg		 writer, reader;
static int			 closed;
static unsigned int		 lines, lost;
static char			 last[TEXT_LEN_MAX + 1];

static void
on_closed(struct evmsg *em, const char *why)
{
	closed = 1;
}

static void
on_message(struct evmsg *em, struct imsg *imsg)
{
	uint32_t	 priority;
	unsigned int	 n;

	ATF_REQUIRE_EQ(0, msg_log_parse(imsg, &priority, last));
	if (sscanf(last, "%u log lines lost", &n) == 1)
		lost += n;
	else
		lines++;
}

static void
turn(void)
{
	ATF_REQUIRE(event_base_loop(base, EVLOOP_NONBLOCK) != -1);
}

ATF_TC_WITHOUT_HEAD(slow);
ATF_TC_BODY(slow, tc)
{
	int	 i, sp[2];

	ATF_REQUIRE((base = event_base_new()) != NULL);
	ATF_REQUIRE_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, sp));
	writer.handle = reader.handle = on_message;
	writer.closed = reader.closed = on_closed;
	ATF_REQUIRE_EQ(0, evmsg_open(&writer, base, sp[0], R_ENGINE, R_AUTHD,
	    0, QUEUE_MAX));
	ATF_REQUIRE_EQ(0, evmsg_open(&reader, base, sp[1], R_AUTHD, R_ENGINE,
	    0, QUEUE_MAX));
	evmsg_pause(&reader);
	evlog_open(&writer);
	for (i = 0; i < LINES; i++) {
		log_info("line %d", i);
		turn();
		ATF_REQUIRE_EQ(0, closed);
	}
	evmsg_resume(&reader);
	while (imsgbuf_queuelen(&writer.imsgbuf) > 0)
		turn();
	log_info("the end");
	while (strcmp(last, "the end") != 0)
		turn();
	ATF_CHECK(lost > 0);
	ATF_CHECK_EQ(LINES + 1, lines + lost);
	log_info("none lost any more");
	while (strcmp(last, "none lost any more") != 0)
		turn();
	ATF_CHECK_EQ(LINES + 2, lines + lost);
	evlog_open(NULL);
	evmsg_close(&writer);
	evmsg_close(&reader);
	event_base_free(base);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, slow);
	return atf_no_error();
}
