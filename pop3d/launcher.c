/* SPDX-License-Identifier: ISC */
/* Runs in: master, as the user who started it.  Trusts: its command line. */

#include <err.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "build.h"
#include "log.h"
#include "master.h"
#include "signals.h"
#include "title.h"

/* What authd is started with. */
struct command {
	char	*libexec;
	char	**argv;
	int	 argc;
	int	 foreground;
};

static void	 usage(void) __attribute__((noreturn));
static void	 launcher_version(void) __attribute__((noreturn));

static void
usage(void)
{
	(void)fprintf(stderr, "usage: pop3d [-dinVv] [-D macro=value] "
	    "[-f file] [-L libexec]\n");
	exit(1);
}

static void
launcher_version(void)
{
	(void)printf("pop3d %s\n"
	    "backends: %s\n"
	    "features: %s\n"
	    "configuration: %s/pop3d.conf\n"
	    "libexec: %s\n",
	    VERSION, BACKENDS, FEATURES, SYSCONFDIR, LIBEXECDIR);
	exit(fflush(stdout) == EOF);
}

/*
 * The caller may have left files open, which children would inherit, or have
 * closed 0 to 2, which would then be given to files of ours.
 */
static void
launcher_descriptors(void)
{
	int	 fd;

	closefrom(STDERR_FILENO + 1);
	do {
		if ((fd = open("/dev/null", O_RDWR)) == -1)
			err(1, "/dev/null");
	} while (fd <= STDERR_FILENO);
	(void)close(fd);
}

/*
 * A path that is still right when we have gone to "/": the configuration is
 * read with every generation.
 */
static char *
launcher_absolute(char *path)
{
	char	 dir[PATH_MAX], *absolute;

	if (path[0] == '/')
		return path;
	if (getcwd(dir, sizeof(dir)) == NULL)
		err(1, "%s", path);
	if (asprintf(&absolute, "%s/%s", dir, path) == -1)
		err(1, NULL);
	return absolute;
}

/* Add an option, and what belongs to it or NULL, to the command of authd. */
static void
launcher_pass(struct command *c, int option, char *value)
{
	char	**argv, *flag;

	argv = reallocarray(c->argv, (size_t)c->argc + 3, sizeof(*argv));
	if (argv == NULL || asprintf(&flag, "-%c", option) == -1)
		err(1, NULL);
	c->argv = argv;
	c->argv[c->argc++] = flag;
	if (value != NULL)
		c->argv[c->argc++] = value;
	c->argv[c->argc] = NULL;
}

/* Whether it is to have a master: 1 or 0.  Where they are wrong, usage. */
static int
launcher_options(int argc, char **argv, struct command *c)
{
	int	 ch, mastered = 1;

	while ((ch = getopt(argc, argv, "D:L:df:inVv")) != -1) {
		switch (ch) {
		case 'D':
			launcher_pass(c, ch, optarg);
			break;
		case 'L':
			c->libexec = launcher_absolute(optarg);
			launcher_pass(c, ch, c->libexec);
			break;
		case 'f':
			launcher_pass(c, ch, launcher_absolute(optarg));
			break;
		case 'd':
			c->foreground = 1;
			launcher_pass(c, ch, NULL);
			break;
		case 'i':
		case 'n':
			mastered = 0;
			launcher_pass(c, ch, NULL);
			break;
		case 'v':
			log_setverbose(1);
			launcher_pass(c, ch, NULL);
			break;
		case 'V':
			launcher_version();
		default:
			usage();
		}
	}
	if (argc != optind)
		usage();
	return mastered;
}

/*
 * The name that operators type.  authd gets the same options.  Without
 * listeners there is nothing to hand on, and no master.
 */
int
main(int argc, char **argv)
{
	static char	 libexec[] = LIBEXECDIR;
	struct command	 c = { .libexec = libexec };
	char		*path;
	int		 mastered;

	if ((c.argv = calloc(2, sizeof(*c.argv))) == NULL)
		err(1, NULL);
	c.argv[c.argc++] = argv[0];
	mastered = launcher_options(argc, argv, &c);
	if (asprintf(&path, "%s/authd", c.libexec) == -1)
		err(1, NULL);
	if (!mastered) {
		execv(path, c.argv);
		err(1, "%s", path);
	}
	launcher_pass(&c, 'M', NULL);
	launcher_descriptors();
	signals_ignore();
	/* It writes over the memory of argv[0]. */
	if ((c.argv[0] = strdup(argv[0])) == NULL)
		err(1, NULL);
	title_init(argv[0]);
	return master_run(path, c.argv, c.foreground);
}
