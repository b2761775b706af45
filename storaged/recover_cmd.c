/* SPDX-License-Identifier: ISC */
/*
 * Runs in: storaged -r, started by hand, as root until it knows the owner of
 * the state directory.  Trusts: the operator.
 */

#include <sys/stat.h>

#include <err.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "defaults.h"
#include "log.h"
#include "privdrop.h"
#include "recover_cmd.h"
#include "store.h"
#include "store_format.h"

#define LOCK_TIMEOUT	30		/* seconds */
#define MESSAGES_MAX	10000000

/* Returns whether the user can create a dotlock next to the mailbox. */
static int
recover_can_dotlock(const char *mailbox)
{
	const char	*slash;
	char		*dir;
	int		 can;

	if ((slash = strrchr(mailbox, '/')) == NULL)
		return 0;
	if ((dir = strndup(mailbox, slash - mailbox + 1)) == NULL)
		err(1, NULL);
	can = access(dir, W_OK) == 0;
	free(dir);
	return can;
}

/* Become the owner of the directory. */
static void
recover_become(const struct stat *st, const char *dir)
{
	if ((st->st_mode & 077) != 0)
		errx(1, "%s: others than its owner may enter it", dir);
	if (geteuid() == 0 && st->st_uid != 0)
		privdrop_to(st->st_uid, st->st_gid, 0, NULL);
	if (geteuid() != st->st_uid || st->st_uid == 0)
		errx(1, "%s: to be run as its owner, or as root for another "
		    "user", dir);
}

int
recover_cmd(int argc, char **argv)
{
	struct store_conf	 sc;
	struct store		*store;
	struct stat		 st;
	enum st_status		 status;

	if (argc != 4) {
		(void)fprintf(stderr, "usage: storaged -r directory mailbox\n");
		return 1;
	}
	log_init("storaged");
	log_setverbose(1);
	(void)umask(077);
	memset(&sc, 0, sizeof(sc));
	sc.statefd = open(argv[2], O_RDONLY | O_DIRECTORY | O_NOFOLLOW |
	    O_CLOEXEC);
	if (sc.statefd == -1 || fstat(sc.statefd, &st) == -1)
		err(1, "%s", argv[2]);
	recover_become(&st, argv[2]);
	/* A signal must not interrupt the commit a second time. */
	if (signal(SIGINT, SIG_IGN) == SIG_ERR ||
	    signal(SIGTERM, SIG_IGN) == SIG_ERR ||
	    signal(SIGHUP, SIG_IGN) == SIG_ERR)
		err(1, "signal");
	sc.format = store_format_get(FORMAT_MBOX);
	sc.path = argv[3];
	sc.user = argv[2];
	sc.uid = st.st_uid;
	sc.lock_flags = defaults_os.lock_flags;
	if (!recover_can_dotlock(argv[3])) {
		warnx("%s: no dotlock can be made beside it: see to it that "
		    "no mail is delivered meanwhile", argv[3]);
		sc.lock_flags &= ~LOCK_DOTLOCK;
	}
	sc.lock_timeout = LOCK_TIMEOUT;
	sc.octets_max = UINT64_MAX;
	sc.messages_max = MESSAGES_MAX;
	sc.recover = 1;
	status = store_open(&store, &sc);
	store_close(store);
	return status != ST_OK;
}
