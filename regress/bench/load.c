/* SPDX-License-Identifier: ISC */
/*
 * Runs in: make bench.  Clients of a POP3 server, and what it uses meanwhile.
 *
 *	load mbox FILE MESSAGES OCTETS		make a mailbox
 *	load [-t] [-c clients] [-n sessions] [-u users] -p port -P pid \
 *	    TEST
 *
 * TEST: login, poll, fetch, pipe, before, after, big.  The users are u000 and
 * so on, the password is "bench"; no user has two sessions at once.  Prints
 * lines "name value".
 */

#include <sys/types.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <tls.h>

#include "conn.h"
#include "usage.h"

#define CLIENTS_MAX	64
#define BURST		200	/* commands sent at once */

static int	 port, tls, nclients = 8, nsessions = 1000, nusers = 100;
static pid_t	 server;

/* What the clients have measured, shared between them. */
static struct {
	double		 octets[CLIENTS_MAX];	/* of mail */
	double		 ms[];			/* of each session */
}	*result;

static double
now_ms(void)
{
	struct timespec	 ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec * 1e3 + (double)ts.tv_nsec / 1e6;
}

/* STAT of a logged-in session: how many messages. */
static unsigned int
log_in(struct conn *c, int user)
{
	unsigned int	 n;

	(void)conn_ask(c, "USER u%03d", user);
	(void)conn_ask(c, "PASS bench");
	if (sscanf(conn_ask(c, "STAT"), "%u", &n) != 1)
		errx(1, "STAT without a number");
	return n;
}

static double
fetch(struct conn *c, unsigned int n)
{
	unsigned int	 i;
	double		 octets = 0;

	for (i = 1; i <= n; i++) {
		(void)conn_ask(c, "RETR %u", i);
		octets += (double)conn_lines(c);
	}
	return octets;
}

/* The same, many RETR in one segment. */
static double
fetch_burst(struct conn *c, unsigned int n)
{
	char		 text[BURST * 20];
	unsigned int	 i, k;
	size_t		 len;
	double		 octets = 0;

	for (i = 1; i <= n; i = k) {
		for (len = 0, k = i; k <= n && k < i + BURST; k++)
			len += (size_t)snprintf(text + len, sizeof(text) - len,
			    "RETR %u\r\n", k);
		conn_send(c, text, len);
		for (; i < k; i++) {
			(void)conn_ok(c);
			octets += (double)conn_lines(c);
		}
	}
	return octets;
}

/* One session from beginning to end; the octets of mail. */
static double
session(const char *test, int user)
{
	static struct conn	 c;
	unsigned int		 n;
	double			 octets = 0;

	conn_open(&c, port, tls);
	n = log_in(&c, user);
	if (strcmp(test, "poll") == 0) {
		(void)conn_ask(&c, "UIDL");
		(void)conn_lines(&c);
		(void)conn_ask(&c, "LIST");
		(void)conn_lines(&c);
	} else if (strcmp(test, "fetch") == 0)
		octets = fetch(&c, n);
	else if (strcmp(test, "pipe") == 0)
		octets = fetch_burst(&c, n);
	(void)conn_ask(&c, "QUIT");
	conn_close(&c);
	return octets;
}

/* Client number w does every nclients'th session, with users of its own. */
static void
client(const char *test, int w)
{
	double	 start;
	int	 i, turn = 0;

	for (i = w; i < nsessions; i += nclients) {
		start = now_ms();
		result->octets[w] += session(test, w + nclients *
		    (turn++ % (nusers / nclients)));
		result->ms[i] = now_ms() - start;
	}
}

static int
by_size(const void *a, const void *b)
{
	const double	*x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

static void
report(double ms, const struct usage *a, const struct usage *b)
{
	double	 octets = 0, cpu = (b->cpu - a->cpu) * 1e3;
	int	 i;

	for (i = 0; i < nclients; i++)
		octets += result->octets[i];
	qsort(result->ms, (size_t)nsessions, sizeof(double), by_size);
	(void)printf("cpu_ms %.3f\nrate %.0f\np50_ms %.2f\np99_ms %.2f\n",
	    cpu / nsessions, nsessions / ms * 1e3, result->ms[nsessions / 2],
	    result->ms[nsessions * 99 / 100]);
	if (octets > 0)
		(void)printf("cpu_s_per_gb %.2f\nmb_per_s %.0f\n",
		    cpu / octets * 1e6, octets / 1e3 / ms);
}

static void
many(const char *test)
{
	struct usage	 a, b;
	double		 start;
	int		 i, status;

	result = mmap(NULL, sizeof(*result) + (size_t)nsessions *
	    sizeof(double), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
	    -1, 0);
	if (result == MAP_FAILED)
		err(1, "mmap");
	usage_get(server, 0, &a);
	start = now_ms();
	for (i = 0; i < nclients; i++) {
		switch (fork()) {
		case -1:
			err(1, "fork");
		case 0:
			client(test, i);
			_exit(0);
		}
	}
	for (i = 0; i < nclients; i++) {
		if (wait(&status) == -1 || status != 0)
			errx(1, "%s: a client has failed", test);
	}
	start = now_ms() - start;
	/* The last processes end, and are reaped. */
	(void)usleep(200000);
	usage_get(server, 0, &b);
	report(start, &a, &b);
}

/* Memory of a connection that does nothing, before or after login. */
static void
idle(int after)
{
	struct rlimit	 rl;
	struct usage	 a, b;
	struct conn	*c;
	int		 i;

	if (getrlimit(RLIMIT_NOFILE, &rl) == 0) {
		rl.rlim_cur = rl.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &rl);
	}
	if ((c = calloc((size_t)nsessions, sizeof(*c))) == NULL)
		err(1, NULL);
	usage_get(server, 1, &a);
	for (i = 0; i < nsessions; i++) {
		conn_open(&c[i], port, tls);
		if (after)
			(void)log_in(&c[i], i);
	}
	(void)usleep(300000);
	usage_get(server, 1, &b);
	(void)printf("kb %.1f\ntables_kb %.1f\nprocesses %.2f\n",
	    (double)(b.memory - a.memory) / nsessions,
	    (double)(b.tables - a.tables) / nsessions,
	    (double)(b.processes - a.processes) / nsessions);
	for (i = 0; i < nsessions; i++)
		conn_close(&c[i]);
}

/* The one user with a large mailbox opens it. */
static void
big(void)
{
	static struct conn	 c;
	struct usage		 a, b;
	double			 start;

	usage_get(server, 0, &a);
	conn_open(&c, port, tls);
	start = now_ms();
	(void)log_in(&c, 0);
	(void)printf("open_ms %.1f\n", now_ms() - start);
	start = now_ms();
	(void)conn_ask(&c, "UIDL");
	(void)conn_lines(&c);
	(void)printf("uidl_ms %.1f\n", now_ms() - start);
	(void)conn_ask(&c, "QUIT");
	conn_close(&c);
	(void)usleep(200000);
	usage_get(server, 0, &b);
	(void)printf("cpu_ms %.1f\n", (b.cpu - a.cpu) * 1e3);
}

static void
mbox(const char *path, int n, int octets)
{
	char	 line[73];
	FILE	*fp;
	int	 i, k;

	memset(line, 'x', sizeof(line) - 1);
	line[sizeof(line) - 1] = '\0';
	if ((fp = fopen(path, "w")) == NULL)
		err(1, "%s", path);
	for (i = 1; i <= n; i++) {
		(void)fprintf(fp, "From bench@example.org Mon Jan  5 10:00:00 "
		    "2026\nFrom: bench@example.org\nSubject: message %d\n"
		    "Message-ID: <%d.%s@example.org>\n\n", i, i,
		    strrchr(path, '/') != NULL ? strrchr(path, '/') + 1 : path);
		for (k = 0; k < octets; k += (int)sizeof(line))
			(void)fprintf(fp, "%s\n", line);
		(void)fputc('\n', fp);
	}
	if (fclose(fp) != 0)
		err(1, "%s", path);
}

static void
measure(const char *test)
{
	if (strcmp(test, "before") == 0 || strcmp(test, "after") == 0)
		idle(strcmp(test, "after") == 0);
	else if (strcmp(test, "big") == 0)
		big();
	else
		many(test);
}

int
main(int argc, char **argv)
{
	int	 ch;

	if (argc == 5 && strcmp(argv[1], "mbox") == 0) {
		mbox(argv[2], atoi(argv[3]), atoi(argv[4]));
		return 0;
	}
	while ((ch = getopt(argc, argv, "c:n:P:p:tu:")) != -1) {
		switch (ch) {
		case 'c':
			nclients = atoi(optarg);
			break;
		case 'n':
			nsessions = atoi(optarg);
			break;
		case 'P':
			server = atoi(optarg);
			break;
		case 'p':
			port = atoi(optarg);
			break;
		case 't':
			tls = 1;
			break;
		case 'u':
			nusers = atoi(optarg);
			break;
		default:
			errx(1, "see load.c");
		}
	}
	if (optind != argc - 1 || nclients < 1 || nclients > CLIENTS_MAX ||
	    nusers < nclients || nsessions < 1 || server < 2 ||
	    tls_init() == -1)
		errx(1, "see load.c");
	measure(argv[optind]);
	return 0;
}
