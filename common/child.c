/* SPDX-License-Identifier: ISC */
/*
 * Runs in: engine, spawner, keyd, backends.  Trusts: authd, which wrote the
 * command line.
 */

#include <sys/types.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <err.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "child.h"
#include "log.h"
#include "proto.h"
#include "sandbox.h"
#include "signals.h"
#include "title.h"

static uint32_t
child_number(const char *s)
{
	const char	*errstr;
	long long	 n;

	n = strtonum(s, 1, UINT_MAX - 1, &errstr);
	if (errstr != NULL)
		errx(1, "%s: %s", s, errstr);
	return (uint32_t)n;
}

void
child_init(struct child *c, const char *role, int argc, char **argv)
{
	const struct rlimit	 none = { 0, 0 };
	socklen_t		 len;
	size_t			 ndirs = 0;
	int			 ch, type;

	log_init(role);
	title_init(argv[0]);
	memset(c, 0, sizeof(*c));
	while ((ch = getopt(argc, argv, "Sg:np:r:u:v")) != -1) {
		switch (ch) {
		case 'S':
			sandbox_optional();
			break;
		case 'g':
			c->gid = child_number(optarg);
			break;
		case 'n':
			c->spaces = 1;
			break;
		case 'p':
			if (ndirs == CHILD_DIRS)
				errx(1, "more than %zu times -p", ndirs);
			c->dirs[ndirs++] = optarg;
			break;
		case 'r':
			c->chroot = optarg;
			break;
		case 'u':
			c->uid = child_number(optarg);
			break;
		case 'v':
			log_setverbose(1);
			break;
		default:
			errx(1, "started by authd only; see pop3d(8)");
		}
	}
	len = sizeof(type);
	if (getsockopt(PROTO_FD, SOL_SOCKET, SO_TYPE, &type, &len) == -1)
		errx(1, "started by authd only; see pop3d(8)");
	if (setrlimit(RLIMIT_CORE, &none) == -1)
		fatal("setrlimit");
	/*
	 * A terminal or an init system may signal all of us; the end comes
	 * from authd, when what is under way is done.
	 */
	signals_ignore();
	if (signal(SIGINT, SIG_IGN) == SIG_ERR ||
	    signal(SIGTERM, SIG_IGN) == SIG_ERR)
		fatal("signal");
	(void)umask(077);
}
