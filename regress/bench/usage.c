/* SPDX-License-Identifier: ISC */
/* Runs in: make bench, on Linux.  Reads /proc. */

#include <sys/types.h>

#include <dirent.h>
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "usage.h"

#define PIDS_MAX	65536

/* The number behind "key:" in a file of /proc/PID, or 0. */
static long
usage_field(pid_t pid, const char *file, const char *key)
{
	char	 path[64], line[256];
	long	 value = 0;
	FILE	*fp;

	(void)snprintf(path, sizeof(path), "/proc/%d/%s", pid, file);
	if ((fp = fopen(path, "r")) == NULL)
		return 0;
	while (fgets(line, sizeof(line), fp) != NULL) {
		if (strncmp(line, key, strlen(key)) == 0 &&
		    line[strlen(key)] == ':') {
			value = atol(line + strlen(key) + 1);
			break;
		}
	}
	(void)fclose(fp);
	return value;
}

/* Its parent, and the CPU time of its children that have ended; -1: gone. */
static int
usage_stat(pid_t pid, pid_t *parent, double *children)
{
	char			 path[64], line[1024], *p;
	unsigned long long	 utime, stime;
	FILE			*fp;
	int			 n = 0;

	(void)snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	if ((fp = fopen(path, "r")) == NULL)
		return -1;
	/* The name in brackets may hold anything. */
	if (fgets(line, sizeof(line), fp) != NULL &&
	    (p = strrchr(line, ')')) != NULL)
		n = sscanf(p + 1, " %*c %d %*d %*d %*d %*d %*u %*u %*u %*u "
		    "%*u %*u %*u %llu %llu", parent, &utime, &stime);
	(void)fclose(fp);
	if (n != 3)
		return -1;
	*children = (double)(utime + stime) / (double)sysconf(_SC_CLK_TCK);
	return 0;
}

/* Its own, which the scheduler keeps to the nanosecond. */
static double
usage_cpu(pid_t pid)
{
	char			 path[64];
	unsigned long long	 ns = 0;
	FILE			*fp;

	(void)snprintf(path, sizeof(path), "/proc/%d/schedstat", pid);
	if ((fp = fopen(path, "r")) == NULL)
		return 0;
	if (fscanf(fp, "%llu", &ns) != 1)
		ns = 0;
	(void)fclose(fp);
	return (double)ns / 1e9;
}

static void
usage_add(pid_t pid, double children, int memory, struct usage *u)
{
	u->processes++;
	u->cpu += usage_cpu(pid) + children;
	if (!memory)
		return;
	u->memory += usage_field(pid, "smaps_rollup", "Pss");
	u->tables += usage_field(pid, "status", "VmPTE");
}

void
usage_get(pid_t root, int memory, struct usage *u)
{
	static struct {
		pid_t	 pid, parent;
		double	 children;
		int	 in;
	}		 all[PIDS_MAX];
	struct dirent	*d;
	DIR		*dir;
	int		 n = 0, i, k, more;

	memset(u, 0, sizeof(*u));
	if ((dir = opendir("/proc")) == NULL)
		err(1, "/proc");
	while ((d = readdir(dir)) != NULL && n < PIDS_MAX) {
		if ((all[n].pid = atoi(d->d_name)) > 0 &&
		    usage_stat(all[n].pid, &all[n].parent,
		    &all[n].children) == 0) {
			all[n].in = all[n].pid == root;
			n++;
		}
	}
	(void)closedir(dir);
	do {
		more = 0;
		for (i = 0; i < n; i++) {
			for (k = 0; !all[i].in && k < n; k++) {
				if (all[k].in && all[k].pid == all[i].parent)
					all[i].in = more = 1;
			}
		}
	} while (more);
	for (i = 0; i < n; i++) {
		if (all[i].in)
			usage_add(all[i].pid, all[i].children, memory, u);
	}
}
