/* SPDX-License-Identifier: ISC */
/*
 * Stored passwords: each scheme against values that others computed.  The crypt
 * forms are the published test vectors of bcrypt, yescrypt and scrypt, PHP's
 * manual and openssl-passwd(1); those in braces come from openssl-dgst(1).
 */

#include <sys/types.h>

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <atf-c.h>

#include "password.h"
#include "password_cost.h"
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

/* What doveadm pw (2.3.19) and slappasswd (2.5.13) make of FOREIGN. */
#define FOREIGN	"pass word+1"
static const struct {
	const char		*stored;
	enum password_kind	 kind;
} foreign[] = {
	{ "{CLEARTEXT}pass word+1", PASSWORD_WEAK },
	{ "{PLAIN}pass word+1", PASSWORD_WEAK },
	{ "{CLEAR}pass word+1", PASSWORD_WEAK },
	{ "{DES-CRYPT}8evbqlM9dKkS6", PASSWORD_WEAK },
	{ "{MD5-CRYPT}$1$SCkXGtYF$4LzmTfLEnKnw7slsYIrgl0", PASSWORD_WEAK },
	{ "{CRYPT}$2y$05$DaAuXDkPGPNzASHzl2n1BOhoVLl628/yotpZVYHQDn"
	    "tUYMNVvpx7C", PASSWORD_GOOD },
	{ "{SHA}ra0ZsB20HoPKwLXQaUukH9mf4Xg=", PASSWORD_WEAK },
	{ "{SHA1}ra0ZsB20HoPKwLXQaUukH9mf4Xg=", PASSWORD_WEAK },
	{ "{SSHA}MbSHZtTnWgAyX2ty8zrG9azzUp2mMM4y", PASSWORD_WEAK },
	{ "{SHA256}Ba8e3uXnPTcUrs18RXm8P2cyVlkUsqHXo1Fyey5bI1s=", PASSWORD_WEAK },
	{ "{SSHA256}ZLsGn8nfww642/wURdNYiHzjbMjwO0OgVoTg8I/ZLABhkVf"
	    "o", PASSWORD_GOOD },
	{ "{SHA512}ezxYp/UyW3oQGReYEy6tKPzEeP4bLdvf9lB2YmZjrAk1E9HO"
	    "BEezIa9biE1iqwSqn5h1grFQw/n0A1lnRwC8Uw==", PASSWORD_WEAK },
	{ "{SSHA512}mUWIvLnDRz6DixW4yxgyvkEl4dOdVZfwwNs6/d7y3N0b1C1"
	    "1SmOJSJ+Y3tJJFdyQlSYxpZtjV/Z3n/ODBzpOsiVQjQA=", PASSWORD_GOOD },
	{ "{SMD5}xTukffdQJrpfaOhBuNv9BOR9De8=", PASSWORD_WEAK },
	{ "{LDAP-MD5}P7LUFimlUgEK6WWJ6LZNIw==", PASSWORD_WEAK },
	{ "{PLAIN-MD5}3fb2d41629a552010ae96589e8b64d23", PASSWORD_WEAK },
	{ "{PLAIN-MD4}5e28cf8f98d06a8970de2a3a0c243b9b", PASSWORD_WEAK },
	{ "{MD5}$1$VM0CWgL0$IDshVtmyzv3/IG4nVc6XX.", PASSWORD_WEAK },
	{ "{CRAM-MD5}eafa6faac98a2e3fa7450b57ade121c7491b05a8c04afa"
	    "a30c7c5edfee7db411", PASSWORD_WEAK },
	{ "{HMAC-MD5}eafa6faac98a2e3fa7450b57ade121c7491b05a8c04afa"
	    "a30c7c5edfee7db411", PASSWORD_WEAK },
	{ "{BLF-CRYPT}$2y$05$y7KWRnwgOeWu97EHitbQh.PRkgOd1QeLIz7Gw0"
	    "i7UJ15.HDATp7gy", PASSWORD_GOOD },
	{ "{SHA256-CRYPT}$5$rounds=1000$HaC245NHrJbZmWiY$TFQnxNbOiL"
	    "uWlX.NffUBfdMew1n1Ev3Or.nCZrMedoC", PASSWORD_WEAK },
	{ "{SHA512-CRYPT}$6$rounds=1000$3fB0mKtVAJGg1h4o$cC6b1pVr8y"
	    "B3fjvxR5A1iMQeVNNn6KwTBlP0TrlPQiAWLq3shhfIf9xi/9uQmzbIDE"
	    "jYOL8DMJ1DbgzeE4wh/0", PASSWORD_GOOD },
	{ "{PBKDF2}$1$.BoZerhWS1aY31rl$5$7df9b81b501bf7b48070540a07"
	    "7d2c32e73c75f1", PASSWORD_WEAK },
	{ "{SCRAM-SHA-1}4096,vb3CLYR3CAtPws9RguynVQ==,hJ17of4B6awWN"
	    "DmibJa2e9rRol4=,/BDUa/QSfaU6PaFNG4rZoQbjwoU=", PASSWORD_GOOD },
	{ "{SCRAM-SHA-256}4096,Ygfg+IJBOuUKQw29g0s9QQ==,wgyMM4yHtll"
	    "q9AzlOXSbAD1a4bGZHyKAtL+EDCwE5T0=,xJgKtRW7ahbZ9aO64Zof5E"
	    "NR1cMkbSoOSnzsh1a+Xes=", PASSWORD_GOOD },
	{ "{SHA.HEX}adad19b01db41e83cac0b5d0694ba41fd99fe178", PASSWORD_WEAK },
	{ "{SHA.B64}ra0ZsB20HoPKwLXQaUukH9mf4Xg=", PASSWORD_WEAK },
	{ "{SSHA.HEX}99666ca5ad66c4494799983e361c513b2285c2bfb75e3e"
	    "2c", PASSWORD_WEAK },
	{ "{SSHA256.BASE64}LsMMYu8VTrbEGtDwrXPV1z7MG6lbVohZ/tM8m/mV"
	    "XiZFL/jU", PASSWORD_GOOD },
	{ "{SHA512.HEX}7b3c58a7f5325b7a10191798132ead28fcc478fe1b2d"
	    "dbdff65076626663ac093513d1ce0447b321af5b884d62ab04aa9f98"
	    "7582b150c3f9f40359674700bc53", PASSWORD_WEAK },
	{ "{PLAIN.B64}cGFzcyB3b3JkKzE=", PASSWORD_WEAK },
	{ "{PLAIN.HEX}7061737320776f72642b31", PASSWORD_WEAK },
	{ "{CRYPT.B64}JDJ5JDA1JFguMS80VTdWN1hHTExJMnUzWm8ud3V0WFR5W"
	    "nNuV3dFeVFiWG9RanM1QjlZNmN5YlZJTW8u", PASSWORD_GOOD },
	{ "{PBKDF2.B64}JDEkRWpKejFhakZqRHpyQXVPSCQ1JDM3ZWRkMmQ1Zjcy"
	    "ZTczNTg0ZGZjZmE2YmY5ZTg2YTAyN2YyMzM3Mzk=", PASSWORD_WEAK },
	{ "{CRAM-MD5.B64}6vpvqsmKLj+nRQtXreEhx0kbBajASvqjDHxe3+59tB"
	    "E=", PASSWORD_WEAK },
	{ "{LDAP-MD5.HEX}3fb2d41629a552010ae96589e8b64d23", PASSWORD_WEAK },
	{ "{PLAIN-MD5.B64}P7LUFimlUgEK6WWJ6LZNIw==", PASSWORD_WEAK },
	{ "{SMD5.HEX}ba65e5752d75fed401678491a23cf93e80d48627", PASSWORD_WEAK },
	{ "{SSHA}HIZ23idJR2xMxJb7foSoOQqVuZvDfJdR", PASSWORD_WEAK },
	{ "{SHA}ra0ZsB20HoPKwLXQaUukH9mf4Xg=", PASSWORD_WEAK },
	{ "{SMD5}WVhad04bQqRPYU2ARPaAemUA4bU=", PASSWORD_WEAK },
	{ "{MD5}P7LUFimlUgEK6WWJ6LZNIw==", PASSWORD_WEAK },
	{ "{CRYPT}P2k/B9B6ZISZIKFtUsZO.Bao", PASSWORD_WEAK },
	{ "{MD4}5e28cf8f98d06a8970de2a3a0c243b9b", PASSWORD_WEAK },
	{ "{MD4}XijPj5jQaolw3io6DCQ7mw==", PASSWORD_WEAK },
	{ "{RMD160}jOVRVY5mLKMzJBGHIyPYmbacUv0=", PASSWORD_WEAK },
	/* After qmail-ldap's and FreeRADIUS's description; hashlib's MD5. */
	{ "{NS-MTA-MD5}29408b7b6b9a4fb6a7a1f0da948fa0ae0123456789ab"
	    "cdef0123456789abcdef", PASSWORD_WEAK }
};

ATF_TC_WITHOUT_HEAD(foreign_schemes);
ATF_TC_BODY(foreign_schemes, tc)
{
	char			 lower[PASSWORD_STORED_MAX + 1], *p;
	size_t			 i;

	password_init();
	for (i = 0; i < sizeof(foreign) / sizeof(foreign[0]); i++) {
		ATF_CHECK_EQ_MSG(foreign[i].kind,
		    password_kind(foreign[i].stored), "%s: %d",
		    foreign[i].stored, password_kind(foreign[i].stored));
		ATF_CHECK_EQ_MSG(1, password_verify(foreign[i].stored,
		    FOREIGN), "%s", foreign[i].stored);
		ATF_CHECK_EQ_MSG(0, password_verify(foreign[i].stored,
		    "Pass word+1"), "%s", foreign[i].stored);
		ATF_CHECK_EQ(0, password_verify(foreign[i].stored, ""));
		(void)strlcpy(lower, foreign[i].stored, sizeof(lower));
		for (p = lower; *p != '}'; p++)
			*p = (char)tolower((unsigned char)*p);
		ATF_CHECK_EQ_MSG(1, password_verify(lower, FOREIGN), "%s",
		    lower);
	}
}

/* Whose check would take minutes, or more; with a higher limit some may. */
ATF_TC_WITHOUT_HEAD(costs);
ATF_TC_BODY(costs, tc)
{
	static const char *const	 dear[] = {
		"$6$rounds=999999999$saltsaltsalt$rtYERwABMUwb0QhCv02opna3T5O"
		    "VRwEmElPST0oc3mb9Fz7FuwRkrR6SekOP3sbgQ1jUyYfM9jpBJp2yfyT"
		    "j/.",
		"{SHA256-CRYPT}$5$rounds=1000001$saltstring$5B8vYYiY.CVt1RlTT"
		    "f8KbXBH3hsxY/GNooZaBBGWEc5",
		"$2b$15$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
		"$2y$31$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
		"$y$jFT$LdJMENpBABJJ3hIHjB1Bi."
		    "$HboGM6qPrsK.StKYGt6KErmUYtioHreJd98oIugoNB6",
		"$gy$jFT$LdJMENpBABJJ3hIHjB1Bi."
		    "$HboGM6qPrsK.StKYGt6KErmUYtioHreJd98oIugoNB6",
		"$7$zzzzzzzzzzzSodiumChloride"
		    "$kBGj9fHznVYFQMEn/qDCfrDevf9YDtcDdKvEqHJLV8D",
		"$7$K6..../....SodiumChloride"
		    "$kBGj9fHznVYFQMEn/qDCfrDevf9YDtcDdKvEqHJLV8D",
		"$sha1$4000000$jtNX3nZ2$hBNaIXkt4wBI2o5rsi8KejSjNqIq",
		"$md5,rounds=4294963199$salt$hashhashhashhashhashha",
		"{SCRAM-SHA-256}2000001,W22ZaJ0SNY7soEsUEjb6gQ==,"
		    "WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=,"
		    "wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=",
		"{PBKDF2}$1$.BoZerhWS1aY31rl$2147483647$"
		    "7df9b81b501bf7b48070540a077d2c32e73c75f1"
	};
	size_t	 i;

	for (i = 0; i < sizeof(dear) / sizeof(dear[0]); i++) {
		ATF_CHECK_EQ_MSG(PASSWORD_COSTLY, password_kind(dear[i]),
		    "%s: %d", dear[i], password_kind(dear[i]));
		ATF_CHECK_EQ(-1, password_verify(dear[i], PASS));
	}
	ATF_CHECK(password_fault(PASSWORD_COSTLY) != NULL);
	password_limit(2);
	ATF_CHECK_EQ(PASSWORD_COSTLY, password_kind(dear[0]));
	ATF_CHECK_EQ(PASSWORD_WEAK, password_kind(dear[1]));
	ATF_CHECK_EQ(PASSWORD_GOOD, password_kind(dear[2]));
	ATF_CHECK_EQ(PASSWORD_GOOD, password_kind(dear[4]));
	ATF_CHECK_EQ(PASSWORD_COSTLY, password_kind(dear[3]));
	password_limit(1);
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
	ATF_TP_ADD_TC(tp, foreign_schemes);
	ATF_TP_ADD_TC(tp, costs);
	ATF_TP_ADD_TC(tp, damaged);
	ATF_TP_ADD_TC(tp, locked);
	ATF_TP_ADD_TC(tp, long_passwords);
	ATF_TP_ADD_TC(tp, new_password);
	ATF_TP_ADD_TC(tp, dummy);
	return atf_no_error();
}
