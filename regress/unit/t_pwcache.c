/* SPDX-License-Identifier: ISC */
/*
 * The success cache.  CPU time shows whether it had an entry: what is
 * stored here takes a hundred milliseconds and more to verify, which no machine
 * makes a thousand times faster.
 */

#include <sys/types.h>

#include <crypt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <atf-c.h>

#include "backend.h"
#include "password.h"
#include "pwcache.h"

#define PASS	"secret password"
#define COST	"$6$rounds=200000$"

/* Of PASS, with two salts; of another password. */
static char	 stored[128], again[128], other[128];

static void
make(char *buf, const char *pass, const char *salt)
{
	char	*made = crypt(pass, salt);

	ATF_REQUIRE(made != NULL && strlen(made) < sizeof(stored));
	(void)strlcpy(buf, made, sizeof(stored));
}

static void
option(const char *key, const char *value)
{
	char	 err[BACKEND_ERR_LEN];

	ATF_REQUIRE_EQ(BACKEND_OK, pwcache_option(key, value, err));
}

static void
begin(const char *life)
{
	make(stored, PASS, COST "salt");
	make(again, PASS, COST "pepper");
	make(other, "other", COST "salt");
	option("success-cache", life);
	pwcache_stored();
	pwcache_start("auth_test", 0);
}

static double
cpu(void)
{
	struct timespec	 ts;

	ATF_REQUIRE_EQ(0, clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts));
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* The verdict is right, and came out of the cache or did not. */
static void
expect(int verdict, int cached, const char *user, const char *hash,
    const char *pass, int known)
{
	static double	 full;
	double		 t;

	if (full == 0) {
		t = cpu();
		ATF_REQUIRE_EQ(1, password_verify(stored, PASS));
		full = cpu() - t;
	}
	t = cpu();
	ATF_CHECK_EQ(verdict, pwcache_verify(user, hash, pass, known));
	t = cpu() - t;
	ATF_CHECK_MSG(cached ? t < full / 5 : t > full / 3,
	    "%s, %s, %s: %.6f s, a check is %.6f s", user, hash, pass, t, full);
}

ATF_TC_WITHOUT_HEAD(known);
ATF_TC_BODY(known, tc)
{
	begin("yes");
	expect(1, 0, "anna", stored, PASS, 1);
	expect(1, 1, "anna", stored, PASS, 1);
	expect(1, 1, "anna", stored, PASS, 1);
	/* Another user, another stored form, another password. */
	expect(1, 0, "bert", stored, PASS, 1);
	expect(1, 0, "anna", again, PASS, 1);
	expect(0, 0, "anna", other, PASS, 1);
	expect(0, 0, "anna", stored, "Secret password", 1);
	expect(0, 0, "anna", stored, "", 1);
	/* None of which has changed what is known. */
	expect(1, 1, "anna", stored, PASS, 1);
	expect(1, 1, "bert", stored, PASS, 1);
	pwcache_clear();
	expect(1, 0, "anna", stored, PASS, 1);
}

/* Where one text ends and the next begins counts. */
ATF_TC_WITHOUT_HEAD(borders);
ATF_TC_BODY(borders, tc)
{
	option("success-cache", "yes");
	option("success-cache-force", "yes");
	pwcache_start("auth_test", 0);
	pwcache_note("anna", "secret");
	ATF_CHECK_EQ(1, pwcache_known("anna", "secret"));
	ATF_CHECK_EQ(0, pwcache_known("ann", "asecret"));
	ATF_CHECK_EQ(0, pwcache_known("annas", "ecret"));
	ATF_CHECK_EQ(0, pwcache_known("", "annasecret"));
	ATF_CHECK_EQ(0, pwcache_known("Anna", "secret"));
	/* With stored passwords that is no question any more. */
	pwcache_stored();
	ATF_CHECK_EQ(0, pwcache_known("anna", "secret"));
}

ATF_TC_WITHOUT_HEAD(wrong);
ATF_TC_BODY(wrong, tc)
{
	int	 i;

	begin("yes");
	for (i = 0; i < 3; i++)
		expect(0, 0, "anna", stored, "wrong", 1);
	expect(1, 0, "anna", stored, PASS, 1);
	for (i = 0; i < 3; i++)
		expect(0, 0, "anna", stored, "wrong", 1);
	ATF_CHECK_EQ(0, pwcache_verify("anna", "*", PASS, 1));
	ATF_CHECK_EQ(-1, pwcache_verify("anna", "nonsense", PASS, 1));
	ATF_CHECK_EQ(-1, pwcache_verify("anna", "nonsense", PASS, 1));
}

/* The example that stands in for a user without a password. */
ATF_TC_WITHOUT_HEAD(unknown);
ATF_TC_BODY(unknown, tc)
{
	begin("yes");
	expect(1, 0, "nobody", stored, PASS, 0);
	expect(1, 0, "nobody", stored, PASS, 0);
	/* Nor does an entry serve a name that is no user (any more). */
	expect(1, 0, "anna", stored, PASS, 1);
	expect(1, 0, "anna", stored, PASS, 0);
	expect(1, 1, "anna", stored, PASS, 1);
}

ATF_TC_WITHOUT_HEAD(off);
ATF_TC_BODY(off, tc)
{
	begin("no");
	expect(1, 0, "anna", stored, PASS, 1);
	expect(1, 0, "anna", stored, PASS, 1);
	pwcache_note("anna", PASS);
	ATF_CHECK_EQ(0, pwcache_known("anna", PASS));
	pwcache_clear();
}

/* A life ends at its time, however often it was of use. */
ATF_TC_WITHOUT_HEAD(expiry);
ATF_TC_BODY(expiry, tc)
{
	time_t	 end;

	begin("2");
	expect(1, 0, "anna", stored, PASS, 1);
	end = time(NULL) + 4;
	while (time(NULL) < end)
		(void)pwcache_verify("anna", stored, PASS, 1);
	pwcache_clear();
	expect(1, 0, "anna", stored, PASS, 1);
	(void)sleep(4);
	expect(1, 0, "anna", stored, PASS, 1);
}

/* While nobody asks: idle returns when there is nothing left to forget. */
ATF_TC_WITHOUT_HEAD(idle);
ATF_TC_BODY(idle, tc)
{
	time_t	 start;
	int	 fds[2];

	ATF_REQUIRE_EQ(0, pipe(fds));
	begin("3");
	(void)alarm(60);
	pwcache_idle(fds[0]);
	expect(1, 0, "anna", stored, PASS, 1);
	start = time(NULL);
	pwcache_idle(fds[0]);
	ATF_CHECK(time(NULL) >= start + 1);
	expect(1, 0, "anna", stored, PASS, 1);
	/* The caller does not wait. */
	option("success-cache", "86400");
	pwcache_clear();
	expect(1, 0, "bert", stored, PASS, 1);
	ATF_REQUIRE_EQ(1, write(fds[1], "x", 1));
	pwcache_idle(fds[0]);
	expect(1, 1, "bert", stored, PASS, 1);
}

static void
name(char *buf, size_t size, int i)
{
	(void)snprintf(buf, size, "user%d", i);
}

/* The most recent are known, and not more of them than there is room for. */
ATF_TC_WITHOUT_HEAD(bound);
ATF_TC_BODY(bound, tc)
{
	char	 user[32];
	int	 i, n = 200000, all = 0, last = 0;

	option("success-cache", "yes");
	option("success-cache-force", "yes");
	pwcache_start("auth_test", 0);
	for (i = 0; i < n; i++) {
		name(user, sizeof(user), i);
		ATF_CHECK_EQ(0, pwcache_known(user, PASS));
		pwcache_note(user, PASS);
		ATF_CHECK_EQ(1, pwcache_known(user, PASS));
		ATF_CHECK_EQ(0, pwcache_known(user, "wrong"));
	}
	for (i = 0; i < n; i++) {
		name(user, sizeof(user), i);
		if (pwcache_known(user, PASS)) {
			all++;
			last += i >= n - 1000;
		}
	}
	ATF_CHECK_EQ_MSG(32768, all, "%d", all);
	printf("of the last 1000: %d\n", last);
	pwcache_clear();
	ATF_CHECK_EQ(0, pwcache_known(user, PASS));
}

/* What does not fit is verified, not remembered. */
ATF_TC_WITHOUT_HEAD(lengths);
ATF_TC_BODY(lengths, tc)
{
	static char	 user[USER_LEN_MAX + 1], pass[PASS_LEN_MAX + 1];
	static char	 plain[PASSWORD_STORED_MAX + 1], huge[8192];

	memset(user, 'u', sizeof(user) - 1);
	memset(pass, 'p', sizeof(pass) - 1);
	memset(plain, 'p', sizeof(plain) - 1);
	memcpy(plain, "{PLAIN}", 7);
	begin("yes");
	ATF_CHECK_EQ(0, pwcache_verify(user, plain, pass, 1));
	pass[PASSWORD_STORED_MAX - 7] = '\0';
	ATF_CHECK_EQ(1, pwcache_verify(user, plain, pass, 1));
	ATF_CHECK_EQ(1, pwcache_verify(user, plain, pass, 1));
	memset(huge, 'p', sizeof(huge) - 1);
	memcpy(huge, "{PLAIN}", 7);
	ATF_CHECK_EQ(0, pwcache_verify(user, huge, pass, 1));
	ATF_CHECK_EQ(1, pwcache_verify(user, huge, huge + 7, 1));
}

ATF_TC_WITHOUT_HEAD(options);
ATF_TC_BODY(options, tc)
{
	static const char *const	 bad[] = { "", "0", "-1", "86401",
					    "5m", "maybe" };
	char				 err[BACKEND_ERR_LEN];
	size_t				 i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		ATF_CHECK_EQ_MSG(BACKEND_PARAM, pwcache_option("success-cache",
		    bad[i], err), "%s", bad[i]);
		ATF_CHECK_EQ(BACKEND_PARAM, pwcache_option(
		    "success-cache-force", bad[i], err));
	}
	ATF_CHECK_EQ(BACKEND_UNSUPPORTED, pwcache_option("path", "x", err));
	ATF_CHECK_EQ(BACKEND_UNSUPPORTED, pwcache_option("success", "x", err));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, known);
	ATF_TP_ADD_TC(tp, borders);
	ATF_TP_ADD_TC(tp, wrong);
	ATF_TP_ADD_TC(tp, unknown);
	ATF_TP_ADD_TC(tp, off);
	ATF_TP_ADD_TC(tp, expiry);
	ATF_TP_ADD_TC(tp, idle);
	ATF_TP_ADD_TC(tp, bound);
	ATF_TP_ADD_TC(tp, lengths);
	ATF_TP_ADD_TC(tp, options);
	return atf_no_error();
}
