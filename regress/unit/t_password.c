/* SPDX-License-Identifier: ISC */
/*
 * Stored passwords: each scheme against values that others computed.  The crypt
 * forms are the published test vectors of bcrypt, yescrypt and scrypt, PHP's
 * manual and openssl-passwd(1); those in braces come from openssl-dgst(1).
 */

#include <sys/types.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <atf-c.h>

#include "password.h"
#include "proto.h"

#define PASS	"secret password"
#define SHA512	"MKeLiI4IOMSaMA8mnYGkAJUrXa8HGONO118uV64Trj2FdtJGawsSaOuCmE4S"\
		"jkyygPFqjGB+FM23YLMFUOztGw=="
#define SSHA512	"mijPQpb78nw2yr1rLAJZWpODV8j9mO0oP8kWoYrzSziOExx2ZYK7TNGGUUD/"\
		"QpBDdeqVU6/dq3Nzf/xXvGxyX1NhTHRTYUx0"
#define CRYPT6	"$6$saltsaltsalt$rtYERwABMUwb0QhCv02opna3T5OVRwEmElPST0oc3mb9F"\
		"z7FuwRkrR6SekOP3sbgQ1jUyYfM9jpBJp2yfyTj/."

static const struct vector {
	const char		*stored;
	const char		*pass;
	enum password_kind	 kind;
} vectors[] = {
	{ "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
	    "U*U", PASSWORD_GOOD },
	{ "$2b$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
	    "U*U", PASSWORD_GOOD },
	{ "$2a$05$XXXXXXXXXXXXXXXXXXXXXOAcXxm9kjPGEMsLznoKqmqw7tc8WCx4a",
	    "U*U*U", PASSWORD_GOOD },
	{ "$y$jD5.7$LdJMENpBABJJ3hIHjB1Bi."
	    "$HboGM6qPrsK.StKYGt6KErmUYtioHreJd98oIugoNB6",
	    "pleaseletmein", PASSWORD_GOOD },
	{ "$7$C6..../....SodiumChloride"
	    "$kBGj9fHznVYFQMEn/qDCfrDevf9YDtcDdKvEqHJLV8D",
	    "pleaseletmein", PASSWORD_GOOD },
	{ CRYPT6, PASS, PASSWORD_GOOD },
	{ "$5$saltstring$5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc5",
	    "Hello world!", PASSWORD_WEAK },
	{ "$1$rasmusle$rISCgZzpwk3UhDidwXvin0", "rasmuslerdorf",
	    PASSWORD_WEAK },
	{ "rl.3StKT.4T8M", "rasmuslerdorf", PASSWORD_WEAK },
	{ "{CRYPT}" CRYPT6, PASS, PASSWORD_GOOD },
	{ "{SHA512-CRYPT}" CRYPT6, PASS, PASSWORD_GOOD },
	{ "{crypt}rl.3StKT.4T8M", "rasmuslerdorf", PASSWORD_WEAK },
	{ "{BLF-CRYPT}$2a$05$CCCCCCCCCCCCCCCCCCCCC."
	    "E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", "U*U", PASSWORD_GOOD },
	{ "{SSHA}2plptL1bGKfqamkaCGxqIBKqeUxTYUx0U2FMdA==", PASS,
	    PASSWORD_WEAK },
	{ "{ssha}2plptL1bGKfqamkaCGxqIBKqeUxTYUx0U2FMdA==", PASS,
	    PASSWORD_WEAK },
	{ "{SHA}0goJVFx6/xSk9ZbduhkpbVj2wQE=", PASS, PASSWORD_WEAK },
	{ "{SSHA256}SRLSYNWtNUbpmnAjbmPFC91fuGsMhPdu7kfRXMk5qHlTYUx0U2FMdA==",
	    PASS, PASSWORD_GOOD },
	{ "{SHA256}G6Ez7M38TlyjQF39cMETYK8DgQbJ7r3eUEpLFMlLhVc=", PASS,
	    PASSWORD_WEAK },
	{ "{SSHA512}" SSHA512, PASS, PASSWORD_GOOD },
	{ "{SHA512}" SHA512, PASS, PASSWORD_WEAK },
	{ "{SMD5}+jq4b9IQjB8nc9FMQhgYmVNhTHRTYUx0", PASS, PASSWORD_WEAK },
	{ "{MD5}pYTvr6j56n/lzxhELzKwew==", PASS, PASSWORD_WEAK },
	/* RFC 7677, section 3, with the keys computed by Python's hashlib. */
	{ "{SCRAM-SHA-256}4096,W22ZaJ0SNY7soEsUEjb6gQ==,"
	    "WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=,"
	    "wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=",
	    "pencil", PASSWORD_GOOD },
	{ "{PLAIN}" PASS, PASS, PASSWORD_WEAK },
	{ "{PLAIN}{SHA}not a digest}", "{SHA}not a digest}", PASSWORD_WEAK }
};

ATF_TC_WITHOUT_HEAD(known_answers);
ATF_TC_BODY(known_answers, tc)
{
	const struct vector	*v;
	char			 wrong[64];
	size_t			 i;

	for (i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
		v = &vectors[i];
		ATF_CHECK_EQ_MSG(1, password_verify(v->stored, v->pass), "%s",
		    v->stored);
		(void)strlcpy(wrong, v->pass, sizeof(wrong));
		wrong[0] ^= 1;
		ATF_CHECK_EQ_MSG(0, password_verify(v->stored, wrong), "%s",
		    v->stored);
		(void)strlcpy(wrong, v->pass, sizeof(wrong));
		wrong[1] = '\0';
		ATF_CHECK_EQ_MSG(0, password_verify(v->stored, wrong), "%s",
		    v->stored);
		ATF_CHECK_EQ_MSG(0, password_verify(v->stored, ""), "%s",
		    v->stored);
		ATF_CHECK_EQ_MSG(v->kind, password_kind(v->stored), "%s",
		    v->stored);
	}
}

/* Those of the reference implementation's own tests. */
ATF_TC_WITHOUT_HEAD(argon2);
ATF_TC_BODY(argon2, tc)
{
	static const char	 id[] = "$argon2id$v=19$m=65536,t=2,p=1$"
	    "c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";
	static const char	 lanes[] = "$argon2id$v=19$m=256,t=2,p=2$"
	    "c29tZXNhbHQ$bQk8UB/VmZZF4Oo79iDXuL5/0ttZwg2f/5U52iv1cDc";
	static const char	 i[] = "$argon2i$v=19$m=256,t=2,p=1$"
	    "c29tZXNhbHQ$iekCn0Y3spW+sCcFanM2xBT63UP2sghkUoHLIUpWRS8";
	static const char *const	 bad[] = {
		"{ARGON2}", "{ARGON2}x", "{ARGON2}$argon2id$v=19$",
		"{ARGON2}$argon2x$v=19$m=256,t=2,p=1$c29tZXNhbHQ$"
		    "iekCn0Y3spW+sCcFanM2xBT63UP2sghkUoHLIUpWRS8",
		"{ARGON2}$argon2i$v=16$m=256,t=2,p=1$c29tZXNhbHQ$"
		    "iekCn0Y3spW+sCcFanM2xBT63UP2sghkUoHLIUpWRS8",
		"{ARGON2}$argon2i$v=19$m=99999999,t=2,p=1$c29tZXNhbHQ$"
		    "iekCn0Y3spW+sCcFanM2xBT63UP2sghkUoHLIUpWRS8",
		"{ARGON2}$argon2i$v=19$m=256,t=2,p=1$c29tZXNhbHQ",
		"{ARGON2}$argon2i$v=19$m=256,t=2,p=1$c29tZXNhbHQ$",
		"{ARGON2}$argon2i$v=19$m=256,t=2,p=1$$iekCn0Y3spW",
		"{ARGON2}$argon2i$v=19$m=256,t=0,p=1$c29tZXNhbHQ$"
		    "iekCn0Y3spW+sCcFanM2xBT63UP2sghkUoHLIUpWRS8",
		"{ARGON2}$argon2i$v=19$m=256,t=2,p=1$c29tZXNhbHQ$"
		    "iekCn0Y3spW+sCcFanM2xBT63UP2sghkUoHLIUpWRS8=",
		"{ARGON2}$argon2i$v=19$m=256,t=2,p=1$c29tZXNhbHQ$"
		    "iekCn0Y3spW+sCcFanM2xBT63UP2sghkUoHLIUpWRS8$x"
	};
	static const char *const	 good[] = { id, lanes, i };
	char	 stored[PASSWORD_STORED_MAX + 1], pass[1200];
	size_t	 n;

	(void)snprintf(stored, sizeof(stored), "{ARGON2}%s", i);
	if (password_kind(stored) == PASSWORD_UNKNOWN)
		atf_tc_skip("built without libargon2");
	for (n = 0; n < sizeof(good) / sizeof(good[0]); n++) {
		(void)snprintf(stored, sizeof(stored), "{ARGON2}%s", good[n]);
		ATF_CHECK_EQ(PASSWORD_GOOD, password_kind(stored));
		ATF_CHECK_EQ(1, password_verify(stored, "password"));
		ATF_CHECK_EQ(0, password_verify(stored, "differentpassword"));
		ATF_CHECK_EQ(0, password_verify(stored, ""));
		memset(pass, 'x', sizeof(pass) - 1);
		pass[sizeof(pass) - 1] = '\0';
		ATF_CHECK_EQ(0, password_verify(stored, pass));
		stored[strlen(stored) - 5] ^= 1;
		ATF_CHECK_EQ(0, password_verify(stored, "password"));
	}
	(void)snprintf(stored, sizeof(stored), "{argon2id}%s", id);
	ATF_CHECK_EQ(1, password_verify(stored, "password"));
	for (n = 0; n < sizeof(bad) / sizeof(bad[0]); n++) {
		ATF_CHECK_EQ_MSG(PASSWORD_UNKNOWN, password_kind(bad[n]), "%s",
		    bad[n]);
		ATF_CHECK_EQ(-1, password_verify(bad[n], "password"));
	}
}

ATF_TC_WITHOUT_HEAD(schemes);
ATF_TC_BODY(schemes, tc)
{
	static const char *const	 all[][2] = {
		{ "yescrypt", "$y$" }, { "bcrypt", "$2b$" },
		{ "sha512", "$6$" }, { "argon2id", "{ARGON2ID}$argon2id$" },
		{ "scram-sha-256", "{SCRAM-SHA-256}" }
	};
	char	 stored[PASSWORD_STORED_MAX + 1];
	size_t	 i;

	ATF_CHECK_EQ(-1, password_scheme("rot13"));
	ATF_CHECK_EQ(-1, password_scheme(""));
	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		if (password_scheme(all[i][0]) == -1) {
			printf("not here: %s\n", all[i][0]);
			continue;
		}
		ATF_REQUIRE_EQ(0, password_new(PASS, stored, sizeof(stored)));
		ATF_CHECK_EQ_MSG(0, strncmp(stored, all[i][1],
		    strlen(all[i][1])), "%s", stored);
		ATF_CHECK_EQ(PASSWORD_GOOD, password_kind(stored));
		ATF_CHECK_EQ(NULL, strchr(stored, ':'));
		ATF_CHECK_EQ(1, password_verify(stored, PASS));
		ATF_CHECK_EQ(0, password_verify(stored, "secret passwort"));
		ATF_CHECK_EQ(-1, password_new(PASS, stored, 12));
	}
	/* One that is not known changes nothing. */
	ATF_REQUIRE_EQ(0, password_scheme("sha512"));
	ATF_CHECK_EQ(-1, password_scheme("rot13"));
	ATF_REQUIRE_EQ(0, password_new(PASS, stored, sizeof(stored)));
	ATF_CHECK_EQ(0, strncmp(stored, "$6$", 3));
}

ATF_TC_WITHOUT_HEAD(digest_changed);
ATF_TC_BODY(digest_changed, tc)
{
	char	 stored[PASSWORD_STORED_MAX + 1];
	size_t	 at;

	/* Any one bit of the digest or of the salt counts. */
	for (at = 0; at < strlen(SSHA512); at += 5) {
		(void)snprintf(stored, sizeof(stored), "{SSHA512}%s", SSHA512);
		stored[9 + at] = stored[9 + at] == 'A' ? 'B' : 'A';
		ATF_CHECK_EQ_MSG(0, password_verify(stored, PASS), "%zu", at);
	}
}

ATF_TC_WITHOUT_HEAD(damaged);
ATF_TC_BODY(damaged, tc)
{
	static const char *const	 bad[] = {
		"", "secret", "x", "$", "$$", "$9$abc$def", "{", "{}", "}",
		"{SHA", "{NONE}abc", "{SSHA}", "{SHA}", "{PLAIN}", "{CRYPT}",
		"{CRYPT}abc",
		/* a digest without its salt, and one with a salt too many */
		"{SSHA}0goJVFx6/xSk9ZbduhkpbVj2wQE=",
		"{SHA}2plptL1bGKfqamkaCGxqIBKqeUxTYUx0U2FMdA==",
		/* too short, padding lost, foreign characters, blanks */
		"{SHA}0goJVFx6/xSk9ZbduhkpbVj2",
		"{SHA}0goJVFx6/xSk9ZbduhkpbVj2wQE",
		"{SHA}0goJVFx6/xSk9ZbduhkpbVj2wQ*=",
		"{SHA} 0goJVFx6/xSk9ZbduhkpbVj2wQE=",
		"{SHA}0goJVFx6/xSk9ZbduhkpbVj2wQE= ",
		"{SHA}0goJVFx6/xSk9ZbduhkpbVj2wQE====",
		"{SSHA}2plptL1bGKfqamkaCGxqIBKqeUxTYUx0U2FMdA======",
		"{SHA}0goJVFx6=/xSk9ZbduhkpbVj2wQE",
		"{MD5}pYTvr6j56n/lzxhELzKwe===",
		/* three keys, five, no rounds, too many, not base64 */
		"{SCRAM-SHA-256}", "{SCRAM-SHA-256},,,",
		"{SCRAM-SHA-256}4096,W22ZaJ0SNY7soEsUEjb6gQ==,"
		    "WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=",
		"{SCRAM-SHA-256}4096,W22ZaJ0SNY7soEsUEjb6gQ==,"
		    "WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=,"
		    "wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=,",
		"{SCRAM-SHA-256}0,W22ZaJ0SNY7soEsUEjb6gQ==,"
		    "WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=,"
		    "wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=",
		"{SCRAM-SHA-256}99999999,W22ZaJ0SNY7soEsUEjb6gQ==,"
		    "WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=,"
		    "wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=",
		"{SCRAM-SHA-256}4096,W22ZaJ0SNY7soEsUEjb6gQ==,"
		    "WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=,"
		    "wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2d=",
		/* more than any digest and salt together */
		"{SSHA512}" SSHA512 SSHA512 "AAAA"
	};
	size_t	 i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		ATF_CHECK_EQ_MSG(PASSWORD_UNKNOWN, password_kind(bad[i]),
		    "%s", bad[i]);
		ATF_CHECK_EQ_MSG(-1, password_verify(bad[i], PASS), "%s",
		    bad[i]);
		ATF_CHECK_EQ_MSG(-1, password_verify(bad[i], ""), "%s",
		    bad[i]);
	}
	/* A hash that was cut off is damaged, not wrong. */
	ATF_CHECK_EQ(-1, password_verify("$6$saltsaltsalt$rtYERwABM", PASS));
}

ATF_TC_WITHOUT_HEAD(locked);
ATF_TC_BODY(locked, tc)
{
	static const char *const	 stored[] = {
		"*", "!", "!!", "*LK*", "!" CRYPT6, "{CRYPT}!", "{CRYPT}*"
	};
	size_t	 i;

	for (i = 0; i < sizeof(stored) / sizeof(stored[0]); i++) {
		ATF_CHECK_EQ_MSG(PASSWORD_LOCKED, password_kind(stored[i]),
		    "%s", stored[i]);
		ATF_CHECK_EQ(0, password_verify(stored[i], PASS));
		ATF_CHECK_EQ(0, password_verify(stored[i], ""));
		ATF_CHECK_EQ(0, password_verify(stored[i], stored[i]));
	}
}

ATF_TC_WITHOUT_HEAD(long_passwords);
ATF_TC_BODY(long_passwords, tc)
{
	char	 pass[4097], stored[PASSWORD_STORED_MAX + 1];
	size_t	 i, n;

	memset(pass, 'x', sizeof(pass) - 1);
	pass[sizeof(pass) - 1] = '\0';
	for (i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++)
		ATF_CHECK_EQ_MSG(0, password_verify(vectors[i].stored, pass),
		    "%s", vectors[i].stored);
	ATF_CHECK_EQ(-1, password_new(pass, stored, sizeof(stored)));
	pass[PASS_LEN_MAX] = '\0';
	for (i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++)
		ATF_CHECK_EQ_MSG(0, password_verify(vectors[i].stored, pass),
		    "%s", vectors[i].stored);
	n = (size_t)snprintf(stored, sizeof(stored), "{PLAIN}%.*s",
	    PASSWORD_STORED_MAX - 7, pass);
	ATF_REQUIRE(n < sizeof(stored));
	ATF_CHECK_EQ(1, password_verify(stored, stored + 7));
	ATF_CHECK_EQ(0, password_verify(stored, pass));
}

ATF_TC_WITHOUT_HEAD(new_password);
ATF_TC_BODY(new_password, tc)
{
	char	 a[PASSWORD_STORED_MAX + 1], b[PASSWORD_STORED_MAX + 1];

	ATF_REQUIRE_EQ(0, password_new(PASS, a, sizeof(a)));
	ATF_REQUIRE_EQ(0, password_new(PASS, b, sizeof(b)));
	ATF_CHECK(strcmp(a, b) != 0);
	ATF_CHECK_EQ(PASSWORD_GOOD, password_kind(a));
	ATF_CHECK_EQ(NULL, strchr(a, ':'));
	ATF_CHECK_EQ(1, password_verify(a, PASS));
	ATF_CHECK_EQ(0, password_verify(a, "secret passwort"));
	ATF_CHECK_EQ(-1, password_new(PASS, a, 8));
}

ATF_TC_WITHOUT_HEAD(dummy);
ATF_TC_BODY(dummy, tc)
{
	char		 real[PASSWORD_STORED_MAX + 1];
	const char	*stored = password_dummy();

	ATF_CHECK_EQ(stored, password_dummy());
	ATF_CHECK_EQ(PASSWORD_GOOD, password_kind(stored));
	ATF_CHECK_EQ(0, password_verify(stored, PASS));
	/* The same scheme and cost as what users get. */
	ATF_REQUIRE_EQ(0, password_new(PASS, real, sizeof(real)));
	ATF_CHECK_EQ(strlen(real), strlen(stored));
	ATF_CHECK_EQ(0, strncmp(real, stored, strlen("$y$j9T$")));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, known_answers);
	ATF_TP_ADD_TC(tp, argon2);
	ATF_TP_ADD_TC(tp, schemes);
	ATF_TP_ADD_TC(tp, digest_changed);
	ATF_TP_ADD_TC(tp, damaged);
	ATF_TP_ADD_TC(tp, locked);
	ATF_TP_ADD_TC(tp, long_passwords);
	ATF_TP_ADD_TC(tp, new_password);
	ATF_TP_ADD_TC(tp, dummy);
	return atf_no_error();
}
