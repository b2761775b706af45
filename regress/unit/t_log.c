/* SPDX-License-Identifier: ISC */
/* Log lines: whatever is put in, one line of bounded length comes out. */

#include <sys/types.h>

#include <atf-c.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <vis.h>

#include "log.h"
#include "proto.h"

static char	 got[4 * TEXT_LEN_MAX];
static int	 lines;

static void
sink(int priority, const char *text)
{
	(void)strlcpy(got, text, sizeof(got));
	lines++;
}

/* libbsd's strnvis(3) does not end what it cuts. */
ATF_TC_WITHOUT_HEAD(cut);
ATF_TC_BODY(cut, tc)
{
	char	 text[TEXT_LEN_MAX + 1];
	size_t	 len, i;

	log_setsink(sink);
	for (len = 1; len <= TEXT_LEN_MAX; len++) {
		for (i = 0; i < len; i++)
			text[i] = i % 3 == 0 ? '\001' : 'x';
		text[len] = '\0';
		log_text(LOG_INFO, "engine", text);
		ATF_REQUIRE(strlen(got) <= TEXT_LEN_MAX);
		ATF_REQUIRE(strncmp(got, "engine: ^A", 10) == 0);
		log_warnx("%s", text);
		ATF_REQUIRE(strlen(got) <= TEXT_LEN_MAX);
		ATF_REQUIRE(strncmp(got, "^A", 2) == 0);
	}
	ATF_CHECK_EQ(2 * TEXT_LEN_MAX, lines);
}

ATF_TC_WITHOUT_HEAD(quoted);
ATF_TC_BODY(quoted, tc)
{
	char		 text[TEXT_LEN_MAX + 1];
	const char	*s;
	size_t		 len;
	int		 i;

	for (len = 0; len <= TEXT_LEN_MAX; len++) {
		memset(text, "x\001"[len % 2], len);
		text[len] = '\0';
		for (i = 0; i < 4; i++) {
			s = log_vis(text);
			ATF_REQUIRE(strlen(s) < 256);
			ATF_REQUIRE_EQ('"', s[0]);
			ATF_REQUIRE_EQ('"', s[strlen(s) - 1]);
		}
	}
}

/* What needs no vis(3) does not go through it: to the same effect. */
ATF_TC_WITHOUT_HEAD(plain);
ATF_TC_BODY(plain, tc)
{
	char	 text[] = "a b?c", want[64], seen[32];
	int	 c;

	log_setsink(sink);
	for (c = 1; c < 256; c++) {
		text[3] = (char)c;
		(void)strnvis(want, text, sizeof(want),
		    VIS_NL | VIS_NOSLASH);
		log_warnx("%s", text);
		ATF_CHECK_STREQ(want, got);
		(void)strnvis(seen, text, sizeof(seen),
		    VIS_NL | VIS_TAB | VIS_CSTYLE | VIS_DQ);
		(void)snprintf(want, sizeof(want), "\"%s\"", seen);
		ATF_CHECK_STREQ(want, log_vis(text));
	}
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, cut);
	ATF_TP_ADD_TC(tp, quoted);
	ATF_TP_ADD_TC(tp, plain);
	return atf_no_error();
}
