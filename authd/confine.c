/* Runs in: authd, root.  Trusts: the configuration. */

#include <sys/types.h>

#include <stdlib.h>
#include <string.h>

#include "authd.h"
#include "confine.h"
#include "log.h"
#include "privdrop.h"
#include "sandbox.h"

char *
confine_mail(void)
{
	static char	*folder;
	char		*end;

	if (folder != NULL)
		return folder;
	if ((folder = strdup(authd.conf->mailbox)) == NULL)
		fatal("mailbox");
	folder[strcspn(folder, "%")] = '\0';
	/* "%h/mbox" may be anywhere. */
	if ((end = strrchr(folder, '/')) == NULL)
		(void)strlcpy(folder, "/", 2);
	else
		end[end == folder] = '\0';
	return folder;
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
				sandbox_folder(what, opt->text + 5,
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
	sandbox_path(&what, authd.conf->state, SANDBOX_WRITE);
	sandbox_path(&what, confine_mail(), SANDBOX_WRITE);
	confine_backends(&what);
	sandbox_enter(SANDBOX_AUTHD, &what);
}
