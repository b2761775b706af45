/* SPDX-License-Identifier: ISC */
/* Runs in: unit tests.  A backend, started and asked as authd does. */

#ifndef POP3D_BACKEND_WORKER_H
#define POP3D_BACKEND_WORKER_H

#include <sys/types.h>

#include <atf-c.h>
#include <imsg.h>

#include "backend_code.h"
#include "msg.h"

#define PASS		"Pa55.word of anna"
#define WRONG		"Pa55.word of Anna"
#define SHADOW_GID	42
#define NOBODY		65534

/* What a backend can do beside telling right from wrong. */
#define CHANGES		0x01	/* passwords */
#define LISTS		0x02	/* users */
#define KNOWS		0x04	/* a user without a password */
#define HASHES		0x08	/* in its own process */
#define NAMES		0x10	/* names of people, groups */
#define WRITES		0x20	/* files */
#define STARTS		0x40	/* processes */
#define CONNECTS	0x80	/* to a server */

struct subject {
	const char	*program;
	const char	*dir;	/* NULL: authd/backends */
	void		(*setup)(void);		/* makes anna, bert, locked */
	const char	*opts[8];		/* "DIR": this directory;
					 * "%DIR": the same in a URL */
	int		 can;
};

/* A backend that runs. */
struct worker {
	pid_t		 pid;
	struct imsgbuf	 ib;
	char		 logged[16384];
	char		 names[NAMES_LEN_MAX * 8];
	int		 batches;
	int		 shared;	/* what it has given for the others */
	int		 shares;	/* how often; 0: never */
};

/* A file of the test's own; text and format(): as printf(3), kept till next. */
void	 write_file(const char *path, mode_t mode, const char *text);
const char *format(const char *, ...) __attribute__((format(printf, 1, 2)));

/* system(3), which has to succeed. */
void	 shell(const char *, ...) __attribute__((format(printf, 1, 2)));

/* The path of the program, as authd names it; whether it was built. */
const char *program_path(const atf_tc_t *, const struct subject *);
int	 is_built(const atf_tc_t *, const struct subject *);

/* Start the program; uid other than 0: as that user with group gid. */
void	 worker_exec(const atf_tc_t *, struct worker *, const struct subject *,
	    uid_t uid, gid_t gid);
void	 worker_flush(struct worker *);

/* The next message that is no log line; its type, or 0 at end of file. */
uint32_t worker_next(struct worker *, struct imsg *);

/* Tell it the options, and extra unless that is NULL, and BE_START. */
void	 worker_options(struct worker *, const struct subject *,
	    const char *extra);

/* All of that, and it is ready. */
void	 worker_start(const atf_tc_t *, struct worker *,
	    const struct subject *, const char *extra);

/* It has ended, or does when the channel closes: as it should, by exit. */
void	 worker_ends(struct worker *, int code);

/* Send a request; last_id is its id. */
void	 ask(struct worker *, uint32_t op, uint32_t flags, const char *user,
	    const char *pass, const char *newpass);
extern uint32_t	 last_id;

/* The answer to request id; names of a list are put together.  The code. */
int	 answer(struct worker *, uint32_t id, struct be_res *);

/* Both; the answer is in res. */
int	 request(struct worker *, uint32_t op, uint32_t flags,
	    const char *user, const char *pass);
int	 check(struct worker *, const char *user, const char *pass);
int	 login(struct worker *, const char *user, const char *pass);
extern struct be_res	 res;

/* The answer's err has this text in it. */
void	 says(const char *text);

/* Seconds since some time. */
double	 now(void);

#endif
