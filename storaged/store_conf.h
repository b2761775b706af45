/* SPDX-License-Identifier: ISC */
/* Runs in: storaged, as the user.  What a session gives to its store. */

#ifndef POP3D_STORAGED_STORE_CONF_H
#define POP3D_STORAGED_STORE_CONF_H

#include <sys/types.h>

#include <stdint.h>

struct store_format;

/*
 * The paths that a session still needs once it reads mail: names in a
 * directory, as sandbox_name() has them.  They live until seal returns.
 */
struct store_confine {
	int		 dirfd;		/* the directory; -1: none is open */
	const char	*file;		/* may be looked at; NULL: none */
	const char	*dotlock;	/* that too; NULL: there is none */
	int		 own;		/* made and removed as well */
};

/* What a session is given; strings live as long as the session. */
struct store_conf {
	const struct store_format *format;	/* see store_format_get() */
	const char	*path;		/* mailbox, absolute */
	const char	*user;		/* for log lines */
	uid_t		 uid;		/* who must own the mailbox */
	int		 statefd;	/* the user's state directory */
	uint32_t	 lock_flags;	/* LOCK_* of proto.h */
	uint32_t	 lock_timeout;	/* seconds for all mailbox locks */
	uint64_t	 octets_max;	/* refuse a larger mailbox */
	uint32_t	 messages_max;	/* refuse more messages */
	int		 recover;	/* finish a commit that was cut short,
					 * and nothing else: not scanned */
	/*
	 * Ask authd to take (1) or drop (0) the dotlock of this mailbox, where
	 * the user may not write the spool directory.  Blocks for the answer:
	 * CTL_OK, CTL_BUSY (try later) or CTL_FAILED.
	 */
	int		(*dotlock)(void *, int);
	/*
	 * Called when a message has been marked as deleted, or before a commit
	 * that was cut short is completed: should we crash, recovery is
	 * needed.  Once.  NULL: not called.
	 */
	void		(*marked)(void *);
	/*
	 * Called when a path cannot be opened and the mailbox's mode is not
	 * the reason: a rule of the sandbox may be.  NULL: not called.
	 */
	void		(*denied)(void *);
	/*
	 * Called when everything is open, before the first byte of mail is read
	 * (except by a recovery that is due).  From then on the session needs
	 * no paths but those given here.  NULL: not called.
	 */
	void		(*seal)(void *, const struct store_confine *);
	void		*arg;
};

#endif
