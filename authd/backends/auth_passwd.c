/* SPDX-License-Identifier: ISC */
/*
 * Runs in: auth_passwd, as _pop3auth with the group that may check system
 * passwords.  Trusts: the system's account databases; the framework, which has
 * checked the arguments.
 */

#include <sys/types.h>

#include <grp.h>
#include <pwd.h>
#include <string.h>
#include <unistd.h>

#include "auth_passwd.h"
#include "backend.h"
#include "sysaccount.h"
#include "userinfo.h"

#define NOLOGIN_PATH	"/etc/nologin"

/* The configuration; constant once requests are served. */
static uint64_t	 uid_min = 1000;	/* lowest uid listed */
static int	 check_shell;
static int	 check_nologin;

static enum backend_code
passwd_option(const char *key, const char *value, char *err)
{
	if (strcmp(key, "check-shell") == 0)
		return backend_yes(value, &check_shell, err);
	if (strcmp(key, "hash-limit") == 0)
		return userinfo_hash_limit(value, err);
	if (strcmp(key, "nologin") == 0)
		return backend_yes(value, &check_nologin, err);
	if (strcmp(key, "uid-min") != 0)
		return backend_err(err, BACKEND_PARAM,
		    "auth_passwd has no such option");
	if (backend_number(value, strlen(value), 1, UINT32_MAX, &uid_min) == -1)
		return backend_err(err, BACKEND_PARAM,
		    "not a number of 1 or more");
	return BACKEND_OK;
}

static enum backend_code
passwd_open(char *err)
{
	gid_t	 groups[GROUPS_MAX];
	int	 n = GROUPS_MAX;

	passwd_init();
	/* Name services load and remember things at their first use. */
	(void)getpwnam("root");
	(void)getgrouplist("root", 0, groups, &n);
	backend_reads(NOLOGIN_PATH);
	return BACKEND_OK;
}

static enum backend_code
passwd_get_userlist(char *err)
{
	return sysaccount_list(uid_min, err);
}

static enum backend_code
passwd_get_userinfo(const char *user, struct userinfo *info, char *err)
{
	return sysaccount_info(user, info, err);
}

/* Whether shells(5) lists the shell; "" stands for /bin/sh. */
static int
shell_listed(const char *shell)
{
	const char	*s;

	if (shell[0] == '\0')
		shell = "/bin/sh";
	setusershell();
	while ((s = getusershell()) != NULL && strcmp(s, shell) != 0)
		;
	endusershell();
	return s != NULL;
}

static enum backend_code
passwd_check_userpassword(const char *user, const char *pass, char *err)
{
	const struct passwd	*pw;
	enum backend_code	 code;
	int			 shell_ok = 1;

	if (check_nologin && access(NOLOGIN_PATH, F_OK) == 0)
		return backend_err(err, BACKEND_INTERNAL,
		    "no logins while %s exists", NOLOGIN_PATH);
	pw = sysaccount_lookup(user, &code, err);
	if (code != BACKEND_OK && code != BACKEND_DENIED)
		return code;
	if (pw != NULL && check_shell)
		shell_ok = shell_listed(pw->pw_shell);
	code = passwd_verify(user, pw, pass, err);
	if (code == BACKEND_OK && !shell_ok)
		return backend_err(err, BACKEND_DENIED,
		    "login shell not in shells(5)");
	return code;
}

int
main(int argc, char **argv)
{
	const struct backend	 backend_passwd = {
		.name = "auth_passwd",
		.needs = passwd_needs,
		.option = passwd_option,
		.open = passwd_open,
		.ready = passwd_ready,
		.get_userlist = passwd_get_userlist,
		.get_userinfo = passwd_get_userinfo,
		.check_userpassword = passwd_check_userpassword
	};

	return backend_main(&backend_passwd, argc, argv);
}
