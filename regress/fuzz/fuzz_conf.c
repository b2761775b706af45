/* SPDX-License-Identifier: ISC */
/*
 * Runs in: libFuzzer, or over the corpus.  What conf_parse takes, conf_print
 * must be able to say again.
 */

#include <sys/types.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <netdb.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conf.h"
#include "log.h"

int	 LLVMFuzzerTestOneInput(const uint8_t *, size_t);
int	 __real_getaddrinfo(const char *, const char *,
	    const struct addrinfo *, struct addrinfo **);
int	 __wrap_getaddrinfo(const char *, const char *,
	    const struct addrinfo *, struct addrinfo **);

/* No name server is to be asked. */
int
__wrap_getaddrinfo(const char *host, const char *service,
    const struct addrinfo *hints, struct addrinfo **res)
{
	struct addrinfo	 numeric = *hints;

	numeric.ai_flags |= AI_NUMERICHOST;
	return __real_getaddrinfo(host, service, &numeric, res);
}

static void
discard(int priority, const char *text)
{
	(void)priority;
	(void)text;
}

/* A file only in memory, with a name that conf_parse can open. */
static struct conf *
parse(const void *data, size_t len)
{
	struct conf	*c;
	char		 name[64];
	int		 fd;

	if ((fd = memfd_create("conf", MFD_CLOEXEC)) == -1 ||
	    fchmod(fd, 0600) == -1 || write(fd, data, len) != (ssize_t)len)
		abort();
	(void)snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	c = conf_parse(name, NULL);
	(void)close(fd);
	return c;
}

static char *
print(const struct conf *c, size_t *len)
{
	char	*text;
	FILE	*fp;

	if ((fp = open_memstream(&text, len)) == NULL)
		abort();
	conf_print(c, fp);
	if (fclose(fp) != 0)
		abort();
	return text;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct conf	*c, *again;
	char		*text, *text2;
	size_t		 n, n2;

	log_setsink(discard);
	if ((c = parse(data, len)) == NULL)
		return 0;
	text = print(c, &n);
	if ((again = parse(text, n)) == NULL)
		abort();
	text2 = print(again, &n2);
	if (n != n2 || memcmp(text, text2, n) != 0)
		abort();
	free(text);
	free(text2);
	conf_free(c);
	conf_free(again);
	return 0;
}
