/* SPDX-License-Identifier: ISC */
/*
 * Runs in: auth_exec, as _pop3auth.  Trusts: the configured program for its
 * verdict; the framework, which has checked the arguments.
 */

#include <sys/types.h>
#include <sys/wait.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "auth_exec_run.h"
#include "backend.h"
#include "build.h"
#include "log.h"
#include "nitems.h"
#include "userinfo.h"

#define EXEC_ARGS_MAX	32

/* The configuration; constant once requests are served. */
static char	*args[EXEC_ARGS_MAX + 2];	/* with subprogram, NULL */
static char	*subprogram;			/* auth_exec_info */
static size_t	 nargs;
static uint64_t	 timeout = 8;			/* seconds */
static int	 qmail_ldap;			/* use its exit codes */

/* Of the current request. */
static struct exec_result	 result;

static enum backend_code
option_program(const char *value, char *err)
{
	char	*copy, *word;

	if (value[0] != '/')
		return backend_err(err, BACKEND_PARAM, "not an absolute path");
	if ((copy = strdup(value)) == NULL)
		fatal("strdup");
	nargs = 0;
	while ((word = strsep(&copy, " \t")) != NULL) {
		if (word[0] == '\0')
			continue;
		if (nargs == EXEC_ARGS_MAX)
			return backend_err(err, BACKEND_PARAM,
			    "more than %d words", EXEC_ARGS_MAX);
		args[nargs++] = word;
	}
	args[nargs] = NULL;
	return BACKEND_OK;
}

static enum backend_code
exec_option(const char *key, const char *value, char *err)
{
	enum backend_code	 code;

	if (strcmp(key, "program") == 0 || strcmp(key, "path") == 0)
		return option_program(value, err);
	if (strcmp(key, "timeout") == 0)
		return backend_timeout(value, &timeout, err);
	if (strcmp(key, "exit-codes") == 0) {
		qmail_ldap = strcmp(value, "qmail-ldap") == 0;
		if (!qmail_ldap && strcmp(value, "checkpassword") != 0)
			return backend_err(err, BACKEND_PARAM,
			    "neither checkpassword nor qmail-ldap");
		return BACKEND_OK;
	}
	if ((code = userinfo_option(key, value, err)) != BACKEND_UNSUPPORTED)
		return code;
	return backend_err(err, BACKEND_PARAM, "auth_exec has no such option");
}

static enum backend_code
exec_open(char *err)
{
	int	 i;

	if (nargs == 0)
		return backend_err(err, BACKEND_PARAM, "no program is "
		    "configured: auth exec { program \"/PATH ARGUMENT\" }");
	args[nargs] = subprogram;
	for (i = 0; i < 2; i++) {
		if (access(args[i == 0 ? 0 : nargs], X_OK) == -1)
			log_warn("%s", args[i == 0 ? 0 : nargs]);
	}
	/* Its own directory, if authd leaves that writable. */
	backend_reads(args[0]);
	exec_init();
	return BACKEND_OK;
}

static enum backend_code
exec_ready(char *err)
{
	int	 i;

	for (i = 0; i < 2; i++) {
		if (access(args[i == 0 ? 0 : nargs], X_OK) == -1)
			return backend_err(err, BACKEND_INTERNAL, "%s: %s; "
			    "_pop3auth must be able to run it",
			    args[i == 0 ? 0 : nargs], strerror(errno));
	}
	return BACKEND_OK;
}

/* As qmail-popup(8): "login NUL password NUL timestamp NUL". */
static size_t
make_input(char *buf, size_t size, const char *user, const char *pass)
{
	int	 n;

	n = snprintf(buf, size, "%s%c%s%c<%d.%lld@pop3d>%c", user, '\0', pass,
	    '\0', getpid(), (long long)time(NULL), '\0');
	return n < 0 || (size_t)n >= size ? 0 : (size_t)n;
}

/* The codes of qmail-popup.c and of checkpassword(8). */
static enum backend_code
exit_code(int status, char *err)
{
	static const struct {
		int		 status;
		const char	*text;
	} temporary[] = {
		{ 1, "its configuration is wrong" },
		{ 2, "it cannot contact its server, or was misused" },
		{ 5, "the host of the mailbox cannot be reached" },
		{ 6, "the mailbox is corrupted" },
		{ 7, "the subprogram cannot be started" },
		{ 25, "the user's record is incorrect" },
		{ 61, "the mailbox could not be created" },
		{ 62, "the mailbox is missing" },
		{ 111, "temporary problem" }
	};
	size_t	 i;

	if (WIFSIGNALED(status))
		return backend_err(err, BACKEND_INTERNAL,
		    "%s: killed by signal %d", args[0], WTERMSIG(status));
	status = WEXITSTATUS(status);
	if (status == 0)
		return BACKEND_OK;
	if (status == 4)
		return backend_err(err, BACKEND_DENIED, "account disabled");
	if (status == 3 || (status == 1 && !qmail_ldap))
		return backend_err(err, BACKEND_DENIED, "password incorrect");
	for (i = 0; i < NITEMS(temporary); i++) {
		if (temporary[i].status == status)
			return backend_err(err, BACKEND_INTERNAL,
			    "%s: exit status %d: %s", args[0], status,
			    temporary[i].text);
	}
	return backend_err(err, BACKEND_INTERNAL, "%s: exit status %d",
	    args[0], status);
}

static enum backend_code
exec_check_userpassword(const char *user, const char *pass, char *err)
{
	char			 input[EXEC_INPUT_MAX + 1];
	size_t			 len;
	enum backend_code	 code;
	int			 rv, error;

	/* One byte more for the NUL of snprintf(3). */
	len = make_input(input, sizeof(input), user, pass);
	if (len == 0) {
		explicit_bzero(input, sizeof(input));
		return backend_err(err, BACKEND_DENIED, "name and password are "
		    "longer than the %d octets of a checkpassword program",
		    EXEC_INPUT_MAX);
	}
	rv = exec_run(args, input, len, (int)timeout * 1000, &result);
	error = errno;
	explicit_bzero(input, sizeof(input));
	if (rv == -1)
		return backend_err(err, BACKEND_INTERNAL, "%s: %s", args[0],
		    strerror(error));
	if (rv == 1)
		return backend_err(err, BACKEND_INTERNAL, "%s: killed after "
		    "%llu s", args[0], (unsigned long long)timeout);
	if ((code = exit_code(result.status, err)) != BACKEND_OK)
		return code;
	/* Any program that does nothing exits with 0, too. */
	if (strncmp(result.reply, "ids=", 4) != 0)
		return backend_err(err, BACKEND_INTERNAL, "%s: exit status 0, "
		    "but it did not run %s", args[0], subprogram);
	/* A truncated value may be the one that matters. */
	if (result.len == EXEC_REPLY_MAX)
		return backend_err(err, BACKEND_INTERNAL, "%s: what it passed "
		    "on is longer than %d octets", args[0], EXEC_REPLY_MAX - 1);
	return BACKEND_OK;
}

/* The value that auth_exec_info gave for a name, or NULL. */
static const char *
reply_get(const char *name)
{
	const char	*p, *end = result.reply + result.len;
	size_t		 len = strlen(name);

	for (p = result.reply; p < end; p += strlen(p) + 1) {
		if (strncmp(p, name, len) == 0 && p[len] == '=')
			return p + len + 1;
	}
	return NULL;
}

/* 0 if the id is valid or missing, else -1. */
static int
reply_id(const char *name, uint32_t *id)
{
	const char	*value = reply_get(name);

	return value == NULL ? 0 : userinfo_id(value, strlen(value), id);
}

/* MAILDIRQUOTA: "1000S,100C", octets and messages in any order. */
static void
reply_quota(struct userinfo *info)
{
	const char	*value = reply_get("MAILDIRQUOTA");
	uint64_t	 n;
	size_t		 len;

	while (value != NULL && *value != '\0') {
		len = strcspn(value, ",");
		if (len > 0 && backend_number(value, len - 1, 1, INT64_MAX,
		    &n) == 0) {
			if (value[len - 1] == 'S')
				info->quota_octets = (int64_t)n;
			else if (value[len - 1] == 'C')
				info->quota_messages = (int64_t)n;
		}
		value += len + (value[len] == ',');
	}
}

/* A program that can change its uid did so before it ran auth_exec_info. */
static void
reply_changed(struct userinfo *info)
{
	const char	*value = reply_get("ids");
	unsigned int	 uid, gid;

	if (value != NULL && sscanf(value, "%u %u", &uid, &gid) == 2 &&
	    uid != getuid()) {
		info->uid = uid;
		info->gid = gid;
	}
}

static enum backend_code
exec_login(const char *user, const char *pass, struct userinfo *info,
    char *err)
{
	enum backend_code	 code;
	const char		*home, *maildir;

	if ((code = exec_check_userpassword(user, pass, err)) != BACKEND_OK)
		return code;
	reply_changed(info);
	if (reply_id("userdb_uid", &info->uid) == -1 ||
	    reply_id("userdb_gid", &info->gid) == -1)
		return backend_err(err, BACKEND_RECORD, "%s: userdb_uid or "
		    "userdb_gid of user %s is not a number of 1 or more",
		    args[0], user);
	reply_quota(info);
	if ((home = reply_get("HOME")) != NULL && (home[0] != '/' ||
	    strlcpy(info->home, home, sizeof(info->home)) >=
	    sizeof(info->home)))
		return backend_err(err, BACKEND_RECORD, "%s: HOME of user %s "
		    "is not an absolute path, or too long", args[0], user);
	if ((maildir = reply_get("MAILDIR")) != NULL && maildir[0] == '/' &&
	    strlcpy(info->mailbox, maildir, sizeof(info->mailbox)) >=
	    sizeof(info->mailbox))
		return backend_err(err, BACKEND_RECORD, "%s: MAILDIR of user "
		    "%s is too long", args[0], user);
	return userinfo_default(user, info, "what the program says", err);
}

/* Without a password there is only the configuration, for every name. */
static enum backend_code
exec_get_userinfo(const char *user, struct userinfo *info, char *err)
{
	return userinfo_default(user, info, "what can be known without the "
	    "password", err);
}

static const struct backend	 backend_exec = {
	.name = "auth_exec",
	.needs = BACKEND_NEEDS_FILES | BACKEND_NEEDS_FORK | BACKEND_NEEDS_NET |
	    BACKEND_NEEDS_FOREIGN,
	.option = exec_option,
	.open = exec_open,
	.ready = exec_ready,
	.get_userinfo = exec_get_userinfo,
	.check_userpassword = exec_check_userpassword,
	.login = exec_login
};

/* authd starts programs by their path; auth_exec_info is next to this one. */
static void
find_subprogram(const char *self)
{
	const char	*slash = strrchr(self, '/');
	int		 n;

	if (slash == NULL)
		n = asprintf(&subprogram, "%s/auth_exec_info", LIBEXECDIR);
	else
		n = asprintf(&subprogram, "%.*s/auth_exec_info",
		    (int)(slash - self), self);
	if (n == -1)
		fatal("asprintf");
}

int
main(int argc, char **argv)
{
	find_subprogram(argv[0]);
	return backend_main(&backend_exec, argc, argv);
}
