/* SPDX-License-Identifier: ISC */
/*
 * Runs in: libFuzzer, on Linux.  Any octets as auth_file's file of users, and
 * as the table that one worker has made of it and another is given.  Whoever is
 * listed must be found, and nothing read beyond its end.
 *
 * From regress/: fuzz/fuzz.sh users
 *
 * Input: an octet n; n changes of the table (two octets where, one what); the
 * file.  Without changes both workers must find the same.
 */

#include <sys/types.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "auth_file_table.h"
#include "backend.h"
#include "password.h"

int	 LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static const struct users	*table;
static size_t			 listed;
static int			 honest;	/* nobody changed the table */

static void
need(int what)
{
	if (!what)
		abort();
}

static int
make_file(const void *p, size_t n, int seals)
{
	int	 fd;

	need((fd = memfd_create("users", MFD_ALLOW_SEALING)) != -1);
	need(write(fd, p, n) == (ssize_t)n);
	if (seals)
		need(fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK |
		    F_SEAL_GROW | F_SEAL_WRITE) == 0);
	return fd;
}

/* Every field of a listed user is read; the name must find it again. */
static void
look(const struct user_line *ul)
{
	struct user_line	 found;
	char			 name[USER_LEN_MAX + 1], text[4096];

	listed++;
	text_copy(text, sizeof(text), ul->hash);
	(void)password_kind(text);
	text_copy(text, sizeof(text), ul->gecos);
	text_copy(text, sizeof(text), ul->home);
	text_copy(text, sizeof(text), ul->mailbox);
	text_copy(text, sizeof(text), ul->host);
	need(ul->ngroups <= GROUPS_MAX);
	if (ul->name.len > USER_LEN_MAX ||
	    memchr(ul->name.p, '\0', ul->name.len) != NULL) {
		need(!honest);
		return;
	}
	text_copy(name, sizeof(name), ul->name);
	if (users_find(table, name, &found))
		need(found.name.len == ul->name.len &&
		    memcmp(found.name.p, ul->name.p, ul->name.len) == 0);
	else
		need(!honest);
}

static void
use(const struct users *u)
{
	struct user_line	 ul;

	table = u;
	listed = 0;
	users_each(u, look);
	(void)users_find(u, "nobody-of-that-name", &ul);
	if (users_example(u, "nobody-of-that-name", &ul))
		look(&ul);
}

/* Another worker is given what this one has made, perhaps changed. */
static void
pass_on(const struct users *u, const uint8_t *changes, size_t n)
{
	struct users	*other;
	uint8_t		*copy;
	size_t		 i, before = listed;

	need((copy = malloc(u->snap.size)) != NULL);
	memcpy(copy, u->snap.p, u->snap.size);
	for (i = 0; i < n; i++, changes += 3)
		copy[(changes[0] | changes[1] << 8) % u->snap.size] ^=
		    changes[2];
	other = users_take(make_file(copy, u->snap.size, 1));
	free(copy);
	honest = n == 0;
	need(!honest || other != NULL);
	if (other == NULL)
		return;
	use(other);
	need(!honest || listed == before);
	users_free(other);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct stat	 st;
	struct users	*u;
	char		 err[BACKEND_ERR_LEN];
	size_t		 n;
	int		 fd;

	if (size < 1 || size - 1 < 3 * (n = data[0]))
		return 0;
	fd = make_file(data + 1 + 3 * n, size - 1 - 3 * n, 0);
	need(fstat(fd, &st) == 0);
	u = users_read(fd, &st, "users", 1, err);
	(void)close(fd);
	if (u == NULL)
		return 0;
	honest = 1;
	use(u);
	pass_on(u, data + 1, n);
	users_free(u);
	return 0;
}
