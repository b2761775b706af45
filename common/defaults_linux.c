/* SPDX-License-Identifier: ISC */
/* Runs in: authd, backends, storaged.  Defaults for Linux. */

#include "defaults.h"
#include "proto.h"

/* What Debian's delivery agents use: a dotlock and fcntl. */
const struct defaults_os	 defaults_os = {
	.state = "/var/lib/pop3d",
	.ca = "/etc/ssl/certs/ca-certificates.crt",
	.listeners = "ss -ltnp sport = :",
	.lock_flags = LOCK_DOTLOCK | LOCK_FCNTL
};
