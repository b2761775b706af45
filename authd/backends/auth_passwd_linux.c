/* SPDX-License-Identifier: ISC */
/*
 * Runs in: auth_passwd, with group shadow.  Trusts: shadow(5).  On Linux the
 * password is verified here, by crypt(3).
 */

#include <sys/types.h>

#include <errno.h>
#include <shadow.h>
#include <string.h>
#include <time.h>

#include "auth_passwd.h"
#include "backend.h"
#include "log.h"
#include "password.h"
#include "password_crypt.h"
#include "pwcache.h"
#include "sysaccount.h"

#define SECONDS_PER_DAY	86400

const unsigned int	 passwd_needs = 0;

/* The hash that passwords of unknown users are verified against. */
static char	 example[PASSWORD_STORED_MAX + 1];

/* Whether a hash can match any password; one that locks an account cannot. */
static int
hash_works(const char *hash)
{
	return password_works(password_crypt_kind(hash));
}

/*
 * Take the first hash in the database as the example of what a check costs; if
 * there is none yet, take one that passwd(1) would make.
 */
void
passwd_init(void)
{
	const struct spwd	*sp;

	pwcache_stored();
	errno = 0;
	setspent();
	while ((sp = getspent()) != NULL && !hash_works(sp->sp_pwdp))
		errno = 0;
	if (sp == NULL && sysaccount_lookup_failed(errno))
		log_warn("the shadow database cannot be read; auth_passwd "
		    "needs its group");
	if (sp == NULL || strlcpy(example, sp->sp_pwdp, sizeof(example)) >=
	    sizeof(example))
		(void)strlcpy(example, password_dummy(), sizeof(example));
	endspent();
}

enum backend_code
passwd_ready(char *err)
{
	const struct spwd	*sp;

	errno = 0;
	setspent();
	while ((sp = getspent()) != NULL && !hash_works(sp->sp_pwdp))
		errno = 0;
	endspent();
	if (sp != NULL)
		return BACKEND_OK;
	if (sysaccount_lookup_failed(errno))
		return backend_err(err, BACKEND_INTERNAL, "the shadow "
		    "database: %s; chgrp shadow /etc/shadow; chmod 640 "
		    "/etc/shadow", strerror(errno));
	log_warnx("no account has a password yet: passwd(1) sets one");
	return BACKEND_OK;
}

/* Why an account is closed although the password is right, or NULL. */
static const char *
sysaccount_closed(const struct spwd *sp)
{
	long	 today = (long)(time(NULL) / SECONDS_PER_DAY);
	long	 over;

	if (sp->sp_expire > 0 && today >= sp->sp_expire)
		return "account expired";
	if (sp->sp_lstchg == 0)
		return "password must be changed first";
	if (sp->sp_lstchg < 0 || sp->sp_max < 0)
		return NULL;
	over = today - sp->sp_lstchg - sp->sp_max;
	if (sp->sp_inact >= 0 && over > sp->sp_inact)
		return "account inactive: the password expired long ago";
	return over > 0 ? "password expired" : NULL;
}

enum backend_code
passwd_verify(const char *user, const struct passwd *pw, const char *pass,
    char *err)
{
	const struct spwd	*sp;
	const char		*why;
	int			 known, ok;

	errno = 0;
	if ((sp = getspnam(user)) == NULL && sysaccount_lookup_failed(errno))
		return backend_err(err, BACKEND_INTERNAL, "the shadow "
		    "database: %s; auth_passwd needs its group",
		    strerror(errno));
	known = pw != NULL && sp != NULL && hash_works(sp->sp_pwdp);
	ok = pwcache_verify(user, known ? sp->sp_pwdp : example, pass, known);
	if (!known && pw != NULL && sp != NULL &&
	    password_crypt_kind(sp->sp_pwdp) == PASSWORD_COSTLY)
		return backend_err(err, BACKEND_DENIED, "the password of user "
		    "%s %s", user, password_fault(PASSWORD_COSTLY));
	if (!known || ok == 0)
		return backend_err(err, BACKEND_DENIED, "password incorrect");
	if (ok == -1)
		return backend_err(err, BACKEND_INTERNAL,
		    "the password hash of user %s cannot be checked", user);
	if ((why = sysaccount_closed(sp)) != NULL)
		return backend_err(err, BACKEND_DENIED, "%s", why);
	return BACKEND_OK;
}
