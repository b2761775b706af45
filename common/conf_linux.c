/* SPDX-License-Identifier: ISC */
/* Runs in: authd, backends, storaged.  Trusts: nothing; defaults for Linux. */

#include "conf.h"

/* What Debian's delivery agents use: a dotlock and fcntl. */
const struct conf_os	 conf_os = {
	.state = "/var/lib/pop3d",
	.ca = "/etc/ssl/certs/ca-certificates.crt",
	.listeners = "ss -ltnp sport = :",
	.lock_flags = LOCK_DOTLOCK | LOCK_FCNTL
};
