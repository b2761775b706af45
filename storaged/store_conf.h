/* SPDX-License-Identifier: ISC */
/* Runs in: storaged, as the user.  Session parameters of a store. */

#ifndef POP3D_STORAGED_STORE_CONF_H
#define POP3D_STORAGED_STORE_CONF_H

#include <sys/types.h>

#include <stdint.h>

struct store_format;

/*
 * The paths that a session still needs while it reads mail: names relative to a
 * directory, as in sandbox_name().  They stay valid until seal returns.
 */
struct store_confine {
	int		 dirfd;		/* the directory; -1: none is open */
	const char	*file;		/* may be checked; NULL: none */
	const char	*dotlock;	/* may be checked; NULL: none */
	int		 own;		/* may also create, remove dotlock */
};

/* Strings stay valid as long as the session. */
struct store_conf {
	const struct store_format *format;	/* see store_format_get() */
	const char	*path;		/* mailbox, absolute */
	const char	*user;		/* for log lines */
	uid_t		 uid;		/* required owner of the mailbox */
	int		 statefd;	/* the user's state directory */
	uint32_t	 lock_flags;	/* LOCK_* of proto.h */
	uint32_t	 lock_timeout;	/* seconds for all mailbox locks */
	uint64_t	 octets_max;	/* refuse a larger mailbox */
	uint32_t	 messages_max;	/* refuse more messages */
	int		 recover;	/* only finish an interrupted commit;
					 * do not scan */
	/*
	 * Ask authd to take (1) or drop (0) the dotlock of this mailbox if the
	 * user cannot write the spool directory.  Waits for the answer: CTL_OK,
	 * CTL_BUSY (try later) or CTL_FAILED.
	 */
	int		(*dotlock)(void *, int);
	/*
	 * Called once, when a message is marked as deleted or before an
	 * interrupted commit is completed: a crash after this requires
	 * recovery.  NULL: not called.
	 */
	void		(*marked)(void *);
	/*
	 * Called when a path cannot be opened for a reason other than the
	 * mailbox's mode: a sandbox rule may be the cause.  NULL: not called.
	 */
	void		(*denied)(void *);
	/*
	 * Called when everything is open, before the first byte of mail is read
	 * (except by a recovery that is due).  After this the session needs no
	 * paths but those passed here.  NULL: not called.
	 */
	void		(*seal)(void *, const struct store_confine *);
	void		*arg;
};

#endif
