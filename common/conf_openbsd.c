/* SPDX-License-Identifier: ISC */
/* Runs in: authd, backends, storaged.  Trusts: nothing; defaults for OpenBSD. */

#include "conf.h"

/* What mail.local(8) uses: a dotlock and flock. */
const struct conf_os	 conf_os = {
	.state = "/var/db/pop3d",
	.ca = "/etc/ssl/cert.pem",
	.listeners = "fstat -n | grep tcp.*:",
	.lock_flags = LOCK_DOTLOCK | LOCK_FLOCK
};
