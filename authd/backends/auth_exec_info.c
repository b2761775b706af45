/* SPDX-License-Identifier: ISC */
/*
 * Runs in: auth_exec's program, which executes it when the password is right.
 * Trusts: that program, for the environment.  Reports to auth_exec on
 * descriptor 4 and exits.
 */

#include <sys/types.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "auth_exec_run.h"
#include "nitems.h"

/* Names of qmail and qmail-ldap; where these have none, those of Dovecot. */
static const char *const	 names[] = {
	"HOME", "MAILDIR", "MAILDIRQUOTA", "userdb_uid", "userdb_gid"
};

int
main(int argc, char **argv)
{
	char		 reply[EXEC_REPLY_MAX];
	const char	*value;
	size_t		 i, len;
	int		 n;

	len = (size_t)snprintf(reply, sizeof(reply), "ids=%u %u", getuid(),
	    getgid()) + 1;
	for (i = 0; i < NITEMS(names); i++) {
		if ((value = getenv(names[i])) == NULL)
			continue;
		n = snprintf(reply + len, sizeof(reply) - len, "%s=%s",
		    names[i], value);
		if (n < 0 || (size_t)n >= sizeof(reply) - len)
			return 111;
		len += (size_t)n + 1;
	}
	return write(EXEC_REPLY_FD, reply, len) == (ssize_t)len ? 0 : 111;
}
