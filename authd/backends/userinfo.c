/* SPDX-License-Identifier: ISC */
/* Runs in: backends.  Trusts: the configuration; no store for its form. */

#include <sys/types.h>

#include <stdlib.h>
#include <string.h>

#include "backend.h"
#include "expand.h"
#include "log.h"
#include "password.h"
#include "password_cost.h"
#include "userinfo.h"

/* The configuration; constant once requests are served. */
static char	*default_home;		/* template, or NULL */
static uint32_t	 default_uid;		/* 0: none */
static uint32_t	 default_gid;		/* 0: none */

int
userinfo_id(const char *s, size_t len, uint32_t *id)
{
	uint64_t	 n;

	if (backend_number(s, len, 1, UINT32_MAX - 1, &n) == -1)
		return -1;
	*id = (uint32_t)n;
	return 0;
}

int
userinfo_size(const char *s, size_t len, int64_t *size)
{
	static const char	 units[] = "KMGT";
	const char		*unit;
	uint64_t		 n, max = INT64_MAX;
	int			 shift = 0;

	if (len > 0 && (unit = strchr(units, s[len - 1])) != NULL &&
	    *unit != '\0') {
		shift = 10 * (int)(unit - units + 1);
		len--;
	}
	if (backend_number(s, len, 0, max >> shift, &n) == -1)
		return -1;
	*size = (int64_t)(n << shift);
	return 0;
}

int
userinfo_status(const char *s, size_t len, uint32_t *status)
{
	static const char *const	 words[USER_STATUS_MAX] = {
		[USER_ACTIVE] =		"active",
		[USER_NOACCESS] =	"noaccess",
		[USER_NOPOP] =		"nopop",
		[USER_DISABLED] =	"disabled",
		[USER_DELETED] =	"deleted"
	};
	uint32_t			 i;

	for (i = 0; i < USER_STATUS_MAX; i++) {
		if (strlen(words[i]) == len && memcmp(words[i], s, len) == 0) {
			*status = i;
			return 0;
		}
	}
	return -1;
}

int
userinfo_groups(const char *s, size_t len, uint32_t groups[GROUPS_MAX],
    uint32_t *ngroups)
{
	const char	*end, *stop = s + len;

	for (;; s = end + 1) {
		if ((end = memchr(s, '+', (size_t)(stop - s))) == NULL)
			end = stop;
		if (*ngroups == GROUPS_MAX ||
		    userinfo_id(s, (size_t)(end - s), &groups[*ngroups]) == -1)
			return -1;
		++*ngroups;
		if (end == stop)
			return 0;
	}
}

enum backend_code
userinfo_path(const char *value, char **to, char *err)
{
	if (value[0] != '/')
		return backend_err(err, BACKEND_PARAM, "not an absolute path");
	free(*to);
	if ((*to = strdup(value)) == NULL)
		fatal("strdup");
	return BACKEND_OK;
}

enum backend_code
userinfo_scheme(const char *value, char *err)
{
	if (password_scheme(value) == -1)
		return backend_err(err, BACKEND_PARAM, "this system cannot "
		    "make such passwords; see pop3d-auth(5)");
	return BACKEND_OK;
}

enum backend_code
userinfo_hash_limit(const char *value, char *err)
{
	uint64_t	 n;

	if (backend_number(value, strlen(value), 1, 1000, &n) == -1)
		return backend_err(err, BACKEND_PARAM,
		    "not a number from 1 to 1000");
	password_limit(n);
	return BACKEND_OK;
}

enum backend_code
userinfo_option(const char *key, const char *value, char *err)
{
	uint32_t	*id;

	if (strcmp(key, "home") == 0)
		return userinfo_path(value, &default_home, err);
	if (strcmp(key, "uid") == 0)
		id = &default_uid;
	else if (strcmp(key, "gid") == 0)
		id = &default_gid;
	else
		return BACKEND_UNSUPPORTED;
	if (userinfo_id(value, strlen(value), id) == -1)
		return backend_err(err, BACKEND_PARAM,
		    "not a number of 1 or more");
	return BACKEND_OK;
}

enum backend_code
userinfo_default(const char *user, struct userinfo *info, const char *where,
    char *err)
{
	const char	*why;

	if (info->uid == 0)
		info->uid = default_uid;
	if (info->gid == 0)
		info->gid = default_gid;
	if (info->uid == 0 || info->gid == 0)
		return backend_err(err, BACKEND_RECORD, "no %s for user %s: "
		    "neither in %s nor as an option of the backend",
		    info->uid == 0 ? "uid" : "gid", user, where);
	if (info->home[0] == '\0' && default_home != NULL &&
	    expand_path(info->home, sizeof(info->home), default_home, user, "",
	    &why) == -1)
		return backend_err(err, BACKEND_RECORD, "home of user %s: %s",
		    user, why);
	return BACKEND_OK;
}
