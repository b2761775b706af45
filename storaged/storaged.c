/* SPDX-License-Identifier: ISC */
/*
 * Runs in: storaged, the spawner (with -r, recover_cmd.c takes over).
 * Trusts: authd, within the range of ids that the configuration allows.  Never
 * handles a client, a password or a mailbox.
 */

#include <sys/types.h>
#include <sys/socket.h>
#include <sys/tree.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <imsg.h>

#include "child.h"
#include "log.h"
#include "msg.h"
#include "namespace.h"
#include "privdrop.h"
#include "recover_cmd.h"
#include "sandbox.h"
#include "serve.h"
#include "syncmsg.h"
#include "title.h"

/* A running session; authd waits for its exit. */
struct kid {
	RB_ENTRY(kid)	 entry;
	pid_t		 pid;
	uint32_t	 login;
};
RB_HEAD(kid_tree, kid);

static int	 kid_cmp(struct kid *, struct kid *);
RB_PROTOTYPE(kid_tree, kid, entry, kid_cmp);

static struct kid_tree	 kids = RB_INITIALIZER(&kids);
static struct imsgbuf	 authd;
static struct m_sp_conf	 conf;
static int		 configured, in_spaces, halting;

static int
kid_cmp(struct kid *a, struct kid *b)
{
	return a->pid < b->pid ? -1 : a->pid > b->pid;
}

RB_GENERATE(kid_tree, kid, entry, kid_cmp);

static void
spawner_on_child(int sig)
{
	/* The signal only has to interrupt ppoll(2). */
}

static void
spawner_reap(void)
{
	struct kid	 key, *kid;
	int		 status;

	while ((key.pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if ((kid = RB_FIND(kid_tree, &kids, &key)) == NULL)
			continue;
		if (msg_sp_child_send(&authd, IMSG_SP_EXIT, kid->login,
		    (uint32_t)kid->pid, (uint32_t)status, -1) == -1)
			fatal("SP_EXIT");
		RB_REMOVE(kid_tree, &kids, kid);
		free(kid);
	}
}

/* The new process: become the user, keep two descriptors, serve. */
static void __attribute__((noreturn))
spawner_child(const struct sp_spawn *sp, int session, int control,
    const sigset_t *mask)
{
	int	 tmp;

	/* Move both out of the way first: either may already be 3 or 4. */
	if ((session = fcntl(session, F_DUPFD_CLOEXEC, 5)) == -1 ||
	    (control = fcntl(control, F_DUPFD_CLOEXEC, 5)) == -1)
		_exit(1);
	tmp = dup2(session, SESSION_FD) == -1 ||
	    dup2(control, CONTROL_FD) == -1;
	if (tmp)
		_exit(1);
	closefrom(CONTROL_FD + 1);
	syncmsg_log_to(NULL);
	if (signal(SIGCHLD, SIG_DFL) == SIG_ERR ||
	    sigprocmask(SIG_SETMASK, mask, NULL) == -1)
		_exit(1);
	if (sp->uid != geteuid() || sp->gid != getegid())
		privdrop_to(sp->uid, sp->gid, 0, NULL);
	serve_main(sp, &conf);
}

static void
spawner_spawn(struct imsg *imsg, const sigset_t *mask)
{
	struct sp_spawn	 sp;
	struct kid	*kid = NULL;
	int		 session, ctl[2] = { -1, -1 };

	session = imsg_get_fd(imsg);
	if (!configured || msg_sp_spawn_parse(imsg, &sp) == -1)
		fatalx("authd sent a bad SP_SPAWN");
	if (!ids_uid(&conf.ids, sp.uid) || !ids_gid(&conf.ids, sp.gid))
		fatalx("authd asked for uid %u, gid %u", sp.uid, sp.gid);
	if ((kid = calloc(1, sizeof(*kid))) == NULL ||
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ctl) == -1)
		goto fail;
	kid->login = imsg_get_id(imsg);
	switch (kid->pid = fork()) {
	case -1:
		goto fail;
	case 0:
		spawner_child(&sp, session, ctl[1], mask);
	}
	(void)close(session);
	(void)close(ctl[1]);
	RB_INSERT(kid_tree, &kids, kid);
	if (msg_sp_child_send(&authd, IMSG_SP_SPAWNED, kid->login,
	    (uint32_t)kid->pid, 0, ctl[0]) == -1)
		fatal("SP_SPAWNED");
	return;

 fail:
	/* The engine sees end of file and answers [SYS/TEMP]. */
	log_warn("cannot start a session for %s", log_vis(sp.user));
	if (msg_sp_child_send(&authd, IMSG_SP_EXIT, imsg_get_id(imsg), 0, 0,
	    -1) == -1)
		fatal("SP_EXIT");
	free(kid);
	(void)close(session);
	if (ctl[0] != -1) {
		(void)close(ctl[0]);
		(void)close(ctl[1]);
	}
}

/* Enter the sandbox, which needs the range of ids from SP_CONF. */
static void
spawner_confine(const char *const *dirs)
{
	struct sandbox	 what;

	memset(&what, 0, sizeof(what));
	for (; *dirs != NULL; dirs++)
		sandbox_path(&what, *dirs, SANDBOX_READ | SANDBOX_WRITE);
	what.ids = &conf.ids;
	what.spaces = in_spaces;
	sandbox_enter(SANDBOX_SPAWNER, &what);
}

static void
spawner_dispatch(const char *const *dirs, const sigset_t *mask)
{
	struct imsg	 imsg;
	const char	*why;
	int		 n;

	if ((n = imsgbuf_read(&authd)) == -1)
		fatal("authd");
	if (n == 0)
		exit(0);
	while ((n = imsgbuf_get(&authd, &imsg)) == 1) {
		if ((why = proto_check(&imsg, R_AUTHD, R_SPAWNER)) != NULL)
			fatalx("authd sent %s: %s",
			    proto_name(imsg_get_type(&imsg)), why);
		switch (imsg_get_type(&imsg)) {
		case IMSG_SP_CONF:
			if (msg_sp_conf_parse(&imsg, &conf) == -1)
				fatalx("authd sent a bad SP_CONF");
			log_setverbose((int)conf.verbose);
			if (!configured)
				spawner_confine(dirs);
			configured = 1;
			break;
		case IMSG_SP_SPAWN:
			spawner_spawn(&imsg, mask);
			break;
		case IMSG_HALT:
			/* A new spawner starts sessions; only reap ours. */
			halting = 1;
			break;
		}
		imsg_free(&imsg);
	}
	if (n == -1)
		fatal("authd");
}

/*
 * Drop to the spawner's privileges.  In a user namespace an ordinary user also
 * has capabilities to give up.
 */
static void
spawner_drop(const struct child *self)
{
	/* The namespace allows no setgroups(2): drop them before entering. */
	if (self->uid != 0)
		privdrop_groups();
	if (self->spaces) {
		in_spaces = namespace_enter(PROTO_FD + 1) == 0;
		if (!in_spaces)
			log_warn("namespaces: going on without");
	}
	if (self->uid != 0)
		privdrop_spawner(self->uid, self->gid);
	else
		privdrop_caps();
}

int
main(int argc, char **argv)
{
	struct sigaction	 sa;
	struct child		 self;
	struct pollfd		 pfd;
	sigset_t		 block, mask;

	if (argc > 1 && strcmp(argv[1], "-r") == 0)
		return recover_cmd(argc, argv);
	child_init(&self, "storaged", argc, argv);
	if (imsgbuf_init(&authd, PROTO_FD) == -1)
		fatal("imsgbuf_init");
	imsgbuf_allow_fdpass(&authd);
	syncmsg_log_to(&authd);
	spawner_drop(&self);
	title_set("spawner");

	/* Deliver SIGCHLD only while we wait for authd. */
	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = spawner_on_child;
	(void)sigemptyset(&sa.sa_mask);
	(void)sigemptyset(&block);
	(void)sigaddset(&block, SIGCHLD);
	if (sigaction(SIGCHLD, &sa, NULL) == -1 ||
	    sigprocmask(SIG_BLOCK, &block, &mask) == -1)
		fatal("sigaction");
	for (;;) {
		spawner_reap();
		if (imsgbuf_flush(&authd) == -1 ||
		    (halting && RB_EMPTY(&kids)))
			exit(0);
		pfd.fd = PROTO_FD;
		pfd.events = POLLIN;
		if (ppoll(&pfd, 1, NULL, &mask) == -1) {
			if (errno == EINTR)
				continue;
			fatal("ppoll");
		}
		spawner_dispatch(self.dirs, &mask);
	}
}
