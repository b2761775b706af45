/* SPDX-License-Identifier: ISC */
/* auth_pam: accounts that are closed, as authd starts it, odd services. */

#include <sys/types.h>
#include <sys/stat.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <atf-c.h>

#include "backend_users.h"
#include "backend_worker.h"
#include "tc.h"

#define SERVICE		"/etc/pam.d/pop3d"

static const struct subject	 pam = {
	"auth_pam", NULL, NULL, { "uid-min=5000" }, 0
};

TC_ROOT(accounts, "root, locked, expired, closed")
ATF_TC_BODY(accounts, tc)
{
	static const struct {
		const char	*user;
		const char	*err;
	} closed[] = {
		{ "root", "password incorrect" },
		{ "toor", "password incorrect" },
		{ "wheel", "password incorrect" },
		{ "daemon", "password incorrect" },
		{ "locked", "password incorrect" },
		{ "empty", "password incorrect" },
		{ "expired", "account has expired" },
		{ "old", "token is no longer valid" },
		{ "new", "token is no longer valid" }
	};
	struct worker	 w;
	size_t		 i;

	if (!is_built(tc, &pam))
		atf_tc_skip("not built");
	setup_pam();
	worker_start(tc, &w, &pam, NULL);
	for (i = 0; i < sizeof(closed) / sizeof(closed[0]); i++) {
		ATF_CHECK_EQ_MSG(BACKEND_DENIED, login(&w, closed[i].user,
		    PASS), "%s", closed[i].user);
		if (i < 3)
			ATF_CHECK_EQ(1, res.nouser);
		else
			ATF_CHECK_MSG(strstr(res.err, closed[i].err) != NULL,
			    "%s: %s", closed[i].user, res.err);
		/* The reason is given only with the right password. */
		ATF_CHECK_EQ(BACKEND_DENIED, login(&w, closed[i].user, WRONG));
		ATF_CHECK_STREQ("password incorrect", res.err);
	}
	ATF_CHECK_EQ(BACKEND_OK, login(&w, "bert", PASS));
	worker_ends(&w, 0);
}

/*
 * As authd starts it: not root, with group shadow and without it.  unix_chkpwd
 * does not help here, but the group does.
 */
TC_ROOT(group, "pam_unix in a process that is not root")
ATF_TC_BODY(group, tc)
{
	struct imsg	 imsg;
	struct worker	 w;

	if (!is_built(tc, &pam))
		atf_tc_skip("not built");
	setup_pam();
	worker_exec(tc, &w, &pam, NOBODY, SHADOW_GID);
	worker_options(&w, &pam, NULL);
	ATF_REQUIRE_EQ(IMSG_BE_READY, worker_next(&w, &imsg));
	imsg_free(&imsg);
	ATF_CHECK_EQ_MSG(BACKEND_OK, login(&w, "anna", PASS), "%s", res.err);
	ATF_CHECK_EQ(BACKEND_DENIED, login(&w, "anna", WRONG));
	ATF_CHECK_EQ(BACKEND_DENIED, login(&w, "expired", PASS));
	ATF_CHECK_EQ(BACKEND_DENIED, login(&w, "unknown", PASS));
	worker_ends(&w, 0);
	worker_exec(tc, &w, &pam, NOBODY, NOBODY);
	worker_options(&w, &pam, NULL);
	ATF_REQUIRE_EQ(IMSG_BE_READY, worker_next(&w, &imsg));
	imsg_free(&imsg);
	ATF_CHECK_EQ(BACKEND_INTERNAL, login(&w, "anna", PASS));
	says("cannot retrieve authentication info");
	worker_ends(&w, 0);
}

TC_ROOT(services, "modules that ask, deny, fail, hang")
ATF_TC_BODY(services, tc)
{
	struct worker	 w;
	char		 dir[512];
	time_t		 begin = time(NULL);

	if (!is_built(tc, &pam))
		atf_tc_skip("not built");
	ATF_REQUIRE(getcwd(dir, sizeof(dir)) != NULL);
	setup_pam();
	worker_start(tc, &w, &pam, NULL);
	ATF_CHECK_EQ(BACKEND_OK, login(&w, "anna", PASS));
	/* A script has the last word. */
	write_file("check", 0755, "#!/bin/sh\n[ \"$PAM_USER\" = bert ] && "
	    "[ \"$(tr -d '\\0')\" = other ]\n");
	write_file(SERVICE, 0644, format("auth required pam_exec.so "
	    "expose_authtok quiet %s/check\naccount required pam_permit.so\n",
	    dir));
	ATF_CHECK_EQ(BACKEND_OK, login(&w, "bert", "other"));
	/* pam_exec calls every failure one of the system. */
	ATF_CHECK(login(&w, "anna", "other") != BACKEND_OK);
	ATF_CHECK(login(&w, "bert", PASS) != BACKEND_OK);
	/* The account part counts. */
	write_file(SERVICE, 0644, "auth required pam_unix.so\n"
	    "account required pam_succeed_if.so quiet user = bert\n");
	ATF_CHECK_EQ(BACKEND_OK, login(&w, "bert", PASS));
	ATF_CHECK_EQ(BACKEND_DENIED, login(&w, "anna", PASS));
	/* A module that is missing; no service at all: "other" denies. */
	write_file(SERVICE, 0644, "auth required pam_nonexistent.so\n"
	    "account required pam_permit.so\n");
	ATF_CHECK_EQ(BACKEND_INTERNAL, login(&w, "anna", PASS));
	write_file(SERVICE, 0644, "rubbish\n");
	ATF_CHECK(login(&w, "anna", PASS) != BACKEND_OK);
	ATF_REQUIRE_EQ(0, unlink(SERVICE));
	ATF_CHECK_EQ(BACKEND_DENIED, login(&w, "anna", PASS));
	/* Many wrong ones, without the modules' pauses. */
	ATF_CHECK_MSG(time(NULL) - begin < 15, "modules pause");
	worker_ends(&w, 0);
	worker_exec(tc, &w, &pam, 0, 0);
	worker_options(&w, &pam, "service=../passwd");
	worker_ends(&w, 1);
	ATF_CHECK(strstr(w.logged, "not the name of a PAM service") != NULL);
	write_file("/etc/pam.d/mail", 0644, "auth required pam_unix.so\n"
	    "account required pam_unix.so\n");
	worker_start(tc, &w, &pam, "service=mail");
	ATF_CHECK_EQ(BACKEND_OK, login(&w, "anna", PASS));
	worker_ends(&w, 0);
}

/* The shortest of a few logins: load makes them longer, never shorter. */
static double
shortest(struct worker *w, const char *user)
{
	double	 begin, t, least = 1e9;
	int	 i;

	for (i = 0; i < 3; i++) {
		begin = now();
		ATF_CHECK_EQ(BACKEND_DENIED, login(w, user, WRONG));
		if ((t = now() - begin) < least)
			least = t;
	}
	return least;
}

TC_ROOT(same_time, "unknown, locked and root take what a wrong password takes")
ATF_TC_BODY(same_time, tc)
{
	static const char *const	 users[] = {
		"nobodyhere", "locked", "root", "toor", "empty"
	};
	struct worker	 w;
	double		 wrong;
	size_t		 i;

	if (!is_built(tc, &pam))
		atf_tc_skip("not built");
	setup_pam();
	worker_start(tc, &w, &pam, NULL);
	wrong = shortest(&w, "anna");
	for (i = 0; i < sizeof(users) / sizeof(users[0]); i++)
		ATF_CHECK_MSG(shortest(&w, users[i]) > 0.9 * wrong,
		    "%s is refused sooner than anna, %f s", users[i], wrong);
	worker_ends(&w, 0);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, accounts);
	ATF_TP_ADD_TC(tp, group);
	ATF_TP_ADD_TC(tp, services);
	ATF_TP_ADD_TC(tp, same_time);
	return atf_no_error();
}
