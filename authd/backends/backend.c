/* SPDX-License-Identifier: ISC */
/*
 * Runs in: backends, as _pop3auth.  Trusts: authd, within the catalogue; not
 * the names and passwords that it forwards from clients.
 */

#include <sys/types.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <imsg.h>

#include "backend.h"
#include "child.h"
#include "log.h"
#include "name.h"
#include "nitems.h"
#include "pwcache.h"
#include "sandbox.h"
#include "syncmsg.h"
#include "title.h"

static const struct backend	*backend;
static struct imsgbuf		 authd;
static struct sandbox		 confines;

/* The directories that the sandbox allows, and the files needed below them. */
#define READS_MAX	32

static struct {
	dev_t	 dev;
	ino_t	 ino;
} rules[SANDBOX_PATHS];
static const char		*reads[READS_MAX];
static size_t			 nreads;

/* The list being sent. */
static struct {
	uint32_t	 id;
	size_t		 len;
	char		 names[NAMES_LEN_MAX + 1];
} list;

static void
list_flush(void)
{
	if (list.len == 0)
		return;
	if (msg_be_names_send(&authd, list.id, list.names, list.len) == -1 ||
	    imsgbuf_flush(&authd) == -1)
		fatal("cannot send a user list to authd");
	list.len = 0;
}

void
backend_list(const char *name)
{
	size_t	 len;

	if (!name_user_valid(name))
		return;
	len = strlen(name);
	if (list.len + len + 1 > NAMES_LEN_MAX)
		list_flush();
	memcpy(list.names + list.len, name, len);
	list.len += len;
	list.names[list.len++] = '\n';
	list.names[list.len] = '\0';
}

static enum backend_code
backend_get_userlist(uint32_t id, char *err)
{
	enum backend_code	 code;

	if (backend->get_userlist == NULL)
		return backend_err(err, BACKEND_UNSUPPORTED,
		    "%s cannot list its users", backend->name);
	list.id = id;
	list.len = 0;
	code = backend->get_userlist(err);
	list_flush();
	return code;
}

static void
backend_info_clear(struct userinfo *info)
{
	memset(info, 0, sizeof(*info));
	info->quota_octets = -1;
	info->quota_messages = -1;
}

static enum backend_code
backend_get_userinfo(const struct be_req *req, struct userinfo *info,
    char *err)
{
	backend_info_clear(info);
	return backend->get_userinfo(req->user, info, err);
}

static enum backend_code
backend_check(const struct be_req *req, char *err)
{
	enum backend_code	 code;

	if (req->pass[0] == '\0')
		return backend_err(err, BACKEND_PARAM, "empty password");
	if (pwcache_known(req->user, req->pass))
		return BACKEND_OK;
	code = backend->check_userpassword(req->user, req->pass, err);
	if (code == BACKEND_OK)
		pwcache_note(req->user, req->pass);
	return code;
}

static enum backend_code
backend_change(const struct be_req *req, char *err)
{
	const char	*p;

	if (backend->change_userpassword == NULL)
		return backend_err(err, BACKEND_UNSUPPORTED,
		    "%s cannot change passwords", backend->name);
	if (req->pass[0] == '\0' || req->newpass[0] == '\0')
		return backend_err(err, BACKEND_PARAM, "empty password");
	for (p = req->newpass; *p != '\0'; p++) {
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			return backend_err(err, BACKEND_PARAM,
			    "control character in the new password");
	}
	pwcache_clear();
	return backend->change_userpassword(req->user, req->pass,
	    req->newpass, err);
}

/*
 * An unknown user must take as long as a wrong password, at the latest at the
 * end of the chain of backends, and is always refused.  Only a client with the
 * right password may learn that the record is wrong, so the password comes
 * first here, too.
 */
static enum backend_code
backend_login(const struct be_req *req, struct be_res *res)
{
	enum backend_code	 code, info_code;
	char			 info_err[BACKEND_ERR_LEN] = "";

	if (req->pass[0] == '\0')
		return backend_err(res->err, BACKEND_PARAM, "empty password");
	if (backend->login != NULL) {
		backend_info_clear(&res->info);
		return backend->login(req->user, req->pass, &res->info,
		    res->err);
	}
	info_code = backend_get_userinfo(req, &res->info, info_err);
	if (info_code == BACKEND_DENIED && !(req->flags & BE_LAST)) {
		res->nouser = 1;
		return backend_err(res->err, BACKEND_DENIED, "%s", info_err);
	}
	code = backend_check(req, res->err);
	if (info_code == BACKEND_DENIED) {
		res->nouser = 1;
		return code == BACKEND_OK ? BACKEND_DENIED : code;
	}
	if (code != BACKEND_OK)
		return code;
	if (info_code != BACKEND_OK)
		return backend_err(res->err, info_code, "%s", info_err);
	return BACKEND_OK;
}

static enum backend_code
backend_serve(uint32_t id, const struct be_req *req, struct be_res *res)
{
	if (req->op == BE_OP_LIST)
		return backend_get_userlist(id, res->err);
	if (req->op == BE_OP_READY)
		return backend->ready == NULL ? BACKEND_OK :
		    backend->ready(res->err);
	if (!name_user_valid(req->user))
		return backend_err(res->err, BACKEND_PARAM, "bad user name");
	switch (req->op) {
	case BE_OP_LOGIN:
		return backend_login(req, res);
	case BE_OP_INFO:
		return backend_get_userinfo(req, &res->info, res->err);
	case BE_OP_CHECK:
		return backend_check(req, res->err);
	case BE_OP_CHANGE:
		return backend_change(req, res->err);
	default:
		return backend_err(res->err, BACKEND_PARAM, "no such request");
	}
}

static void
backend_request(struct imsg *imsg)
{
	struct be_req	 req;
	struct be_res	 res;
	uint32_t	 id = imsg_get_id(imsg);

	if (msg_be_req_parse(imsg, &req) == -1)
		fatalx("authd sent a malformed BE_REQ");
	imsg_free(imsg);
	memset(&res, 0, sizeof(res));
	res.code = backend_serve(id, &req, &res);
	explicit_bzero(&req, sizeof(req));
	if (backend->done != NULL)
		backend->done();
	if (res.code == BACKEND_INTERNAL && backend_moved()) {
		if (msg_empty_send(&authd, IMSG_BE_STALE, id) == -1 ||
		    imsgbuf_flush(&authd) == -1)
			fatal("cannot answer authd");
		return;
	}
	if (res.code == BACKEND_OK)
		res.err[0] = '\0';
	else {
		memset(&res.info, 0, sizeof(res.info));
		if (res.err[0] == '\0')
			(void)strlcpy(res.err, "no reason given",
			    sizeof(res.err));
	}
	if (msg_be_res_send(&authd, id, &res) == -1 ||
	    imsgbuf_flush(&authd) == -1)
		fatal("cannot answer authd");
}

void
backend_share(int fd)
{
	int	 copy;

	if (fd == -1)
		return;
	if ((copy = fcntl(fd, F_DUPFD_CLOEXEC, 0)) == -1 ||
	    msg_fd_send(&authd, IMSG_BE_SHARE, 0, copy) == -1 ||
	    imsgbuf_flush(&authd) == -1)
		fatal("cannot share with the other workers");
}

static void
backend_shared(struct imsg *imsg)
{
	int	 fd = imsg_get_fd(imsg);

	imsg_free(imsg);
	/* Another worker's mistake must not kill this one. */
	if (backend->shared == NULL) {
		log_warnx("another worker sent a descriptor to share; ignored");
		(void)close(fd);
	} else
		backend->shared(fd);
}

static void
backend_option(struct imsg *imsg)
{
	char			 text[TEXT_LEN_MAX + 1];
	char			 err[BACKEND_ERR_LEN] = "bad value", *value;
	enum backend_code	 code;

	if (msg_be_opt_parse(imsg, text) == -1)
		fatalx("authd sent a malformed BE_OPT");
	imsg_free(imsg);
	if ((value = strchr(text, '=')) == NULL)
		fatalx("authd sent an option without a value");
	*value++ = '\0';
	code = pwcache_option(text, value, err);
	if (code == BACKEND_UNSUPPORTED && backend->option == NULL)
		fatalx("option %s: there are no options here", log_vis(text));
	if (code == BACKEND_UNSUPPORTED)
		code = backend->option(text, value, err);
	if (code != BACKEND_OK)
		fatalx("option %s: %s", log_vis(text), err);
	explicit_bzero(text, sizeof(text));
}

static void
reads_add(const char *path)
{
	if (nreads == READS_MAX)
		fatalx("sandbox: more than %d files", READS_MAX);
	/* Never freed: an option's value. */
	if ((reads[nreads++] = strdup(path)) == NULL)
		fatal("sandbox");
}

static void
rules_note(void)
{
	struct stat	 st;
	size_t		 i;

	for (i = 0; i < confines.npaths; i++) {
		if (stat(confines.paths[i].path, &st) == -1)
			continue;
		rules[i].dev = st.st_dev;
		rules[i].ino = st.st_ino;
	}
}

static int
rules_have(const char *path)
{
	struct stat	 st;
	size_t		 i;

	/* A file without a status has not moved. */
	if (stat(path, &st) == -1)
		return 1;
	for (i = 0; i < confines.npaths; i++)
		if (rules[i].ino != 0 && rules[i].dev == st.st_dev &&
		    rules[i].ino == st.st_ino)
			return 1;
	return 0;
}

/* Whether an existing file is below none of the allowed directories. */
static int
reads_moved(const char *path)
{
	char	 real[PATH_MAX], *slash;

	if (realpath(path, real) == NULL)
		return 0;
	for (;;) {
		if (rules_have(real))
			return 0;
		if (real[1] == '\0')
			return 1;
		slash = strrchr(real, '/');
		slash[slash == real] = '\0';
	}
}

int
backend_moved(void)
{
	size_t	 i;

	for (i = 0; i < nreads; i++)
		if (reads_moved(reads[i]))
			return 1;
	return 0;
}

void
backend_reads(const char *path)
{
	unsigned int	 rights = SANDBOX_READ;
	char		 real[PATH_MAX];

	if (backend->needs & BACKEND_NEEDS_FILES)
		rights |= SANDBOX_WRITE;
	/* Without FILES and NET the sandbox has no readlink(2). */
	if (backend->needs & (BACKEND_NEEDS_FILES | BACKEND_NEEDS_NET))
		reads_add(path);
	sandbox_directory(&confines, path, rights);
	if (realpath(path, real) != NULL && strcmp(real, path) != 0)
		sandbox_directory(&confines, real, rights);
}

/* Allow a single file; it may be a symbolic link and need not exist. */
static void
backend_reads_file(const char *path)
{
	char	*real;

	reads_add(path);
	sandbox_path(&confines, path, SANDBOX_READ);
	/* Never freed: struct sandbox borrows it. */
	if ((real = realpath(path, NULL)) != NULL && strcmp(real, path) != 0)
		sandbox_path(&confines, real, SANDBOX_READ);
}

/* The files needed to resolve a server and verify its certificate. */
static void
backend_reads_net(void)
{
	static const char *const	 paths[] = {
		"/etc/resolv.conf", "/etc/hosts", "/etc/host.conf",
		"/etc/nsswitch.conf", "/etc/gai.conf", "/etc/services",
		"/etc/protocols", "/etc/passwd", "/etc/ssl"
	};
	size_t				 i;

	for (i = 0; i < NITEMS(paths); i++)
		backend_reads_file(paths[i]);
}

/* Third-party code may need to read and execute anything. */
static enum sandbox_role
backend_role(void)
{
	switch (backend->needs & (BACKEND_NEEDS_FOREIGN | BACKEND_NEEDS_NET |
	    BACKEND_NEEDS_FILES)) {
	case 0:
		return SANDBOX_BACKEND;
	case BACKEND_NEEDS_FILES:
		return SANDBOX_BACKEND_WRITE;
	case BACKEND_NEEDS_NET:
		backend_reads_net();
		return SANDBOX_BACKEND_NET;
	default:
		sandbox_path(&confines, "/", SANDBOX_READ | SANDBOX_EXEC);
		sandbox_path(&confines, "/dev/null", SANDBOX_WRITE);
		return SANDBOX_BACKEND_FOREIGN;
	}
}

static void
backend_start(struct imsg *imsg)
{
	char			 err[BACKEND_ERR_LEN] = "cannot start";
	enum sandbox_role	 role;

	imsg_free(imsg);
	if (backend->open != NULL && backend->open(err) != BACKEND_OK)
		fatalx("%s", err);
	pwcache_start(backend->name, backend->login != NULL);
	confines.helpers = (backend->needs & BACKEND_NEEDS_FORK) != 0;
	role = backend_role();
	rules_note();
	sandbox_enter(role, &confines);
	if (msg_be_ready_send(&authd, backend->shared != NULL) == -1 ||
	    imsgbuf_flush(&authd) == -1)
		fatal("cannot answer authd");
}

/* Make the channel block, whatever authd set. */
static void
backend_channel(void)
{
	int	 flags;

	if ((flags = fcntl(PROTO_FD, F_GETFL)) == -1 ||
	    fcntl(PROTO_FD, F_SETFL, flags & ~O_NONBLOCK) == -1 ||
	    fcntl(PROTO_FD, F_SETFD, FD_CLOEXEC) == -1)
		fatal("fcntl");
	if (imsgbuf_init(&authd, PROTO_FD) == -1 ||
	    imsgbuf_set_maxsize(&authd, PROTO_MSG_MAX) == -1)
		fatal("imsgbuf_init");
	imsgbuf_allow_fdpass(&authd);
	syncmsg_log_to(&authd);
	syncmsg_idle(pwcache_idle);
}

int
backend_main(const struct backend *be, int argc, char **argv)
{
	struct child	 child;
	struct imsg	 imsg;
	uint32_t	 type;
	int		 n, started = 0;

	backend = be;
	child_init(&child, be->name, argc, argv);
	title_set("worker");
	backend_channel();
	while ((n = syncmsg_get(&authd, &imsg, R_BACKEND, R_AUTHD)) == 1) {
		type = imsg_get_type(&imsg);
		if (type == IMSG_BE_OPT && !started)
			backend_option(&imsg);
		else if (type == IMSG_BE_START && !started) {
			backend_start(&imsg);
			started = 1;
		} else if (type == IMSG_BE_REQ && started)
			backend_request(&imsg);
		else if (type == IMSG_BE_SHARED)
			backend_shared(&imsg);
		else
			fatalx("authd sent %s out of turn", proto_name(type));
	}
	if (n == -1)
		fatal("channel to authd");
	return 0;
}
