/* SPDX-License-Identifier: ISC */
/* Tests of common/msg_*.c: each message there and back, and every bad one. */

#include <sys/types.h>
#include <sys/socket.h>

#include <atf-c.h>
#include <errno.h>
#include <fcntl.h>
#include <imsg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "../fuzz/parse_any.h"
#include "backend_code.h"
#include "channel.h"
#include "conf.h"
#include "msg.h"
#include "proto.h"

#define ID	0xfedcba98U
#define REFUSED(expr, error) do {					\
	errno = 0;							\
	ATF_CHECK_EQ(-1, (expr));					\
	ATF_CHECK_EQ(error, errno);					\
	ATF_CHECK_EQ(0, imsgbuf_queuelen(&a));				\
} while (0)

static struct imsgbuf	 a, b;

/* The next message, which is of this type and passes the table. */
static void
expect(struct imsg *imsg, uint32_t type, uint32_t id, enum proto_role from,
    enum proto_role to)
{
	const char	*why;

	channel_next(&a, &b, imsg);
	ATF_REQUIRE_EQ(type, imsg_get_type(imsg));
	ATF_REQUIRE_EQ(id, imsg_get_id(imsg));
	if ((why = proto_check(imsg, from, to)) != NULL)
		atf_tc_fail("%s: %s", proto_name(type), why);
}

/* A string of len octets. */
static char *
text(size_t len)
{
	static char	 buf[70000];
	size_t		 i;

	for (i = 0; i < len; i++)
		buf[i] = 'a' + i % 26;
	buf[len] = '\0';
	return buf;
}

ATF_TC_WITHOUT_HEAD(log_line);
ATF_TC_BODY(log_line, tc)
{
	char		 got[TEXT_LEN_MAX + 1];
	struct imsg	 imsg;
	uint32_t	 priority;

	channel_open(&a, &b, PROTO_MSG_MAX);
	ATF_CHECK_EQ(0, msg_log_send(&a, LOG_WARNING, "what happened"));
	expect(&imsg, IMSG_LOG, 0, R_ENGINE, R_AUTHD);
	ATF_CHECK_EQ(0, msg_log_parse(&imsg, &priority, got));
	ATF_CHECK_EQ(LOG_WARNING, priority);
	ATF_CHECK_STREQ("what happened", got);
	imsg_free(&imsg);
	ATF_CHECK_EQ(0, msg_log_send(&a, LOG_DEBUG, text(TEXT_LEN_MAX)));
	expect(&imsg, IMSG_LOG, 0, R_STORAGED, R_AUTHD);
	ATF_CHECK_EQ(0, msg_log_parse(&imsg, &priority, got));
	ATF_CHECK_STREQ(text(TEXT_LEN_MAX), got);
	imsg_free(&imsg);
	REFUSED(msg_log_send(&a, LOG_INFO, ""), ERANGE);
	REFUSED(msg_log_send(&a, LOG_INFO, text(TEXT_LEN_MAX + 1)), ERANGE);
	REFUSED(msg_log_send(&a, LOG_DEBUG + 1, "x"), EINVAL);
	REFUSED(msg_log_send(&a, LOG_INFO, "two\nlines"), EINVAL);
}

ATF_TC_WITHOUT_HEAD(empty);
ATF_TC_BODY(empty, tc)
{
	static const uint32_t types[] = { IMSG_HALT, IMSG_AUTH_CANCEL,
	    IMSG_AUTH_KEPT, IMSG_BE_START, IMSG_CTL_LOCK, IMSG_CTL_UNLOCK,
	    IMSG_CTL_NOTE };
	struct imsg	 imsg;
	size_t		 i;

	channel_open(&a, &b, PROTO_MSG_MAX);
	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		ATF_CHECK_EQ(0, msg_empty_send(&a, types[i], ID));
		channel_next(&a, &b, &imsg);
		ATF_CHECK_EQ(types[i], imsg_get_type(&imsg));
		ATF_CHECK_EQ(ID, imsg_get_id(&imsg));
		ATF_CHECK_EQ(0, imsg_get_len(&imsg));
		imsg_free(&imsg);
	}
	REFUSED(msg_empty_send(&a, IMSG_LOG, 0), ERANGE);
	REFUSED(msg_empty_send(&a, IMSG_AUTH_OK, 0), EINVAL);
	REFUSED(msg_empty_send(&a, IMSG_NONE, 0), EINVAL);
	REFUSED(msg_empty_send(&a, IMSG_MAX, 0), EINVAL);
}

ATF_TC_WITHOUT_HEAD(conf);
ATF_TC_BODY(conf, tc)
{
	char		 got[TEXT_LEN_MAX + 1];
	struct m_conf	 m;
	struct imsg	 imsg;

	channel_open(&a, &b, PROTO_MSG_MAX);
	ATF_CHECK_EQ(0, msg_conf_send(&a, IMSG_CONF_BEGIN, 7, 0, NULL));
	expect(&imsg, IMSG_CONF_BEGIN, 0, R_AUTHD, R_ENGINE);
	ATF_CHECK_EQ(0, msg_conf_parse(&imsg, &m, got));
	ATF_CHECK_EQ(7, m.generation);
	ATF_CHECK_STREQ("", got);
	imsg_free(&imsg);
	ATF_CHECK_EQ(0, msg_conf_send(&a, IMSG_CONF_DONE, 8, 1, NULL));
	ATF_CHECK_EQ(0, msg_conf_send(&a, IMSG_CONF_DONE, 9, 0,
	    text(TEXT_LEN_MAX)));
	expect(&imsg, IMSG_CONF_DONE, 0, R_ENGINE, R_AUTHD);
	ATF_CHECK_EQ(0, msg_conf_parse(&imsg, &m, got));
	ATF_CHECK_EQ(8, m.generation);
	ATF_CHECK_EQ(1, m.ok);
	ATF_CHECK_STREQ("", got);
	imsg_free(&imsg);
	expect(&imsg, IMSG_CONF_DONE, 0, R_ENGINE, R_AUTHD);
	ATF_CHECK_EQ(0, msg_conf_parse(&imsg, &m, got));
	ATF_CHECK_EQ(0, m.ok);
	ATF_CHECK_STREQ(text(TEXT_LEN_MAX), got);
	imsg_free(&imsg);
	REFUSED(msg_conf_send(&a, IMSG_CONF_END, 1, 0, "reason"), ERANGE);
	REFUSED(msg_conf_send(&a, IMSG_CONF_DONE, 1, 0,
	    text(TEXT_LEN_MAX + 1)), ERANGE);
}

ATF_TC_WITHOUT_HEAD(limits);
ATF_TC_BODY(limits, tc)
{
	struct m_limits	 sent = { 1, 2, 3, 4, 5, 6, 7, 8 }, got;
	struct imsg	 imsg;

	channel_open(&a, &b, PROTO_MSG_MAX);
	ATF_CHECK_EQ(0, msg_limits_send(&a, &sent));
	expect(&imsg, IMSG_CONF_LIMITS, 0, R_AUTHD, R_ENGINE);
	ATF_CHECK_EQ(0, msg_limits_parse(&imsg, &got));
	ATF_CHECK_EQ(0, memcmp(&sent, &got, sizeof(got)));
	imsg_free(&imsg);
}

ATF_TC_WITHOUT_HEAD(listen_on);
ATF_TC_BODY(listen_on, tc)
{
	char		 got[PATH_LEN_MAX + 1];
	struct imsg	 imsg;
	uint32_t	 mode;
	int		 fd;

	channel_open(&a, &b, PROTO_MSG_MAX);
	ATF_CHECK_EQ(0, msg_listen_send(&a, LISTEN_TLS, text(PATH_LEN_MAX),
	    dup(0)));
	ATF_CHECK_EQ(0, msg_listen_send(&a, LISTEN_PLAINTEXT, "", dup(0)));
	expect(&imsg, IMSG_CONF_LISTEN, 0, R_AUTHD, R_ENGINE);
	ATF_CHECK_EQ(0, msg_listen_parse(&imsg, &mode, got));
	ATF_CHECK_EQ(LISTEN_TLS, mode);
	ATF_CHECK_STREQ(text(PATH_LEN_MAX), got);
	ATF_CHECK((fd = imsg_get_fd(&imsg)) != -1);
	close(fd);
	imsg_free(&imsg);
	expect(&imsg, IMSG_CONF_LISTEN, 0, R_AUTHD, R_ENGINE);
	ATF_CHECK_EQ(0, msg_listen_parse(&imsg, &mode, got));
	ATF_CHECK_EQ(LISTEN_PLAINTEXT, mode);
	ATF_CHECK_STREQ("", got);
	imsg_free(&imsg);
	REFUSED(msg_listen_send(&a, LISTEN_TLS, "x", -1), EINVAL);
	/* A descriptor is gone, also after a failure. */
	fd = dup(0);
	REFUSED(msg_listen_send(&a, LISTEN_MODE_MAX, "x", fd), EINVAL);
	ATF_CHECK_EQ(-1, fcntl(fd, F_GETFD));
	fd = dup(0);
	REFUSED(msg_listen_send(&a, LISTEN_TLS, text(PATH_LEN_MAX + 1), fd),
	    ERANGE);
	ATF_CHECK_EQ(-1, fcntl(fd, F_GETFD));
}

ATF_TC_WITHOUT_HEAD(pki);
ATF_TC_BODY(pki, tc)
{
	static const struct { uint32_t type, to; } kinds[] = {
		{ IMSG_CONF_PKI, R_ENGINE },
		{ IMSG_KEY_CERT, R_KEYD },
		{ IMSG_KEY_ADD, R_KEYD },
	};
	char		 name[PATH_LEN_MAX + 1], *pem;
	struct imsg	 imsg;
	size_t		 i, len;

	channel_open(&a, &b, PROTO_MSG_MAX);
	for (i = 0; i < NITEMS(kinds); i++) {
		ATF_CHECK_EQ(0, msg_pki_send(&a, kinds[i].type,
		    "mail.example.org", text(PEM_LEN_MAX), PEM_LEN_MAX));
		expect(&imsg, kinds[i].type, 0, R_AUTHD, kinds[i].to);
		ATF_REQUIRE_EQ(0, msg_pki_parse(&imsg, name, &pem, &len));
		ATF_CHECK_STREQ("mail.example.org", name);
		ATF_CHECK_EQ(PEM_LEN_MAX, len);
		ATF_CHECK_STREQ(text(PEM_LEN_MAX), pem);
		freezero(pem, len);
		imsg_free(&imsg);
	}
	REFUSED(msg_pki_send(&a, IMSG_KEY_ADD, "n", "x", 0), ERANGE);
	REFUSED(msg_pki_send(&a, IMSG_KEY_ADD, "n", text(PEM_LEN_MAX + 1),
	    PEM_LEN_MAX + 1), ERANGE);
	REFUSED(msg_pki_send(&a, IMSG_KEY_ADD, "n", text(1), SIZE_MAX),
	    ERANGE);
	REFUSED(msg_pki_send(&a, IMSG_KEY_ADD, "", "x", 1), ERANGE);
	REFUSED(msg_pki_send(&a, IMSG_KEY_ADD, "n", "x\0y", 3), EINVAL);
}

ATF_TC_WITHOUT_HEAD(key);
ATF_TC_BODY(key, tc)
{
	char		 name[PATH_LEN_MAX + 1], reason[TEXT_LEN_MAX + 1];
	struct imsg	 imsg;

	channel_open(&a, &b, PROTO_MSG_MAX);
	ATF_CHECK_EQ(0, msg_key_done_send(&a, text(PATH_LEN_MAX),
	    text(TEXT_LEN_MAX)));
	expect(&imsg, IMSG_KEY_DONE, 0, R_KEYD, R_AUTHD);
	ATF_REQUIRE_EQ(0, msg_key_done_parse(&imsg, name, reason));
	ATF_CHECK_STREQ(text(PATH_LEN_MAX), name);
	ATF_CHECK_STREQ(text(TEXT_LEN_MAX), reason);
	imsg_free(&imsg);
	ATF_CHECK_EQ(0, msg_key_done_send(&a, "mail", ""));
	expect(&imsg, IMSG_KEY_DONE, 0, R_KEYD, R_AUTHD);
	ATF_REQUIRE_EQ(0, msg_key_done_parse(&imsg, name, reason));
	ATF_CHECK_STREQ("mail", name);
	ATF_CHECK_STREQ("", reason);
	imsg_free(&imsg);
	REFUSED(msg_key_done_send(&a, "", ""), ERANGE);
	REFUSED(msg_key_done_send(&a, text(PATH_LEN_MAX + 1), ""), ERANGE);
	REFUSED(msg_key_done_send(&a, "n", text(TEXT_LEN_MAX + 1)), ERANGE);

	ATF_CHECK_EQ(0, msg_fd_send(&a, IMSG_KEY_OPEN, 7, dup(0)));
	expect(&imsg, IMSG_KEY_OPEN, 7, R_AUTHD, R_KEYD);
	imsg_free(&imsg);
	ATF_CHECK_EQ(0, msg_fd_send(&a, IMSG_KEY_SOCKET, 0, dup(0)));
	expect(&imsg, IMSG_KEY_SOCKET, 0, R_AUTHD, R_ENGINE);
	imsg_free(&imsg);
	ATF_CHECK_EQ(0, msg_fd_send(&a, IMSG_BE_SHARE, 0, dup(0)));
	expect(&imsg, IMSG_BE_SHARE, 0, R_BACKEND, R_AUTHD);
	imsg_free(&imsg);
	ATF_CHECK_EQ(0, msg_fd_send(&a, IMSG_BE_SHARED, 0, dup(0)));
	expect(&imsg, IMSG_BE_SHARED, 0, R_AUTHD, R_BACKEND);
	imsg_free(&imsg);
	REFUSED(msg_fd_send(&a, IMSG_KEY_SOCKET, 0, -1), EINVAL);
	REFUSED(msg_fd_send(&a, IMSG_HALT, 0, dup(0)), EINVAL);
}

ATF_TC_WITHOUT_HEAD(be_ready);
ATF_TC_BODY(be_ready, tc)
{
	struct m_be_ready	 bad = { 2 };
	struct imsg		 imsg;
	int			 shares;

	channel_open(&a, &b, PROTO_MSG_MAX);
	ATF_CHECK_EQ(0, msg_be_ready_send(&a, 7));
	expect(&imsg, IMSG_BE_READY, 0, R_BACKEND, R_AUTHD);
	ATF_CHECK_EQ(0, msg_be_ready_parse(&imsg, &shares));
	ATF_CHECK_EQ(1, shares);
	imsg_free(&imsg);
	ATF_CHECK_EQ(0, msg_be_ready_send(&a, 0));
	expect(&imsg, IMSG_BE_READY, 0, R_BACKEND, R_AUTHD);
	ATF_CHECK_EQ(0, msg_be_ready_parse(&imsg, &shares));
	ATF_CHECK_EQ(0, shares);
	imsg_free(&imsg);
	ATF_REQUIRE_EQ(1, imsg_compose(&a, IMSG_BE_READY, 0, 0, -1, &bad,
	    sizeof(bad)));
	channel_next(&a, &b, &imsg);
	ATF_CHECK_EQ(-1, msg_be_ready_parse(&imsg, &shares));
	imsg_free(&imsg);
}

ATF_TC_WITHOUT_HEAD(auth_req);
ATF_TC_BODY(auth_req, tc)
{
	struct auth_req	 sent, got;
	struct imsg	 imsg;

	channel_open(&a, &b, PROTO_MSG_MAX);
	memset(&sent, 0, sizeof(sent));
	sent.remote.family = 6;
	sent.remote.pad = 0xaa;
	sent.remote.port = 65535;
	memset(sent.remote.addr, 0x5a, sizeof(sent.remote.addr));
	sent.tls = 1;
	strlcpy(sent.user, text(USER_LEN_MAX), sizeof(sent.user));
	strlcpy(sent.pass, text(PASS_LEN_MAX), sizeof(sent.pass));
	ATF_CHECK_EQ(0, msg_auth_req_send(&a, ID, &sent));
	expect(&imsg, IMSG_AUTH_REQ, ID, R_ENGINE, R_AUTHD);
	ATF_CHECK_EQ(0, msg_auth_req_parse(&imsg, &got));
	sent.remote.pad = 0;
	ATF_CHECK_EQ(0, memcmp(&sent.remote, &got.remote,
	    sizeof(got.remote)));
	ATF_CHECK_EQ(1, got.tls);
	ATF_CHECK_STREQ(sent.user, got.user);
	ATF_CHECK_STREQ(sent.pass, got.pass);
	imsg_free(&imsg);

	sent.remote.family = 5;
	REFUSED(msg_auth_req_send(&a, ID, &sent), EINVAL);
	sent.remote.family = 0;
	sent.user[USER_LEN_MAX] = 'x';	/* not ended */
	REFUSED(msg_auth_req_send(&a, ID, &sent), ERANGE);
	sent.user[0] = '\0';
	REFUSED(msg_auth_req_send(&a, ID, &sent), ERANGE);
	sent.user[0] = 'u';
	sent.user[1] = '\0';
	sent.pass[PASS_LEN_MAX] = 'x';
	REFUSED(msg_auth_req_send(&a, ID, &sent), ERANGE);
	sent.pass[0] = '\0';
	REFUSED(msg_auth_req_send(&a, ID, &sent), ERANGE);
	sent.pass[0] = 'p';
	sent.pass[1] = '\0';
	ATF_CHECK_EQ(0, msg_auth_req_send(&a, ID, &sent));
}

ATF_TC_WITHOUT_HEAD(auth_answers);
ATF_TC_BODY(auth_answers, tc)
{
	char		 user[USER_LEN_MAX + 1];
	struct imsg	 imsg;
	uint32_t	 reason, login, i;
	int		 fd;

	channel_open(&a, &b, PROTO_MSG_MAX);
	ATF_CHECK_EQ(0, msg_auth_ok_send(&a, ID, text(USER_LEN_MAX), dup(0)));
	expect(&imsg, IMSG_AUTH_OK, ID, R_AUTHD, R_ENGINE);
	ATF_CHECK_EQ(0, msg_auth_ok_parse(&imsg, user));
	ATF_CHECK_STREQ(text(USER_LEN_MAX), user);
	imsg_free(&imsg);
	fd = dup(0);
	REFUSED(msg_auth_ok_send(&a, ID, "", fd), ERANGE);
	ATF_CHECK_EQ(-1, fcntl(fd, F_GETFD));
	REFUSED(msg_auth_ok_send(&a, ID, text(USER_LEN_MAX + 1), dup(0)),
	    ERANGE);
	REFUSED(msg_auth_ok_send(&a, ID, "u", -1), EINVAL);
	for (i = AUTH_CRED; i < AUTH_REASON_MAX; i++) {
		ATF_CHECK_EQ(0, msg_auth_fail_send(&a, ID, i));
		expect(&imsg, IMSG_AUTH_FAIL, ID, R_AUTHD, R_ENGINE);
		ATF_CHECK_EQ(0, msg_auth_fail_parse(&imsg, &reason));
		ATF_CHECK_EQ(i, reason);
		imsg_free(&imsg);
	}
	REFUSED(msg_auth_fail_send(&a, ID, 0), EINVAL);
	REFUSED(msg_auth_fail_send(&a, ID, AUTH_REASON_MAX), EINVAL);
	ATF_CHECK_EQ(0, msg_auth_yield_send(&a, ID, UINT32_MAX));
	expect(&imsg, IMSG_AUTH_YIELD, ID, R_AUTHD, R_ENGINE);
	ATF_CHECK_EQ(0, msg_auth_yield_parse(&imsg, &login));
	ATF_CHECK_EQ(UINT32_MAX, login);
	imsg_free(&imsg);
	REFUSED(msg_auth_yield_send(&a, ID, 0), EINVAL);
}

ATF_TC_WITHOUT_HEAD(be_opt);
ATF_TC_BODY(be_opt, tc)
{
	char		 got[TEXT_LEN_MAX + 1];
	struct imsg	 imsg;

	channel_open(&a, &b, PROTO_MSG_MAX);
	ATF_CHECK_EQ(0, msg_be_opt_send(&a, "path=/etc/pop3d.users"));
	expect(&imsg, IMSG_BE_OPT, 0, R_AUTHD, R_BACKEND);
	ATF_CHECK_EQ(0, msg_be_opt_parse(&imsg, got));
	ATF_CHECK_STREQ("path=/etc/pop3d.users", got);
	imsg_free(&imsg);
	REFUSED(msg_be_opt_send(&a, ""), ERANGE);
	REFUSED(msg_be_opt_send(&a, text(TEXT_LEN_MAX + 1)), ERANGE);
}

ATF_TC_WITHOUT_HEAD(be_req);
ATF_TC_BODY(be_req, tc)
{
	struct be_req	 sent, got;
	struct imsg	 imsg;
	uint32_t	 op;

	channel_open(&a, &b, PROTO_MSG_MAX);
	for (op = BE_OP_LOGIN; op < BE_OP_MAX; op++) {
		memset(&sent, 0, sizeof(sent));
		sent.op = op;
		sent.flags = op == BE_OP_LOGIN ? BE_LAST : 0;
		if (op != BE_OP_LIST)
			strlcpy(sent.user, "alice", sizeof(sent.user));
		if (op == BE_OP_CHANGE) {
			strlcpy(sent.pass, text(PASS_LEN_MAX),
			    sizeof(sent.pass));
			strlcpy(sent.newpass, text(PASS_LEN_MAX) + 0,
			    sizeof(sent.newpass));
			strlcpy(sent.user, text(USER_LEN_MAX),
			    sizeof(sent.user));
		}
		ATF_CHECK_EQ(0, msg_be_req_send(&a, ID, &sent));
		expect(&imsg, IMSG_BE_REQ, ID, R_AUTHD, R_BACKEND);
		ATF_CHECK_EQ(0, msg_be_req_parse(&imsg, &got));
		ATF_CHECK_EQ(0, memcmp(&sent, &got, sizeof(got)));
		imsg_free(&imsg);
	}
	memset(sent.newpass, 'x', sizeof(sent.newpass));
	REFUSED(msg_be_req_send(&a, ID, &sent), ERANGE);
	sent.newpass[0] = '\0';
	sent.op = 0;
	REFUSED(msg_be_req_send(&a, ID, &sent), EINVAL);
	sent.op = BE_OP_MAX;
	REFUSED(msg_be_req_send(&a, ID, &sent), EINVAL);
	sent.op = BE_OP_INFO;
	sent.flags = 2;
	REFUSED(msg_be_req_send(&a, ID, &sent), EINVAL);
}

ATF_TC_WITHOUT_HEAD(be_names);
ATF_TC_BODY(be_names, tc)
{
	char		 got[NAMES_LEN_MAX + 1], *many;
	struct imsg	 imsg;

	channel_open(&a, &b, PROTO_MSG_MAX);
	ATF_CHECK_EQ(0, msg_be_names_send(&a, ID, "alice\nbob\n", 10));
	expect(&imsg, IMSG_BE_NAMES, ID, R_BACKEND, R_AUTHD);
	ATF_CHECK_EQ(0, msg_be_names_parse(&imsg, got));
	ATF_CHECK_STREQ("alice\nbob\n", got);
	imsg_free(&imsg);
	many = text(NAMES_LEN_MAX);
	many[NAMES_LEN_MAX - 1] = '\n';
	ATF_CHECK_EQ(0, msg_be_names_send(&a, ID, many, NAMES_LEN_MAX));
	expect(&imsg, IMSG_BE_NAMES, ID, R_BACKEND, R_AUTHD);
	ATF_CHECK_EQ(0, msg_be_names_parse(&imsg, got));
	ATF_CHECK_EQ(NAMES_LEN_MAX, strlen(got));
	imsg_free(&imsg);
	many[NAMES_LEN_MAX] = '\n';
	REFUSED(msg_be_names_send(&a, ID, "", 0), EINVAL);
	REFUSED(msg_be_names_send(&a, ID, "alice", 5), EINVAL);
	REFUSED(msg_be_names_send(&a, ID, "\n", 1), EINVAL);
	REFUSED(msg_be_names_send(&a, ID, "a\n\nb\n", 5), EINVAL);
	REFUSED(msg_be_names_send(&a, ID, "a\0\n", 3), EINVAL);
	many[NAMES_LEN_MAX - 1] = 'x';
	REFUSED(msg_be_names_send(&a, ID, many, NAMES_LEN_MAX + 1), ERANGE);
}

static void
fill_res(struct be_res *res)
{
	uint32_t	 i;

	memset(res, 0, sizeof(*res));
	res->code = BACKEND_OK;
	res->info.uid = 1000;
	res->info.gid = 2000;
	res->info.ngroups = GROUPS_MAX;
	for (i = 0; i < GROUPS_MAX; i++)
		res->info.groups[i] = 3000 + i;
	res->info.status = USER_NOPOP;
	res->info.quota_octets = -1;
	res->info.quota_messages = INT64_MAX;
	strlcpy(res->info.realname, text(PATH_LEN_MAX), PATH_LEN_MAX + 1);
	strlcpy(res->info.home, text(PATH_LEN_MAX), PATH_LEN_MAX + 1);
	strlcpy(res->info.mailbox, text(PATH_LEN_MAX), PATH_LEN_MAX + 1);
	strlcpy(res->info.host, text(PATH_LEN_MAX), PATH_LEN_MAX + 1);
	strlcpy(res->err, text(PATH_LEN_MAX), PATH_LEN_MAX + 1);
}

ATF_TC_WITHOUT_HEAD(be_res);
ATF_TC_BODY(be_res, tc)
{
	struct be_res	 sent, got;
	struct imsg	 imsg;
	int		 code;

	channel_open(&a, &b, PROTO_MSG_MAX);
	fill_res(&sent);
	ATF_CHECK_EQ(0, msg_be_res_send(&a, ID, &sent));
	expect(&imsg, IMSG_BE_RES, ID, R_BACKEND, R_AUTHD);
	ATF_CHECK_EQ(0, msg_be_res_parse(&imsg, &got));
	ATF_CHECK_EQ(0, memcmp(&sent, &got, sizeof(got)));
	imsg_free(&imsg);
	for (code = BACKEND_DENIED; code <= BACKEND_OK; code++) {
		memset(&sent, 0, sizeof(sent));
		sent.code = code;
		sent.nouser = code == BACKEND_DENIED;
		ATF_CHECK_EQ(0, msg_be_res_send(&a, ID, &sent));
		expect(&imsg, IMSG_BE_RES, ID, R_BACKEND, R_AUTHD);
		ATF_CHECK_EQ(0, msg_be_res_parse(&imsg, &got));
		ATF_CHECK_EQ(0, memcmp(&sent, &got, sizeof(got)));
		imsg_free(&imsg);
	}
}

ATF_TC_WITHOUT_HEAD(be_res_refused);
ATF_TC_BODY(be_res_refused, tc)
{
	struct be_res	 res;

	channel_open(&a, &b, PROTO_MSG_MAX);
	fill_res(&res);
	res.code = 1;
	REFUSED(msg_be_res_send(&a, ID, &res), EINVAL);
	res.code = BACKEND_RECORD - 1;
	REFUSED(msg_be_res_send(&a, ID, &res), EINVAL);
	fill_res(&res);
	res.info.ngroups = GROUPS_MAX + 1;
	REFUSED(msg_be_res_send(&a, ID, &res), EINVAL);
	res.info.ngroups = 0x10000;
	REFUSED(msg_be_res_send(&a, ID, &res), EINVAL);
	fill_res(&res);
	res.info.status = USER_STATUS_MAX;
	REFUSED(msg_be_res_send(&a, ID, &res), EINVAL);
	fill_res(&res);
	res.info.quota_octets = -2;
	REFUSED(msg_be_res_send(&a, ID, &res), EINVAL);
	fill_res(&res);
	res.nouser = 2;
	REFUSED(msg_be_res_send(&a, ID, &res), EINVAL);
	fill_res(&res);
	res.err[PATH_LEN_MAX] = 'x';
	REFUSED(msg_be_res_send(&a, ID, &res), ERANGE);
}

ATF_TC_WITHOUT_HEAD(sp_conf);
ATF_TC_BODY(sp_conf, tc)
{
	struct m_sp_conf sent = { { 1000, 1000, 1000, 1000, { 100 } },
			    LOCK_DOTLOCK | LOCK_FCNTL |
			    LOCK_FLOCK | LOCK_SESSION, 30, UINT64_MAX, 5, 1 };
	struct m_sp_conf got;
	struct imsg	 imsg;

	channel_open(&a, &b, PROTO_MSG_MAX);
	ATF_CHECK_EQ(0, msg_sp_conf_send(&a, &sent));
	expect(&imsg, IMSG_SP_CONF, 0, R_AUTHD, R_SPAWNER);
	ATF_CHECK_EQ(0, msg_sp_conf_parse(&imsg, &got));
	ATF_CHECK_EQ(0, memcmp(&sent, &got, sizeof(got)));
	imsg_free(&imsg);
	sent.ids.uid_min = 1001;
	REFUSED(msg_sp_conf_send(&a, &sent), EINVAL);
	sent.ids.uid_min = 1000;
	sent.ids.gid_min = 1001;
	REFUSED(msg_sp_conf_send(&a, &sent), EINVAL);
	sent.ids.gid_min = 1000;
	sent.lock_flags = 0x10;
	REFUSED(msg_sp_conf_send(&a, &sent), EINVAL);
}

ATF_TC_WITHOUT_HEAD(sp_spawn);
ATF_TC_BODY(sp_spawn, tc)
{
	struct sp_spawn	 sent, got;
	struct imsg	 imsg;
	int		 fd;

	channel_open(&a, &b, PROTO_MSG_MAX);
	memset(&sent, 0, sizeof(sent));
	sent.uid = 1234;
	sent.gid = 5678;
	sent.flags = SP_RECOVER;
	strlcpy(sent.user, text(USER_LEN_MAX), sizeof(sent.user));
	strlcpy(sent.mailbox, text(PATH_LEN_MAX), sizeof(sent.mailbox));
	strlcpy(sent.state, text(PATH_LEN_MAX), sizeof(sent.state));
	ATF_CHECK_EQ(0, msg_sp_spawn_send(&a, ID, &sent, dup(0)));
	expect(&imsg, IMSG_SP_SPAWN, ID, R_AUTHD, R_SPAWNER);
	ATF_CHECK_EQ(0, msg_sp_spawn_parse(&imsg, &got));
	ATF_CHECK_EQ(0, memcmp(&sent, &got, sizeof(got)));
	ATF_CHECK((fd = imsg_get_fd(&imsg)) != -1);
	close(fd);
	imsg_free(&imsg);
	sent.state[0] = '\0';
	REFUSED(msg_sp_spawn_send(&a, ID, &sent, dup(0)), ERANGE);
	sent.state[0] = '/';
	sent.mailbox[PATH_LEN_MAX] = 'x';
	fd = dup(0);
	REFUSED(msg_sp_spawn_send(&a, ID, &sent, fd), ERANGE);
	ATF_CHECK_EQ(-1, fcntl(fd, F_GETFD));
	sent.mailbox[1] = '\0';
	REFUSED(msg_sp_spawn_send(&a, ID, &sent, -1), EINVAL);
	sent.format = FORMAT_MAX;
	REFUSED(msg_sp_spawn_send(&a, ID, &sent, dup(0)), EINVAL);
	sent.format = FORMAT_MBOX;
	sent.flags = SP_RECOVER << 1;
	REFUSED(msg_sp_spawn_send(&a, ID, &sent, dup(0)), EINVAL);
}

ATF_TC_WITHOUT_HEAD(sp_child);
ATF_TC_BODY(sp_child, tc)
{
	struct imsg	 imsg;
	uint32_t	 pid, status;

	channel_open(&a, &b, PROTO_MSG_MAX);
	ATF_CHECK_EQ(0, msg_sp_child_send(&a, IMSG_SP_SPAWNED, ID, INT32_MAX,
	    0, dup(0)));
	expect(&imsg, IMSG_SP_SPAWNED, ID, R_SPAWNER, R_AUTHD);
	ATF_CHECK_EQ(0, msg_sp_child_parse(&imsg, &pid, &status));
	ATF_CHECK_EQ(INT32_MAX, pid);
	imsg_free(&imsg);
	ATF_CHECK_EQ(0, msg_sp_child_send(&a, IMSG_SP_EXIT, ID, 0, 0x100,
	    -1));
	expect(&imsg, IMSG_SP_EXIT, ID, R_SPAWNER, R_AUTHD);
	ATF_CHECK_EQ(0, msg_sp_child_parse(&imsg, &pid, &status));
	ATF_CHECK_EQ(0, pid);
	ATF_CHECK_EQ(0x100, status);
	imsg_free(&imsg);
	/* What kill(2) would take for more than one process. */
	REFUSED(msg_sp_child_send(&a, IMSG_SP_SPAWNED, ID, 0, 0, dup(0)),
	    EINVAL);
	REFUSED(msg_sp_child_send(&a, IMSG_SP_EXIT, ID, 1, 0, -1), EINVAL);
	REFUSED(msg_sp_child_send(&a, IMSG_SP_EXIT, ID, UINT32_MAX, 0, -1),
	    EINVAL);
	REFUSED(msg_sp_child_send(&a, IMSG_SP_EXIT, ID, 0x80000000U, 0, -1),
	    EINVAL);
	REFUSED(msg_sp_child_send(&a, IMSG_SP_EXIT, ID, 2, 0, dup(0)),
	    EINVAL);
}

ATF_TC_WITHOUT_HEAD(ctl_locked);
ATF_TC_BODY(ctl_locked, tc)
{
	struct imsg	 imsg;
	uint32_t	 result, i;

	channel_open(&a, &b, PROTO_MSG_MAX);
	for (i = CTL_OK; i < CTL_RESULT_MAX; i++) {
		ATF_CHECK_EQ(0, msg_ctl_locked_send(&a, i));
		expect(&imsg, IMSG_CTL_LOCKED, 0, R_AUTHD, R_STORAGED);
		ATF_CHECK_EQ(0, msg_ctl_locked_parse(&imsg, &result));
		ATF_CHECK_EQ(i, result);
		imsg_free(&imsg);
	}
	REFUSED(msg_ctl_locked_send(&a, 0), EINVAL);
	REFUSED(msg_ctl_locked_send(&a, CTL_RESULT_MAX), EINVAL);
}

ATF_TC_WITHOUT_HEAD(st_ready_fail);
ATF_TC_BODY(st_ready_fail, tc)
{
	struct imsg	 imsg;
	uint64_t	 octets;
	uint32_t	 messages, code, i;

	channel_open(&a, &b, PROTO_MSG_MAX);
	ATF_CHECK_EQ(0, msg_st_ready_send(&a, 1000000, UINT64_MAX));
	expect(&imsg, IMSG_ST_READY, 0, R_STORAGED, R_ENGINE);
	ATF_CHECK_EQ(0, msg_st_ready_parse(&imsg, &messages, &octets));
	ATF_CHECK_EQ(1000000, messages);
	ATF_CHECK_EQ(UINT64_MAX, octets);
	imsg_free(&imsg);
	for (i = ST_OK + 1; i < ST_STATUS_MAX; i++) {
		ATF_CHECK_EQ(0, msg_st_fail_send(&a, i));
		expect(&imsg, IMSG_ST_FAIL, 0, R_STORAGED, R_ENGINE);
		ATF_CHECK_EQ(0, msg_st_fail_parse(&imsg, &code));
		ATF_CHECK_EQ(i, code);
		imsg_free(&imsg);
	}
	REFUSED(msg_st_fail_send(&a, ST_OK), EINVAL);
	REFUSED(msg_st_fail_send(&a, ST_STATUS_MAX), EINVAL);
}

ATF_TC_WITHOUT_HEAD(st_cmd);
ATF_TC_BODY(st_cmd, tc)
{
	struct st_cmd	 sent[ST_CMDS_MAX + 1], got[ST_CMDS_MAX];
	struct imsg	 imsg;
	uint32_t	 credit, count, i;

	channel_open(&a, &b, PROTO_MSG_MAX);
	for (i = 0; i < ST_CMDS_MAX + 1; i++) {
		sent[i].op = ST_OP_LIST + i % (ST_OP_MAX - ST_OP_LIST);
		sent[i].msg = i;
		sent[i].lines = UINT32_MAX - i;
	}
	for (i = 0; i <= ST_CMDS_MAX; i += i < 3 ? 1 : ST_CMDS_MAX - 3) {
		ATF_CHECK_EQ(0, msg_st_cmd_send(&a, 65536, sent, i));
		expect(&imsg, IMSG_ST_CMD, 0, R_ENGINE, R_STORAGED);
		ATF_CHECK_EQ(0, msg_st_cmd_parse(&imsg, &credit, got,
		    &count));
		ATF_CHECK_EQ(65536, credit);
		ATF_CHECK_EQ(i, count);
		ATF_CHECK_EQ(0, memcmp(sent, got, i * sizeof(got[0])));
		imsg_free(&imsg);
	}
	REFUSED(msg_st_cmd_send(&a, 1, sent, ST_CMDS_MAX + 1), ERANGE);
	REFUSED(msg_st_cmd_send(&a, 1, sent, UINT32_MAX), ERANGE);
	sent[5].op = 0;
	REFUSED(msg_st_cmd_send(&a, 1, sent, 6), EINVAL);
	sent[5].op = ST_OP_MAX;
	REFUSED(msg_st_cmd_send(&a, 1, sent, 6), EINVAL);
}

ATF_TC_WITHOUT_HEAD(st_reply);
ATF_TC_BODY(st_reply, tc)
{
	struct st_reply	 sent[ST_CMDS_MAX + 1], got[ST_CMDS_MAX];
	struct imsg	 imsg;
	uint32_t	 count, i;

	channel_open(&a, &b, PROTO_MSG_MAX);
	for (i = 0; i < ST_CMDS_MAX + 1; i++) {
		sent[i].op = ST_OP_LIST + i % (ST_OP_MAX - ST_OP_LIST);
		sent[i].status = i % ST_STATUS_MAX;
		sent[i].a = UINT64_MAX - i;
		sent[i].b = i;
	}
	for (i = 1; i <= ST_CMDS_MAX; i += ST_CMDS_MAX - 1) {
		ATF_CHECK_EQ(0, msg_st_reply_send(&a, sent, i));
		expect(&imsg, IMSG_ST_REPLY, 0, R_STORAGED, R_ENGINE);
		ATF_CHECK_EQ(0, msg_st_reply_parse(&imsg, got, &count));
		ATF_CHECK_EQ(i, count);
		ATF_CHECK_EQ(0, memcmp(sent, got, i * sizeof(got[0])));
		imsg_free(&imsg);
	}
	REFUSED(msg_st_reply_send(&a, sent, 0), ERANGE);
	REFUSED(msg_st_reply_send(&a, sent, ST_CMDS_MAX + 1), ERANGE);
	sent[1].status = ST_STATUS_MAX;
	REFUSED(msg_st_reply_send(&a, sent, 2), EINVAL);
	sent[1].status = ST_OK;
	sent[0].op = ST_OP_MAX;
	REFUSED(msg_st_reply_send(&a, sent, 1), EINVAL);
}

/* Room for max octets, len of them filled, there and back. */
static void
data_round(size_t max, size_t len, uint32_t flags)
{
	struct st_reply		 sent = { ST_OP_RETR, ST_OK, 12345, 6 }, got;
	struct imsg		 imsg;
	struct ibuf		*msg;
	const unsigned char	*data;
	unsigned char		*room;
	uint32_t		 gotflags;
	size_t			 gotlen;

	msg = msg_st_data_open(&a, max, &room);
	ATF_REQUIRE(msg != NULL);
	memcpy(room, text(max), max);
	ATF_REQUIRE_EQ(0, msg_st_data_close(&a, msg,
	    flags & ST_FIRST ? &sent : NULL, flags, len));
	expect(&imsg, IMSG_ST_DATA, 0, R_STORAGED, R_ENGINE);
	ATF_REQUIRE_EQ(0, msg_st_data_parse(&imsg, &got, &gotflags, &data,
	    &gotlen));
	ATF_CHECK_EQ(flags, gotflags);
	ATF_CHECK_EQ(len, gotlen);
	ATF_CHECK_EQ(0, memcmp(text(len), data, len));
	if (flags & ST_FIRST)
		ATF_CHECK_EQ(0, memcmp(&sent, &got, sizeof(got)));
	else
		ATF_CHECK_EQ(0, got.op);
	imsg_free(&imsg);
}

ATF_TC_WITHOUT_HEAD(st_data);
ATF_TC_BODY(st_data, tc)
{
	/* What mail sent ahead may not be. */
	static const struct {
		struct st_reply	 reply;
		uint32_t	 flags;
	}		 ahead[] = {
		{ { ST_OP_RETR, ST_OK, 0, 1 }, ST_FIRST | ST_AHEAD },
		{ { ST_OP_RETR, ST_OK, 0, 1 }, ST_LAST | ST_AHEAD },
		{ { ST_OP_RETR, ST_OK, 0, 1 }, ST_FIRST | ST_LAST | ST_AHEAD |
		    ST_ABORT },
		{ { ST_OP_TOP, ST_OK, 0, 1 }, ST_FIRST | ST_LAST | ST_AHEAD },
		{ { ST_OP_RETR, ST_NOMSG, 0, 1 }, ST_FIRST | ST_LAST |
		    ST_AHEAD },
		{ { ST_OP_RETR, ST_OK, 0, 0 }, ST_FIRST | ST_LAST | ST_AHEAD },
		{ { ST_OP_RETR, ST_OK, 0, 1ULL << 32 }, ST_FIRST | ST_LAST |
		    ST_AHEAD },
	};
	struct st_reply	 reply = { ST_OP_TOP, ST_OK, 0, 0 };
	struct ibuf	*msg;
	unsigned char	*room;
	size_t		 i;

	channel_open(&a, &b, PROTO_MSG_MAX);
	data_round(DATA_LEN_MAX, DATA_LEN_MAX, ST_FIRST | ST_LAST);
	data_round(DATA_LEN_MAX, DATA_LEN_MAX - 1, 0);
	data_round(100, 1, ST_LAST);
	data_round(100, 0, ST_FIRST);
	data_round(0, 0, ST_ABORT | ST_LAST);
	data_round(100, 50, ST_FIRST | ST_LAST | ST_AHEAD);

	ATF_CHECK(msg_st_data_open(&a, DATA_LEN_MAX + 1, &room) == NULL);
	ATF_CHECK_EQ(ERANGE, errno);
	ATF_REQUIRE((msg = msg_st_data_open(&a, 10, &room)) != NULL);
	REFUSED(msg_st_data_close(&a, msg, &reply, ST_LAST, 11), EINVAL);
	ATF_REQUIRE((msg = msg_st_data_open(&a, 10, &room)) != NULL);
	REFUSED(msg_st_data_close(&a, msg, &reply, 8, 0), EINVAL);
	for (i = 0; i < NITEMS(ahead); i++) {
		ATF_REQUIRE((msg = msg_st_data_open(&a, 10, &room)) != NULL);
		REFUSED(msg_st_data_close(&a, msg, &ahead[i].reply,
		    ahead[i].flags, 0), EINVAL);
	}
	reply.op = 0;
	ATF_REQUIRE((msg = msg_st_data_open(&a, 10, &room)) != NULL);
	REFUSED(msg_st_data_close(&a, msg, &reply, ST_FIRST, 0), EINVAL);
	/* Dropped instead. */
	ATF_REQUIRE((msg = msg_st_data_open(&a, 10, &room)) != NULL);
	ibuf_free(msg);
}

/*
 * One of each, for what follows.  text: where the strings begin; loose: the
 * length itself says where the last string ends, so that another one may be
 * right too.
 */
struct sample {
	uint32_t	 type;
	size_t		 text;
	int		 loose;
	int		 fd;
	size_t		 len;
	unsigned char	 payload[1024];
};
static struct sample	 samples[48];
static size_t		 nsamples;

static void
sample(size_t where, int loose)
{
	struct sample	*s = &samples[nsamples++];
	struct imsg	 imsg;
	int		 fd;

	channel_next(&a, &b, &imsg);
	s->type = imsg_get_type(&imsg);
	s->text = where;
	s->loose = loose;
	if ((fd = imsg_get_fd(&imsg)) != -1)
		close(fd);
	s->fd = fd != -1;
	s->len = imsg_get_len(&imsg);
	ATF_REQUIRE(s->len <= sizeof(s->payload));
	if (s->len > 0)
		ATF_REQUIRE_EQ(0, imsg_get_data(&imsg, s->payload, s->len));
	imsg_free(&imsg);
}

static void
make_samples_backend(void)
{
	struct be_req	 req = { .op = BE_OP_CHANGE, .user = "alice",
			    .pass = "secret", .newpass = "sesame" };
	struct be_res	 res = { .info = { .ngroups = 2, .realname = "Alice",
			    .home = "/home/alice", .mailbox = "m",
			    .host = "h" }, .err = "none" };

	ATF_REQUIRE_EQ(0, msg_be_opt_send(&a, "key=value"));
	sample(0, 1);
	ATF_REQUIRE_EQ(0, msg_be_req_send(&a, ID, &req));
	sample(sizeof(struct m_be_req), 0);
	ATF_REQUIRE_EQ(0, msg_be_names_send(&a, ID, "a\nb\nc\n", 6));
	sample(0, 1);
	ATF_REQUIRE_EQ(0, msg_be_res_send(&a, ID, &res));
	sample(sizeof(struct m_be_res) + 8, 0);
}

static void
make_samples_store(void)
{
	struct st_cmd	 cmd[2] = { { ST_OP_LIST, 0, 0 },
			    { ST_OP_TOP, 1, 2 } };
	struct st_reply	 rep[2] = { { ST_OP_DELE, ST_OK, 1, 2 },
			    { ST_OP_RSET, ST_NOMSG, 0, 0 } };
	struct ibuf	*msg;
	unsigned char	*room;

	ATF_REQUIRE_EQ(0, msg_st_ready_send(&a, 3, 4));
	sample(SIZE_MAX, 0);
	ATF_REQUIRE_EQ(0, msg_st_fail_send(&a, ST_TEMP));
	sample(SIZE_MAX, 0);
	ATF_REQUIRE_EQ(0, msg_st_cmd_send(&a, 5, cmd, 2));
	sample(SIZE_MAX, 0);
	ATF_REQUIRE_EQ(0, msg_st_reply_send(&a, rep, 2));
	sample(SIZE_MAX, 1);
	ATF_REQUIRE((msg = msg_st_data_open(&a, 9, &room)) != NULL);
	memcpy(room, "mail\r\nmai", 9);
	ATF_REQUIRE_EQ(0, msg_st_data_close(&a, msg, rep, ST_FIRST, 9));
	sample(SIZE_MAX, 0);
}

static void
make_samples(void)
{
	struct m_limits	 limits = { 1, 2, 3, 4, 5, 6, 7, 8 };
	struct auth_req	 req = { .user = "alice", .pass = "secret" };
	struct m_sp_conf conf = { .ids = { 1, 2, 3, 4, { 0 } } };
	struct sp_spawn	 sp = { .user = "u", .mailbox = "/m", .state = "/s" };

	channel_open(&a, &b, PROTO_MSG_MAX);
	ATF_REQUIRE_EQ(0, msg_log_send(&a, LOG_INFO, "some words"));
	sample(sizeof(struct m_log), 1);
	ATF_REQUIRE_EQ(0, msg_empty_send(&a, IMSG_HALT, 0));
	sample(SIZE_MAX, 0);
	ATF_REQUIRE_EQ(0, msg_conf_send(&a, IMSG_CONF_END, 1, 0, NULL));
	sample(SIZE_MAX, 0);
	ATF_REQUIRE_EQ(0, msg_conf_send(&a, IMSG_CONF_DONE, 1, 0, "why"));
	sample(sizeof(struct m_conf), 1);
	ATF_REQUIRE_EQ(0, msg_limits_send(&a, &limits));
	sample(SIZE_MAX, 0);
	ATF_REQUIRE_EQ(0, msg_pki_send(&a, IMSG_CONF_PKI, "name", "PEM", 3));
	sample(sizeof(struct m_pki), 0);
	ATF_REQUIRE_EQ(0, msg_pki_send(&a, IMSG_KEY_ADD, "name", "PEM", 3));
	sample(sizeof(struct m_pki), 0);
	ATF_REQUIRE_EQ(0, msg_key_done_send(&a, "name", "why"));
	sample(sizeof(struct m_key_done), 0);
	ATF_REQUIRE_EQ(0, msg_listen_send(&a, LISTEN_TLS, "name", dup(0)));
	sample(sizeof(struct m_listen), 0);
	ATF_REQUIRE_EQ(0, msg_auth_req_send(&a, ID, &req));
	sample(sizeof(struct m_auth_req), 0);
	ATF_REQUIRE_EQ(0, msg_auth_ok_send(&a, ID, "alice", dup(0)));
	sample(sizeof(struct m_auth_ok), 0);
	ATF_REQUIRE_EQ(0, msg_auth_fail_send(&a, ID, AUTH_TEMP));
	sample(SIZE_MAX, 0);
	ATF_REQUIRE_EQ(0, msg_auth_yield_send(&a, ID, 5));
	sample(SIZE_MAX, 0);
	make_samples_backend();
	ATF_REQUIRE_EQ(0, msg_sp_conf_send(&a, &conf));
	sample(SIZE_MAX, 0);
	ATF_REQUIRE_EQ(0, msg_sp_spawn_send(&a, ID, &sp, dup(0)));
	sample(sizeof(struct m_sp_spawn), 0);
	ATF_REQUIRE_EQ(0, msg_sp_child_send(&a, IMSG_SP_SPAWNED, ID, 77, 0,
	    dup(0)));
	sample(SIZE_MAX, 0);
	ATF_REQUIRE_EQ(0, msg_ctl_locked_send(&a, CTL_BUSY));
	sample(SIZE_MAX, 0);
	make_samples_store();
}

/* A payload of somebody's making: 0 if table and parser take it, else -1. */
static int
judge(const struct sample *s, const unsigned char *payload, size_t len)
{
	static const struct { uint32_t type, from, to; } ways[] = {
#define WAY(name, from, to, min, max, fd) \
		{ IMSG_##name, from, to },
		PROTO_TABLE(WAY)
	};
	struct imsg	 imsg;
	size_t		 i;
	int		 ret = -1;

	for (i = 0; ways[i].type != s->type; i++)
		continue;
	ATF_REQUIRE_EQ(1, imsg_compose(&a, s->type, ID, 0,
	    s->fd ? dup(0) : -1, payload, len));
	channel_next(&a, &b, &imsg);
	if (proto_check(&imsg, ways[i].from & -ways[i].from,
	    ways[i].to & -ways[i].to) == NULL)
		ret = parse_any(&imsg);
	imsg_free(&imsg);
	return ret;
}

ATF_TC_WITHOUT_HEAD(every_length);
ATF_TC_BODY(every_length, tc)
{
	unsigned char	 longer[1025];
	struct sample	*s;
	size_t		 len;

	make_samples();
	for (s = samples; s < samples + nsamples; s++) {
		ATF_CHECK_EQ_MSG(0, judge(s, s->payload, s->len), "%s",
		    proto_name(s->type));
		memset(longer, 'x', sizeof(longer));
		memcpy(longer, s->payload, s->len);
		if (!s->loose || s->type == IMSG_BE_NAMES ||
		    s->type == IMSG_ST_REPLY)
			ATF_CHECK_EQ_MSG(-1, judge(s, longer, s->len + 1),
			    "%s longer", proto_name(s->type));
		for (len = 0; len < s->len; len++)
			if (!s->loose)
				ATF_CHECK_EQ_MSG(-1, judge(s, s->payload,
				    len), "%s %zu", proto_name(s->type), len);
			else
				(void)judge(s, s->payload, len);
	}
}

ATF_TC_WITHOUT_HEAD(every_nul);
ATF_TC_BODY(every_nul, tc)
{
	unsigned char	 payload[1024];
	struct sample	*s;
	size_t		 i;

	make_samples();
	for (s = samples; s < samples + nsamples; s++) {
		for (i = s->text; i < s->len; i++) {
			memcpy(payload, s->payload, s->len);
			payload[i] = '\0';
			ATF_CHECK_EQ_MSG(-1, judge(s, payload, s->len),
			    "%s %zu", proto_name(s->type), i);
		}
	}
}

/* Every octet of every message, all values: no crash, and no leak. */
ATF_TC_WITHOUT_HEAD(every_octet);
ATF_TC_BODY(every_octet, tc)
{
	unsigned char	 payload[1024];
	struct sample	*s;
	unsigned int	 v;
	size_t		 i;

	make_samples();
	for (s = samples; s < samples + nsamples; s++) {
		for (i = 0; i < s->len; i++) {
			for (v = 0; v < 256; v++) {
				memcpy(payload, s->payload, s->len);
				payload[i] = v;
				(void)judge(s, payload, s->len);
			}
		}
	}
}

ATF_TC_WITHOUT_HEAD(every_enum);
ATF_TC_BODY(every_enum, tc)
{
	static const struct {
		uint32_t	 type;
		size_t		 at;
		uint32_t	 value;		/* the first that is wrong */
	} wrong[] = {
#define AT(t, f)	offsetof(struct t, f)
		{ IMSG_LOG, AT(m_log, priority), LOG_DEBUG + 1 },
		{ IMSG_CONF_DONE, AT(m_conf, ok), 2 },
		{ IMSG_CONF_PKI, AT(m_pki, len), UINT32_MAX },
		{ IMSG_CONF_LISTEN, AT(m_listen, mode), LISTEN_MODE_MAX },
		{ IMSG_AUTH_REQ, AT(m_auth_req, remote), 5 },
		{ IMSG_AUTH_REQ, AT(m_auth_req, remote), 255 },
		{ IMSG_AUTH_REQ, AT(m_auth_req, tls), 2 },
		{ IMSG_AUTH_FAIL, 0, 0 },
		{ IMSG_AUTH_FAIL, 0, AUTH_REASON_MAX },
		{ IMSG_AUTH_YIELD, 0, 0 },
		{ IMSG_BE_REQ, AT(m_be_req, op), 0 },
		{ IMSG_BE_REQ, AT(m_be_req, op), BE_OP_MAX },
		{ IMSG_BE_REQ, AT(m_be_req, flags), BE_LAST << 1 },
		{ IMSG_BE_RES, AT(m_be_res, code), 1 },
		{ IMSG_BE_RES, AT(m_be_res, code), BACKEND_RECORD - 1 },
		{ IMSG_BE_RES, AT(m_be_res, nouser), 2 },
		{ IMSG_BE_RES, AT(m_be_res, status), USER_STATUS_MAX },
		{ IMSG_BE_RES, AT(m_be_res, quota_octets) + 4, UINT32_MAX },
		{ IMSG_BE_RES, AT(m_be_res, quota_messages) + 4, UINT32_MAX },
		{ IMSG_BE_RES, AT(m_be_res, ngroups), GROUPS_MAX + 1 },
		{ IMSG_SP_CONF, AT(m_sp_conf, ids.uid_min), 3 },
		{ IMSG_SP_CONF, AT(m_sp_conf, ids.gid_min), 5 },
		{ IMSG_SP_CONF, AT(m_sp_conf, lock_flags), 0x10 },
		{ IMSG_SP_SPAWN, AT(m_sp_spawn, flags), SP_RECOVER << 1 },
		{ IMSG_SP_SPAWN, AT(m_sp_spawn, format), FORMAT_MAX },
		{ IMSG_SP_SPAWNED, AT(m_sp_child, pid), 0 },
		{ IMSG_SP_SPAWNED, AT(m_sp_child, pid), 1 },
		{ IMSG_SP_SPAWNED, AT(m_sp_child, pid), UINT32_MAX },
		{ IMSG_CTL_LOCKED, 0, 0 },
		{ IMSG_CTL_LOCKED, 0, CTL_RESULT_MAX },
		{ IMSG_ST_FAIL, 0, ST_OK },
		{ IMSG_ST_FAIL, 0, ST_STATUS_MAX },
		{ IMSG_ST_CMD, AT(m_st_cmd, count), ST_CMDS_MAX + 1 },
		{ IMSG_ST_CMD, AT(m_st_cmd, count), UINT32_MAX },
		{ IMSG_ST_CMD, AT(m_st_cmd, count), 1 },
		{ IMSG_ST_CMD, sizeof(struct m_st_cmd), 0 },
		{ IMSG_ST_CMD, sizeof(struct m_st_cmd) +
		    sizeof(struct st_cmd), ST_OP_MAX },
		{ IMSG_ST_REPLY, AT(st_reply, op), 0 },
		{ IMSG_ST_REPLY, sizeof(struct st_reply), ST_OP_MAX },
		{ IMSG_ST_REPLY, AT(st_reply, status), ST_STATUS_MAX },
		{ IMSG_ST_DATA, AT(m_st_data, reply), ST_OP_MAX },
		{ IMSG_ST_DATA, AT(m_st_data, flags), ST_AHEAD },
		{ IMSG_ST_DATA, AT(m_st_data, flags), ST_AHEAD << 1 },
		{ IMSG_ST_DATA, AT(m_st_data, len), 8 },
		{ IMSG_ST_DATA, AT(m_st_data, len), 10 },
		{ IMSG_ST_DATA, AT(m_st_data, len), UINT32_MAX },
	};
	unsigned char	 payload[1024];
	struct sample	*s;
	size_t		 i;

	make_samples();
	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		for (s = samples; s->type != wrong[i].type; s++)
			continue;
		memcpy(payload, s->payload, s->len);
		/* Numbers that small have an octet of their own. */
		memcpy(payload + wrong[i].at, &wrong[i].value,
		    wrong[i].value < 256 ? 1 : 4);
		ATF_CHECK_EQ_MSG(-1, judge(s, payload, s->len), "%s %zu %u",
		    proto_name(s->type), wrong[i].at, wrong[i].value);
	}
}

/* Lengths that add up, but with a string that must not be empty. */
ATF_TC_WITHOUT_HEAD(shifted_lengths);
ATF_TC_BODY(shifted_lengths, tc)
{
	struct sample		*s;
	struct m_auth_req	 auth;
	struct m_sp_spawn	 sp;

	make_samples();
	for (s = samples; s->type != IMSG_AUTH_REQ; s++)
		continue;
	memcpy(&auth, s->payload, sizeof(auth));
	auth.passlen += auth.userlen;
	auth.userlen = 0;
	memcpy(s->payload, &auth, sizeof(auth));
	ATF_CHECK_EQ(-1, judge(s, s->payload, s->len));
	auth.userlen = auth.passlen;
	auth.passlen = 0;
	memcpy(s->payload, &auth, sizeof(auth));
	ATF_CHECK_EQ(-1, judge(s, s->payload, s->len));
	auth.userlen--;
	auth.passlen = 1;
	memcpy(s->payload, &auth, sizeof(auth));
	ATF_CHECK_EQ(0, judge(s, s->payload, s->len));

	for (s = samples; s->type != IMSG_SP_SPAWN; s++)
		continue;
	memcpy(&sp, s->payload, sizeof(sp));
	sp.statelen += sp.mailboxlen;
	sp.mailboxlen = 0;
	memcpy(s->payload, &sp, sizeof(sp));
	ATF_CHECK_EQ(-1, judge(s, s->payload, s->len));
}

/* One string too long by one, where the whole is still short enough. */
static void
too_long(uint32_t type, size_t head, size_t at, uint16_t max)
{
	struct sample	 s = { .type = type };
	unsigned char	 payload[8192];
	struct sample	*of;
	uint16_t	 len;

	for (of = samples; of->type != type; of++)
		continue;
	s.fd = of->fd;
	memset(payload, 'x', sizeof(payload));
	memcpy(payload, of->payload, of->len);
	memcpy(&len, payload + at, sizeof(len));
	ATF_REQUIRE(len < max);
	s.len = of->len + max - len;
	memmove(payload + s.len - (of->len - head), of->payload + head,
	    of->len - head);
	memset(payload + head, 'x', max - len);
	memcpy(payload + at, &max, sizeof(max));
	ATF_CHECK_EQ_MSG(0, judge(&s, payload, s.len), "%s %zu",
	    proto_name(type), at);
	payload[s.len++] = 'x';
	max++;
	memcpy(payload + at, &max, sizeof(max));
	ATF_CHECK_EQ_MSG(-1, judge(&s, payload, s.len), "%s %zu too long",
	    proto_name(type), at);
}

ATF_TC_WITHOUT_HEAD(every_string_too_long);
ATF_TC_BODY(every_string_too_long, tc)
{
	size_t	 res = sizeof(struct m_be_res) + 8;

	make_samples();
#define LONG(type, t, f, max) \
	too_long(type, sizeof(struct t), offsetof(struct t, f), max)
	LONG(IMSG_AUTH_REQ, m_auth_req, userlen, USER_LEN_MAX);
	LONG(IMSG_AUTH_REQ, m_auth_req, passlen, PASS_LEN_MAX);
	LONG(IMSG_AUTH_OK, m_auth_ok, userlen, USER_LEN_MAX);
	LONG(IMSG_BE_REQ, m_be_req, userlen, USER_LEN_MAX);
	LONG(IMSG_BE_REQ, m_be_req, passlen, PASS_LEN_MAX);
	LONG(IMSG_BE_REQ, m_be_req, newlen, PASS_LEN_MAX);
	LONG(IMSG_KEY_DONE, m_key_done, namelen, PATH_LEN_MAX);
	LONG(IMSG_KEY_DONE, m_key_done, reasonlen, TEXT_LEN_MAX);
	LONG(IMSG_CONF_LISTEN, m_listen, pkilen, PATH_LEN_MAX);
	LONG(IMSG_SP_SPAWN, m_sp_spawn, userlen, USER_LEN_MAX);
	LONG(IMSG_SP_SPAWN, m_sp_spawn, mailboxlen, PATH_LEN_MAX);
	LONG(IMSG_SP_SPAWN, m_sp_spawn, statelen, PATH_LEN_MAX);
	too_long(IMSG_BE_RES, res, offsetof(struct m_be_res, realnamelen),
	    PATH_LEN_MAX);
	too_long(IMSG_BE_RES, res, offsetof(struct m_be_res, homelen),
	    PATH_LEN_MAX);
	too_long(IMSG_BE_RES, res, offsetof(struct m_be_res, mailboxlen),
	    PATH_LEN_MAX);
	too_long(IMSG_BE_RES, res, offsetof(struct m_be_res, hostlen),
	    PATH_LEN_MAX);
	too_long(IMSG_BE_RES, res, offsetof(struct m_be_res, errlen),
	    PATH_LEN_MAX);
}

ATF_TC_WITHOUT_HEAD(log_newline);
ATF_TC_BODY(log_newline, tc)
{
	struct sample	*s = samples;

	make_samples();
	ATF_REQUIRE_EQ(IMSG_LOG, s->type);
	ATF_CHECK_EQ(0, judge(s, s->payload, s->len));
	s->payload[s->len - 1] = '\n';
	ATF_CHECK_EQ(-1, judge(s, s->payload, s->len));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, log_line);
	ATF_TP_ADD_TC(tp, empty);
	ATF_TP_ADD_TC(tp, conf);
	ATF_TP_ADD_TC(tp, limits);
	ATF_TP_ADD_TC(tp, listen_on);
	ATF_TP_ADD_TC(tp, pki);
	ATF_TP_ADD_TC(tp, key);
	ATF_TP_ADD_TC(tp, be_ready);
	ATF_TP_ADD_TC(tp, auth_req);
	ATF_TP_ADD_TC(tp, auth_answers);
	ATF_TP_ADD_TC(tp, be_opt);
	ATF_TP_ADD_TC(tp, be_req);
	ATF_TP_ADD_TC(tp, be_names);
	ATF_TP_ADD_TC(tp, be_res);
	ATF_TP_ADD_TC(tp, be_res_refused);
	ATF_TP_ADD_TC(tp, sp_conf);
	ATF_TP_ADD_TC(tp, sp_spawn);
	ATF_TP_ADD_TC(tp, sp_child);
	ATF_TP_ADD_TC(tp, ctl_locked);
	ATF_TP_ADD_TC(tp, st_ready_fail);
	ATF_TP_ADD_TC(tp, st_cmd);
	ATF_TP_ADD_TC(tp, st_reply);
	ATF_TP_ADD_TC(tp, st_data);
	ATF_TP_ADD_TC(tp, every_length);
	ATF_TP_ADD_TC(tp, every_nul);
	ATF_TP_ADD_TC(tp, every_octet);
	ATF_TP_ADD_TC(tp, every_enum);
	ATF_TP_ADD_TC(tp, shifted_lengths);
	ATF_TP_ADD_TC(tp, every_string_too_long);
	ATF_TP_ADD_TC(tp, log_newline);
	return atf_no_error();
}
