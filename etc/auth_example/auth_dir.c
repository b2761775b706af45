/* SPDX-License-Identifier: ISC */
/*
 * auth_dir: users in a directory, one file for each.  The worked example of
 * pop3d-auth(5).
 *
 *	auth dir "/etc/pop3d.users.d"
 *
 * The file USER has lines of a word and its value:
 *
 *	password $2b$10$Ro0CUfOqk6cXEKf3dyaM7O...
 *	uid 5001
 *	gid 5001
 *	groups 5100+5101
 *	name Anna M.
 *	home /home/anna
 *
 * Runs in: auth_dir, as _pop3auth.  Trusts: the owner of the directory; the
 * framework, which has checked the arguments: a name has no slash and does not
 * begin with a dot.
 */

#include <sys/types.h>
#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "backend.h"
#include "password.h"
#include "pwcache.h"
#include "userinfo.h"

/* The option path; constant once requests are served. */
static char	*directory;

struct record {
	char		 stored[PASSWORD_STORED_MAX + 1];
	struct userinfo	 info;
};

static enum backend_code
dir_option(const char *key, const char *value, char *err)
{
	enum backend_code	 code;

	if (strcmp(key, "path") == 0)
		return userinfo_path(value, &directory, err);
	/* uid, gid and home, for files that do not say. */
	if ((code = userinfo_option(key, value, err)) != BACKEND_UNSUPPORTED)
		return code;
	return backend_err(err, BACKEND_PARAM, "auth_dir has no such option");
}

static enum backend_code
dir_open(char *err)
{
	char	*inside;

	if (directory == NULL)
		return backend_err(err, BACKEND_PARAM,
		    "no directory is configured: auth dir \"PATH\"");
	/* Computed now, so the first unknown user does not take longer. */
	(void)password_dummy();
	/* There are stored passwords: success-cache is possible. */
	pwcache_stored();
	/* Keep the directory accessible after confinement. */
	if (asprintf(&inside, "%s/user", directory) == -1)
		return backend_err(err, BACKEND_INTERNAL, "no memory");
	backend_reads(inside);
	free(inside);
	return BACKEND_OK;
}

static int
record_value(struct record *r, const char *word, const char *value)
{
	struct userinfo	*info = &r->info;
	size_t		 len = strlen(value);

	if (strcmp(word, "password") == 0)
		return strlcpy(r->stored, value, sizeof(r->stored)) <
		    sizeof(r->stored) ? 0 : -1;
	if (strcmp(word, "uid") == 0)
		return userinfo_id(value, len, &info->uid);
	if (strcmp(word, "gid") == 0)
		return userinfo_id(value, len, &info->gid);
	if (strcmp(word, "groups") == 0)
		return userinfo_groups(value, len, info->groups,
		    &info->ngroups);
	if (strcmp(word, "name") == 0)
		return strlcpy(info->realname, value,
		    sizeof(info->realname)) < sizeof(info->realname) ? 0 : -1;
	if (strcmp(word, "home") == 0 && value[0] == '/')
		return strlcpy(info->home, value, sizeof(info->home)) <
		    sizeof(info->home) ? 0 : -1;
	return -1;
}

/* DENIED: no such user. */
static enum backend_code
record_read(const char *user, struct record *r, char *err)
{
	enum backend_code	 code = BACKEND_OK;
	FILE			*fp;
	char			 path[PATH_MAX], line[2048], *value;

	memset(r, 0, sizeof(*r));
	r->info.quota_octets = r->info.quota_messages = -1;
	(void)snprintf(path, sizeof(path), "%s/%s", directory, user);
	if ((fp = fopen(path, "re")) == NULL)
		return errno == ENOENT ?
		    backend_err(err, BACKEND_DENIED, "no such user") :
		    backend_err(err, BACKEND_INTERNAL, "%s: %s", path,
		    strerror(errno));
	while (code == BACKEND_OK && fgets(line, sizeof(line), fp) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		if ((value = strchr(line, ' ')) == NULL)
			value = line + strlen(line);
		else
			*value++ = '\0';
		if (record_value(r, line, value) == -1)
			code = backend_err(err, BACKEND_INTERNAL,
			    "%s: a line is wrong", path);
	}
	if (ferror(fp))
		code = backend_err(err, BACKEND_INTERNAL, "%s: read error",
		    path);
	explicit_bzero(line, sizeof(line));
	(void)fclose(fp);
	return code;
}

static enum backend_code
dir_get_userlist(char *err)
{
	struct dirent	*de;
	DIR		*dir;

	if ((dir = opendir(directory)) == NULL)
		return backend_err(err, BACKEND_INTERNAL, "%s: %s", directory,
		    strerror(errno));
	/* backend_list skips names that no user can have. */
	while ((de = readdir(dir)) != NULL)
		backend_list(de->d_name);
	(void)closedir(dir);
	return BACKEND_OK;
}

static enum backend_code
dir_get_userinfo(const char *user, struct userinfo *info, char *err)
{
	struct record		 r;
	enum backend_code	 code;

	if ((code = record_read(user, &r, err)) == BACKEND_OK) {
		*info = r.info;
		code = userinfo_default(user, info, directory, err);
	}
	explicit_bzero(&r, sizeof(r));
	return code;
}

/* An unknown user gets the same answer after the same time. */
static enum backend_code
verify(const char *user, const struct record *r, const char *pass, char *err)
{
	enum password_kind	 kind = password_kind(r->stored);
	int			 works, ok;

	works = kind == PASSWORD_GOOD || kind == PASSWORD_WEAK;
	ok = pwcache_verify(user, works ? r->stored : password_dummy(), pass,
	    works);
	if (works && ok == 1)
		return BACKEND_OK;
	return backend_err(err, BACKEND_DENIED, "password incorrect");
}

static enum backend_code
dir_check_userpassword(const char *user, const char *pass, char *err)
{
	struct record		 r;
	enum backend_code	 code;

	code = record_read(user, &r, err);
	if (code == BACKEND_OK || code == BACKEND_DENIED)
		code = verify(user, &r, pass, err);
	explicit_bzero(&r, sizeof(r));
	return code;
}

/* Write the new file to disk before it replaces the old one. */
static int
record_write(const char *user, const struct record *r)
{
	FILE		*fp;
	char		 path[PATH_MAX], temp[PATH_MAX];
	uint32_t	 i;
	int		 rv;

	(void)snprintf(path, sizeof(path), "%s/%s", directory, user);
	/* No user's name begins with a dot. */
	(void)snprintf(temp, sizeof(temp), "%s/.%s.%d", directory, user,
	    getpid());
	if ((fp = fopen(temp, "wxe")) == NULL)
		return -1;
	(void)fprintf(fp, "password %s\nuid %u\ngid %u\n", r->stored,
	    r->info.uid, r->info.gid);
	for (i = 0; i < r->info.ngroups; i++)
		(void)fprintf(fp, "%s%u", i == 0 ? "groups " : "+",
		    r->info.groups[i]);
	(void)fprintf(fp, "%sname %s\n", r->info.ngroups > 0 ? "\n" : "",
	    r->info.realname);
	if (r->info.home[0] != '\0')
		(void)fprintf(fp, "home %s\n", r->info.home);
	rv = ferror(fp) || fflush(fp) == EOF || fsync(fileno(fp)) == -1;
	if (fclose(fp) == EOF || rv != 0 || rename(temp, path) == -1) {
		(void)unlink(temp);
		return -1;
	}
	return 0;
}

static enum backend_code
dir_change_userpassword(const char *user, const char *oldpass,
    const char *newpass, char *err)
{
	struct record		 r;
	enum backend_code	 code;

	code = record_read(user, &r, err);
	if (code == BACKEND_OK || code == BACKEND_DENIED)
		code = verify(user, &r, oldpass, err);
	if (code == BACKEND_OK &&
	    (password_new(newpass, r.stored, sizeof(r.stored)) == -1 ||
	    record_write(user, &r) == -1))
		code = backend_err(err, BACKEND_INTERNAL, "%s/%s: %s",
		    directory, user, strerror(errno));
	explicit_bzero(&r, sizeof(r));
	return code;
}

static const struct backend	 backend_dir = {
	.name = "auth_dir",
	.needs = BACKEND_NEEDS_FILES,
	.option = dir_option,
	.open = dir_open,
	.get_userlist = dir_get_userlist,
	.get_userinfo = dir_get_userinfo,
	.check_userpassword = dir_check_userpassword,
	.change_userpassword = dir_change_userpassword
};

int
main(int argc, char **argv)
{
	return backend_main(&backend_dir, argc, argv);
}
