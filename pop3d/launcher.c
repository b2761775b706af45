/* SPDX-License-Identifier: ISC */
/* Runs in: launcher, as the user who started it.  Trusts: its command line. */

#include <err.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "build.h"

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
 * What operators start.  authd, the main process, replaces it with the same
 * command line, of which only -L and -V matter here.
 */
int
main(int argc, char **argv)
{
	const char	*libexec = LIBEXECDIR;
	char		 path[PATH_MAX];
	int		 ch, len;

	while ((ch = getopt(argc, argv, "D:L:df:inVv")) != -1) {
		switch (ch) {
		case 'L':
			libexec = optarg;
			break;
		case 'D':
		case 'd':
		case 'f':
		case 'i':
		case 'n':
		case 'v':
			break;
		case 'V':
			launcher_version();
		default:
			usage();
		}
	}
	if (argc != optind)
		usage();
	len = snprintf(path, sizeof(path), "%s/authd", libexec);
	if (len < 0 || (size_t)len >= sizeof(path))
		errx(1, "-L %s: path too long", libexec);
	execv(path, argv);
	err(1, "%s", path);
}
