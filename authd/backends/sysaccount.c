/* SPDX-License-Identifier: ISC */
/*
 * Runs in: auth_passwd, auth_pam.  Trusts: the system's account databases; the
 * framework, which has checked the names.
 */

#include <sys/types.h>

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <string.h>
#include <unistd.h>

#include "backend.h"
#include "sysaccount.h"

int
sysaccount_lookup_failed(int error)
{
	return error == EACCES || error == EIO || error == EMFILE ||
	    error == ENFILE || error == ENOMEM || error == ERANGE;
}

enum backend_code
sysaccount_list(uint64_t uid_min, char *err)
{
	const struct passwd	*pw;
	enum backend_code	 code = BACKEND_OK;

	setpwent();
	for (;;) {
		errno = 0;
		if ((pw = getpwent()) == NULL)
			break;
		if (pw->pw_uid >= uid_min && pw->pw_uid != (uid_t)-1)
			backend_list(pw->pw_name);
	}
	if (sysaccount_lookup_failed(errno))
		code = backend_err(err, BACKEND_INTERNAL,
		    "the passwd database: %s", strerror(errno));
	endpwent();
	return code;
}

const struct passwd *
sysaccount_lookup(const char *user, enum backend_code *code, char *err)
{
	const struct passwd	*pw;

	if (strchr(user, ':') != NULL) {
		*code = backend_err(err, BACKEND_PARAM, "colon in user name");
		return NULL;
	}
	errno = 0;
	pw = getpwnam(user);
	if (pw == NULL && sysaccount_lookup_failed(errno)) {
		*code = backend_err(err, BACKEND_INTERNAL,
		    "the passwd database: %s", strerror(errno));
		return NULL;
	}
	if (pw == NULL || pw->pw_uid == 0 || pw->pw_gid == 0) {
		*code = backend_err(err, BACKEND_DENIED, "no such user");
		return NULL;
	}
	*code = BACKEND_OK;
	return pw;
}

/* The supplementary groups of the user. */
static int
sysaccount_groups(const struct passwd *pw, struct userinfo *info)
{
	gid_t	 groups[GROUPS_MAX + 1];
	int	 i, n = GROUPS_MAX + 1;

	if (getgrouplist(pw->pw_name, pw->pw_gid, groups, &n) == -1)
		return -1;
	for (i = 0; i < n && info->ngroups < GROUPS_MAX; i++) {
		if (groups[i] != pw->pw_gid)
			info->groups[info->ngroups++] = groups[i];
	}
	return 0;
}

enum backend_code
sysaccount_info(const char *user, struct userinfo *info, char *err)
{
	const struct passwd	*pw;
	enum backend_code	 code;

	if ((pw = sysaccount_lookup(user, &code, err)) == NULL)
		return code;
	info->uid = pw->pw_uid;
	info->gid = pw->pw_gid;
	if (strlcpy(info->home, pw->pw_dir, sizeof(info->home)) >=
	    sizeof(info->home))
		return backend_err(err, BACKEND_RECORD,
		    "home of user %s: path too long", user);
	(void)strlcpy(info->realname, pw->pw_gecos, sizeof(info->realname));
	info->realname[strcspn(info->realname, ",")] = '\0';
	if (sysaccount_groups(pw, info) == -1)
		return backend_err(err, BACKEND_RECORD,
		    "user %s is in more than %d groups", user, GROUPS_MAX);
	return BACKEND_OK;
}
