/* SPDX-License-Identifier: ISC */
/*
 * Runs in: auth_passwd, with group auth.  Trusts: BSD authentication, whose
 * helper programs verify the password: this process never sees a hash.
 */

#include <sys/types.h>

#include <login_cap.h>
#include <bsd_auth.h>
#include <pwd.h>
#include <string.h>
#include <time.h>

#include "auth_passwd.h"
#include "backend.h"

const unsigned int	 passwd_needs = BACKEND_NEEDS_FORK;

/* The name that login.conf(5) has for this use: auth-pop3. */
static char	 auth_type[] = "auth-pop3";

void
passwd_init(void)
{
	/* The helpers open what they need. */
}

enum backend_code
passwd_ready(char *err)
{
	/* This process cannot read passwords at all. */
	return BACKEND_OK;
}

/* auth_userokay(3) may modify its strings. */
static int
userokay(const char *user, const char *pass)
{
	char	 name[USER_LEN_MAX + 1], secret[PASS_LEN_MAX + 1];
	int	 ok;

	if (strlcpy(name, user, sizeof(name)) >= sizeof(name) ||
	    strlcpy(secret, pass, sizeof(secret)) >= sizeof(secret))
		return 0;
	ok = auth_userokay(name, NULL, auth_type, secret);
	explicit_bzero(secret, sizeof(secret));
	return ok;
}

/*
 * For an unknown name, login_passwd(8) itself takes the time of a wrong
 * password.  auth_userokay leaves expiry to auth_approval(3), which prints.
 */
enum backend_code
passwd_verify(const char *user, const struct passwd *pw, const char *pass,
    char *err)
{
	time_t	 now = time(NULL), change = 0, expire = 0;
	int	 known = pw != NULL;

	if (known) {
		change = pw->pw_change;
		expire = pw->pw_expire;
	}
	if (!userokay(user, pass) || !known)
		return backend_err(err, BACKEND_DENIED, "password incorrect");
	if (expire != 0 && now >= expire)
		return backend_err(err, BACKEND_DENIED, "account expired");
	if (change != 0 && now >= change)
		return backend_err(err, BACKEND_DENIED, "password expired");
	return BACKEND_OK;
}
