/* SPDX-License-Identifier: ISC */
/* Runs in: every process.  What the sandboxes of all systems share. */

#include <sys/stat.h>

#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "sandbox.h"

static int	 optional;

void
sandbox_optional(void)
{
	optional = 1;
}

int
sandbox_is_optional(void)
{
	return optional;
}

void
sandbox_path(struct sandbox *what, const char *path, unsigned int rights)
{
	size_t	 i;

	for (i = 0; i < what->npaths; i++) {
		if (strcmp(what->paths[i].path, path) == 0) {
			what->paths[i].rights |= rights;
			return;
		}
	}
	if (what->npaths == SANDBOX_PATHS)
		fatalx("sandbox: more than %d paths", SANDBOX_PATHS);
	what->paths[what->npaths].path = path;
	what->paths[what->npaths++].rights = rights;
}

void
sandbox_directory(struct sandbox *what, const char *path, unsigned int rights)
{
	struct stat	 st;
	size_t		 i;
	char		*dir, *slash;

	/* Not released: struct sandbox borrows it, once in a process' life. */
	if ((dir = strdup(path)) == NULL)
		fatal("sandbox");
	if (dir[0] != '/')
		fatalx("sandbox: %s: not an absolute path", path);
	while ((stat(dir, &st) == -1 || !S_ISDIR(st.st_mode)) &&
	    strcmp(dir, "/") != 0) {
		slash = strrchr(dir, '/');
		slash[slash == dir] = '\0';
	}
	i = what->npaths;
	sandbox_path(what, dir, rights);
	if (what->npaths == i)
		free(dir);
}
