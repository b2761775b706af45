/* SPDX-License-Identifier: ISC */
/*
 * An engine that has been taken over: the test puts it in the engine's place.
 * It tells authd, and storaged through a real login, all that it can think of;
 * each life ends with something that authd must kill it for.
 *
 * Of several engines those are evil that have the lock on one of the files
 * "evil1", "evil2" ... beside the program; the others become the real one,
 * "engine.real".
 */

#include <sys/types.h>
#include <sys/file.h>
#include <sys/socket.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <imsg.h>

#include "child.h"
#include "evil.h"
#include "log.h"
#include "msg.h"
#include "privdrop.h"
#include "sandbox.h"
#include "syncmsg.h"

/* Messages in one life. */
#define CHATTER		1000

static struct imsgbuf	 authd;

/* In shape, and nonsense. */
static void
chatter(void)
{
	struct auth_req	 req;
	char		 text[TEXT_LEN_MAX + 1];
	uint32_t	 i, len;

	switch (evil_rnd(4)) {
	case 0:
		if (msg_empty_send(&authd, IMSG_AUTH_CANCEL,
		    evil_rnd(UINT32_MAX)) == -1)
			evil_give_up(__LINE__);
		break;
	case 1:
		len = 1 + evil_rnd(TEXT_LEN_MAX);
		for (i = 0; i < len; i++)
			text[i] = (char)(11 + evil_rnd(245));
		text[len] = '\0';
		if (msg_log_send(&authd, (int)evil_rnd(8), text) == -1)
			evil_give_up(__LINE__);
		break;
	default:
		memset(&req, 0, sizeof(req));
		req.remote.family = 4;
		len = 1 + evil_rnd(USER_LEN_MAX);
		for (i = 0; i < len; i++)
			req.user[i] = (char)(1 + evil_rnd(255));
		/* A name that is one, now and then. */
		if (evil_rnd(64) == 0)
			(void)strlcpy(req.user, "anna", sizeof(req.user));
		len = 1 + evil_rnd(PASS_LEN_MAX);
		for (i = 0; i < len; i++)
			req.pass[i] = (char)(1 + evil_rnd(255));
		if (msg_auth_req_send(&authd, evil_rnd(UINT32_MAX), &req) == -1)
			evil_give_up(__LINE__);
		break;
	}
}

/* Log in as somebody whose password went by, and tell storaged lies. */
static void
attack_session(const char *user, const char *pass)
{
	struct st_cmd	 cmds[ST_CMDS_MAX];
	struct auth_req	 req;
	struct imsgbuf	 session;
	struct imsg	 imsg;
	uint32_t	 i, n;
	int		 fd;

	memset(&req, 0, sizeof(req));
	req.remote.family = 4;
	(void)strlcpy(req.user, user, sizeof(req.user));
	(void)strlcpy(req.pass, pass, sizeof(req.pass));
	if (msg_auth_req_send(&authd, 1, &req) == -1 ||
	    imsgbuf_flush(&authd) == -1)
		evil_give_up(__LINE__);
	if (syncmsg_get(&authd, &imsg, R_ENGINE, R_AUTHD) != 1)
		evil_give_up(__LINE__);
	fd = imsg_get_type(&imsg) == IMSG_AUTH_OK ? imsg_get_fd(&imsg) : -1;
	imsg_free(&imsg);
	if (fd == -1)
		return;
	/* Commands that may stand there, but never the last one. */
	for (n = evil_rnd(ST_CMDS_MAX), i = 0; i < n; i++) {
		cmds[i].op = 1 + evil_rnd(ST_OP_COMMIT - 1);
		cmds[i].msg = evil_rnd(6);
		cmds[i].lines = evil_rnd(3);
	}
	if (n > 0 && imsgbuf_init(&session, fd) == 0 &&
	    imsgbuf_set_maxsize(&session, PROTO_MSG_MAX) == 0 &&
	    msg_st_cmd_send(&session, evil_rnd(2), cmds, n) == 0)
		(void)imsgbuf_flush(&session);
	evil_worst(fd);
	(void)close(fd);
}

static void
become_one(const char *argv0, char **argv)
{
	char	 path[1100], *slash;
	int	 fd, i;

	if (strlcpy(path, argv0, 1024) >= 1024 ||
	    (slash = strrchr(path, '/')) == NULL)
		evil_give_up(__LINE__);
	for (i = 1; ; i++) {
		(void)snprintf(slash, 16, "/evil%d", i);
		if ((fd = open(path, O_RDONLY)) == -1)
			break;
		if (flock(fd, LOCK_EX | LOCK_NB) == 0)
			return;
		(void)close(fd);
	}
	(void)strlcpy(slash, "/engine.real", sizeof("/engine.real"));
	execv(path, argv);
	evil_give_up(__LINE__);
}

int
main(int argc, char **argv)
{
	struct child	 self;
	struct imsg	 imsg;
	struct m_conf	 conf;
	char		 reason[TEXT_LEN_MAX + 1];
	uint32_t	 type;
	int		 i;

	become_one(argv[0], argv);
	child_init(&self, "evil", argc, argv);
	if (self.chroot != NULL)
		privdrop_chroot(self.chroot);
	if (self.uid != 0)
		privdrop_to(self.uid, self.gid, 0, NULL);
	if (imsgbuf_init(&authd, PROTO_FD) == -1 ||
	    imsgbuf_set_maxsize(&authd, PROTO_MSG_MAX) == -1)
		evil_give_up(__LINE__);
	imsgbuf_allow_fdpass(&authd);
	syncmsg_log_to(&authd);
	sandbox_enter(SANDBOX_ENGINE, NULL);
	log_info("evil: begins with seed %llu", evil_begin());
	do {
		if (syncmsg_get(&authd, &imsg, R_ENGINE, R_AUTHD) != 1)
			evil_give_up(__LINE__);
		type = imsg_get_type(&imsg);
		if (type == IMSG_CONF_END &&
		    msg_conf_parse(&imsg, &conf, reason) == -1)
			evil_give_up(__LINE__);
		imsg_free(&imsg);
	} while (type != IMSG_CONF_END);
	if (msg_conf_send(&authd, IMSG_CONF_DONE, conf.generation, 1, "") ==
	    -1 || imsgbuf_flush(&authd) == -1)
		evil_give_up(__LINE__);
	for (i = 0; i < 5; i++)
		attack_session("bert", "bert");
	for (i = 0; i < CHATTER; i++) {
		chatter();
		if (imsgbuf_flush(&authd) == -1)
			evil_give_up(__LINE__);
		while (recv(PROTO_FD, evil_noise, sizeof(evil_noise),
		    MSG_DONTWAIT) > 0)
			continue;
	}
	evil_worst(PROTO_FD);
	/* Half of a message may be waited for; then this is its rest. */
	evil_throw(PROTO_FD, evil_noise, sizeof(evil_noise), 0);
	/* And then it hangs up, but does not go. */
	(void)close(PROTO_FD);
	for (;;)
		(void)poll(NULL, 0, -1);
}
