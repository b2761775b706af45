/* SPDX-License-Identifier: ISC */
/*
 * Runs in: engine (_pop3d, chroot).  From a password to an open maildrop.
 * Trusts: authd.
 */

#include <sys/types.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine_shared.h"
#include "log.h"
#include "maildrop.h"
#include "output.h"
#include "session.h"
#include "session_login.h"
#include "transport.h"

/* Failed logins before the session is ended. */
#define LOGINS_MAX	3

static void	 session_login_on_open(void *);
static void	 session_login_on_not_open(void *, uint32_t);
static void	 session_login_on_answer(void *);
static void	 session_login_on_done(void *, const char *);
static void	 session_login_on_failed(void *, const char *);

static const struct maildrop_ops	 ops = {
	.on_open = session_login_on_open,
	.on_not_open = session_login_on_not_open,
	.on_answer = session_login_on_answer,
	.on_done = session_login_on_done,
	.on_failed = session_login_on_failed
};

/* Back to AUTHORIZATION, without a name. */
static void
session_login_failed(struct session *s, const char *text)
{
	maildrop_free(s->maildrop);
	s->maildrop = NULL;
	session_unreserve(s);
	session_forget_user(s);
	session_enter(s, SESSION_AUTH);
	output_line(&s->out, "-ERR %s", text);
	if (++s->failed >= LOGINS_MAX)
		session_close(s, "too many failed logins");
	transport_resume(&s->transport);
}

void
session_login(struct session *s, const char *password)
{
	struct auth_req	 req;
	int		 ret;

	if (!session_reserve(s)) {
		session_refused(s, AUTH_BUSY);
		return;
	}
	memset(&req, 0, sizeof(req));
	req.remote = s->remote;
	req.tls = transport_is_tls(&s->transport);
	if (strlcpy(req.user, s->user, sizeof(req.user)) >= sizeof(req.user) ||
	    strlcpy(req.pass, password, sizeof(req.pass)) >=
	    sizeof(req.pass)) {
		explicit_bzero(&req, sizeof(req));
		session_refused(s, AUTH_CRED);
		return;
	}
	ret = msg_auth_req_send(&engine.authd.imsgbuf, s->id, &req);
	explicit_bzero(&req, sizeof(req));
	if (ret == -1) {
		session_close(s, "out of memory");
		return;
	}
	evmsg_flush(&engine.authd);
	session_enter(s, SESSION_CHECK);
}

void
session_authenticated(struct session *s, const char *user, int fd)
{
	if (s->state != SESSION_CHECK) {
		log_warnx("authd answers a session that did not ask");
		(void)close(fd);
		return;
	}
	session_forget_user(s);
	if ((s->user = strdup(user)) == NULL) {
		(void)close(fd);
		session_free(s, "out of memory");
		return;
	}
	s->maildrop = maildrop_new(fd, s->user, &s->out, &ops, s);
	if (s->maildrop == NULL) {
		session_free(s, "out of memory");
		return;
	}
	session_touch(s);
	session_enter(s, SESSION_OPEN);
}

void
session_refused(struct session *s, uint32_t reason)
{
	static const char *const text[AUTH_REASON_MAX] = {
		[AUTH_CRED] = "[AUTH] wrong user name or password",
		[AUTH_DISABLED] = "[AUTH] account is closed",
		[AUTH_TEMP] = "[SYS/TEMP] cannot check the password now",
		[AUTH_PERM] = "[SYS/PERM] no mail service for this account",
		[AUTH_BUSY] = "[SYS/TEMP] too many logins now, try later",
		[AUTH_LIMIT] = "[IN-USE] too many sessions of this user, "
		    "maildrop is locked",
		[AUTH_ELSEWHERE] = "[SYS/PERM] this mailbox is kept by "
		    "another server",
	};

	session_login_failed(s, text[reason]);
}

static void
session_login_on_open(void *arg)
{
	struct session	*s = arg;

	session_keep(s);
	session_touch(s);
	output_line(&s->out, "+OK maildrop has %u messages (%llu octets)",
	    s->maildrop->messages, (unsigned long long)s->maildrop->octets);
	session_enter(s, SESSION_TRANS);
	transport_resume(&s->transport);
}

static void
session_login_on_not_open(void *arg, uint32_t status)
{
	struct session	*s = arg;

	switch (status) {
	case ST_INUSE:
		session_login_failed(s, "[IN-USE] maildrop is locked by "
		    "another session or a delivery");
		break;
	case ST_PERM:
		session_login_failed(s, "[SYS/PERM] mailbox refused, ask your "
		    "postmaster");
		break;
	default:
		session_login_failed(s, "[SYS/TEMP] mailbox cannot be opened "
		    "now");
	}
}

static void
session_login_on_answer(void *arg)
{
	struct session	*s = arg;

	transport_resume(&s->transport);
}

static void
session_login_on_done(void *arg, const char *why)
{
	session_close(arg, why);
}

static void
session_login_on_failed(void *arg, const char *why)
{
	session_free(arg, why);
}
