/* SPDX-License-Identifier: ISC */
/* Runs in: backends.  Trusts: a file that nobody else may read. */

#include <sys/types.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "backend_secret.h"

int
backend_secret(const char *path, char *secret, const char **why)
{
	struct stat	 st;
	ssize_t		 n = 0;
	int		 fd;

	fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd == -1 || fstat(fd, &st) == -1)
		*why = strerror(errno);
	else if (!S_ISREG(st.st_mode) || st.st_uid != geteuid() ||
	    (st.st_mode & 077) != 0)
		*why = "not a file of the backend's user with mode 0600; chown "
		    "and chmod 600 it";
	else if ((n = read(fd, secret, BACKEND_SECRET_MAX + 1)) == -1)
		*why = strerror(errno);
	else if (n > BACKEND_SECRET_MAX || memchr(secret, '\0', (size_t)n) !=
	    NULL)
		*why = "more than 1023 bytes, or a NUL in it";
	else {
		(void)close(fd);
		secret[n] = '\0';
		secret[strcspn(secret, "\r\n")] = '\0';
		return 0;
	}
	explicit_bzero(secret, BACKEND_SECRET_MAX + 1);
	if (fd != -1)
		(void)close(fd);
	return -1;
}
