/* SPDX-License-Identifier: ISC */
/* Tests of common/proto.c: what passes the table, and what does not. */

#include <sys/types.h>
#include <sys/socket.h>

#include <atf-c.h>
#include <errno.h>
#include <imsg.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "channel.h"
#include "msg_wire.h"
#include "proto.h"

static const struct row {
	uint32_t	 type;
	const char	*name;
	uint32_t	 from;
	uint32_t	 to;
	size_t		 min;
	size_t		 max;
	int		 fd;
} rows[] = {
#define ROW(name, from, to, min, max, fd) \
	{ IMSG_##name, #name, from, to, min, max, fd },
	PROTO_TABLE(ROW)
};
#define ROWS	(sizeof(rows) / sizeof(rows[0]))

static struct imsgbuf	 a, b;

/* What the table says to a message of this kind; "" if it may pass. */
static const char *
verdict(uint32_t type, size_t len, int fd, uint32_t from, uint32_t to)
{
	static char	 payload[100000];
	struct imsg	 imsg;
	const char	*why;

	ATF_REQUIRE_EQ(1, imsg_compose(&a, type, 0, 0, fd ? dup(0) : -1,
	    payload, len));
	channel_next(&a, &b, &imsg);
	why = proto_check(&imsg, from, to);
	imsg_free(&imsg);
	return why == NULL ? "" : why;
}

ATF_TC_WITHOUT_HEAD(directions);
ATF_TC_BODY(directions, tc)
{
	const struct row	*r;
	uint32_t		 from, to;

	channel_open(&a, &b, 100000);
	for (r = rows; r < rows + ROWS; r++)
		for (from = 1; from <= R_KEYD; from <<= 1)
			for (to = 1; to <= R_KEYD; to <<= 1)
				ATF_CHECK_EQ_MSG((r->from & from) &&
				    (r->to & to), *verdict(r->type, r->min,
				    r->fd, from, to) == '\0', "%s %u %u",
				    r->name, from, to);
}

/* The ones that matter most, without the table's help. */
ATF_TC_WITHOUT_HEAD(privileges);
ATF_TC_BODY(privileges, tc)
{
	channel_open(&a, &b, 100000);
	ATF_CHECK_STREQ("", verdict(IMSG_AUTH_REQ, 100, 0, R_ENGINE,
	    R_AUTHD));
	ATF_CHECK_STREQ("not for this receiver", verdict(IMSG_AUTH_REQ, 100,
	    0, R_ENGINE, R_STORAGED));
	ATF_CHECK_STREQ("not for this sender to say", verdict(IMSG_AUTH_OK,
	    20, 1, R_ENGINE, R_AUTHD));
	ATF_CHECK_STREQ("not for this sender to say", verdict(IMSG_AUTH_OK,
	    20, 1, R_STORAGED, R_ENGINE));
	ATF_CHECK_STREQ("not for this sender to say", verdict(IMSG_AUTH_YIELD,
	    4, 0, R_ENGINE, R_AUTHD));
	ATF_CHECK_STREQ("not for this sender to say", verdict(IMSG_AUTH_YIELD,
	    4, 0, R_STORAGED, R_ENGINE));
	ATF_CHECK_STREQ("not for this sender to say", verdict(IMSG_AUTH_KEPT,
	    0, 0, R_STORAGED, R_AUTHD));
	ATF_CHECK_STREQ("not for this sender to say", verdict(IMSG_SP_SPAWN,
	    100, 1, R_ENGINE, R_SPAWNER));
	ATF_CHECK_STREQ("not for this sender to say", verdict(IMSG_SP_SPAWN,
	    100, 1, R_STORAGED, R_SPAWNER));
	ATF_CHECK_STREQ("not for this sender to say", verdict(IMSG_BE_RES,
	    100, 0, R_ENGINE, R_AUTHD));
	ATF_CHECK_STREQ("not for this receiver", verdict(IMSG_KEY_ADD, 100, 0,
	    R_AUTHD, R_ENGINE));
	ATF_CHECK_STREQ("not for this sender to say", verdict(IMSG_KEY_OPEN,
	    0, 1, R_ENGINE, R_KEYD));
	ATF_CHECK_STREQ("not for this sender to say", verdict(IMSG_HALT, 0,
	    0, R_ENGINE, R_AUTHD));
	ATF_CHECK_STREQ("not for this sender to say", verdict(
	    IMSG_CTL_LOCKED, 4, 0, R_STORAGED, R_AUTHD));
}

ATF_TC_WITHOUT_HEAD(sizes);
ATF_TC_BODY(sizes, tc)
{
	const struct row	*r;
	uint32_t		 from, to;

	channel_open(&a, &b, 100000);
	for (r = rows; r < rows + ROWS; r++) {
		from = r->from & -r->from;
		to = r->to & -r->to;
		ATF_CHECK_STREQ("", verdict(r->type, r->min, r->fd, from,
		    to));
		ATF_CHECK_STREQ("", verdict(r->type, r->max, r->fd, from,
		    to));
		ATF_CHECK_STREQ("too long", verdict(r->type, r->max + 1,
		    r->fd, from, to));
		if (r->min > 0)
			ATF_CHECK_STREQ("too short", verdict(r->type,
			    r->min - 1, r->fd, from, to));
		/* And it fits every channel. */
		ATF_CHECK(r->max + IMSG_HEADER_SIZE <= PROTO_MSG_MAX);
	}
}

ATF_TC_WITHOUT_HEAD(descriptors);
ATF_TC_BODY(descriptors, tc)
{
	const struct row	*r;
	int			 with = 0;

	channel_open(&a, &b, 100000);
	for (r = rows; r < rows + ROWS; r++) {
		ATF_CHECK_STREQ(r->fd ? "descriptor missing" :
		    "descriptor not expected", verdict(r->type, r->min,
		    !r->fd, r->from & -r->from, r->to & -r->to));
		with += r->fd;
	}
	ATF_CHECK_EQ(10, with);
}

ATF_TC_WITHOUT_HEAD(unknown);
ATF_TC_BODY(unknown, tc)
{
	channel_open(&a, &b, 100000);
	ATF_CHECK_STREQ("unknown type", verdict(IMSG_NONE, 0, 0, R_AUTHD,
	    R_ENGINE));
	ATF_CHECK_STREQ("unknown type", verdict(IMSG_MAX, 0, 0, R_AUTHD,
	    R_ENGINE));
	ATF_CHECK_STREQ("unknown type", verdict(UINT32_MAX, 0, 1, R_AUTHD,
	    R_ENGINE));
	ATF_CHECK_STREQ("not for this receiver", verdict(IMSG_KEY_ADD, 100, 0,
	    R_AUTHD, R_ENGINE));
	ATF_CHECK_STREQ("not for this sender to say", verdict(IMSG_KEY_OPEN,
	    0, 1, R_ENGINE, R_KEYD));
	ATF_CHECK_STREQ("not for this sender to say", verdict(IMSG_HALT, 0, 0,
	    0, R_ENGINE));
}

ATF_TC_WITHOUT_HEAD(names);
ATF_TC_BODY(names, tc)
{
	const struct row	*r;
	size_t			 i;

	for (r = rows; r < rows + ROWS; r++)
		ATF_CHECK_STREQ(r->name, proto_name(r->type));
	ATF_CHECK_STREQ("AUTH_REQ", proto_name(IMSG_AUTH_REQ));
	ATF_CHECK_STREQ("unknown", proto_name(IMSG_NONE));
	ATF_CHECK_STREQ("unknown", proto_name(IMSG_MAX));
	ATF_CHECK_STREQ("unknown", proto_name(UINT32_MAX));
	ATF_CHECK_STREQ("authd", proto_role_name(R_AUTHD));
	ATF_CHECK_STREQ("engine", proto_role_name(R_ENGINE));
	ATF_CHECK_STREQ("backend", proto_role_name(R_BACKEND));
	ATF_CHECK_STREQ("spawner", proto_role_name(R_SPAWNER));
	ATF_CHECK_STREQ("storaged", proto_role_name(R_STORAGED));
	ATF_CHECK_STREQ("keyd", proto_role_name(R_KEYD));
	for (i = 0; i < 64; i++)
		ATF_CHECK(proto_role_name(i) != NULL);
	ATF_CHECK_STREQ("unknown", proto_role_name(R_AUTHD | R_ENGINE));
}

ATF_TC_WITHOUT_HEAD(sendable);
ATF_TC_BODY(sendable, tc)
{
	const struct row	*r;

	for (r = rows; r < rows + ROWS; r++) {
		ATF_CHECK_EQ(0, proto_sendable(r->type, r->min, r->fd));
		ATF_CHECK_EQ(0, proto_sendable(r->type, r->max, r->fd));
		ATF_CHECK_EQ(-1, proto_sendable(r->type, r->max + 1, r->fd));
		ATF_CHECK_EQ(ERANGE, errno);
		ATF_CHECK_EQ(-1, proto_sendable(r->type, r->min - 1, r->fd));
		ATF_CHECK_EQ(ERANGE, errno);
		ATF_CHECK_EQ(-1, proto_sendable(r->type, r->min, !r->fd));
		ATF_CHECK_EQ(EINVAL, errno);
	}
	ATF_CHECK_EQ(-1, proto_sendable(IMSG_NONE, 0, 0));
	ATF_CHECK_EQ(-1, proto_sendable(IMSG_MAX, 0, 0));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, directions);
	ATF_TP_ADD_TC(tp, privileges);
	ATF_TP_ADD_TC(tp, sizes);
	ATF_TP_ADD_TC(tp, descriptors);
	ATF_TP_ADD_TC(tp, unknown);
	ATF_TP_ADD_TC(tp, names);
	ATF_TP_ADD_TC(tp, sendable);
	return atf_no_error();
}
