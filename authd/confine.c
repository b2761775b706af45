/* SPDX-License-Identifier: ISC */
/* Runs in: authd, root.  Trusts: the configuration. */

#include <sys/types.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "authd.h"
#include "child.h"
#include "confine.h"
#include "log.h"
#include "paths.h"
#include "privdrop.h"
#include "sandbox.h"

static char	*mail[CHILD_MAIL + 1];
static size_t	 nmail;

/*
 * The directory above the last name of path, which is cut; the root at the end.
 */
static void
dir_above(char *path)
{
	char	*end;

	if ((end = strrchr(path, '/')) == NULL)
		(void)strlcpy(path, "/", 2);
	else
		end[end == path] = '\0';
}

/* Whether path is directory, or below it. */
static int
dir_has(const char *dir, const char *path)
{
	size_t	 len = strlen(dir);

	if (strcmp(dir, "/") == 0)
		return 1;
	return strncmp(dir, path, len) == 0 &&
	    (path[len] == '/' || path[len] == '\0');
}

/* Leave out what another has. */
static void
mail_add(char *dir)
{
	size_t	 i, n = 0;

	for (i = 0; i < nmail; i++) {
		if (dir_has(mail[i], dir)) {
			free(dir);
			return;
		}
	}
	for (i = 0; nmail == CHILD_MAIL && i < nmail; i++)
		while (!dir_has(dir, mail[i]))
			dir_above(dir);
	for (i = 0; i < nmail; i++) {
		if (dir_has(dir, mail[i]))
			free(mail[i]);
		else
			mail[n++] = mail[i];
	}
	mail[n++] = dir;
	mail[n] = NULL;
	nmail = n;
}

/* What users have in common of a template; rest is what follows. */
static void
mail_add_template(const char *template, const char *rest)
{
	char	*dir;

	if (template == NULL)
		return;
	if (asprintf(&dir, "%s%s", template, rest) == -1)
		fatal("mailbox");
	dir[strcspn(dir, "%")] = '\0';
	/* "%h/mbox" may be anywhere. */
	dir_above(dir);
	mail_add(dir);
}

char *const *
confine_mail(void)
{
	const struct conf_domain	*d;

	if (nmail > 0)
		return mail;
	mail_add_template(authd.conf->outside.mailbox, "");
	mail_add_template(authd.conf->outside.prefix, "/%");
	TAILQ_FOREACH(d, &authd.conf->domains, entry) {
		mail_add_template(d->mailbox, "");
		mail_add_template(d->prefix, "/%");
	}
	return mail;
}

/*
 * A backend may replace files where its option path says that they are: whether
 * it does is its own sandbox's business.
 */
static void
confine_backends(struct sandbox *what)
{
	const struct conf_auth	*auth;
	const struct conf_opt	*opt;

	TAILQ_FOREACH(auth, &authd.conf->auths, entry) {
		TAILQ_FOREACH(opt, &auth->opts, entry) {
			if (strncmp(opt->text, "path=/", 6) == 0)
				sandbox_directory(what, opt->text + 5,
				    SANDBOX_WRITE);
		}
	}
}

void
confine_authd(void)
{
	static struct sandbox	 what;

	if (authd.privileged)
		privdrop_authd();
	if (authd.conf->sandbox_optional)
		sandbox_optional();
	sandbox_path(&what, "/", SANDBOX_READ | SANDBOX_EXEC);
	sandbox_path(&what, "/dev/null", SANDBOX_WRITE);
	paths_ceiling(&what);
	confine_backends(&what);
	sandbox_enter(SANDBOX_AUTHD, &what);
}
