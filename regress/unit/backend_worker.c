/* SPDX-License-Identifier: ISC */
/* Runs in: unit tests, as authd.  Trusts: nothing that the backend says. */

#include <sys/types.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "backend_worker.h"

uint32_t	 last_id;
struct be_res	 res;

void
write_file(const char *path, mode_t mode, const char *text)
{
	FILE	*fp;

	ATF_REQUIRE((fp = fopen(path, "w")) != NULL);
	ATF_REQUIRE_EQ(0, fchmod(fileno(fp), mode));
	ATF_REQUIRE(fputs(text, fp) != EOF);
	ATF_REQUIRE_EQ(0, fclose(fp));
}

const char *
format(const char *fmt, ...)
{
	static char	 text[16384];
	va_list		 ap;

	va_start(ap, fmt);
	ATF_REQUIRE(vsnprintf(text, sizeof(text), fmt, ap) <
	    (int)sizeof(text));
	va_end(ap);
	return text;
}

void
shell(const char *fmt, ...)
{
	char	 cmd[4096];
	va_list	 ap;

	va_start(ap, fmt);
	ATF_REQUIRE(vsnprintf(cmd, sizeof(cmd), fmt, ap) < (int)sizeof(cmd));
	va_end(ap);
	ATF_REQUIRE_EQ_MSG(0, system(cmd), "%s", cmd);
}

const char *
program_path(const atf_tc_t *tc, const struct subject *s)
{
	return format("%s/../../%s/%s", atf_tc_get_config_var(tc, "srcdir"),
	    s->dir != NULL ? s->dir : "authd/backends",
	    s->program);
}

/* Some are not built where a library is missing. */
int
is_built(const atf_tc_t *tc, const struct subject *s)
{
	if (access(program_path(tc, s), X_OK) == 0)
		return 1;
	printf("%s: not built\n", s->program);
	return 0;
}

void
worker_exec(const atf_tc_t *tc, struct worker *w, const struct subject *s,
    uid_t uid, gid_t gid)
{
	char	*argv[2] = { NULL, NULL };
	int	 sv[2], program;

	memset(w, 0, sizeof(*w));
	ATF_REQUIRE((argv[0] = realpath(program_path(tc, s), NULL)) != NULL);
	ATF_REQUIRE((program = open(argv[0], O_PATH | O_CLOEXEC)) != -1);
	ATF_REQUIRE_EQ(0, socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC |
	    SOCK_NONBLOCK, 0, sv));
	ATF_REQUIRE_EQ(0, fcntl(sv[0], F_SETFL, 0));
	ATF_REQUIRE((w->pid = fork()) != -1);
	if (w->pid == 0) {
		if (uid != 0 && (setgroups(1, &gid) == -1 ||
		    setresgid(NOBODY, NOBODY, NOBODY) == -1 ||
		    setresuid(uid, uid, uid) == -1))
			_exit(99);
		program = fcntl(program, F_DUPFD_CLOEXEC, PROTO_FD + 1);
		if (sv[1] == PROTO_FD)
			(void)fcntl(sv[1], F_SETFD, 0);
		else if (dup2(sv[1], PROTO_FD) == -1)
			_exit(99);
		fexecve(program, argv, environ);
		_exit(99);
	}
	free(argv[0]);
	(void)close(program);
	(void)close(sv[1]);
	ATF_REQUIRE_EQ(0, imsgbuf_init(&w->ib, sv[0]));
	ATF_REQUIRE_EQ(0, imsgbuf_set_maxsize(&w->ib, PROTO_MSG_MAX));
	imsgbuf_allow_fdpass(&w->ib);
}

void
worker_flush(struct worker *w)
{
	ATF_REQUIRE_EQ(0, imsgbuf_flush(&w->ib));
}

uint32_t
worker_next(struct worker *w, struct imsg *imsg)
{
	const char	*why;
	char		 text[TEXT_LEN_MAX + 1];
	uint32_t	 priority;
	int		 n;

	for (;;) {
		ATF_REQUIRE((n = imsgbuf_get(&w->ib, imsg)) != -1);
		if (n == 0) {
			n = imsgbuf_read(&w->ib);
			ATF_REQUIRE(n != -1 || errno == ECONNRESET);
			if (n != 1)
				return 0;
			continue;
		}
		why = proto_check(imsg, R_BACKEND, R_AUTHD);
		ATF_REQUIRE_EQ_MSG(NULL, why, "%s", why);
		if (imsg_get_type(imsg) == IMSG_BE_SHARE) {
			if (w->shares++ > 0)
				(void)close(w->shared);
			w->shared = imsg_get_fd(imsg);
			imsg_free(imsg);
			continue;
		}
		if (imsg_get_type(imsg) != IMSG_LOG)
			return imsg_get_type(imsg);
		ATF_REQUIRE_EQ(0, msg_log_parse(imsg, &priority, text));
		/* Which layers there are is not what is tested here. */
		if (strncmp(text, "sandbox: backend: ", 18) != 0) {
			(void)strlcat(w->logged, text, sizeof(w->logged));
			(void)strlcat(w->logged, "\n", sizeof(w->logged));
		}
		imsg_free(imsg);
	}
}

/* An option with this directory in it, where there is "DIR" or "%DIR". */
static const char *
option_with(const char *opt, const char *dir)
{
	char		 in_url[1600];
	const char	*p = strstr(opt, "DIR");
	size_t		 len = 0;

	if (p == NULL)
		return opt;
	if (p == opt || p[-1] != '%')
		return format("%.*s%s%s", (int)(p - opt), opt, dir, p + 3);
	for (; *dir != '\0' && len < sizeof(in_url) - 4; dir++)
		len += (size_t)snprintf(in_url + len, 4, *dir == '/' ? "%%2f" :
		    "%c", *dir);
	return format("%.*s%s%s", (int)(p - 1 - opt), opt, in_url, p + 3);
}

void
worker_options(struct worker *w, const struct subject *s, const char *extra)
{
	char		 dir[512];
	size_t		 i;

	ATF_REQUIRE(getcwd(dir, sizeof(dir)) != NULL);
	for (i = 0; i < sizeof(s->opts) / sizeof(s->opts[0]) &&
	    s->opts[i] != NULL; i++)
		ATF_REQUIRE_EQ(0, msg_be_opt_send(&w->ib,
		    option_with(s->opts[i], dir)));
	if (extra != NULL)
		ATF_REQUIRE_EQ(0, msg_be_opt_send(&w->ib, extra));
	ATF_REQUIRE_EQ(0, msg_empty_send(&w->ib, IMSG_BE_START, 0));
	worker_flush(w);
}

void
worker_start(const atf_tc_t *tc, struct worker *w, const struct subject *s,
    const char *extra)
{
	struct imsg	 imsg;

	worker_exec(tc, w, s, 0, 0);
	worker_options(w, s, extra);
	ATF_REQUIRE_EQ_MSG(IMSG_BE_READY, worker_next(w, &imsg), "%s",
	    w->logged);
	imsg_free(&imsg);
}

void
worker_ends(struct worker *w, int code)
{
	struct imsg	 imsg;
	int		 status;

	if (code == 0) {
		ATF_REQUIRE_EQ(0, shutdown(w->ib.fd, SHUT_WR));
		ATF_CHECK_EQ(0, worker_next(w, &imsg));
	} else
		ATF_CHECK_EQ_MSG(0, worker_next(w, &imsg), "it answers");
	(void)close(w->ib.fd);
	imsgbuf_clear(&w->ib);
	ATF_REQUIRE_EQ(w->pid, waitpid(w->pid, &status, 0));
	ATF_CHECK_MSG(WIFEXITED(status) && WEXITSTATUS(status) == code,
	    "status %#x, log: %s", status, w->logged);
}

void
ask(struct worker *w, uint32_t op, uint32_t flags, const char *user,
    const char *pass, const char *newpass)
{
	struct be_req	 req;

	memset(&req, 0, sizeof(req));
	req.op = op;
	req.flags = flags;
	(void)strlcpy(req.user, user, sizeof(req.user));
	(void)strlcpy(req.pass, pass, sizeof(req.pass));
	(void)strlcpy(req.newpass, newpass, sizeof(req.newpass));
	ATF_REQUIRE_EQ(0, msg_be_req_send(&w->ib, ++last_id, &req));
	worker_flush(w);
}

int
answer(struct worker *w, uint32_t id, struct be_res *r)
{
	static char	 names[NAMES_LEN_MAX + 1];
	struct imsg	 imsg;
	uint32_t	 type;

	w->names[0] = '\0';
	w->batches = 0;
	while ((type = worker_next(w, &imsg)) == IMSG_BE_NAMES) {
		ATF_REQUIRE_EQ(0, msg_be_names_parse(&imsg, names));
		ATF_REQUIRE(strlcat(w->names, names, sizeof(w->names)) <
		    sizeof(w->names));
		w->batches++;
		imsg_free(&imsg);
	}
	ATF_REQUIRE_EQ_MSG(IMSG_BE_RES, type, "%u, log: %s", type, w->logged);
	ATF_REQUIRE_EQ(id, imsg_get_id(&imsg));
	ATF_REQUIRE_EQ(0, msg_be_res_parse(&imsg, r));
	imsg_free(&imsg);
	ATF_CHECK_EQ((r->code == BACKEND_OK), (r->err[0] == '\0'));
	if (r->code != BACKEND_OK) {
		ATF_CHECK_EQ(0, r->info.uid);
		ATF_CHECK_EQ(0, r->info.home[0]);
	}
	return r->code;
}

int
request(struct worker *w, uint32_t op, uint32_t flags, const char *user,
    const char *pass)
{
	ask(w, op, flags, user, pass, "");
	return answer(w, last_id, &res);
}

int
check(struct worker *w, const char *user, const char *pass)
{
	return request(w, BE_OP_CHECK, 0, user, pass);
}

int
login(struct worker *w, const char *user, const char *pass)
{
	return request(w, BE_OP_LOGIN, BE_LAST, user, pass);
}

void
says(const char *text)
{
	ATF_CHECK_MSG(strstr(res.err, text) != NULL, "%s", res.err);
}

double
now(void)
{
	struct timespec	 ts;

	ATF_REQUIRE_EQ(0, clock_gettime(CLOCK_MONOTONIC, &ts));
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}
