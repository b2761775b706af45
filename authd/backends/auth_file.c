/* SPDX-License-Identifier: ISC */
/*
 * Runs in: auth_file, as _pop3auth.  Trusts: the owner of the file of users;
 * the framework, which has checked the arguments.
 */

#include <sys/types.h>
#include <sys/stat.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "auth_file_password.h"
#include "auth_file_table.h"
#include "backend.h"
#include "clock.h"
#include "log.h"
#include "password.h"
#include "pwcache.h"
#include "userinfo.h"

static enum backend_code	 file_option(const char *, const char *,
				    char *);
static enum backend_code	 file_open(char *);
static enum backend_code	 file_get_userlist(char *);
static enum backend_code	 file_get_userinfo(const char *,
				    struct userinfo *, char *);
static enum backend_code	 file_check_userpassword(const char *,
				    const char *, char *);
static enum backend_code	 file_change_userpassword(const char *,
				    const char *, const char *, char *);
static enum backend_code	 file_ready(char *);
static void			 file_shared(int);

static const struct backend	 backend_file = {
	.name = "auth_file",
	.needs = BACKEND_NEEDS_FILES,
	.option = file_option,
	.open = file_open,
	.ready = file_ready,
	.get_userlist = file_get_userlist,
	.get_userinfo = file_get_userinfo,
	.check_userpassword = file_check_userpassword,
	.change_userpassword = file_change_userpassword,
	.shared = file_shared
};

/* Seconds for which users are served after their file became unusable. */
#define KEEP		300
#define KEEP_MAX	86400

/* Seconds between log messages about it. */
#define REMIND		60

/* The configuration; constant once requests are served. */
static char	*path;
static uint64_t	 keep = KEEP;
static int	 started;	/* confined, or about to be */

/* The only state kept between requests. */
static struct {
	struct users	*users;		/* NULL: never read */
	struct users_stamp stamp;	/* of the file at the last look; all
					 * zero: there was none */
	int		 settled;	/* it cannot change unnoticed */
	time_t		 tried;		/* seconds, of CLOCK_MONOTONIC */
	time_t		 unusable;	/* since when; 0: usable */
	int		 moved;		/* out of this worker's sandbox */
	time_t		 reminded;	/* last log message about it */
	char		 reason[BACKEND_ERR_LEN];	/* why users is NULL */
} table;

static void
stamp_get(struct users_stamp *s)
{
	struct stat	 st;

	memset(s, 0, sizeof(*s));
	if (stat(path, &st) == 0)
		users_stamp(&st, s);
}

/*
 * The file cannot be used.  A slip of its editor must not lock everybody out,
 * but changed passwords and removed users must not be served for ever.
 */
static void
table_keep(int quiet)
{
	time_t	 left;

	if (table.unusable == 0)
		table.unusable = table.tried;
	left = table.unusable + (time_t)keep - table.tried;
	if (table.users != NULL && left <= 0) {
		users_free(table.users);
		table.users = NULL;
		quiet = 0;
	}
	if (quiet && table.tried < table.reminded + REMIND)
		return;
	table.reminded = table.tried;
	if (table.users != NULL)
		log_warnx("%s; the %zu users read before stay for %lld s more",
		    table.reason, table.users->count, (long long)left);
	else
		log_warnx("nobody can log in: %s", table.reason);
}

/*
 * Read the file again and share the result with the other workers.  A file that
 * is not settled, or cannot be used, is read once more after a second.
 */
static void
table_load(int quiet)
{
	struct stat	 st;
	struct users	*users = NULL;
	int		 fd;

	if ((fd = users_open(path, &st, table.reason)) != -1) {
		users = users_read(fd, &st, path, quiet, table.reason);
		(void)close(fd);
	}
	table.tried = clock_seconds();
	table.settled = users != NULL && users->settled;
	if (users != NULL) {
		users_free(table.users);
		table.users = users;
		table.unusable = 0;
		backend_share(users->snap.fd);
	}
	table.moved = users == NULL && started && table.stamp.ino != 0 &&
	    backend_moved();
	if (users == NULL && !table.moved)
		table_keep(quiet);
}

/*
 * Take the table that another worker has read.  If it is of the current file,
 * this worker need not read the file.  If it is not, it may still be the last
 * good one before the file broke.
 */
static void
file_shared(int fd)
{
	struct users_stamp	 stamp;
	struct users		*users;

	if ((users = users_take(fd)) == NULL) {
		log_warnx("another worker shared something that is not a "
		    "table of users");
		return;
	}
	stamp_get(&stamp);
	if (memcmp(&stamp, &users->stamp, sizeof(stamp)) == 0) {
		table.stamp = stamp;
		table.settled = users->settled;
		table.tried = clock_seconds();
		table.unusable = 0;
		table.moved = 0;
	} else if (table.users != NULL) {
		users_free(users);
		return;
	}
	users_free(table.users);
	table.users = users;
}

/* Update the table if the file changed.  Usually costs one stat(2). */
static enum backend_code
table_refresh(char *err)
{
	struct users_stamp	 stamp;
	int			 same;

	stamp_get(&stamp);
	same = table.tried != 0 &&
	    memcmp(&stamp, &table.stamp, sizeof(stamp)) == 0;
	if (!same || (!table.settled && clock_seconds() > table.tried + 1)) {
		table.stamp = stamp;
		table_load(same);
	}
	if (table.users == NULL || table.moved)
		return backend_err(err, BACKEND_INTERNAL, "%s", table.reason);
	return BACKEND_OK;
}

static enum backend_code
file_option(const char *key, const char *value, char *err)
{
	enum backend_code	 code;

	if (strcmp(key, "path") == 0)
		return userinfo_path(value, &path, err);
	if (strcmp(key, "keep") == 0)
		return backend_number(value, strlen(value), 0, KEEP_MAX,
		    &keep) == 0 ? BACKEND_OK : backend_err(err, BACKEND_PARAM,
		    "not a number of seconds up to %d", KEEP_MAX);
	/* Sent by authd itself; see BACKEND_GIVE_NAMES. */
	if (strcmp(key, "names") == 0)
		return user_line_names(value) == 0 ? BACKEND_OK :
		    backend_err(err, BACKEND_PARAM, "not a kind of names");
	if (strcmp(key, "scheme") == 0)
		return userinfo_scheme(value, err);
	if (strcmp(key, "hash-limit") == 0)
		return userinfo_hash_limit(value, err);
	if ((code = userinfo_option(key, value, err)) != BACKEND_UNSUPPORTED)
		return code;
	return backend_err(err, BACKEND_PARAM, "auth_file has no such option");
}

static enum backend_code
file_open(char *err)
{
	if (path == NULL)
		return backend_err(err, BACKEND_PARAM,
		    "no file of users is configured: auth file \"PATH\"");
	(void)password_dummy();
	(void)users_group();
	pwcache_stored();
	/* Requests report a file that cannot be read. */
	(void)table_refresh(err);
	backend_reads(path);
	started = 1;
	return BACKEND_OK;
}

static void
list_line(const struct user_line *ul)
{
	char	 name[USER_LEN_MAX + 1];

	text_copy(name, sizeof(name), ul->name);
	backend_list(name);
}

static enum backend_code
file_get_userlist(char *err)
{
	enum backend_code	 code;

	if ((code = table_refresh(err)) == BACKEND_OK)
		users_each(table.users, list_line);
	return code;
}

static enum backend_code
file_get_userinfo(const char *user, struct userinfo *info, char *err)
{
	struct user_line	 ul;
	enum backend_code	 code;

	if ((code = table_refresh(err)) != BACKEND_OK)
		return code;
	if (!users_find(table.users, user, &ul))
		return backend_err(err, BACKEND_DENIED, "no such user");
	info->uid = ul.uid;
	info->gid = ul.gid;
	info->ngroups = ul.ngroups;
	memcpy(info->groups, ul.groups, sizeof(info->groups));
	info->status = ul.status;
	info->quota_octets = ul.quota_octets;
	info->quota_messages = ul.quota_messages;
	text_copy(info->realname, sizeof(info->realname), ul.gecos);
	text_copy(info->mailbox, sizeof(info->mailbox), ul.mailbox);
	text_copy(info->host, sizeof(info->host), ul.host);
	text_copy(info->home, sizeof(info->home), ul.home);
	return userinfo_default(user, info, path, err);
}

static enum backend_code
file_check_userpassword(const char *user, const char *pass, char *err)
{
	enum backend_code	 code;

	if ((code = table_refresh(err)) != BACKEND_OK)
		return code;
	return users_check(table.users, user, pass, err);
}

/* The number of users that could log in. */
static size_t	 useful;

static void
useful_line(const struct user_line *ul)
{
	struct userinfo	 info = { .uid = ul->uid, .gid = ul->gid,
			    .home = "/" };
	char		 name[USER_LEN_MAX + 1], err[BACKEND_ERR_LEN];

	text_copy(name, sizeof(name), ul->name);
	if (password_works(ul->kind) && ul->status == USER_ACTIVE &&
	    userinfo_default(name, &info, path, err) == BACKEND_OK)
		useful++;
}

static enum backend_code
file_ready(char *err)
{
	enum backend_code	 code;

	if ((code = table_refresh(err)) != BACKEND_OK)
		return code;
	useful = 0;
	users_each(table.users, useful_line);
	if (useful == 0)
		return backend_err(err, BACKEND_INTERNAL, "%s: none of its %zu "
		    "users can log in: each is locked, or has no uid and gid "
		    "while there are no such options", path,
		    table.users->count);
	return BACKEND_OK;
}

static enum backend_code
file_change_userpassword(const char *user, const char *oldpass,
    const char *newpass, char *err)
{
	return users_change(path, user, oldpass, newpass, err);
}

int
main(int argc, char **argv)
{
	return backend_main(&backend_file, argc, argv);
}
