/* SPDX-License-Identifier: ISC */
/* Tests of storaged/mbox/from.c: which lines begin a message. */

#include <atf-c.h>
#include <stdio.h>
#include <string.h>

#include "from.h"

static int
is_from(const char *s)
{
	return from_line((const unsigned char *)s, strlen(s), 1) > 0;
}

/* With the next line. */
static int
is_before(const char *s, const char *next)
{
	char	 buf[256];

	(void)snprintf(buf, sizeof(buf), "%s\n%s", s, next);
	return from_line((const unsigned char *)buf, strlen(buf), 1) ==
	    (int)strlen(s) + 1;
}

/* What programs write, or wrote. */
static const char *const writers[] = {
	/* ctime(3): Postfix, Sendmail, qmail, OpenSMTPD, Python, mailutils */
	"From joe@example.org Mon Jan  5 10:00:00 2026",
	/* procmail, formail: two blanks */
	"From joe@example.org  Mon Jan  5 10:00:00 2026",
	/* Exim, maildrop; envelope senders that are empty */
	"From MAILER-DAEMON Mon Jan 05 10:00:00 2026",
	"From <> Mon Jan  5 10:00:00 2026",
	"From  Mon Jan  5 10:00:00 2026",
	"From Mon Jan  5 10:00:00 2026",
	/* Thunderbird, Mozilla, Netscape; Eudora; Gnus */
	"From - Mon Jan  5 10:00:00 2026",
	"From ???@??? Mon Jan 05 10:00:00 2026",
	"From nobody Mon Jan 05 10:00:00 2026",
	/* Google Takeout; JavaScript */
	"From 1486868986868986868@xxx Mon Jan 05 10:00:00 +0000 2026",
	"From joe@example.org Mon Jan 05 2026 10:00:00 GMT+0100 (CET)",
	/* Dovecot, mutt, Alpine, c-client: zones, or not */
	"From joe@example.org Mon Jan  5 10:00:00 2026 +0100",
	"From joe@example.org Mon Jan  5 10:00:00 2026 CET",
	"From joe@example.org Mon Jan  5 10:00:00 CET 2026",
	"From joe@example.org Mon Jan  5 10:00:00 MET DST 2026",
	"From joe@example.org Mon Jan  5 10:00:00 +0100 2026",
	"From joe@example.org Mon Jan  5 10:00:00 GMT+1 2026",
	"From joe@example.org Mon Jan  5 10:00 2026",
	"From joe@example.org Mon Jan  5 10:00 PST 2026",
	"From joe@example.org Mon Jan  5 9:00:00 2026 -0700 (MST)",
	/* UUCP */
	"From joe Mon Jan  5 10:00 EST 1987 remote from seismo",
	"From a!b!joe Mon Jan  5 10:00:00 1987 remote from x remote from y",
	"From uucp Mon Jan  5 10:00 87",
	"From joe Mon Jan  5 10:00:00 MET DST 87",
	/* senders with blanks */
	"From \"Joe Doe\"@example.org Mon Jan  5 10:00:00 2026",
	"From \"joe doe\" Mon Jan  5 10:00:00 2026",
	"From joe@example.org (Joe Doe) Mon Jan  5 10:00:00 2026",
	"From Joe Doe <joe@example.org> Mon Jan  5 10:00:00 2026",
	"From /C=de/ADMD= /PRMD=x/S=joe/@gw.example.org Mon Jan  5 10:00:00 2026",
	/* Mailman's archives */
	"From joe at example.org  Mon Jan  5 10:00:00 2026",
	/* names that are words of dates */
	"From may Mon Jan  5 10:00:00 2026",
	"From sun Mon Jan  5 10:00:00 2026",
	"From 5 Mon Jan  5 10:00:00 2026",
	/* RFC 822, RFC 5322 */
	"From joe@example.org Mon, 5 Jan 2026 10:00:00 +0100",
	"From joe@example.org Mon, 05 Jan 2026 10:00 GMT",
	"From joe@example.org 5 Jan 26 10:00:00 EST",
	"From joe@example.org Mon, 5 Jan 2026 10:00:00 +0100 (CET)",
	"From joe@example.org Monday, 5 January 2026 10:00:00",
	"From joe@example.org Mon 5 Jan 10:00:00 2026",
	"From joe@example.org Jan 5, 2026 10:00:00 AM",
	/* numeric */
	"From joe@example.org 2026-01-05 10:00:00",
	"From joe@example.org 2026-01-05 10:00:00.123456 +01:00",
	"From joe@example.org 2026/01/05 10:00",
	"From joe@example.org 01/05/26 10:00:00",
	"From joe@example.org 05.01.2026 10:00:00",
	/* VMS */
	"From joe 5-JAN-2026 10:00:00.00",
	"From IN%\"joe@example.org\" 5-JAN-1996 10:00",
	"From joe@example.org Mon 05-Jan-26 10:00:00 PST",
	/* ISO 8601 */
	"From joe@example.org 2026-01-05T10:00:00Z",
	"From joe@example.org 2026-01-05T10:00:00.5+01:00",
	"From joe@example.org 2026-01-05t10:00",
	"From joe@example.org 20260105T100000Z",
	/* line ends and tabs */
	"From joe@example.org Mon Jan  5 10:00:00 2026\r",
	"From joe@example.org\tMon Jan  5 10:00:00 2026 ",
};

/* What people write. */
static const char *const texts[] = {
	"From 10:00 on Monday, 5 Jan, the office is closed.",
	"From here:", "From today", "From what I hear, all went well.",
	"From Jan 5 at 9:30 until further notice",
	"From now on you can access your personal space in any web browser by",
	"From May 2026 trains leave at 7:45 and 8:15.",
	"From the minutes of the meeting of 2026: at 10:15 we met",
	"From London we leave on Mon, 5 Jan 2026 10:00",
	"From Monday 5 Jan 2026 10:00",
	"From Monday, 5 January 2026, 10:00",
	"From 2026-01-05 10:00",
	"From Mon Jan 5 10:00 2026",
	"From what I hear it was on Mon Jan  5 10:00:00 2026",
	"From joe Mon Jan  5 10:00:00 2026.",
	"From joe Mon Jan  5 10:00:00 2026, I have not heard",
	"From joe Mon Jan  5 10:00:00", "From joe Mon Jan 2026",
	"From joe Mon Jan 32 10:00:00 2026", "From joe Mon Jan  5 10:0 2026",
	"From joe Mon Jan  5 10:00:00 20266", "From joe Mon Jan  5 10:70 2026",
	"From joe Mon Jan  5 100:00:00 2026", "From joe Mo Jan 5 10:00 2026 x",
	"From joe 2026-01-05", "From joe 10:00:00", "From joe 2026-Foo-05 10:00",
	"From joe@example.org 2026-01-05T10", "From joe 1.2.3 10:00",
	"from joe@example.org Mon Jan  5 10:00:00 2026",
	"From:joe@example.org Mon Jan  5 10:00:00 2026",
	">From joe@example.org Mon Jan  5 10:00:00 2026",
	"From: joe@example.org", "From", "Fro",
};

ATF_TC_WITHOUT_HEAD(shapes);
ATF_TC_BODY(shapes, tc)
{
	size_t	 i;

	for (i = 0; i < sizeof(writers) / sizeof(*writers); i++) {
		ATF_CHECK_MSG(is_from(writers[i]), "not: %s", writers[i]);
		ATF_CHECK_MSG(is_before(writers[i], ""), "not: %s",
		    writers[i]);
		ATF_CHECK_MSG(is_before(writers[i], "any text"), "not: %s",
		    writers[i]);
	}
	for (i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		ATF_CHECK_MSG(!is_from(texts[i]), "is: %s", texts[i]);
		ATF_CHECK_MSG(!is_before(texts[i], "Bye"), "is: %s", texts[i]);
		ATF_CHECK_MSG(!is_before(texts[i], ""), "is: %s", texts[i]);
	}
}

/* A sender alone, only before a header field. */
ATF_TC_WITHOUT_HEAD(dateless);
ATF_TC_BODY(dateless, tc)
{
	static const char *const	 lines[] = {
		"From joe@example.org", "From joe", "From ", "From -",
		"From ???@???", "From <>", "From joe@example.org\r",
		"From joe@example.org 1767603600",
	};
	size_t				 i;

	for (i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
		ATF_CHECK_MSG(is_before(lines[i], "Subject: x\n"), "not: %s",
		    lines[i]);
		ATF_CHECK_MSG(is_before(lines[i], "X-Mozilla-Status:\n"),
		    "not: %s", lines[i]);
		ATF_CHECK_MSG(!is_from(lines[i]), "is: %s", lines[i]);
		ATF_CHECK(!is_before(lines[i], ""));
		ATF_CHECK(!is_before(lines[i], "\nSubject: x"));
		ATF_CHECK(!is_before(lines[i], " Subject: x"));
		ATF_CHECK(!is_before(lines[i], "two words: x"));
		ATF_CHECK(!is_before(lines[i], "https://example.org/"));
		ATF_CHECK(!is_before(lines[i], "Subject:"));
		ATF_CHECK(!is_before(lines[i], ": x"));
	}
	ATF_CHECK(!is_before("From here:", "Street: 5"));
	ATF_CHECK(!is_before("From all of us", "To: you"));
}

/* More is asked for as long as it matters, and never too much. */
ATF_TC_WITHOUT_HEAD(pieces);
ATF_TC_BODY(pieces, tc)
{
	static const char	 whole[] = "From joe@example.org\nSubject: x\n";
	unsigned char		 s[FROM_ROOM + 10];
	size_t			 i;
	int			 len;

	for (i = 0; i <= 29; i++)
		ATF_CHECK_EQ(-1, from_line((const unsigned char *)whole, i,
		    0));
	for (i = 30; i < sizeof(whole); i++)
		ATF_CHECK_EQ(21, from_line((const unsigned char *)whole, i,
		    0));
	ATF_CHECK_EQ(0, from_line((const unsigned char *)"Frob", 4, 0));

	memset(s, 'x', sizeof(s));
	memcpy(s, "From ", 5);
	for (i = 5; i < FROM_LINE_MAX; i++)
		ATF_CHECK_EQ(-1, from_line(s, i, 0));
	ATF_CHECK_EQ(0, from_line(s, FROM_LINE_MAX, 0));
	ATF_CHECK_EQ(0, from_line(s, FROM_LINE_MAX + 1, 1));
	memcpy(s + FROM_LINE_MAX - 1, "\nA: ", 4);
	ATF_CHECK_EQ(FROM_LINE_MAX, from_line(s, sizeof(s), 0));
	/* The name of a field that does not end. */
	memset(s + FROM_LINE_MAX, 'x', sizeof(s) - FROM_LINE_MAX);
	for (i = FROM_LINE_MAX; i < FROM_ROOM; i++) {
		len = from_line(s, i, 0);
		ATF_CHECK(len == -1 || len == 0);
	}
	ATF_CHECK_EQ(0, from_line(s, FROM_ROOM, 0));
}

/* What the log is to have. */
ATF_TC_WITHOUT_HEAD(doubtful);
ATF_TC_BODY(doubtful, tc)
{
	static const char *const	 are[] = {
		"From joe@example.org\n\n", "From the Jan issue, 10:15\n",
		"From Jan 5 at 9:30 until further notice",
	};
	static const char *const	 are_not[] = {
		"From what I hear, all went well.\n", "From here:\nx",
		"From: x", "From", "Subject: x",
	};
	size_t				 i;

	for (i = 0; i < sizeof(are) / sizeof(*are); i++)
		ATF_CHECK(from_doubtful((const unsigned char *)are[i],
		    strlen(are[i])));
	for (i = 0; i < sizeof(are_not) / sizeof(*are_not); i++)
		ATF_CHECK(!from_doubtful((const unsigned char *)are_not[i],
		    strlen(are_not[i])));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, shapes);
	ATF_TP_ADD_TC(tp, dateless);
	ATF_TP_ADD_TC(tp, pieces);
	ATF_TP_ADD_TC(tp, doubtful);
	return atf_no_error();
}
