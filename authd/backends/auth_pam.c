/* SPDX-License-Identifier: ISC */
/*
 * Runs in: auth_pam, as _pop3auth with the group that may check system
 * passwords.  Trusts: the PAM modules that its service names, whose code runs
 * here; the system's account databases.
 */

#include <sys/types.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <security/pam_appl.h>

#include "backend.h"
#include "clock.h"
#include "log.h"
#include "password.h"
#include "signals.h"
#include "sysaccount.h"

/* The configuration; constant once requests are served. */
static uint64_t	 uid_min = 1000;	/* lowest uid listed */
static char	*service;		/* NULL: pop3d */

/*
 * Modules take longer for a wrong password than for an unknown or locked
 * account, each in its own way.  So no refusal is sent before full_ms and a bit
 * have passed.  full_ms is the time of the slowest check; later checks lower it
 * slowly.  A fast refusal never lowers it: it may be one that must not be
 * distinguishable.
 */
#define FULL_FIRST	2	/* times one hash, until more is known */
#define FULL_MAX_MS	2000	/* well below the default deadline, 10 s */
#define FULL_FORGET	16	/* checks to get near a lower time */
static int64_t	 full_ms;

/* The answer for the modules, and whether they asked for more. */
struct secret {
	const char	*pass;
	int		 asked_more;	/* than a password */
};

static const char *
pam_service(void)
{
	return service != NULL ? service : "pop3d";
}

static enum backend_code
pam_option(const char *key, const char *value, char *err)
{
	if (strcmp(key, "service") == 0) {
		/* PAM opens a file of that name in /etc/pam.d. */
		if (value[0] == '\0' || value[0] == '.' ||
		    strchr(value, '/') != NULL)
			return backend_err(err, BACKEND_PARAM,
			    "not the name of a PAM service");
		free(service);
		if ((service = strdup(value)) == NULL)
			fatal("strdup");
		return BACKEND_OK;
	}
	if (strcmp(key, "uid-min") != 0)
		return backend_err(err, BACKEND_PARAM,
		    "auth_pam has no such option");
	if (backend_number(value, strlen(value), 1, UINT32_MAX, &uid_min) == -1)
		return backend_err(err, BACKEND_PARAM,
		    "not a number of 1 or more");
	return BACKEND_OK;
}

static void
replies_free(struct pam_response *replies, int n)
{
	int	 i;

	for (i = 0; i < n; i++) {
		if (replies[i].resp != NULL)
			freezero(replies[i].resp, strlen(replies[i].resp));
	}
	free(replies);
}

/* Answer prompts for a password, ignore texts, refuse the rest. */
static int
converse(int n, const struct pam_message **messages,
    struct pam_response **replies, void *arg)
{
	struct secret		*secret = arg;
	struct pam_response	*r;
	int			 i;

	if (n < 1 || n > PAM_MAX_NUM_MSG ||
	    (r = calloc((size_t)n, sizeof(*r))) == NULL)
		return PAM_BUF_ERR;
	for (i = 0; i < n; i++) {
		switch (messages[i]->msg_style) {
		case PAM_TEXT_INFO:
		case PAM_ERROR_MSG:
			continue;
		case PAM_PROMPT_ECHO_OFF:
			if ((r[i].resp = strdup(secret->pass)) != NULL)
				continue;
			break;
		default:
			secret->asked_more = 1;
			break;
		}
		replies_free(r, n);
		return PAM_CONV_ERR;
	}
	*replies = r;
	return PAM_SUCCESS;
}

/*
 * Modules want a pause after a wrong password.  It would block this worker and
 * so the next user; clients that guess are slowed down elsewhere.
 */
static void
no_delay(int status, unsigned int usec, void *arg)
{
}

static enum backend_code
pam_code(pam_handle_t *pam, int status, const struct secret *secret, char *err)
{
	switch (status) {
	case PAM_SUCCESS:
		return BACKEND_OK;
	case PAM_AUTH_ERR:
	case PAM_USER_UNKNOWN:
	case PAM_MAXTRIES:
		return backend_err(err, BACKEND_DENIED, "password incorrect");
	case PAM_PERM_DENIED:
	case PAM_ACCT_EXPIRED:
	case PAM_NEW_AUTHTOK_REQD:
	case PAM_CRED_EXPIRED:
	case PAM_AUTHTOK_EXPIRED:
		return backend_err(err, BACKEND_DENIED, "PAM: %s",
		    pam_strerror(pam, status));
	default:
		return backend_err(err, BACKEND_INTERNAL, "PAM: %s%s",
		    pam_strerror(pam, status), secret->asked_more ?
		    "; a module asks for more than a password" : "");
	}
}

/* The answer must be about the user that we asked for. */
static enum backend_code
pam_same_user(pam_handle_t *pam, const char *user, char *err)
{
	const void	*name = NULL;

	if (pam_get_item(pam, PAM_USER, &name) != PAM_SUCCESS ||
	    name == NULL || strcmp(name, user) != 0)
		return backend_err(err, BACKEND_INTERNAL,
		    "PAM: a module changed the name of user %s", user);
	return BACKEND_OK;
}

/* Note that a check by the modules took ms milliseconds. */
static void
full_note(int64_t ms, int right)
{
	if (ms > FULL_MAX_MS)
		ms = FULL_MAX_MS;
	if (ms > full_ms)
		full_ms = ms;
	else if (right || ms > full_ms / 2)
		full_ms -= (full_ms - ms) / FULL_FORGET;
}

/* Delay a refusal of a request that began at begin. */
static void
full_wait(int64_t begin)
{
	struct timespec	 ts;
	int64_t		 left = begin + full_ms + full_ms / 4 - clock_msec();

	if (left <= 0)
		return;
	ts.tv_sec = left / 1000;
	ts.tv_nsec = left % 1000 * 1000000;
	while (nanosleep(&ts, &ts) == -1 && errno == EINTR)
		continue;
}

static enum backend_code
pam_verdict(const char *user, const char *pass, char *err)
{
	struct secret		 secret = { pass, 0 };
	struct pam_conv		 conv = { converse, &secret };
	union {
		void		(*fn)(int, unsigned int, void *);
		const void	*item;
	} delay = { no_delay };
	pam_handle_t		*pam = NULL;
	enum backend_code	 code;
	int64_t			 begin;
	int			 status;

	status = pam_start(pam_service(), user, &conv, &pam);
	if (status != PAM_SUCCESS)
		return backend_err(err, BACKEND_INTERNAL, "PAM: %s",
		    pam_strerror(NULL, status));
	(void)pam_set_item(pam, PAM_FAIL_DELAY, delay.item);
	(void)pam_set_item(pam, PAM_TTY, "pop3d");
	begin = clock_msec();
	status = pam_authenticate(pam, PAM_SILENT | PAM_DISALLOW_NULL_AUTHTOK);
	full_note(clock_msec() - begin, status == PAM_SUCCESS);
	/* Only a client with the password may learn that it is closed. */
	if (status == PAM_SUCCESS)
		status = pam_acct_mgmt(pam,
		    PAM_SILENT | PAM_DISALLOW_NULL_AUTHTOK);
	if ((code = pam_code(pam, status, &secret, err)) == BACKEND_OK)
		code = pam_same_user(pam, user, err);
	(void)pam_end(pam, status);
	return code;
}

/*
 * Never ask the modules about accounts with uid or gid 0: they would leak
 * whether the password is right, and lock root's account.
 */
static enum backend_code
pam_check_userpassword(const char *user, const char *pass, char *err)
{
	const struct passwd	*pw;
	enum backend_code	 code;
	int64_t			 begin = clock_msec();

	pw = sysaccount_lookup(user, &code, err);
	if (code == BACKEND_DENIED)
		code = backend_err(err, code, "password incorrect");
	else if (pw != NULL)
		code = pam_verdict(user, pass, err);
	if (code != BACKEND_OK)
		full_wait(begin);
	return code;
}

static enum backend_code
pam_open(char *err)
{
	int64_t	 begin;

	(void)password_dummy();
	begin = clock_msec();
	(void)password_verify(password_dummy(), "");
	full_note((clock_msec() - begin + 1) * FULL_FIRST, 0);
	/* Programs that modules execute must find default signals. */
	signals_catch();
	return BACKEND_OK;
}

/* Without the service PAM uses "other", which refuses everybody. */
static enum backend_code
pam_ready(char *err)
{
	static const char *const	 dirs[] = {
		"/etc/pam.d", "/usr/lib/pam.d", "/usr/local/etc/pam.d"
	};
	char				 path[PATH_LEN_MAX + 1];
	size_t				 i;

	for (i = 0; i < NITEMS(dirs); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", dirs[i],
		    pam_service());
		if (access(path, R_OK) == 0)
			return BACKEND_OK;
		if (errno == EACCES)
			return backend_err(err, BACKEND_INTERNAL, "%s: %s; "
			    "chmod a+r %s", path, strerror(errno), path);
	}
	/* Systems without pam.d have all services in one file. */
	if (access(dirs[0], F_OK) == -1 && access("/etc/pam.conf", R_OK) == 0)
		return BACKEND_OK;
	return backend_err(err, BACKEND_INTERNAL, "no PAM service %s: %s/%s is "
	    "missing; copy etc/pam.d/pop3d there, see pop3d-auth(5)",
	    pam_service(), dirs[0], pam_service());
}

static enum backend_code
pam_get_userlist(char *err)
{
	return sysaccount_list(uid_min, err);
}

static const struct backend	 backend_pam = {
	.name = "auth_pam",
	.needs = BACKEND_NEEDS_FILES | BACKEND_NEEDS_FORK | BACKEND_NEEDS_NET |
	    BACKEND_NEEDS_FOREIGN,
	.option = pam_option,
	.open = pam_open,
	.ready = pam_ready,
	.get_userlist = pam_get_userlist,
	.get_userinfo = sysaccount_info,
	.check_userpassword = pam_check_userpassword
};

int
main(int argc, char **argv)
{
	return backend_main(&backend_pam, argc, argv);
}
