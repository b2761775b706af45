/* SPDX-License-Identifier: ISC */
/* Runs in: unit tests.  Both ends of a channel, in one process. */

#include <sys/types.h>
#include <sys/socket.h>

#include <unistd.h>

#include <atf-c.h>

#include "channel.h"

void
channel_open(struct imsgbuf *a, struct imsgbuf *b, uint32_t maxsize)
{
	int	 sv[2];

	ATF_REQUIRE_EQ(0, socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0,
	    sv));
	ATF_REQUIRE_EQ(0, imsgbuf_init(a, sv[0]));
	ATF_REQUIRE_EQ(0, imsgbuf_init(b, sv[1]));
	ATF_REQUIRE_EQ(0, imsgbuf_set_maxsize(a, maxsize));
	ATF_REQUIRE_EQ(0, imsgbuf_set_maxsize(b, maxsize));
	imsgbuf_allow_fdpass(a);
	imsgbuf_allow_fdpass(b);
}

void
channel_next(struct imsgbuf *a, struct imsgbuf *b, struct imsg *imsg)
{
	int	 n, tries;

	for (tries = 0; tries < 100; tries++) {
		ATF_REQUIRE((n = imsgbuf_get(b, imsg)) != -1);
		if (n == 1)
			return;
		ATF_REQUIRE_EQ(0, imsgbuf_write(a));
		ATF_REQUIRE_EQ(1, imsgbuf_read(b));
	}
	atf_tc_fail("no message came");
}

void
channel_close(struct imsgbuf *a, struct imsgbuf *b)
{
	imsgbuf_clear(a);
	imsgbuf_clear(b);
	close(a->fd);
	close(b->fd);
}
