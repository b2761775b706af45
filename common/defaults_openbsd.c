/* SPDX-License-Identifier: ISC */
/* Runs in: authd, backends, storaged.  Defaults for OpenBSD. */

#include "defaults.h"
#include "proto.h"

/* What mail.local(8) uses: a dotlock and flock. */
const struct defaults_os	 defaults_os = {
	.state = "/var/db/pop3d",
	.ca = "/etc/ssl/cert.pem",
	.listeners = "fstat -n | grep tcp.*:",
	.lock_flags = LOCK_DOTLOCK | LOCK_FLOCK
};
