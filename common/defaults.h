/* SPDX-License-Identifier: ISC */
/*
 * Runs in: authd, backends, storaged.  What holds where pop3d.conf says
 * nothing.  regress/t_defaults.sh compares it with pop3d.conf(5).
 */

#ifndef POP3D_COMMON_DEFAULTS_H
#define POP3D_COMMON_DEFAULTS_H

#include <stdint.h>

#define DEFAULT_CHROOT		"/var/empty"
#define DEFAULT_UID_MIN		1000	/* of gid-min, too */
#define DEFAULT_UID_MAX		60000
#define DEFAULT_GROUP		"users"	/* of groups, if it exists */
#define DEFAULT_HOSTNAME	"localhost"	/* if the system's is no name */
#define DEFAULT_ENGINES_MAX	4	/* one per processor, these at most */

/* listen: the ports of TLS and of the other modes. */
#define DEFAULT_PORT		110
#define DEFAULT_PORT_TLS	995

/* auth: seconds; one worker per processor and MORE, MAX at most. */
#define DEFAULT_DEADLINE	10
#define DEFAULT_WORKERS_MORE	1
#define DEFAULT_WORKERS_MAX	16
#define DEFAULT_CACHE_LIFE	300	/* success-cache yes; seconds */

#define DEFAULT_LOCK_TIMEOUT	30	/* seconds */

/* limit */
#define DEFAULT_SESSIONS	4096
#define DEFAULT_PER_ADDRESS	64
#define DEFAULT_PER_USER	4
#define DEFAULT_MAILBOX_SIZE	((uint64_t)4 << 30)
#define DEFAULT_MESSAGES	1000000

/* timeout, seconds */
#define DEFAULT_LOGIN_TIMEOUT	60
#define DEFAULT_IDLE_TIMEOUT	600
#define DEFAULT_STALL_TIMEOUT	120
#define DEFAULT_TAKEOVER	30

/* What differs by operating system: defaults_linux.c, defaults_openbsd.c. */
struct defaults_os {
	const char	*state;		/* directory */
	const char	*ca;		/* certificates that people trust */
	const char	*listeners;	/* command; behind it a port */
	uint32_t	 lock_flags;	/* LOCK_* of proto.h */
};
extern const struct defaults_os	 defaults_os;

#endif
