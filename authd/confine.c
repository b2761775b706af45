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
#include "way.h"

static char	*mail[CHILD_MAIL + 1];
static size_t	 nmail;

/* Cut the last name off path; the root is above itself. */
static void
confine_above(char *path)
{
	char	*end;

	if ((end = strrchr(path, '/')) == NULL)
		(void)strlcpy(path, "/", 2);
	else
		end[end == path] = '\0';
}

/* Add a directory; those below another one are left out.  dir is taken. */
static void
confine_add(char *dir)
{
	size_t	 i, n = 0;

	for (i = 0; i < nmail; i++) {
		if (way_has(mail[i], dir)) {
			free(dir);
			return;
		}
	}
	for (i = 0; nmail == CHILD_MAIL && i < nmail; i++)
		while (!way_has(dir, mail[i]))
			confine_above(dir);
	for (i = 0; i < nmail; i++) {
		if (way_has(dir, mail[i]))
			free(mail[i]);
		else
			mail[n++] = mail[i];
	}
	mail[n++] = dir;
	mail[n] = NULL;
	nmail = n;
}

/* Add the part of a template that all users share; rest follows it. */
static void
confine_add_template(const char *template, const char *rest)
{
	char	*dir;

	if (template == NULL)
		return;
	if (asprintf(&dir, "%s%s", template, rest) == -1)
		fatal("mailbox");
	dir[strcspn(dir, "%")] = '\0';
	/* "%h/mbox" may be anywhere. */
	confine_above(dir);
	confine_add(dir);
}

char *const *
confine_mail(void)
{
	const struct conf_domain	*d;

	if (nmail > 0)
		return mail;
	confine_add_template(authd.conf->outside.mailbox, "");
	confine_add_template(authd.conf->outside.prefix, "/%");
	TAILQ_FOREACH(d, &authd.conf->domains, entry) {
		confine_add_template(d->mailbox, "");
		confine_add_template(d->prefix, "/%");
	}
	return mail;
}

/*
 * A backend may replace files in the directory of its option path.  Whether it
 * can is decided by its own sandbox.
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
