/* SPDX-License-Identifier: ISC */
/* Runs in: unit tests, as root. */

#include <sys/types.h>
#include <sys/prctl.h>

#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <atf-c.h>

#include "backend_slapd.h"
#include "backend_users.h"
#include "backend_worker.h"

#define SLAPD	"/usr/sbin/slapd"

static const char	*srcdir;

int
slapd_is_there(const atf_tc_t *tc)
{
	srcdir = atf_tc_get_config_var(tc, "srcdir");
	return access(SLAPD, X_OK) == 0;
}

/* The socket of this directory, in an LDAP URL. */
static const char *
ldapi_path(const char *dir)
{
	static char	 path[600];
	size_t		 len = 0;

	for (; *dir != '\0' && len < sizeof(path) - 16; dir++)
		len += (size_t)snprintf(path + len, 4, *dir == '/' ? "%%2f" :
		    "%c", *dir);
	(void)strlcat(path, "%2fsock", sizeof(path));
	return path;
}

void
slapd_entry(FILE *fp, const char *name, int id, const char *stored)
{
	ATF_REQUIRE(fprintf(fp,
	    "dn: uid=%s,ou=people,dc=example,dc=org\n"
	    "objectClass: inetOrgPerson\nobjectClass: qmailUser\n"
	    "uid: %s\ncn: %c%s\nsn: %s\nmail: %s@example.org\n"
	    "userPassword: {CRYPT}%s\nqmailUID: %d\nqmailGID: %d\n"
	    "homeDirectory: /home/%s\n%s\n", name, name, name[0] - 32,
	    name + 1, name, name, stored, id, id, name,
	    strcmp(name, "anna") == 0 ? "departmentNumber: 5100\n" : "") > 0);
}

void
slapd_start(void (*more)(FILE *), const char *global)
{
	FILE	*fp;
	char	 script[PATH_MAX], dir[512], url[640];
	pid_t	 pid;
	int	 i;

	make_hash();
	ATF_REQUIRE(getcwd(dir, sizeof(dir)) != NULL);
	(void)snprintf(script, sizeof(script), "%s/../lib/slapd.sh", srcdir);
	/* Not those of the example. */
	ATF_REQUIRE((fp = fopen("users.ldif", "w")) != NULL);
	slapd_entry(fp, "anna", 5001, hash);
	slapd_entry(fp, "bert", 5002, hash);
	slapd_entry(fp, "locked", 5003, "*");
	if (more != NULL)
		more(fp);
	ATF_REQUIRE_EQ(0, fclose(fp));
	ATF_REQUIRE_EQ(0, setenv("GLOBAL", global == NULL ? "" : global, 1));
	ATF_REQUIRE_EQ(0, system(format("cp -R '%s/../../etc/ldap' ldap && "
	    "sed -i '/^# All mail/,$d' ldap/example.ldif && "
	    "ETC=\"$PWD/ldap\" sh '%s' make \"$PWD\" users.ldif", srcdir,
	    script)));
	write_file("secret", 0600, "service-secret\n");
	(void)snprintf(url, sizeof(url), "ldapi://%s", ldapi_path(dir));
	ATF_REQUIRE((pid = fork()) != -1);
	if (pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		(void)execl("/bin/sh", "sh", script, "run", dir, url, NULL);
		_exit(99);
	}
	for (i = 0; i < 400 && access("sock", F_OK) == -1; i++)
		(void)usleep(25000);
	ATF_REQUIRE_EQ(0, access("sock", F_OK));
}

void
setup_ldap(void)
{
	slapd_start(NULL, NULL);
}
