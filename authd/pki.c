/* SPDX-License-Identifier: ISC */
/*
 * Runs in: authd, root.  Trusts: the configuration.  authd only passes the
 * files on; engine and keyd parse them.
 */

#include <sys/types.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "authd.h"
#include "log.h"
#include "pki.h"

/* Open a file that is as it should be; -1 and the reason without the path. */
static int
pki_open(const char *path, int secret, size_t *len, char *why, size_t size)
{
	struct stat	 st;
	int		 fd;

	if ((fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)) == -1 ||
	    fstat(fd, &st) == -1)
		(void)strlcpy(why, strerror(errno), size);
	else if (!S_ISREG(st.st_mode) || st.st_size == 0 ||
	    st.st_size > PEM_LEN_MAX)
		(void)snprintf(why, size, "not a file of 1 to %d bytes",
		    PEM_LEN_MAX);
	else if (secret && (st.st_mode & (S_IWGRP | S_IROTH | S_IWOTH)) != 0)
		(void)snprintf(why, size, "mode %04o lets others at the key: "
		    "chmod 0600", st.st_mode & 07777);
	else {
		*len = (size_t)st.st_size;
		return fd;
	}
	if (fd != -1)
		(void)close(fd);
	return -1;
}

char *
pki_read(const char *path, int secret, size_t *len, char *why, size_t size)
{
	char	 reason[128], *buf;
	ssize_t	 n;
	int	 fd;

	if ((fd = pki_open(path, secret, len, reason, sizeof(reason))) == -1) {
		(void)snprintf(why, size, "%s: %s", path, reason);
		return NULL;
	}
	if ((buf = calloc(1, *len + 1)) == NULL)
		fatal("%s", path);
	n = read(fd, buf, *len);
	(void)close(fd);
	if (n != (ssize_t)*len || strlen(buf) != *len) {
		(void)snprintf(why, size, "%s: cannot be read, or is not PEM",
		    path);
		freezero(buf, *len);
		return NULL;
	}
	return buf;
}

struct conf_pki *
pki_find(const char *name)
{
	struct conf_pki	*pki;

	TAILQ_FOREACH(pki, &authd.conf->pkis, entry) {
		if (strcmp(pki->name, name) == 0)
			return pki;
	}
	return NULL;
}

void
pki_complain(const struct conf_pki *pki, const char *reason)
{
	log_warnx("%s:%u: pki \"%s\": cert %s, key %s: %s", pki->file,
	    pki->line, pki->name, pki->cert_path, pki->key_path, reason);
}
