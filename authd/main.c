/* SPDX-License-Identifier: ISC */
/*
 * Runs in: authd, root.  Trusts: the configuration and the command line.
 *
 * The main program: start in order, become ready, halt.  authd parses the
 * configuration and messages of fixed shape, but nothing that comes from a
 * client, a directory server or a mail.
 */

#include <sys/types.h>
#include <sys/queue.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "authd.h"
#include "build.h"
#include "confine.h"
#include "daemonize.h"
#include "generation.h"
#include "log.h"
#include "paths.h"
#include "pki_watch.h"
#include "pool.h"
#include "proc.h"
#include "proc_engine.h"
#include "proc_keyd.h"
#include "quota.h"
#include "recover.h"
#include "setup.h"
#include "signals.h"
#include "sockets.h"
#include "spare.h"
#include "storage.h"
#include "title.h"
#include "watchdog.h"

/* Seconds for engines to finish commits at the end. */
#define HALT_TIMEOUT	60

/* Seconds for all processes to become ready. */
#define START_TIMEOUT	60

static struct event	 ev_halt;
static struct event	 ev_start;
static int		 exit_status;

static void	 main_halt(int);
static void	 usage(void) __attribute__((noreturn));

static void
usage(void)
{
	(void)fprintf(stderr, "usage: pop3d [-dinVv] [-D macro=value] "
	    "[-f file] [-L libexec]\n");
	exit(1);
}

/* Until all processes are ready, errors go to standard error, too. */
static void
main_log(int priority, const char *text)
{
	/* With -n, print only warnings and errors. */
	if (authd.check_only && priority >= LOG_INFO)
		return;
	if (!authd.foreground)
		syslog(priority, "%s", text);
	if (authd.foreground || (!authd.ready && !authd.inetd))
		(void)fprintf(stderr, "pop3d: %s\n", text);
}

static void
main_log_open(void)
{
	if (!authd.foreground)
		openlog("pop3d", LOG_PID | LOG_NDELAY, LOG_MAIL);
	log_setsink(main_log);
}

static void
main_on_halt_timeout(evutil_socket_t fd, short what, void *arg)
{
	log_warnx("engines did not end within %d s", HALT_TIMEOUT);
	(void)event_base_loopbreak(authd.base);
}

/* No service and a reason are better than half a service. */
static void
main_on_start_timeout(evutil_socket_t fd, short what, void *arg)
{
	if (authd.ready || authd.halting)
		return;
	log_warnx("%s is not ready after %d s", proc_not_ready(),
	    START_TIMEOUT);
	main_halt(1);
}

/* New clients are to be refused at once, not to wait. */
static void
main_close_listeners(void)
{
	struct conf_listen	*l;

	TAILQ_FOREACH(l, &authd.conf->listens, entry)
		sockets_close(l);
}

/*
 * The first call has engines drain, which takes as long as their commits.  When
 * the last one has ended it calls again.
 */
static void
main_halt(int status)
{
	struct timeval	 tv = { HALT_TIMEOUT, 0 };

	if (status != 0)
		exit_status = status;
	if (!authd.halting) {
		authd.halting = 1;
		main_close_listeners();
		if (authd.ready) {
			proc_engine_halt();
			(void)evtimer_add(&ev_halt, &tv);
		}
	}
	if (!authd.ready || !proc_engine_running())
		(void)event_base_loopbreak(authd.base);
}

static void
main_progress(void)
{
	struct conf_listen	*l;
	unsigned int		 n = 0;

	if (authd.ready || authd.halting || proc_not_ready() != NULL)
		return;
	if (authd.check_only) {
		if (!authd.unfit)
			(void)fprintf(stderr, "configuration OK\n");
		main_halt(authd.unfit);
		return;
	}
	TAILQ_FOREACH(l, &authd.conf->listens, entry)
		n++;
	log_info("ready, version %s, %u listeners, %u engines, pid %d",
	    VERSION, n, authd.conf->engines, getpid());
	authd.ready = 1;
	proc_engine_serve();
	if (!authd.inetd)
		recover_all();
	generation_ready();
	if (!authd.foreground && !authd.inetd)
		daemonize_silence();
}

static void
main_on_signal(evutil_socket_t sig, short what, void *arg)
{
	switch (sig) {
	case SIGCHLD:
		proc_reap();
		break;
	default:
		log_info("signal %d: ending", (int)sig);
		main_halt(0);
	}
}

static void
main_signals(void)
{
	static const int	 sigs[] = { SIGCHLD, SIGINT, SIGTERM };
	static struct event	 evs[NITEMS(sigs)];
	size_t			 i;

	for (i = 0; i < NITEMS(sigs); i++) {
		evsignal_assign(&evs[i], authd.base, sigs[i], main_on_signal,
		    NULL);
		if (evsignal_add(&evs[i], NULL) == -1)
			fatalx("evsignal_add");
	}
	evtimer_assign(&ev_halt, authd.base, main_on_halt_timeout, NULL);
}

/*
 * The caller may have left files open, which children would inherit, or have
 * closed 0 to 2, which would then be given to files of ours.
 */
static void
main_descriptors(void)
{
	int	 fd;

	closefrom((authd.mastered ? PROTO_FD : STDERR_FILENO) + 1);
	do {
		if ((fd = open("/dev/null", O_RDWR)) == -1)
			fatal("/dev/null");
	} while (fd <= STDERR_FILENO);
	(void)close(fd);
}

/* Parse the options; returns the name of the configuration file. */
static const char *
main_options(int argc, char **argv, struct conf_macros *macros, int *verbose)
{
	struct conf_macro	*m;
	const char		*file = SYSCONFDIR "/pop3d.conf";
	int			 ch;

	authd.libexec = LIBEXECDIR;
	while ((ch = getopt(argc, argv, "D:L:Mdf:inv")) != -1) {
		switch (ch) {
		case 'D':
			if ((m = calloc(1, sizeof(*m))) == NULL)
				fatal("-D");
			m->text = optarg;
			TAILQ_INSERT_TAIL(macros, m, entry);
			break;
		case 'L':
			authd.libexec = optarg;
			break;
		case 'M':
			authd.mastered = 1;
			break;
		case 'd':
			authd.foreground = 1;
			break;
		case 'f':
			file = optarg;
			break;
		case 'i':
			authd.inetd = 1;
			break;
		case 'n':
			authd.check_only = authd.foreground = 1;
			break;
		case 'v':
			*verbose = 1;
			break;
		default:
			usage();
		}
	}
	if (argc != optind ||
	    (authd.inetd && (authd.foreground || authd.check_only)))
		usage();
	return file;
}

static void
main_start(void)
{
	struct timeval	 tv = { START_TIMEOUT, 0 };

	if ((authd.base = event_base_new()) == NULL)
		fatalx("event_base_new");
	title_set("authd [priv]");
	main_signals();
	generation_open();
	quota_init(authd.base);
	evtimer_assign(&ev_start, authd.base, main_on_start_timeout, NULL);
	if (evtimer_add(&ev_start, &tv) == -1)
		fatalx("evtimer_add");
	watchdog_init();
	pki_watch_init();
	proc_keyd_init();
	proc_engine_init();
	pool_init();
	if (!authd.check_only) {
		recover_init();
		storage_init();
	}
}

int
main(int argc, char **argv)
{
	struct conf_macros	 macros = TAILQ_HEAD_INITIALIZER(macros);
	const char		*file;
	int			 verbose = 0;

	authd.halt = main_halt;
	authd.progress = main_progress;
	log_init("pop3d");
	file = main_options(argc, argv, &macros, &verbose);
	main_descriptors();
	signals_ignore();
	title_init(argv[0]);
	authd.privileged = geteuid() == 0;
	if (authd.mastered)
		generation_begin();
	if (authd.inetd || !generation_first())
		main_log_open();
	if ((authd.conf = conf_parse(file, &macros)) == NULL)
		exit(1);
	log_setverbose(verbose || authd.conf->limits.verbose);
	authd.conf->limits.verbose = (uint32_t)log_getverbose();
	if (authd.check_only && verbose)
		conf_print(authd.conf, stdout);
	(void)umask(022);
	setup_accounts();
	setup_programs();
	pki_watch_note();
	setup_pki();
	setup_limits();
	if (authd.inetd)
		setup_inetd();
	else
		setup_listeners();
	if (!authd.check_only)
		setup_state();
	main_log_open();
	if (!authd.check_only && !authd.inetd) {
		/* What another generation is at work on looks unfinished. */
		if (!generation_follows()) {
			spare_fill();
			recover_find();
		}
	}
	if (!authd.check_only)
		setup_namespaces();
	authd.unfit = paths_init(confine_mail()) > 0;
	confine_authd();
	main_start();
	(void)event_base_dispatch(authd.base);
	proc_shutdown();
	if (authd.ready)
		log_info("ended");
	conf_free(authd.conf);
	return exit_status;
}
