/* SPDX-License-Identifier: ISC */
/*
 * Runs in: auth_ldap, as _pop3auth.  Trusts: the servers for the meaning of
 * their answers, once TLS has verified them; not to answer, nor to be
 * well-formed.
 */

#include <sys/types.h>
#include <sys/time.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/pem.h>

#include "backend.h"
#include "backend_secret.h"
#include "clock.h"
#include "defaults.h"
#include "ldap_conf.h"
#include "ldap_conn.h"
#include "ldap_io.h"
#include "log.h"

#define INCOMING_MAX	(1024 * 1024)	/* bytes of one message */
#define ANSWER_MAX	(2 * INCOMING_MAX + 65536) /* bytes: two entries */
#define BACKOFF_MIN	1		/* seconds */
#define BACKOFF_MAX	16

struct ldap_server {
	const char	*url;
	int64_t		 until;		/* not to be used before; ms */
	int		 delay;		/* seconds; 0: it works */
};

static struct ldap_server	 servers[LDAP_SERVERS_MAX];
static int64_t			 request_end;	/* ms; 0: no request */

/* The time left until end, at most server-timeout. */
static struct timeval
time_left(int64_t end)
{
	struct timeval	 tv;
	int64_t		 ms = end - clock_msec();

	if (ms > (int64_t)ldapconf.server_timeout * 1000)
		ms = (int64_t)ldapconf.server_timeout * 1000;
	if (ms < 1)
		ms = 1;
	tv.tv_sec = ms / 1000;
	tv.tv_usec = ms % 1000 * 1000;
	return tv;
}

/* Begin an operation: its limits are server-timeout and the request's end. */
static void
op_begin(struct ldapconn *c)
{
	c->io.end = clock_msec() + (int64_t)ldapconf.server_timeout * 1000;
	if (c->io.end > request_end)
		c->io.end = request_end;
	c->io.octets = ANSWER_MAX;
	c->io.why = NULL;
}

void
ldapconn_begin(void)
{
	if (request_end == 0)
		request_end = clock_msec() + (int64_t)ldapconf.timeout * 1000;
}

void
ldapconn_end(void)
{
	request_end = 0;
}

const char *
ldapconn_url(const struct ldapconn *c)
{
	return c->server->url;
}

static enum backend_code
setup_failed(char *err, const char *what)
{
	return backend_err(err, BACKEND_INTERNAL, "libldap: %s", what);
}

static const char *
ca_file(void)
{
	return ldapconf.ca == NULL ? defaults_os.ca : ldapconf.ca;
}

/* TLS libraries accept a file without certificates, and then trust nobody. */
static int
has_certificate(const char *path)
{
	X509	*cert = NULL;
	FILE	*fp;

	if ((fp = fopen(path, "re")) != NULL) {
		cert = PEM_read_X509(fp, NULL, NULL, NULL);
		(void)fclose(fp);
	}
	X509_free(cert);
	return cert != NULL;
}

/* Load it once for all connections, before the sandbox hides the file. */
static enum backend_code
setup_tls(char *err)
{
	int		 demand = LDAP_OPT_X_TLS_DEMAND, client = 0;
	int		 least = LDAP_OPT_X_TLS_PROTOCOL_TLS1_2;

	if (ldap_set_option(NULL, LDAP_OPT_X_TLS_REQUIRE_CERT, &demand) !=
	    LDAP_OPT_SUCCESS ||
	    ldap_set_option(NULL, LDAP_OPT_X_TLS_PROTOCOL_MIN, &least) !=
	    LDAP_OPT_SUCCESS ||
	    ldap_set_option(NULL, LDAP_OPT_X_TLS_CACERTFILE, ca_file()) !=
	    LDAP_OPT_SUCCESS)
		return setup_failed(err, "TLS options");
	if (!has_certificate(ca_file()) ||
	    ldap_set_option(NULL, LDAP_OPT_X_TLS_NEWCTX, &client) !=
	    LDAP_OPT_SUCCESS)
		return backend_err(err, BACKEND_PARAM, "option ca: %s: cannot "
		    "be read, or holds no certificates in PEM format",
		    ca_file());
	return BACKEND_OK;
}

enum backend_code
ldapconn_setup(char *err)
{
	size_t	 i;
	int	 version = LDAP_VERSION3, tls = ldapconf.starttls;

	if (ldap_set_option(NULL, LDAP_OPT_PROTOCOL_VERSION, &version) !=
	    LDAP_OPT_SUCCESS ||
	    ldap_set_option(NULL, LDAP_OPT_REFERRALS, LDAP_OPT_OFF) !=
	    LDAP_OPT_SUCCESS ||
	    ldap_set_option(NULL, LDAP_OPT_RESTART, LDAP_OPT_ON) !=
	    LDAP_OPT_SUCCESS)
		return setup_failed(err, "options");
	for (i = 0; i < ldapconf.nurls; i++) {
		servers[i].url = ldapconf.urls[i];
		if (strncasecmp(servers[i].url, "ldaps:", 6) == 0)
			tls = 1;
	}
	return tls ? setup_tls(err) : BACKEND_OK;
}

void
ldapconn_close(struct ldapconn *c)
{
	if (c->ld != NULL)
		(void)ldap_unbind_ext(c->ld, NULL, NULL);
	c->ld = NULL;
	if (c->example != NULL)
		freezero(c->example, strlen(c->example));
	c->example = NULL;
	c->used = 0;
}

/* Close the connection and leave the server alone for a while. */
static void
conn_punish(struct ldapconn *c, const char *why)
{
	struct ldap_server	*s = c->server;

	ldapconn_close(c);
	s->delay = s->delay == 0 ? BACKOFF_MIN : s->delay * 2;
	if (s->delay > BACKOFF_MAX)
		s->delay = BACKOFF_MAX;
	s->until = clock_msec() + (int64_t)s->delay * 1000;
	log_warnx("%s; left alone for %d s", why, s->delay);
}

/* Describe a failure in the words of the libraries and the server. */
static void
conn_reason(struct ldapconn *c, const char *what, char *err)
{
	char	*words = NULL;

	if (ldap_get_option(c->ld, LDAP_OPT_DIAGNOSTIC_MESSAGE, &words) !=
	    LDAP_OPT_SUCCESS)
		words = NULL;
	if (c->io.why != NULL)
		(void)backend_err(err, 0, "%s: %s", c->server->url, c->io.why);
	/* GnuTLS gives no reason for a rejected certificate. */
	else if (c->connected && !c->secured)
		(void)backend_err(err, 0, "%s: TLS failed: %s; its "
		    "certificate has to be this host's, signed by one of %s",
		    c->server->url, words == NULL ? what : log_vis(words),
		    ca_file());
	else if (words != NULL && words[0] != '\0')
		(void)backend_err(err, 0, "%s: %s (%s)", c->server->url, what,
		    log_vis(words));
	else
		(void)backend_err(err, 0, "%s: %s", c->server->url, what);
	ldap_memfree(words);
}

/*
 * A server may have closed a connection while it was idle; then try the same
 * server again at once.
 */
static void
conn_lost(struct ldapconn *c, const char *what, char *err)
{
	conn_reason(c, what, err);
	/* But not if it was closed for sending too much. */
	if (c->used && c->io.octets > 0) {
		log_debug("%s; once more", err);
		ldapconn_close(c);
	} else
		conn_punish(c, err);
}

int
ldapconn_hostile(struct ldapconn *c, const char *what, char *err)
{
	(void)backend_err(err, 0, "%s: %s", c->server->url, what);
	conn_punish(c, err);
	return -1;
}

int
ldapconn_sent(struct ldapconn *c, int rc, char *err)
{
	if (rc == LDAP_SUCCESS) {
		/* Start afresh: sending counted, too. */
		op_begin(c);
		return 0;
	}
	if (rc == LDAP_FILTER_ERROR || rc == LDAP_PARAM_ERROR ||
	    rc == LDAP_ENCODING_ERROR || rc == LDAP_NO_MEMORY)
		return backend_err(err, BACKEND_INTERNAL, "%s: %s",
		    c->server->url, ldap_err2string(rc));
	conn_lost(c, ldap_err2string(rc), err);
	return LDAPCONN_LOST;
}

int
ldapconn_wait(struct ldapconn *c, int msgid, LDAPMessage **msg, char *err)
{
	struct timeval	 tv = time_left(c->io.end);
	int		 rc, type;

	*msg = NULL;
	if (clock_msec() >= c->io.end)
		type = 0;
	else
		type = ldap_result(c->ld, msgid, LDAP_MSG_ONE, &tv, msg);
	if (type > 0)
		return type;
	if (type == 0) {
		conn_lost(c, "no answer in time", err);
		return -1;
	}
	if (ldap_get_option(c->ld, LDAP_OPT_RESULT_CODE, &rc) !=
	    LDAP_OPT_SUCCESS)
		rc = LDAP_SERVER_DOWN;
	conn_lost(c, ldap_err2string(rc), err);
	return -1;
}

int
ldapconn_code(struct ldapconn *c, LDAPMessage *res, char *err)
{
	char	*words = NULL;
	int	 code, rc;

	rc = ldap_parse_result(c->ld, res, &code, NULL, &words, NULL, NULL, 0);
	if (rc != LDAP_SUCCESS) {
		(void)ldap_msgfree(res);
		return ldapconn_hostile(c, "a result out of shape", err);
	}
	if (code == LDAP_SUCCESS) {
		ldap_memfree(words);
		c->used = 1;
		return code;
	}
	(void)backend_err(err, 0, "%s: %s%s%s", c->server->url,
	    ldap_err2string(code), words == NULL || words[0] == '\0' ? "" :
	    ": ", words == NULL ? "" : log_vis(words));
	ldap_memfree(words);
	(void)ldap_msgfree(res);
	if (code == LDAP_BUSY || code == LDAP_UNAVAILABLE) {
		conn_punish(c, err);
		return -1;
	}
	/* Negative codes are errors of libldap itself. */
	if (code < 0)
		return ldapconn_hostile(c, "a result code below zero", err);
	c->used = 1;
	return code;
}

int
ldapconn_result(struct ldapconn *c, int msgid, LDAPMessage **res, char *err)
{
	LDAPMessage	*msg;
	int		 code, type;

	if ((type = ldapconn_wait(c, msgid, &msg, err)) == -1)
		return -1;
	if (type != LDAP_RES_BIND && type != LDAP_RES_EXTENDED &&
	    type != LDAP_RES_MODIFY) {
		(void)ldap_msgfree(msg);
		return ldapconn_hostile(c, "an answer to another question",
		    err);
	}
	code = ldapconn_code(c, msg, err);
	if (code != LDAP_SUCCESS)
		return code;
	if (res != NULL)
		*res = msg;
	else
		(void)ldap_msgfree(msg);
	return code;
}

int
ldapconn_bind(struct ldapconn *c, const char *dn, const char *pass, char *err)
{
	struct berval	 cred;
	char		*secret;
	int		 msgid, rc;

	if (dn[0] == '\0' || pass[0] == '\0') {
		(void)backend_err(err, 0, "a bind without %s is not sent",
		    dn[0] == '\0' ? "a name" : "a password");
		return LDAP_PARAM_ERROR;
	}
	/* The libldap interface lacks const. */
	if ((secret = strdup(pass)) == NULL)
		fatal("strdup");
	cred.bv_val = secret;
	cred.bv_len = strlen(secret);
	rc = ldap_sasl_bind(c->ld, dn, LDAP_SASL_SIMPLE, &cred, NULL, NULL,
	    &msgid);
	freezero(secret, cred.bv_len);
	if ((rc = ldapconn_sent(c, rc, err)) == LDAPCONN_LOST)
		return -1;
	if (rc != 0)
		return LDAP_OTHER;
	return ldapconn_result(c, msgid, NULL, err);
}

/*
 * libldap has connected; TLS and everything else follows.  None of it may wait
 * for ever, and messages that claim to be huge are not read.
 */
static int
conn_on_connect(LDAP *ld, Sockbuf *sb, LDAPURLDesc *url, struct sockaddr *sa,
    struct ldap_conncb *cb)
{
	struct ldapconn	*c = cb->lc_arg;
	ber_len_t	 max = INCOMING_MAX;

	/* libldap must not reconnect by itself: it would not bind. */
	if (c->connected)
		return -1;
	if (ldapio_add(sb, &c->io) != 0 ||
	    ber_sockbuf_ctrl(sb, LBER_SB_OPT_SET_MAX_INCOMING, &max) != 1)
		return -1;
	c->connected = 1;
	return 0;
}

/* libldap requires one. */
static void
conn_on_close(LDAP *ld, Sockbuf *sb, struct ldap_conncb *cb)
{
}

static int
url_is(const struct ldapconn *c, const char *scheme)
{
	size_t	 len = strlen(scheme);

	return strncasecmp(c->server->url, scheme, len) == 0 &&
	    c->server->url[len] == ':';
}

/* Make a handle with its options; it is not connected yet. */
static int
conn_handle(struct ldapconn *c, char *err)
{
	struct timeval	 tv = time_left(request_end);

	c->used = c->connected = 0;
	c->secured = !url_is(c, "ldaps");
	if (ldap_initialize(&c->ld, c->server->url) != LDAP_SUCCESS) {
		c->ld = NULL;
		return backend_err(err, BACKEND_INTERNAL,
		    "%s: libldap does not take it", c->server->url);
	}
	c->cb.lc_add = conn_on_connect;
	c->cb.lc_del = conn_on_close;
	c->cb.lc_arg = c;
	if (ldap_set_option(c->ld, LDAP_OPT_CONNECT_CB, &c->cb) !=
	    LDAP_OPT_SUCCESS ||
	    ldap_set_option(c->ld, LDAP_OPT_NETWORK_TIMEOUT, &tv) !=
	    LDAP_OPT_SUCCESS) {
		ldapconn_close(c);
		return backend_err(err, BACKEND_INTERNAL, "libldap: options");
	}
	return 0;
}

static int
conn_starttls(struct ldapconn *c, char *err)
{
	int	 code, msgid, rc;

	rc = ldap_start_tls(c->ld, NULL, NULL, &msgid);
	if ((rc = ldapconn_sent(c, rc, err)) != 0)
		return rc;
	if ((code = ldapconn_result(c, msgid, NULL, err)) == -1)
		return LDAPCONN_LOST;
	/* Nothing that the server sent before TLS may be trusted. */
	c->used = 0;
	if (code != LDAP_SUCCESS) {
		(void)ldapconn_hostile(c, "no StartTLS to be had", err);
		return LDAPCONN_LOST;
	}
	c->secured = 0;
	op_begin(c);
	if ((rc = ldapconn_sent(c, ldap_install_tls(c->ld), err)) == 0)
		c->secured = 1;
	return rc;
}

static int
conn_bind_service(struct ldapconn *c, char *err)
{
	char	 secret[BACKEND_SECRET_MAX + 1], why[BACKEND_ERR_LEN];
	int	 code;

	if (!c->service || ldapconf.binddn == NULL)
		return 0;
	if (ldapconf_secret(secret, err) == -1) {
		ldapconn_close(c);
		return BACKEND_INTERNAL;
	}
	code = ldapconn_bind(c, ldapconf.binddn, secret, err);
	explicit_bzero(secret, sizeof(secret));
	c->used = 0;
	if (code == -1 || code == LDAP_SUCCESS)
		return code == -1 ? LDAPCONN_LOST : 0;
	(void)strlcpy(why, err, sizeof(why));
	(void)backend_err(err, 0, "bind as %s: %s", ldapconf.binddn, why);
	conn_punish(c, err);
	return LDAPCONN_LOST;
}

/* Try one server.  0, LDAPCONN_LOST (try another) or BACKEND_INTERNAL. */
static int
conn_open_server(struct ldapconn *c, char *err)
{
	int	 rc;

	if ((rc = conn_handle(c, err)) != 0)
		return rc;
	/* Connect now, so its time does not count for the first operation. */
	op_begin(c);
	if ((rc = ldapconn_sent(c, ldap_connect(c->ld), err)) != 0)
		return rc;
	c->secured = 1;
	/* What is neither TLS already nor a local socket needs StartTLS. */
	if (ldapconf.starttls && !url_is(c, "ldaps") && !url_is(c, "ldapi") &&
	    (rc = conn_starttls(c, err)) != 0)
		return rc;
	if ((rc = conn_bind_service(c, err)) != 0)
		return rc;
	if (c->server->delay > 0)
		log_info("%s: answers again", c->server->url);
	else
		log_debug("%s: connected", c->server->url);
	c->server->delay = 0;
	return 0;
}

enum backend_code
ldapconn_open(struct ldapconn *c, char *err)
{
	int64_t	 wait = INT64_MAX, t = clock_msec();
	size_t	 i;
	int	 rc, tried = 0;

	if (c->ld != NULL)
		return BACKEND_OK;
	for (i = 0; i < ldapconf.nurls && clock_msec() < request_end; i++) {
		c->server = &servers[i];
		if (c->server->until > t) {
			if (c->server->until - t < wait)
				wait = c->server->until - t;
			continue;
		}
		tried = 1;
		if ((rc = conn_open_server(c, err)) != LDAPCONN_LOST)
			return rc;
	}
	if (!tried && wait != INT64_MAX)
		return backend_err(err, BACKEND_INTERNAL, "no LDAP server "
		    "works; the next try is in %lld ms", (long long)wait);
	if (!tried)
		return backend_err(err, BACKEND_INTERNAL,
		    "no LDAP server has answered within timeout");
	return BACKEND_INTERNAL;
}
