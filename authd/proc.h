/* SPDX-License-Identifier: ISC */
/* Runs in: authd, root.  The processes that authd starts and looks after. */

#ifndef POP3D_AUTHD_PROC_H
#define POP3D_AUTHD_PROC_H

#include "authd.h"
#include "flood.h"

struct proc;

/* What is particular to a kind of process. */
struct proc_class {
	enum proto_role	 role;
	int		 watched;	/* by watchdog.c */
	/* Just started: send it what it needs to know. */
	void		(*up)(struct proc *);
	/* A checked message; LOG has been taken care of. */
	void		(*handle)(struct proc *, struct imsg *);
	/* It has gone; a new one follows by itself unless retired. */
	void		(*down)(struct proc *);
};

struct proc {
	TAILQ_ENTRY(proc)	 entry;
	const struct proc_class	*class;
	char			*title;		/* for log lines */
	char			*program;	/* path */
	const struct account	*account;
	const char		*chroot;	/* NULL: none */
	const char		*group;		/* supplementary, NULL: none */
	int			 early;		/* drop root before exec */
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
 * Make a process and start it.  title and program are copied.  Returns it;
 * fatal if memory is short.
 */
struct proc	*proc_new(const struct proc_class *, const char *title,
		    const char *program, const struct account *,
		    const char *chroot, const char *group, int early,
		    void *arg);

/* Kill it; down is called and a new one follows with back-off. */
void		 proc_kill(struct proc *, const char *why);

/* Let it end after what it was sent before; it is not started again. */
void		 proc_retire(struct proc *);

/* Let it end when its work is done; it is not started again. */
void		 proc_drain(struct proc *);

/* Reap children; to be called on SIGCHLD. */
void		 proc_reap(void);

/* The title of one that is not ready yet, NULL when all are. */
const char	*proc_not_ready(void);

/* Whether one of a class still runs. */
int		 proc_running(const struct proc_class *);

/* The service is over: let all end, and reap them. */
void		 proc_shutdown(void);

/* Seconds until one that ends now is started again. */
unsigned int	 proc_delay(const struct proc *);

/* Call fn for each process of a class; NULL: of all. */
void		 proc_each(const struct proc_class *, void (*)(struct proc *));

#endif
