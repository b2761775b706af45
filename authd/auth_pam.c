/* SPDX-License-Identifier: ISC */
/*
 * Runs in: auth_pam, as _pop3auth with the group that may check system
 * passwords.  Trusts: the PAM modules that its service names, whose code runs
 * here; the system's account databases.
 */

#include <sys/types.h>

#include <stdlib.h>
#include <string.h>

#include <security/pam_appl.h>

#include "account.h"
#include "backend.h"
#include "log.h"
#include "password.h"
#include "signals.h"

/* What the configuration says; constant once the program serves. */
static uint64_t	 uid_min = 1000;	/* of those who are listed */
static char	*service;		/* NULL: pop3d */

/* What the modules may ask for. */
struct secret {
	const char	*pass;
	int		 asked_more;	/* than a password */
};

static enum backend_code
pam_option(const char *key, const char *value, char *err)
{
	if (strcmp(key, "service") == 0) {
		/* It becomes the name of a file in /etc/pam.d. */
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

/* The prompt for a password is answered, texts are not; nothing else. */
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
 * Modules want a pause after a wrong password.  It would hold up this worker
 * and so the next user; who guesses is slowed down elsewhere.
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

/* The name is what the verdict is about. */
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

static enum backend_code
pam_check_userpassword(const char *user, const char *pass, char *err)
{
	struct secret		 secret = { pass, 0 };
	struct pam_conv		 conv = { converse, &secret };
	union {
		void		(*fn)(int, unsigned int, void *);
		const void	*item;
	} delay = { no_delay };
	pam_handle_t		*pam = NULL;
	enum backend_code	 code;
	int			 status;

	status = pam_start(service != NULL ? service : "pop3d", user, &conv,
	    &pam);
	if (status != PAM_SUCCESS)
		return backend_err(err, BACKEND_INTERNAL, "PAM: %s",
		    pam_strerror(NULL, status));
	(void)pam_set_item(pam, PAM_FAIL_DELAY, delay.item);
	(void)pam_set_item(pam, PAM_TTY, "pop3d");
	status = pam_authenticate(pam, PAM_SILENT | PAM_DISALLOW_NULL_AUTHTOK);
	/* Why an account is closed is only for who has the password. */
	if (status == PAM_SUCCESS)
		status = pam_acct_mgmt(pam,
		    PAM_SILENT | PAM_DISALLOW_NULL_AUTHTOK);
	/* Modules say this at once: hash as pam_unix does for the others. */
	else if (status == PAM_USER_UNKNOWN)
		(void)password_verify(password_dummy(), pass);
	if ((code = pam_code(pam, status, &secret, err)) == BACKEND_OK)
		code = pam_same_user(pam, user, err);
	(void)pam_end(pam, status);
	return code;
}

static enum backend_code
pam_open(char *err)
{
	(void)password_dummy();
	/* What modules execute is to find the defaults. */
	signals_catch();
	return BACKEND_OK;
}

static enum backend_code
pam_get_userlist(char *err)
{
	return account_list(uid_min, err);
}

static const struct backend	 backend_pam = {
	.name = "auth_pam",
	.needs = BACKEND_NEEDS_FILES | BACKEND_NEEDS_FORK | BACKEND_NEEDS_NET |
	    BACKEND_NEEDS_FOREIGN,
	.option = pam_option,
	.open = pam_open,
	.get_userlist = pam_get_userlist,
	.get_userinfo = account_info,
	.check_userpassword = pam_check_userpassword
};

int
main(int argc, char **argv)
{
	return backend_main(&backend_pam, argc, argv);
}
