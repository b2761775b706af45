/* SPDX-License-Identifier: ISC */
/*
 * Runs in: the regression test t_fuzz, without libFuzzer.  Gives a fuzzer's one
 * function every file of the directories, and each file, on the command line.
 * What is wrong with one of them ends in abort(3); its name was said before.
 */

#include <sys/types.h>
#include <sys/stat.h>

#include <dirent.h>
#include <err.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int	 LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* The memory ends where the input does, so a sanitizer sees overreads. */
static void
run_file(const char *path, size_t size)
{
	uint8_t	*p;
	FILE	*fp;

	if ((fp = fopen(path, "r")) == NULL ||
	    (p = malloc(size > 0 ? size : 1)) == NULL)
		err(1, "%s", path);
	if (fread(p, 1, size, fp) != size)
		errx(1, "%s: cannot be read whole", path);
	(void)fclose(fp);
	(void)printf("%s\n", path);
	(void)fflush(stdout);
	(void)LLVMFuzzerTestOneInput(p, size);
	free(p);
}

static unsigned int
run(const char *path)
{
	struct dirent	*d;
	struct stat	 st;
	unsigned int	 n = 0;
	char		*name;
	DIR		*dir;

	if (stat(path, &st) == -1)
		err(1, "%s", path);
	if (!S_ISDIR(st.st_mode)) {
		run_file(path, (size_t)st.st_size);
		return 1;
	}
	if ((dir = opendir(path)) == NULL)
		err(1, "%s", path);
	while ((d = readdir(dir)) != NULL) {
		if (d->d_name[0] == '.')
			continue;
		if (asprintf(&name, "%s/%s", path, d->d_name) == -1)
			err(1, NULL);
		n += run(name);
		free(name);
	}
	(void)closedir(dir);
	return n;
}

int
main(int argc, char **argv)
{
	unsigned int	 n = 0;
	int		 i;

	for (i = 1; i < argc; i++)
		n += run(argv[i]);
	if (n == 0)
		errx(1, "nothing to run");
	(void)printf("%u inputs\n", n);
	return 0;
}
