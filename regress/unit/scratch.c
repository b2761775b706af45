/* SPDX-License-Identifier: ISC */
/*
 * Runs in: unit tests.  A directory of the test's own, its files, and what the
 * code under test logs meanwhile.
 */

#include <sys/types.h>
#include <sys/stat.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <atf-c.h>

#include "log.h"
#include "scratch.h"
#include "store_format.h"

char		 folder[64], box[80], said[8192];
static int	 folder_fd;

static void
hear(int priority, const char *text)
{
	(void)priority;
	strlcat(said, text, sizeof(said));
	strlcat(said, "\n", sizeof(said));
}

int
scratch_begin(const char *prefix)
{
	snprintf(folder, sizeof(folder), "%s.XXXXXXXXXX", prefix);
	ATF_REQUIRE(mkdtemp(folder) != NULL);
	ATF_REQUIRE_EQ(0, chmod(folder, 0755));
	folder_fd = open(folder, O_RDONLY | O_DIRECTORY);
	ATF_REQUIRE(folder_fd != -1);
	log_setsink(hear);
	return folder_fd;
}

void
scratch_end(void)
{
	char	 cmd[100];

	close(folder_fd);
	snprintf(cmd, sizeof(cmd), "rm -rf %s", folder);
	ATF_REQUIRE_EQ(0, system(cmd));
}

void
scratch_store(const char *prefix, struct store_conf *conf)
{
	memset(conf, 0, sizeof(*conf));
	conf->statefd = scratch_begin(prefix);
	snprintf(box, sizeof(box), "%s/box", folder);
	conf->format = &mbox_format;
	conf->path = box;
	conf->user = "anna";
	conf->uid = getuid();
	conf->lock_flags = LOCK_DOTLOCK | LOCK_FCNTL;
	conf->octets_max = 1 << 30;
	conf->messages_max = REF_MAX;
}

int
exists(const char *name)
{
	struct stat	 st;

	return fstatat(folder_fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

void
put(const char *path, const void *p, size_t n, int flags)
{
	int	 fd = open(path, O_WRONLY | O_CREAT | flags, 0600);

	ATF_REQUIRE(fd != -1);
	ATF_REQUIRE_EQ((ssize_t)n, write(fd, p, n));
	close(fd);
}

struct buf
get(const char *path)
{
	struct buf	 b = { 0 };
	struct stat	 st;
	int		 fd = open(path, O_RDONLY);

	ATF_REQUIRE(fd != -1);
	ATF_REQUIRE_EQ(0, fstat(fd, &st));
	ATF_REQUIRE((b.p = malloc(st.st_size + 1)) != NULL);
	b.n = st.st_size;
	ATF_REQUIRE_EQ((ssize_t)b.n, read(fd, b.p, b.n));
	close(fd);
	return b;
}
