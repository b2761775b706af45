/*
 * An engine that has been taken over: the test puts it in the engine's place.
 * It tells authd, and storaged through a real login, all that it can think of;
 * each life ends with something that authd must kill it for.
 *
 * Of several engines only one is evil, who has the lock on the file "evil"
 * beside the program; the others become the real one, "engine.real".
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
#include "log.h"
#include "msg.h"
#include "privdrop.h"
#include "sandbox.h"
#include "syncmsg.h"

/* Messages in one life. */
#define CHATTER		1000

static struct imsgbuf	 authd;
static uint64_t		 state;
static unsigned char	 noise[128 * 1024];

/* Not as the story goes; where and why is for whoever reads the log. */
static void __attribute__((noreturn))
give_up(int line)
{
	log_warn("evil: gives up in line %d", line);
	exit(1);
}

static uint32_t
rnd(uint32_t below)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (uint32_t)(state >> 16) % below;
}

/* As it stands, with descriptors. */
static void
throw_at(int fd, const void *buf, size_t len, int nfds)
{
	union {
		struct cmsghdr	 hdr;
		unsigned char	 buf[CMSG_SPACE(sizeof(int) * 16)];
	}		 cmsg;
	struct iovec	 iov = { (void *)(uintptr_t)buf, len };
	struct msghdr	 msg;
	int		 fds[16], i;

	memset(&msg, 0, sizeof(msg));
	msg.msg_iov = &iov;
	msg.msg_iovlen = 1;
	if (nfds > 0) {
		memset(&cmsg, 0, sizeof(cmsg));
		msg.msg_control = &cmsg.buf;
		msg.msg_controllen = CMSG_SPACE(sizeof(int) * nfds);
		cmsg.hdr.cmsg_len = CMSG_LEN(sizeof(int) * nfds);
		cmsg.hdr.cmsg_level = SOL_SOCKET;
		cmsg.hdr.cmsg_type = SCM_RIGHTS;
		for (i = 0; i < nfds; i++)
			fds[i] = STDERR_FILENO;
		memcpy(CMSG_DATA(&cmsg.hdr), fds, sizeof(int) * nfds);
	}
	(void)sendmsg(fd, &msg, MSG_NOSIGNAL);
}

/* A header that says this, and so much behind it. */
static void
throw_imsg(int fd, uint32_t type, uint32_t said, size_t len, int nfds)
{
	struct imsg_hdr	 hdr;

	memset(&hdr, 0, sizeof(hdr));
	hdr.type = type;
	hdr.len = said;
	hdr.peerid = rnd(4) == 0 ? 1 : rnd(UINT32_MAX);
	memcpy(noise, &hdr, sizeof(hdr));
	throw_at(fd, noise, sizeof(hdr) + len, nfds);
	memset(noise, (int)rnd(256), sizeof(hdr));
}

/* Something that no peer of ours may let pass. */
static void
throw_worst(int fd)
{
	uint32_t	 len = rnd(2000), head = sizeof(struct imsg_hdr);

	switch (rnd(10)) {
	case 0:
		throw_at(fd, noise, 1 + rnd(sizeof(noise)), 0);
		break;
	case 1:
		throw_imsg(fd, rnd(IMSG_MAX + 10), head + len, len, 0);
		break;
	case 2:
		throw_imsg(fd, rnd(IMSG_MAX), rnd(UINT32_MAX), len, 0);
		break;
	case 3:
		throw_imsg(fd, rnd(IMSG_MAX), rnd(head), len, 0);
		break;
	case 4:
		throw_imsg(fd, IMSG_MAX + rnd(1000000), head + len, len, 0);
		break;
	case 5:
		throw_imsg(fd, rnd(IMSG_MAX), (head + len) | 1U << 31, len,
		    1 + (int)rnd(16));
		break;
	case 6:
		throw_imsg(fd, rnd(IMSG_MAX), (head + len) | 1U << 31, len, 0);
		break;
	case 7:
		throw_imsg(fd, rnd(IMSG_MAX), head + 70000, 70000, 0);
		break;
	case 8:
		/* It ends in the middle. */
		throw_imsg(fd, rnd(IMSG_MAX), head + 2000, len, 0);
		break;
	case 9:
		throw_imsg(fd, IMSG_AUTH_REQ, head + len, len, 0);
		break;
	}
}

/* In shape, and nonsense. */
static void
chatter(void)
{
	struct auth_req	 req;
	char		 text[TEXT_LEN_MAX + 1];
	uint32_t	 i, len;

	switch (rnd(4)) {
	case 0:
		if (msg_empty_send(&authd, IMSG_AUTH_CANCEL,
		    rnd(UINT32_MAX)) == -1)
			give_up(__LINE__);
		break;
	case 1:
		len = 1 + rnd(TEXT_LEN_MAX);
		for (i = 0; i < len; i++)
			text[i] = (char)(11 + rnd(245));
		text[len] = '\0';
		if (msg_log_send(&authd, (int)rnd(8), text) == -1)
			give_up(__LINE__);
		break;
	default:
		memset(&req, 0, sizeof(req));
		req.remote.family = 4;
		len = 1 + rnd(USER_LEN_MAX);
		for (i = 0; i < len; i++)
			req.user[i] = (char)(1 + rnd(255));
		/* A name that is one, now and then. */
		if (rnd(64) == 0)
			(void)strlcpy(req.user, "anna", sizeof(req.user));
		len = 1 + rnd(PASS_LEN_MAX);
		for (i = 0; i < len; i++)
			req.pass[i] = (char)(1 + rnd(255));
		if (msg_auth_req_send(&authd, rnd(UINT32_MAX), &req) == -1)
			give_up(__LINE__);
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
		give_up(__LINE__);
	if (syncmsg_get(&authd, &imsg, R_ENGINE, R_AUTHD) != 1)
		give_up(__LINE__);
	fd = imsg_get_type(&imsg) == IMSG_AUTH_OK ? imsg_get_fd(&imsg) : -1;
	imsg_free(&imsg);
	if (fd == -1)
		return;
	/* Commands that may stand there, but never the last one. */
	for (n = rnd(ST_CMDS_MAX), i = 0; i < n; i++) {
		cmds[i].op = 1 + rnd(ST_OP_COMMIT - 1);
		cmds[i].msg = rnd(6);
		cmds[i].lines = rnd(3);
	}
	if (n > 0 && imsgbuf_init(&session, fd) == 0 &&
	    imsgbuf_set_maxsize(&session, PROTO_MSG_MAX) == 0 &&
	    msg_st_cmd_send(&session, rnd(2), cmds, n) == 0)
		(void)imsgbuf_flush(&session);
	throw_worst(fd);
	(void)close(fd);
}

static void
become_one(const char *argv0, char **argv)
{
	char	 path[1100], *slash;
	int	 fd;

	if (strlcpy(path, argv0, 1024) >= 1024 ||
	    (slash = strrchr(path, '/')) == NULL)
		give_up(__LINE__);
	(void)strlcpy(slash, "/evil", sizeof("/evil"));
	if ((fd = open(path, O_RDONLY)) != -1 &&
	    flock(fd, LOCK_EX | LOCK_NB) == 0)
		return;
	(void)strlcpy(slash, "/engine.real", sizeof("/engine.real"));
	execv(path, argv);
	give_up(__LINE__);
}

int
main(int argc, char **argv)
{
	struct child	 self;
	struct imsg	 imsg;
	struct m_conf	 conf;
	char		 reason[TEXT_LEN_MAX + 1];
	uint32_t	 type;
	size_t		 k;
	int		 i;

	become_one(argv[0], argv);
	child_init(&self, "evil", argc, argv);
	if (self.chroot != NULL)
		privdrop_chroot(self.chroot);
	if (self.uid != 0)
		privdrop_to(self.uid, self.gid, 0, NULL);
	if (imsgbuf_init(&authd, PROTO_FD) == -1 ||
	    imsgbuf_set_maxsize(&authd, PROTO_MSG_MAX) == -1)
		give_up(__LINE__);
	imsgbuf_allow_fdpass(&authd);
	syncmsg_log_to(&authd);
	sandbox_enter(SANDBOX_ENGINE, NULL);
	arc4random_buf(&state, sizeof(state));
	state |= 1;
	log_info("evil: begins with seed %llu", (unsigned long long)state);
	for (k = 0; k < sizeof(noise); k++)
		noise[k] = (unsigned char)rnd(256);
	do {
		if (syncmsg_get(&authd, &imsg, R_ENGINE, R_AUTHD) != 1)
			give_up(__LINE__);
		type = imsg_get_type(&imsg);
		if (type == IMSG_CONF_END &&
		    msg_conf_parse(&imsg, &conf, reason) == -1)
			give_up(__LINE__);
		imsg_free(&imsg);
	} while (type != IMSG_CONF_END);
	if (msg_conf_send(&authd, IMSG_CONF_DONE, conf.generation, 1, "") ==
	    -1 || imsgbuf_flush(&authd) == -1)
		give_up(__LINE__);
	for (i = 0; i < 5; i++)
		attack_session("bert", "bert");
	for (i = 0; i < CHATTER; i++) {
		chatter();
		if (imsgbuf_flush(&authd) == -1)
			give_up(__LINE__);
		while (recv(PROTO_FD, noise, sizeof(noise), MSG_DONTWAIT) > 0)
			continue;
	}
	throw_worst(PROTO_FD);
	/* Half of a message may be waited for; then this is its rest. */
	throw_at(PROTO_FD, noise, sizeof(noise), 0);
	/* And then it hangs up, but does not go. */
	(void)close(PROTO_FD);
	for (;;)
		(void)poll(NULL, 0, -1);
}
