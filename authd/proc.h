/* SPDX-License-Identifier: ISC */
/* Runs in: authd, root.  The processes that authd starts and looks after. */

#ifndef POP3D_AUTHD_PROC_H
#define POP3D_AUTHD_PROC_H

#include "authd.h"
#include "child.h"
#include "flood.h"

struct proc;

/* Arguments that a class may add, the NULL behind them included. */
#define PROC_ARGS_MAX	(4 + 2 * CHILD_DIRS)

/* How a process gives up root. */
enum proc_drop {
	PROC_DROP_ITSELF,	/* its program does, first of all: -u and -g */
	PROC_DROP_CHROOT,	/* the same, and changes its root: -r */
	PROC_DROP_EXEC		/* before exec: the program never is root */
};

/*
 * Properties that the processes of a class share.  A process of any class that
 * ends before it and authd are ready ends the start.  Later it is started
 * again, at once or with a back-off, unless it was retired.
 */
struct proc_class {
	const char	*name;		/* titles begin with it */
	enum proto_role	 role;
	const struct account *account;
	enum proc_drop	 drop;
	unsigned int	 lines_max;	/* that one may log in a second */
	int		 lines_kill;	/* more: kill it, or leave them out */
	int		 watched;	/* by watchdog.c */
	/*
	 * In the child, before exec: put descriptors that it is to have at fd
	 * and up, return how many, and add arguments.  NULL: none.
	 */
	int		(*pass)(int fd, char *args[PROC_ARGS_MAX]);
	/* It has just been started: send it its configuration. */
	void		(*up)(struct proc *);
	/* A checked message; LOG has been taken care of. */
	void		(*handle)(struct proc *, struct imsg *);
	/* Called every few seconds, to check on it.  NULL: nothing to check. */
	void		(*look)(struct proc *);
	/* It has ended; a new one follows by itself unless retired. */
	void		(*down)(struct proc *);
};

struct proc {
	TAILQ_ENTRY(proc)	 entry;
	const struct proc_class	*class;
	char			*title;		/* for log lines */
	char			*program;	/* path */
	const char		*group;		/* supplementary, NULL: none */
	int			 retired;	/* do not start again, free */
	int			 ready;		/* as class says */
	pid_t			 pid;		/* 0: not running */
	struct evmsg		 em;
	struct event		 restart;
	time_t			 started;
	unsigned int		 delay;		/* seconds to next restart */
	struct flood		 lines;		/* that it logs */
	uint32_t		 ping;		/* watchdog.c: asked last */
	int			 asked;		/* and not answered */
	unsigned int		 missed;
	void			*arg;		/* the class's */
};

/*
 * Make a process and start it.  title and program, a name in the directory of
 * programs, are copied; group, one that it has beside its account's, is kept.
 * Returns the process; fatal if memory is short.
 */
struct proc	*proc_new(const struct proc_class *, const char *title,
		    const char *program, const char *group, void *arg);

/* Kill it; down() is called and a new one follows with a back-off. */
void		 proc_kill(struct proc *, const char *why);

/* Let it end after what was sent to it before; it is not started again. */
void		 proc_retire(struct proc *);

/* Reap children; to be called on SIGCHLD. */
void		 proc_reap(void);

/* The title of a process that is not ready yet; NULL when all are. */
const char	*proc_not_ready(void);

/* Whether one of this class still runs. */
int		 proc_running(const struct proc_class *);

/* At the end: have all end, and reap them. */
void		 proc_shutdown(void);

/* Seconds until a process that ends now is started again. */
unsigned int	 proc_delay(const struct proc *);

/* Call fn for each process of a class; NULL: for all processes. */
void		 proc_each(const struct proc_class *, void (*)(struct proc *));

#endif
